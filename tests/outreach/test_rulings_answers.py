"""R-30 to R-36, R-38, R-42 to R-46: moods, ages, ratings, consents, codes, channels, moments."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from policed import counts, customer, grant, hours, moment, offer, why

from features import tables
from goodcall.profile import Assessment, Consent, StopLifted
from outreach import Facts, LedgerError, Leg, RequestError, Volume, decide, offers_of

CAP = 'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7'
CONSENT = 'id = "consent"\nkind = "consent"\nmode = "restrictive"'
BOTH = {"channel": "app", "also": (Leg("email", 12),)}


@pytest.mark.parametrize("code", ["LOW_MOOD", "DEFER_MOOD"])
def test_R_30_low_spirits_stop_all_that_is_not_retention_for_the_rules_days(desk, code):
    """Offers, greetings and other purposes alike; five days when the rule says five."""
    desk.sells(offer("fund-a")).under('id = "mood"\nkind = "low_mood"\ndays = 5')
    call = desk.sent("2026-06-08 10:00", "phone")
    desk.hears(call, code, "2026-06-08 10:05")
    for said in ({}, {"offer_code": "fund-a"}, {"purpose": "marketing"}, {"purpose": "survey"}):
        stopped = desk.would("2026-06-13 10:04:59", **said)
        assert (stopped.failing, stopped.until) == (("mood",), moment("2026-06-13 10:05"))
        assert desk.would("2026-06-08 10:04:59", **said).verdict == "allow"
    for said in ({"purpose": "retention"}, {"category": "service"}):
        assert desk.would("2026-06-08 10:05", **said).verdict == "allow"


@pytest.mark.parametrize(
    ("born", "risk", "at", "flags"),
    [
        (date(1961, 6, 8), "R4", "2026-06-08 00:00", ("age65_high_risk",)),
        (date(1961, 6, 8), "R4", "2026-06-07 23:59:59", ()),
        (date(1961, 6, 8), "R5", "2026-06-08 00:00", ("age65_high_risk",)),
        (date(1961, 6, 8), "R3", "2026-06-08 00:00", ()),
        (date(1960, 2, 29), "R4", "2025-02-28 23:59:59", ()),
        (date(1960, 2, 29), "R4", "2025-03-01 00:00", ("age65_high_risk",)),
        (date(1964, 2, 29), "R4", "2029-02-28 12:00", ()),
        (date(1964, 2, 29), "R4", "2029-03-01 00:00", ("age65_high_risk",)),
    ],
)
def test_R_31_high_risk_is_flagged_from_the_65th_birthday(desk, born, risk, at, flags):
    """From R4, on the local day; one born on 29 February has it on 1 March in common years."""
    brave = Assessment("C5", date(2030, 12, 31))
    desk.sells(offer("bond", investment=True, risk=risk))
    desk.knows(customer(birth_date=born, assessment=brave))
    said = desk.would(at, offer_code="bond")
    assert (said.verdict, said.flags) == ("allow", flags)


@pytest.mark.parametrize(
    ("issuer", "seller", "failing", "because"),
    [
        (None, None, ("suitability",), ["no_rating"]),
        ("R3", None, (), []),
        (None, "R3", (), []),
        ("R4", None, ("suitability",), ["too_risky"]),
        ("R3", "R2", (), []),
        ("R2", "R4", ("suitability",), ["too_risky"]),
    ],
)
def test_R_32_a_product_that_nobody_rated_suits_nobody(desk, issuer, seller, failing, because):
    """One side's rating alone is used, of two the higher; the customer tolerates C3."""
    known = datetime(2026, 1, 1, tzinfo=UTC)
    filled = {"happened_at": known, "known_at": known}
    product = {"product_id": 5, "family": "fund", "investment": True}
    product |= {"issuer_risk": issuer, "seller_risk": seller}
    sold = {
        "offer_code": "bond",
        "product_id": 5,
        "name_en": "B",
        "name_zh": "债",
        "kinds": "retail",
    }
    made = [
        pa.Table.from_pylist(
            [dict.fromkeys(table.schema.names) | filled | row], schema=table.schema
        )
        for table, row in ((tables.OFFERS, sold | {"margin_cents": 1}), (tables.PRODUCTS, product))
    ]
    desk.sells(*offers_of(*made, desk.policy))
    desk.knows(customer(assessment=Assessment("C3", date(2026, 12, 31))))
    said = desk.would("2026-06-08 10:00", offer_code="bond")
    assert (said.failing, why(said)) == (failing, because)


