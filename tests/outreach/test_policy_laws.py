"""Laws of the contact policy, over random policies and histories, against a slow second reading.

The zones change their clocks by an hour or by half of one, at night or at midnight itself; the days
lie at month ends, leap days, changes of clocks and holidays with days that are worked for them.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import policy_oracle as plain
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from policed import customer, offer, policy_of

from goodcall.calendar import start_of_day
from goodcall.profile import (
    Case,
    Consent,
    Hold,
    Holding,
    NeverOffer,
    PastContact,
    Pause,
    Snooze,
)
from outreach import Facts, PolicyError, Request, decide
from outreach.decide import decision_to_json

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
STEP = 10 * MINUTE
HORIZON = 4 * 144
# A zone and a local day near which something happens to its clocks, its month or its year.
PLACES = (
    ("Asia/Shanghai", date(2026, 12, 31)),
    ("Asia/Shanghai", date(2028, 2, 29)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
)
CHANNELS = st.sampled_from((None, None, "sms", "phone"))
# Laws are looked for anew in every version of the code, and not from run to run.
LAW = {
    "derandomize": True,
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much],
}


def rules(longest, unit=10):
    """Rules of every sort whose spans are at most so many minutes, all multiples of a unit."""
    spans = st.integers(1, longest // unit).map(lambda n: n * unit)
    times = st.integers(0, 24 * 60 // unit - 1).map(lambda n: n * unit)
    week = st.frozensets(st.integers(0, 6), min_size=3)
    hours = st.builds(
        plain.Hours, st.just(frozenset(range(7))) | week, times, times, st.booleans(), CHANNELS
    )
    periods = st.sampled_from(("day", "week", "half_month", "month", "quarter", "year"))
    starts = st.sampled_from(("mon", "sun"))
    one = st.one_of(
        st.builds(plain.Rolling, st.integers(1, 3), spans, CHANNELS),
        st.builds(plain.Calendar, st.integers(1, 3), periods, starts, CHANNELS),
        st.builds(plain.Gap, spans, CHANNELS),
        st.builds(plain.DaysGap, st.integers(1, 3), CHANNELS),
        hours.filter(lambda rule: rule.opens != rule.closes),
        st.builds(plain.Holidays, CHANNELS),
    )
    return st.lists(one, min_size=1, max_size=4)


@st.composite
def situations(draw, unit=STEP, before=500, after=200):
    """A request at a moment, with what was sent around it, and the days that are special."""
    zone, day = draw(st.sampled_from(PLACES))
    morning = start_of_day(day, zone)
    now = morning + draw(st.integers(-100, 150)) * unit
    moments = st.integers(-before, after).map(lambda n: now + n * unit)
    sent = draw(st.lists(st.tuples(moments, st.sampled_from(("sms", "phone"))), max_size=5))
    holiday = day + draw(st.integers(0, 2)) * plain.DAY
    return plain.Asked(
        *(now, "sms", zone, tuple(sent)),
        holidays=frozenset({holiday}),
        make_up=frozenset({holiday + 2 * plain.DAY}),
    )


def policy(written):
    """The policy of plain rules, unless it leaves a channel no hour at all."""
    try:
        return policy_of(*(plain.rule_text(n, rule) for n, rule in enumerate(written[0])),
                         more=special_days(written[1]))  # fmt: skip
    except PolicyError as error:
        assert "no hour" in str(error)  # noqa: PT017 - what else may be wrong is a failure
        assume(condition=False)


def special_days(asked):
    (holiday,), (work,) = asked.holidays, asked.make_up
    return f'[[holiday]]\nname = "a feast"\nfrom = {holiday}\nworkdays = [{work}]\n'


def contact(number, at, channel, **facts):
    plainly = PastContact(f"c{number}", at, channel, "outbound", "marketing", "delivered")
    return replace(plainly, **facts)


def facts_about(asked, *more):
    sent = tuple(contact(n, at, channel) for n, (at, channel) in enumerate(asked.sent))
    return Facts(customer(zone=asked.zone, contacts=(*sent, *more)), {})


REQUEST = Request("r", 1, "sms", point_id=11)


@given(situations(), rules(4320))
@settings(max_examples=150, **LAW)
def test_R_10_a_decision_and_its_until_are_those_of_a_plain_reading(asked, written):
    """Which rules fail, and the first instant at which none does, on a lattice of ten minutes.

    Facts and rules all lie on it; the second before `until` still fails.
    """
    judged, facts = policy((written, asked)), facts_about(asked)
    decision = decide(REQUEST, facts, judged, asked.at)
    assert set(decision.failing) == plain.failing(written, asked)
    later = (asked.at + n * STEP for n in range(HORIZON))
    first = next((at for at in later if not plain.failing(written, replace(asked, at=at))), None)
    if first == asked.at:
        assert (decision.verdict, decision.until) == ("allow", None)
    elif first is not None:
        assert decision.until == first
    elif decision.until is not None:
        assert decision.until >= asked.at + HORIZON * STEP
        assert not plain.failing(written, replace(asked, at=decision.until))
    if decision.until is not None:
        assert decide(REQUEST, facts, judged, decision.until).verdict == "allow"
        eve = decision.until - SECOND
        assert plain.failing(written, replace(asked, at=eve))
        assert decide(REQUEST, facts, judged, eve).verdict != "allow"


@given(situations(SECOND, before=2500, after=2500), rules(60, unit=1))
@settings(max_examples=25, **LAW)
def test_R_10_until_is_exact_to_the_second(asked, written):
    """Every second of the next forty minutes, with contacts at any second."""
    judged, facts = policy((written, asked)), facts_about(asked)
    decision = decide(REQUEST, facts, judged, asked.at)
    later = (asked.at + n * SECOND for n in range(2400))
    first = next((at for at in later if not plain.failing(written, replace(asked, at=at))), None)
    if first is None:
        assert decision.until is None or decision.until >= asked.at + 2400 * SECOND
    else:
        assert decision.until == (None if first == asked.at else first)


# Rules that rest on what happened besides; contacts that feed them tighten them and never loosen.
RESTS = (
    'kind = "frequency_cap"\nat_most = 2\nhours = 30\nwindow = "any_window"',
    'kind = "frequency_cap"\nper = "offer"\nat_most = 1\ndays = 2',
    'kind = "duplicate_offers"\nat_most = 2',
    'kind = "complaint_cooloff"\ndays = 1',
    'kind = "low_mood"\ndays = 2',
    """kind = "outcome_suppression"
