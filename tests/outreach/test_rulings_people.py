"""R-12, R-13, R-18 to R-22, R-29: who is bound, overrides, promises, days, households, windows."""

from dataclasses import replace
from datetime import date

import pytest
from policed import counts, customer, hours, moment, offer, past, policy_of, why

from goodcall.profile import (
    Assessment,
    Case,
    Consent,
    Hold,
    NeverOffer,
    Preference,
    Snooze,
)
from outreach import Override, PolicyError, RequestError

DAYTIME = hours(("09:00", "21:00"))
CAP = 'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7'
CONSENT = 'id = "consent"\nkind = "consent"\nmode = "restrictive"'
MARKETING_ONLY = {
    "complaint_cooloff": "days = 30",
    "low_mood": "days = 14",
    "consent": 'mode = "restrictive"',
}
HELD = Override("branch head", "customer asked by letter", ("cap",))


def test_R_12_a_service_request_heeds_a_stop_of_all_and_what_names_service(desk):
    """A do-not-call of marketing, a complaint and the hold-out do not stop a service message."""
    desk.under(CONSENT, 'id = "complaint"\nkind = "complaint_cooloff"\ndays = 30', CAP, DAYTIME)
    desk.holdout.add(1)
    began = moment("2026-06-01 10:00")
    for note in (Consent(began, "dnc"), Case("complaint", began), Hold("bereavement", began)):
        desk.notes(note, "2026-06-01 10:00")
    night = "2026-06-08 22:00"
    assert desk.would(night, category="service").verdict == "allow"
    desk.notes(Consent(began, "dnc", scope="all"), "2026-06-01 10:00")
    assert desk.would(night, category="service").failing == ("dnc",)
    assert desk.would(night, category="regulatory").verdict == "allow"


@pytest.mark.parametrize(("kind", "terms"), MARKETING_ONLY.items())
def test_R_12_rules_of_complaints_moods_and_consent_bind_marketing_alone(kind, terms):
    """Another category there is an error at load."""
    with pytest.raises(PolicyError, match="this kind of rule binds marketing only"):
        policy_of(f'id = "x"\nkind = "{kind}"\n{terms}\ncategories = ["service"]')
    with pytest.raises(PolicyError, match="categories holds 'risk', which is unknown"):
        policy_of(f"{CAP}\ncategories = ['risk']")


def test_R_12_suitability_binds_whoever_carries_an_investment_offer(desk):
    """Service included; a regulatory message with an offer fails for the offer alone."""
    desk.sells(offer("bond", investment=True, risk="R3"))
    for category, failing in (
        ("marketing", "suitability"),
        ("service", "suitability"),
        ("regulatory", "exempt_offer"),
        ("risk", "exempt_offer"),
    ):
        said = desk.would("2026-06-08 10:00", category=category, offer_code="bond")
        assert said.failing == (failing,)


def test_R_13_an_overridden_rule_stays_in_failing_and_moves_nothing(desk):
    """It is repeated in overridden; until is that of the other rules."""
    desk.under(CAP, DAYTIME)
    desk.sent("2026-06-08 20:00")
    allowed = desk.ask("2026-06-08 20:30", override=HELD)
    assert (allowed.verdict, allowed.failing, allowed.overridden) == ("allow", ("cap",), ("cap",))
    assert allowed.until is None
    night = desk.would("2026-06-08 22:00", override=HELD)
    assert (night.verdict, night.failing) == ("defer", ("hours", "cap"))
    assert (night.overridden, night.until) == (("cap",), moment("2026-06-09 09:00"))
    free = desk.would("2026-06-30 10:00", override=HELD)
    assert (free.verdict, free.failing, free.overridden) == ("allow", (), ())


@pytest.mark.parametrize(
    "name",
    ["identity", "legal_hold", "dnc", "pause", "consent", "profiling", "suitability", "eligibility",
     "hours", "queue_age", "volume", "holdout"],
)  # fmt: skip
def test_R_13_steps_1_to_5_7_11_and_12_are_open_to_nobody(desk, name):
    """Naming such a rule is an error, and so is naming none that exists."""
    desk.under(CAP, DAYTIME, CONSENT, 'id = "volume"\nkind = "volume"\nat_most = 9\ndays = 1')
    with pytest.raises(RequestError, match=f"rule '{name}', of step .* cannot be overridden"):
        desk.ask("2026-06-08 10:00", override=replace(HELD, rules=("cap", name)))
    with pytest.raises(RequestError, match="rule 'nothing' cannot be overridden"):
        desk.ask("2026-06-08 10:00", override=replace(HELD, rules=("nothing",)))