def test_R_33_a_grant_does_not_age_and_what_is_proven_counts_from_its_time(desk):
    """Twenty years old it is good; before its time, or without one of its proofs, it is none."""
    desk.under(CONSENT)
    desk.notes(grant("2006-06-08 10:00", "sms"), "2006-06-08 10:00")
    assert desk.would("2006-06-08 09:59:59").failing == ("consent",)
    assert desk.would("2026-06-08 10:00").verdict == "allow"
    desk.notes(Consent(moment("2026-06-09 10:00"), "revoke", "sms"), "2026-06-09 10:00")
    assert desk.would("2026-06-09 10:00").failing == ("consent",)


@pytest.mark.parametrize(
    ("mode", "after"), [("restrictive", ("consent",)), ("non_restrictive", ())]
)
def test_R_33_an_expired_grant_is_as_no_record(desk, mode, after):
    """After its last local day it is a no where silence is one, and passes where silence does."""
    desk.under(CONSENT.replace("restrictive", mode))
    desk.notes(grant("2026-06-01 10:00", expires_on=date(2026, 6, 8)), "2026-06-01 10:00")
    assert desk.would("2026-06-08 23:59:59").verdict == "allow"
    assert desk.would("2026-06-09 00:00").failing == after


REST = 'id = "rest"\nkind = "outcome_suppression"\ncodes = ["{}"]\ndays = 3\nscope = "{}"'


@pytest.mark.parametrize(
    ("code", "channel"),
    [
        ("NOT_NOW", "phone"),
        ("SHOULD_NOT_DISTURB", "phone"),
        ("DISMISS", "app"),
        ("BOUNCE", "email"),
    ],
)
@pytest.mark.parametrize(
    ("scope", "stopped"),
    [
        ("customer", {"gold", "silver", "fund-a", None}),
        ("group", {"gold", "silver"}),
        ("offer", {"gold"}),
    ],
)
def test_R_36_a_code_rests_only_what_a_rule_says_and_for_its_days(
    desk, code, channel, scope, stopped
):
    """Without a rule it stops nothing else; with one its customer, group or offer, 3 x 24 hours."""
    cards = (offer("gold", "credit_card"), offer("silver", "credit_card"), offer("fund-a"))
    desk.sells(*cards).sent("2026-06-08 10:00", channel, code, offer_code="gold")
    every = ("gold", "silver", "fund-a", None)
    assert all(desk.would("2026-06-08 10:00", offer_code=o).verdict == "allow" for o in every)
    desk.under(REST.format(code, scope))
    said = {each: desk.would("2026-06-11 09:59:59", offer_code=each) for each in every}
    assert {each for each, one in said.items() if one.failing == ("rest",)} == stopped
    assert {one.until for one in said.values()} <= {None, moment("2026-06-11 10:00")}
    assert all(desk.would("2026-06-11 10:00", offer_code=o).verdict == "allow" for o in every)


def test_R_36_a_hard_bounce_is_an_invalid_address(desk):
    """Dead from its second; a message to another address or number goes on."""
    desk.sent("2026-06-08 10:00", "email", "INVALID")
    said = desk.would("2026-06-08 10:00", "email")
    assert (said.verdict, said.until, said.failing) == ("block", None, ("identity",))
    assert desk.would("2026-06-08 10:00", "sms").verdict == "allow"


@pytest.mark.parametrize("code", ["THIRD_PARTY", "LANGUAGE"])
def test_R_36_who_else_answered_feeds_no_back_off(desk, code):
    """Nor does a call in another language; three of them wait for nothing."""
    desk.under('id = "wait"\nkind = "no_answer_backoff"\nwait_days = [1, 3]\nstop_days = 30')
    for hour in (10, 11, 12):
        desk.sent(f"2026-06-08 {hour}:00", "phone", code)
    assert desk.would("2026-06-08 12:00", "phone").verdict == "allow"