codes = ["CLICK", "NOT_NOW"]
at_least = 2
within_days = 1
days = 2
scope = "group"
""",
    """kind = "reject_cooloff"
offer_days = 1
family_rejects = 2
family_within_days = 1
family_days = 2""",
    'kind = "already_holds"\naccepted_days = 1',
    """kind = "never_followed"
first = { offers = ["bond"] }
then = { offers = ["fund-a"] }
days = 1""",
)
OUTCOMES = ("CLICK", "NOT_NOW", "NOT_INTERESTED_OFFER", "COMPLAINT", "LOW_MOOD", "PURCHASED",
            "REFUSED_CHANNEL", "WRONG_NUMBER", "LEGAL", None, None, None)  # fmt: skip
OFFERS = {each: offer(each) for each in ("fund-a", "fund-b", "bond")}


@st.composite
def histories(draw, size=5):
    """Contacts of every sort around 8 June 2026, 10:00 in Shanghai."""
    moments = st.integers(-300, 200).map(lambda n: HOUR + n * STEP)
    found = draw(
        st.lists(
            st.tuples(
                *(moments, st.sampled_from(("sms", "phone"))),
                st.sampled_from(("delivered", "connected", "reserved", "planned", "failed")),
                *(st.sampled_from(OUTCOMES), st.sampled_from((None, *OFFERS))),
            ),
            max_size=size,
        )
    )
    return tuple(
        contact(f"{n}-{draw(st.integers(0, 10**9))}", at, by, state=state, outcome=outcome,
                offer_code=code, point_id=11)
        for n, (at, by, state, outcome, code) in enumerate(found)
    )  # fmt: skip


HOUR = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
ABOUT_FUND = replace(REQUEST, offer_code="fund-a")


def rests(chosen):
    return policy_of(*(f'id = "rest_{n}"\n{rule}' for n, rule in enumerate(chosen)))


def no_earlier(until, other):
    """Whether an end is not before another; no end is after all."""
    return until is None or (other is not None and until >= other)


@given(st.lists(st.sampled_from(RESTS), unique=True, min_size=1), histories(), histories(2))
@settings(max_examples=200, **LAW)
def test_one_more_contact_never_allows_what_was_stopped(chosen, known, more):
    """For caps, gaps, windows, cool-offs, suppressions, refusals, dead numbers and stops.

    Not for what a contact is there to end: the row of missed calls that an answer or a stop ends
    (CP-20), the letter that a call waits for (CP-37), the call-back that lifts a gap (R-18).
    """
    judged = rests(chosen)
    first = decide(ABOUT_FUND, Facts(customer(contacts=known), OFFERS), judged, HOUR)
    then = decide(ABOUT_FUND, Facts(customer(contacts=known + more), OFFERS), judged, HOUR)
    assert set(first.failing) <= set(then.failing)
    if first.verdict != "allow":
        assert then.verdict != "allow"
        assert no_earlier(then.until, first.until)


@given(situations(), rules(4320), st.lists(st.integers(-500, 200), min_size=1, max_size=2))
@settings(max_examples=60, **LAW)
def test_one_more_contact_never_frees_a_cap_or_gap_of_any_kind(asked, written, more):
    """Nor does it bring the first allowed instant forward, in any zone, before or after it."""
    judged = policy((written, asked))
    added = [contact(f"new{n}", asked.at + n * STEP, "sms") for n in more]
    first = decide(REQUEST, facts_about(asked), judged, asked.at)
    then = decide(REQUEST, facts_about(asked, *added), judged, asked.at)
    assert set(first.failing) <= set(then.failing)
    if first.verdict != "allow":
        assert no_earlier(then.until, first.until)


def tighter(rule):
    """The same rule, a little stricter."""
    match rule:
        case plain.Rolling(at_most=1):
            return replace(rule, minutes=rule.minutes + 250)
        case plain.Rolling() | plain.Calendar(at_most=2 | 3):
            return replace(rule, at_most=rule.at_most - 1)
        case plain.Gap():
            return replace(rule, minutes=rule.minutes + 250)
        case plain.DaysGap():
            return replace(rule, days=rule.days + 1)
        case plain.Hours():
            return narrower(rule)
    return rule


def narrower(rule):
    length = (rule.closes - rule.opens) % (24 * 60) or 24 * 60
    if length <= 30:
        return replace(rule, weekdays=frozenset(sorted(rule.weekdays)[1:]))
    return replace(rule, opens=(rule.opens + 10) % (24 * 60), closes=(rule.closes - 10) % (24 * 60))


@given(situations(), rules(4320), st.data())
@settings(max_examples=120, **LAW)
def test_a_tighter_rule_never_allows_more(asked, written, data):
    """A lower cap, a longer window or gap, narrower hours: nothing new is allowed, nor sooner."""
    place = data.draw(st.integers(0, len(written) - 1))
    strict = [tighter(rule) if n == place else rule for n, rule in enumerate(written)]
    facts = facts_about(asked)
    loose, tight = (
        decide(REQUEST, facts, policy((each, asked)), asked.at) for each in (written, strict)
    )
    assert set(loose.failing) <= set(tight.failing)
    if loose.verdict != "allow":
        assert no_earlier(tight.until, loose.until)


LONGER = tuple(
    (rule, rule.replace(f"days = {n}", f"days = {n + 2}"))
    for rule in RESTS
    for n in (1, 2)
    if f"\ndays = {n}" in rule or f"_days = {n}" in rule
)


@given(st.sampled_from(LONGER), histories(6))
@settings(max_examples=150, **LAW)
def test_a_longer_cool_off_never_allows_more(pair, known):
    """Of complaints, moods, rejections, suppressions, purchases and sequences."""
    facts = Facts(customer(contacts=known), OFFERS)
    loose, tight = (decide(ABOUT_FUND, facts, rests([rule]), HOUR) for rule in pair)
    assert set(loose.failing) <= set(tight.failing)
    if loose.verdict != "allow":
        assert no_earlier(tight.until, loose.until)


def about(moments):
    """Words, cases, holds and other facts of every sort, at these moments."""
    day = st.dates(date(2026, 6, 6), date(2026, 6, 10))
    words = st.sampled_from(("grant", "revoke", "dnc", "dnc_lifted"))
    channels = st.sampled_from((None, "sms", "phone"))
    proof = st.sampled_from(("form", None))
    rows = {
        "consents": st.builds(
            Consent, moments, words, channels, st.none(), proof, st.just("v1"), st.none() | day
        ),
        "cases": st.builds(Case, st.just("complaint"), moments, st.none() | moments),
        "holds": st.builds(
            Hold, st.sampled_from(("aml", "fraud", "bereavement")), moments, st.none() | moments
        ),
        "pauses": st.builds(Pause, day, day, channels),
        "snoozes": st.builds(
            lambda at, later: Snooze(at, at + later * STEP), moments, st.integers(0, 200)
        ),
        "never_offers": st.builds(NeverOffer, st.sampled_from(("fund-a", "bond")), moments),
        "holdings": st.builds(
            Holding,
            *(st.just(1), st.sampled_from(("fund", "deposit")), day),
            *(st.none() | day, st.none() | day),
        ),
    }
    return st.fixed_dictionaries({name: st.lists(row, max_size=4) for name, row in rows.items()})


FACTS = about(st.integers(-300, 200).map(lambda n: HOUR + n * STEP))
NO_ANSWER = 'kind = "no_answer_backoff"\nwait_days = [1]\nstop_days = 2\nattempts_per_lead = 3'
CONSENT = 'kind = "consent"\nmode = "non_restrictive"'
LETTER = 'kind = "only_after"\nfirst = { channels = ["phone"] }\nthen = { channels = ["sms"] }'


@given(
    st.lists(st.sampled_from((*RESTS, NO_ANSWER, CONSENT, LETTER)), unique=True, max_size=6),
    *(histories(6), FACTS, st.randoms(use_true_random=False)),
)
@settings(max_examples=150, **LAW)
def test_the_order_of_the_rows_never_matters(chosen, known, facts, random):
    """Contacts, consents, cases and all else shuffled: the same decision to the byte."""
    judged, rows = rests(chosen), {"contacts": known, **facts}
    answers = set()
    for _ in range(3):
        shuffled = {
            name: tuple(random.sample(list(each), len(each))) for name, each in rows.items()
        }
        person = customer(**shuffled)
        answers.add(decision_to_json(decide(ABOUT_FUND, Facts(person, OFFERS), judged, HOUR)))
    assert len(answers) == 1


@given(
    st.lists(st.sampled_from((*RESTS, NO_ANSWER, CONSENT, LETTER)), unique=True, max_size=5),
    *(histories(6), FACTS),
)
@settings(max_examples=60, **LAW)
def test_R_10_until_is_the_first_allowed_instant_whatever_speaks_against(chosen, known, facts):
    """Asked anew at every ten minutes of nine days, on which all facts and rests begin and end."""
    judged = rests(chosen)
    who = Facts(customer(contacts=known, **{k: tuple(v) for k, v in facts.items()}), OFFERS)
    decision = decide(ABOUT_FUND, who, judged, HOUR)
    assume(decision.verdict != "allow")
    end = decision.until or HOUR + 9 * plain.DAY
    at = HOUR
    while (at := at + STEP) < end:
        assert decide(ABOUT_FUND, who, judged, at).verdict != "allow"
    if decision.until is not None:
        assert decide(ABOUT_FUND, who, judged, decision.until).verdict == "allow"
        assert decide(ABOUT_FUND, who, judged, decision.until - SECOND).verdict != "allow"


@pytest.mark.parametrize(("zone", "day"), PLACES)
def test_the_plain_reading_knows_which_faces_of_the_clock_come_twice(zone, day):
    """Counted over every minute of the day before and after, against the oracle's own test."""
    start = start_of_day(day - plain.DAY, zone)
    faces = [
        (start + n * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        for n in range(3 * 24 * 60)
    ]
    twice = {face for face in faces if plain.shown_twice(face, zone)}
    seen = set()
    assert twice == {face for face in faces if face in seen or seen.add(face)}