@pytest.mark.parametrize(
    "name", ["stop", "never_offer", "snoozed", "complaint", "cap", "after", "own_cap"]
)
def test_R_13_steps_6_8_9_and_10_are_open_to_a_named_approver(desk, name):
    """Each of them alone stops the request, and each can be overridden."""
    began = moment("2026-06-01 10:00")
    rules = {
        "complaint": 'id = "complaint"\nkind = "complaint_cooloff"\ndays = 30',
        "cap": CAP,
        "after": 'id = "after"\nkind = "only_after"\nfirst = { channels = ["post"] }\n'
        'then = { channels = ["sms"] }',
    }
    facts = {
        "stop": {"holds": (Hold("bereavement", began),)},
        "never_offer": {"never_offers": (NeverOffer("card", began),)},
        "snoozed": {"snoozes": (Snooze(began, moment("2026-07-01 10:00")),)},
        "complaint": {"cases": (Case("complaint", began),)},
        "own_cap": {"preferences": (Preference(at_most=1, days=30),)},
    }
    sent = {"contacts": (past("2026-06-07 10:00"),)} if name in {"cap", "own_cap"} else {}
    desk.sells(offer("card")).knows(customer(**facts.get(name, {}), **sent))
    desk.under(*([rules[name]] if name in rules else []))
    assert desk.would("2026-06-08 10:00", offer_code="card").failing == (name,)
    said = desk.would("2026-06-08 10:00", offer_code="card", override=replace(HELD, rules=(name,)))
    assert (said.verdict, said.overridden) == ("allow", (name,))


@pytest.mark.parametrize("blank", ["approver", "reason"])
def test_R_13_an_override_names_who_and_why(desk, blank):
    """An empty approver or reason is an error."""
    with pytest.raises(RequestError, match=f"the override has no {blank}"):
        desk.ask("2026-06-08 10:00", override=replace(HELD, **{blank: " "}))


def test_R_13_a_wish_that_also_names_channels_is_overridden_in_its_cap_alone(desk):
    """Step 3 stays shut though the wish has one id for both."""
    wish = Preference("mine", only_channels=("email",), at_most=1, days=30)
    desk.knows(customer(preferences=(wish,), contacts=(past("2026-06-07 10:00"),)))
    override = replace(HELD, rules=("mine",))
    said = desk.would("2026-06-08 10:00", "email", override=override)
    assert (said.verdict, said.overridden) == ("allow", ("mine",))
    other = desk.would("2026-06-08 10:00", "sms", override=override)
    assert (other.verdict, other.until, other.failing) == ("block", None, ("mine",))


def test_R_18_a_promised_call_is_exempt_from_gaps_and_nothing_else(desk):
    """Neither from waits for no answer, caps, do-not-call, consent, complaints nor hours."""
    gaps = (
        'id = "hours_gap"\nkind = "min_gap"\ndays = 3',
        'id = "gap"\nkind = "days_gap"\ndays = 3',
    )
    promised = desk.under(*gaps).sent("2026-06-08 10:00", "phone", "CONNECTED_CALLBACK")
    again = {"channel": "phone", "answers": str(promised)}
    assert desk.would("2026-06-08 15:00", "phone").failing == ("hours_gap", "gap")
    assert desk.would("2026-06-08 15:00", **again).verdict == "allow"
    desk.under(*gaps, CAP, DAYTIME, CONSENT)
    said = desk.would("2026-06-08 22:00", **again)
    assert said.failing == ("consent", "hours", "cap")
    plain = desk.sent("2026-06-08 11:00", "phone")
    with pytest.raises(RequestError, match="in which nobody asked to be called back"):
        desk.would("2026-06-08 15:00", "phone", answers=str(plain))