@pytest.mark.parametrize(
    ("code", "state", "counted"),
    [
        *((code, "attempted", 1) for code in ("NO_ANSWER", "BUSY", "VOICEMAIL", "POWER_OFF")),
        *((code, "failed", 0) for code in ("INVALID", "DISCONNECTED")),
    ],
)
def test_R_38_a_call_that_was_not_taken_counts_and_one_to_nowhere_does_not(
    desk, code, state, counted
):
    """Attempted or failed; told late it is so from its own moment on."""
    desk.under(CAP)
    desk.ask("2026-06-08 10:00", "phone", request_id="call")
    contact = desk.ledger.contact_id("call")
    desk.hears(contact, code, "2026-06-08 10:01", now="2026-06-09 09:00")
    (now,) = desk.ledger.history([desk.people[1]])[1].contacts
    assert (now.state, now.outcome_at) == (state, moment("2026-06-08 10:01"))
    assert counts(desk.would("2026-06-08 10:01", "email"), "cap") == (counted, 1 - counted)


def test_R_42_several_channels_go_together_or_not_at_all(desk):
    """A refusal, a missing consent or a cap on one channel stops it, and nothing is reserved."""
    began = moment("2026-06-01 10:00")
    desk.notes(Consent(began, "dnc", "email"), "2026-06-01 10:00")
    refused = desk.ask("2026-06-08 10:00", **BOTH)
    assert (refused.verdict, refused.failing) == ("block", ("dnc",))
    assert desk.would("2026-06-08 10:00", "app").verdict == "allow"
    desk.notes(Consent(began + timedelta(1), "dnc_lifted", "email", None, "letter", "v1"),
               "2026-06-02 10:00")  # fmt: skip
    desk.under('id = "consent"\nkind = "consent"\nchannels = ["email"]\nmode = "restrictive"')
    assert desk.ask("2026-06-08 10:00", **BOTH).failing == ("consent",)
    desk.under('id = "mails"\nkind = "frequency_cap"\nchannels = ["email"]\nat_most = 1\ndays = 7')
    desk.sent("2026-06-07 10:00", "email")
    assert desk.ask("2026-06-08 10:00", **BOTH).failing == ("mails",)
    assert desk.ledger.contacts_table().num_rows == 1


@pytest.mark.parametrize(("said", "verdict"), [("per_channel", "block"), ("once", "allow")])
def test_R_42_what_a_cap_of_all_channels_takes_is_a_setting(desk, said, verdict):
    """One place left: two channels are two, or once together."""
    desk.under(
        f'id = "all"\nkind = "frequency_cap"\nat_most = 1\ndays = 7\nmulti_channel = "{said}"'
    )
    assert desk.ask("2026-06-08 10:00", **BOTH).verdict == verdict


def test_R_43_who_comes_to_the_bank_meets_no_hours_no_caps_and_no_hold_out(desk):
    """Inbound skips steps 7, 9 and 12 and no other; absent `proactive` means proactive."""
    desk.under(hours(("09:00", "21:00")), CAP, CONSENT).holdout.add(1)
    at = "2026-06-08 22:00"
    assert desk.would(at).failing == ("consent", "hours", "holdout")
    desk.notes(grant("2026-06-01 10:00"), "2026-06-01 10:00")
    assert desk.would(at).failing == ("hours", "holdout")
    assert desk.would(at, proactive=False).failing == ("hours",)
    assert desk.ask(at, direction="inbound").verdict == "allow"
    assert desk.ask(at, direction="inbound").verdict == "allow"
    steps = {check.step for check in desk.would(at, direction="inbound").checks}
    assert steps == {1, 2, 3, 4, 5, 6, 8}


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (
            datetime(2026, 6, 8, 10, 0, 0, 1, tzinfo=UTC),
            "is finer than a second; give whole seconds",
        ),
        (datetime(2026, 6, 8, 10, 0), "has no zone; give a UTC instant"),  # noqa: DTZ001 - that is it
    ],
)
def test_R_44_instants_are_whole_seconds_with_a_zone(desk, at, message):
    """Finer or zoneless is an error wherever a moment is told, and nothing is written."""
    contact = desk.sent("2026-06-01 10:00")
    asked, person = desk.request(), desk.people[1]
    given = {"offers": (), "policy": desk.policy, "holdout": False}
    queued = "moment .* " + message
    with pytest.raises(RequestError, match=message):
        desk.ledger.reserve(asked, person, now=at, **given)
    with pytest.raises(RequestError, match=message):
        desk.ledger.explain(asked, person, now=at, **given)
    with pytest.raises(RequestError, match=message):
        desk.ledger.record_outcome(contact, "OPEN", now=at, agent=5)
    with pytest.raises(RequestError, match=queued):
        desk.request(queued_at=at)
    with pytest.raises(RequestError, match=message):
        desk.ledger.note(1, Consent(at, "revoke"), now=moment("2026-06-09 10:00"), agent=5)
    assert desk.ledger.contacts_table().num_rows == 1