def test_R_18_a_promised_call_waits_like_others_after_no_answer(desk):
    """The wait of a day after a missed call binds it."""
    desk.under('id = "wait"\nkind = "no_answer_backoff"\nwait_days = [1]\nstop_days = 30')
    promised = desk.sent("2026-06-08 10:00", "phone", "CONNECTED_CALLBACK")
    desk.sent("2026-06-08 11:00", "phone", "NO_ANSWER")
    said = desk.would("2026-06-08 15:00", "phone", answers=str(promised))
    assert said.failing == ("wait",)


def test_R_19_the_last_day_is_included(desk):
    """Of an assessment in the customer's zone, of a rule in the bank's."""
    new_york = "America/New_York"
    desk.sells(offer("bond", investment=True, risk="R1"))
    tested = Assessment("C3", date(2026, 6, 8))
    desk.knows(customer(zone=new_york, assessment=tested))
    last = moment("2026-06-08 23:59:59", new_york)
    assert desk.would(last, offer_code="bond").verdict == "allow"
    assert why(desk.would(moment("2026-06-09", new_york), offer_code="bond")) == [
        "assessment_expired"
    ]
    desk.under(f"{CAP}\nexpires = 2026-06-08")
    desk.sent("2026-06-08 10:00")
    said = desk.would("2026-06-08 23:59:59")
    assert (said.failing, said.until) == (("cap",), moment("2026-06-09 00:00"))
    assert desk.would("2026-06-09 00:00").verdict == "allow"


def test_R_21_a_contact_is_of_the_household_of_then_and_of_now(desk):
    """A member who leaves still counts by the record; one who joins brings what was before."""
    rule = 'id = "home"\nkind = "frequency_cap"\nper = "household"\nat_most = 1\ndays = 30'
    desk.under(rule).knows(customer(1, household_id=9), customer(2, household_id=9))
    desk.sent("2026-06-01 10:00", who=2)
    desk.knows(customer(2, household_id=8))
    assert desk.would("2026-06-02 10:00").failing == ("home",)
    desk.knows(customer(2, household_id=None), customer(3, household_id=None))
    assert desk.would("2026-06-02 10:00", who=2).failing == ("home",)
    assert desk.would("2026-06-02 10:00", who=3).verdict == "allow"
    desk.sent("2026-06-02 10:00", who=3)
    desk.knows(customer(3, household_id=7), customer(4, household_id=7))
    assert desk.would("2026-06-03 10:00", who=4).failing == ("home",)


@pytest.mark.parametrize(
    ("rule", "closed", "free"),
    [
        ('frequency_cap"\nat_most = 1\ndays = 7', "2026-06-03 10:00:01", "2026-06-03 10:00:00"),
        ('frequency_cap"\nat_most = 1\nperiod = "week"', "2026-06-08 00:00",
         "2026-06-07 23:59:59"),
        ('min_gap"\nhours = 4', "2026-06-10 06:00:01", "2026-06-10 06:00:00"),
        ('days_gap"\ndays = 2', "2026-06-09 00:00", "2026-06-08 23:59:59"),
    ],
)  # fmt: skip
def test_R_22_a_contact_that_is_still_to_come_counts_too(desk, rule, closed, free):
    """Reserved for 10 June 10:00: whatever is allowed before may not push a window over its cap."""
    later = past("2026-06-10 10:00", state="reserved")
    desk.under(f'id = "rule"\nkind = "{rule}').knows(customer(contacts=(later,)))
    assert desk.would(closed).failing == ("rule",)
    assert desk.would(free).verdict == "allow"


def test_R_29_any_window_holds_past_and_planned_contacts(desk):
    """Every 7 days that hold the request, ending with it or with a contact ahead of it."""
    rule = 'id = "any"\nkind = "frequency_cap"\nwindow = "any_window"\nat_most = 2\ndays = 7'
    ahead = past("2026-06-12 10:00", state="planned", request_id="other")
    desk.under(rule).knows(customer(contacts=(ahead,)))
    desk.sent("2026-06-05 10:00:01")
    said = desk.would("2026-06-08 10:00")
    assert (said.failing, counts(said, "any")) == (("any",), (2, 0))
    assert desk.would("2026-06-05 10:00:00", request_id="x").verdict == "allow"