def test_R_44_any_zone_says_the_same_instant(desk):
    """The same second in Shanghai and in UTC gives the same decision."""
    desk.under(CAP)
    there = moment("2026-06-08 10:00").astimezone(timezone(timedelta(hours=8)))
    assert desk.would(there, request_id="r") == desk.would("2026-06-08 10:00", request_id="r")


def test_R_45_the_ledger_counts_a_volume_and_the_pure_decision_compares(desk):
    """Without a count nothing is said against; with `used` and the limit it is."""
    desk.under('id = "mails"\nkind = "volume"\nchannels = ["email"]\nat_most = 1\nperiod = "day"')
    desk.knows(customer(2))
    request, now = desk.request("email"), moment("2026-06-08 10:00")
    facts = Facts(desk.people[1], {})
    assert decide(request, facts, desk.policy, now).verdict == "allow"
    full = replace(facts, volumes={"mails": Volume(used=1, limit=1)})
    assert decide(request, full, desk.policy, now).failing == ("mails",)
    desk.sent("2026-06-08 09:00", "email", who=2)
    said = desk.would(now, "email")
    assert (said.failing, counts(said, "mails")) == (("mails",), (1, 0))
    assert said.until == moment("2026-06-09 00:00")


@pytest.mark.parametrize(
    ("code", "rule", "step"),
    [("DECEASED", "identity", 1), ("MINOR", "identity", 1), ("LEGAL", "legal_hold", 2)],
)
def test_R_46_a_stop_bites_from_its_second_and_ends_with_the_check(desk, code, rule, step):
    """Before it is verified, for every category; a lifting of another stop ends nothing."""
    call = desk.sent("2026-06-08 10:00", "phone")
    desk.hears(call, code, "2026-06-08 10:05")
    assert desk.would("2026-06-08 10:04:59").verdict == "allow"
    for category in ("marketing", "service", "regulatory", "risk"):
        said = desk.would("2026-06-08 10:05", "branch", category=category)
        assert (said.verdict, said.until, said.failing) == ("block", None, (rule,))
        assert {c.step for c in said.checks if not c.verdict.passes} == {step}
    other = "MINOR" if code != "MINOR" else "LEGAL"
    ended = moment("2026-06-20 09:00")
    desk.notes(StopLifted(other, ended), "2026-06-20 09:00")
    assert desk.would("2026-06-21 10:00").failing == (rule,)
    desk.notes(StopLifted(code, ended), "2026-06-20 09:00")
    assert desk.would("2026-06-20 08:59:59").until == ended
    assert desk.would("2026-06-20 09:00").verdict == "allow"


def test_an_outcome_code_that_does_not_exist_is_an_error(desk):
    """It lists those that do, and nothing is written."""
    contact = desk.sent("2026-06-08 10:00", "phone")
    with pytest.raises(
        LedgerError, match=r"outcome 'HUNG_UP' is unknown; choose one of: CONNECTED_"
    ):
        desk.hears(contact, "HUNG_UP", "2026-06-08 10:05")
