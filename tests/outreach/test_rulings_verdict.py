"""R-01 to R-11 where no CP test shows them: verdicts, holds, spans, order, counts."""

from datetime import date

import pytest
from policed import counts, customer, hours, moment, offer, past, policy_of

from goodcall.profile import Consent, Hold, NeverOffer, Pause
from outreach import Leg, PolicyError

CAP = 'id = "cap"\nkind = "frequency_cap"\nat_most = 1\nhours = 12'
COMPLAINT = 'id = "complaint"\nkind = "complaint_cooloff"\ndays = 30'
CONSENT = 'id = "consent"\nkind = "consent"\nmode = "restrictive"'
DAYTIME = hours(("09:00", "21:00"))


def test_R_01_what_frees_within_the_lists_day_is_deferred_and_what_frees_later_blocked(desk):
    """The day is the customer's local date of now; a cap that frees at midnight blocks."""
    desk.under(CAP)
    desk.sent("2026-06-08 08:00")
    assert desk.would("2026-06-08 19:59:59").verdict == "defer"
    desk.sent("2026-06-08 12:00")
    said = desk.would("2026-06-08 23:00")
    assert (said.verdict, said.until) == ("block", moment("2026-06-09 00:00"))
    desk.knows(customer(zone="America/New_York"))
    assert desk.would("2026-06-08 23:00").verdict == "defer"


def test_R_01_hours_defer_to_another_day_only_where_nothing_else_fails(desk):
    """At night with the cap full: block, for the cap too would have to be free by then."""
    desk.under(DAYTIME, CAP)
    assert desk.would("2026-06-08 22:00").verdict == "defer"
    desk.sent("2026-06-08 20:00")
    said = desk.would("2026-06-08 22:00")
    assert (said.verdict, said.failing) == ("block", ("hours", "cap"))


@pytest.mark.parametrize(
    ("kind", "risk", "regulatory", "marketing"),
    [
        ("fraud", "allow", "block", "block"),
        ("legal", "block", "block", "block"),
        ("aml", "block", "block", "block"),
    ],
)
def test_R_02_a_fraud_stop_lets_the_warning_through(desk, kind, risk, regulatory, marketing):
    """Only category risk, only past a fraud hold, and only until the hold ends."""
    began = moment("2026-06-08 10:00")
    desk.notes(Hold(kind, began), "2026-06-08 10:00")
    for category, verdict in (
        ("risk", risk),
        ("regulatory", regulatory),
        ("service", marketing),
        ("marketing", marketing),
    ):
        said = desk.would("2026-06-08 10:00", category=category)
        assert said.verdict == verdict
        assert said.failing == (() if verdict == "allow" else ("legal_hold",))
        assert desk.would("2026-06-08 09:59:59", category=category).verdict == "allow"


def test_R_03_an_unknown_zone_blocks_for_ever_where_hours_bind(desk):
    """It fails the rule of hours, never falls through, and without hours uses the bank's dates."""
    desk.under(DAYTIME, CAP).knows(customer(zone="Mars/Olympus"))
    said = desk.would("2026-06-08 10:00")
    assert (said.verdict, said.until, said.failing) == ("block", None, ("hours",))
    assert desk.would("2026-06-08 10:00", category="service").verdict == "allow"
    desk.under('id = "cap"\nkind = "frequency_cap"\nat_most = 1\nperiod = "day"')
    desk.sent("2026-06-08 10:00")
    assert desk.would("2026-06-08 11:00").until == moment("2026-06-09 00:00", "Asia/Shanghai")


@pytest.mark.parametrize(
    ("rule", "code", "days"),
    [
        ('kind = "complaint_cooloff"\ndays = 30', "COMPLAINT", 30),
        ('kind = "low_mood"\ndays = 14', "LOW_MOOD", 14),
        ('kind = "min_gap"\ndays = 5', "CONNECTED_THINKING", 5),
        ('kind = "frequency_cap"\nat_most = 1\ndays = 5', "CONNECTED_THINKING", 5),
    ],
)
def test_R_04_a_span_of_days_is_so_many_times_24_hours(desk, rule, code, days):
    """From its instant, end excluded, also over a change of clocks in the customer's zone."""
    desk.under(f'id = "rule"\n{rule}').knows(customer(zone="America/New_York"))
    began = moment("2026-10-31 12:00", "America/New_York")
    desk.sent(began, "phone", code)
    said = desk.would(began, "phone")
    assert said.until is not None
    assert (said.until - began).total_seconds() == days * 24 * 3600
    assert desk.would(said.until, "phone").verdict == "allow"


def test_R_05_a_planned_row_is_seen_by_any_window_alone(desk):
    """Neither caps, gaps nor duplicates count it; a request's own plan is never seen."""
    planned = past("2026-06-09 10:00", state="planned", offer_code="fund-a", request_id="mine")
    desk.sells(offer("fund-a")).knows(customer(contacts=(planned,)))
    body = 'at_most = 1\ndays = 7\nkind = "frequency_cap"'
    desk.under(
        f'id = "rolling"\n{body}\nwindow = "rolling"',
        f'id = "any"\n{body}\nwindow = "any_window"',
        'id = "twice"\nkind = "duplicate_offers"\nat_most = 1',
        'id = "gap"\nkind = "min_gap"\ndays = 7',
        'id = "days"\nkind = "days_gap"\ndays = 7',
    )
    said = desk.would("2026-06-08 10:00", offer_code="fund-a")
    assert (said.failing, counts(said, "rolling")) == (("any",), (0, 1))
    assert desk.would("2026-06-08 10:00", offer_code="fund-a", request_id="mine").verdict == "allow"
    retry = desk.would("2026-06-08 10:00", offer_code="fund-a", request_id="mine#2")
    assert retry.verdict == "allow"


@pytest.mark.parametrize("kind", ['kind = "min_gap"\nhours = 4', 'kind = "days_gap"\ndays = 1'])
def test_R_06_a_gap_looks_at_marketing_unless_service_is_named(desk, kind):
    """A service message before is no reason to wait, where the rule does not name service."""
    desk.sent("2026-06-08 09:00", category="service")
    assert desk.under(f'id = "gap"\n{kind}').would("2026-06-08 10:00").verdict == "allow"
    both = f'id = "gap"\n{kind}\ncategories = ["marketing", "service"]'
    assert desk.under(both).would("2026-06-08 10:00").failing == ("gap",)
    assert desk.would("2026-06-08 10:00", category="service").failing == ("gap",)


def test_R_08_failing_rules_come_by_step_and_then_as_in_the_file(desk):
    """Every step answers though the first has failed."""
    desk.sells(offer("fund-a", investment=True, risk="R4"))
    desk.under(
        'id = "z_cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7',
        'id = "a_cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7',
        'id = "seen"\nkind = "outcome_suppression"\ncodes = ["NOT_NOW"]\ndays = 9\n'
        'scope = "customer"',
        'id = "after"\nkind = "only_after"\nfirst = { channels = ["post"] }\n'
        'then = { offers = ["fund-a"], channels = ["sms"] }',
        *(DAYTIME, COMPLAINT, CONSENT),
    )
    desk.sent("2026-06-01 10:00", "phone", "NOT_NOW")
    talked = desk.sent("2026-06-01 11:00", "phone")
    for code in ("COMPLAINT", "REFUSED_ALL", "LEGAL", "DECEASED"):
        desk.hears(talked, code, "2026-06-02 10:00")
    desk.holdout.add(1)
    said = desk.would("2026-06-03 22:00", offer_code="fund-a")
    assert said.failing == (
        *("identity", "legal_hold", "dnc", "consent", "suitability", "complaint", "hours"),
        *("seen", "z_cap", "a_cap", "after", "holdout"),
    )
    assert [check.step for check in said.checks] == sorted(check.step for check in said.checks)
    assert {check.step for check in said.checks} == {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12}


@pytest.mark.parametrize(
    ("known", "asked", "failing"),
    [
        ({"status": "deceased"}, {}, "identity"),
        ({"status": "merged"}, {}, "identity"),
        ({}, {"category": "risk", "offer_code": "bond"}, "exempt_offer"),
        ({"holds": (Hold("legal", moment("2026-01-01")),)}, {}, "legal_hold"),
        ({"consents": (Consent(moment("2026-01-01"), "dnc"),)}, {}, "dnc"),
        ({"pauses": (Pause(date(2026, 6, 1), date(2026, 6, 30)),)}, {}, "pause"),
        ({"profiling_opt_out": True}, {}, "profiling"),
        ({}, {"offer_code": "bond"}, "suitability"),
        ({"holds": (Hold("bereavement", moment("2026-01-01")),)}, {}, "stop"),
        ({"never_offers": (NeverOffer("card", moment("2026-01-01")),)}, {"offer_code": "card"},
         "never_offer"),
        ({}, {"queued_at": moment("2026-01-01")}, "queue_age"),
    ],
)  # fmt: skip
def test_R_09_built_in_checks_bite_without_any_rule_and_no_file_may_take_their_ids(
    desk, known, asked, failing
):
    """Under a policy of no rules at all; a rule of such an id is an error at load."""
    bond = offer("bond", investment=True, risk="R1")
    desk.sells(bond, offer("card", "credit_card")).knows(customer(**known))
    assert desk.would("2026-06-08 10:00", **asked).failing == (failing,)
    with pytest.raises(PolicyError, match=f"id '{failing}' belongs to a built-in check"):
        policy_of(f'id = "{failing}"\nkind = "frequency_cap"\nat_most = 99\ndays = 1')


@pytest.mark.parametrize("name", ["holdout", "wall_once", "only_channel", "own_cap", "eligibility"])
def test_R_09_no_file_may_take_the_id_of_any_other_check(name):
    """The hold-out's, the repeated hour's and the customer's own wishes' are taken too."""
    with pytest.raises(PolicyError, match=f"id '{name}' belongs to a built-in check"):
        policy_of(f'id = "{name}"\nkind = "frequency_cap"\nat_most = 99\ndays = 1')


def test_R_10_until_is_when_all_rules_allow_together(desk):
    """A cap that frees at 03:00 under hours from 09:00 gives 09:00; null where nothing frees."""
    desk.under(DAYTIME, CAP)
    desk.sent("2026-06-08 15:00")
    assert desk.would("2026-06-08 20:00").until == moment("2026-06-09 09:00")
    desk.notes(Hold("legal", moment("2026-06-08 16:00")), "2026-06-08 16:00")
    assert desk.would("2026-06-08 20:00").until is None


def test_R_10_until_looks_through_caps_that_free_one_after_the_other(desk):
    """No maximum of the rules' own ends: a second cap frees while the hours are closed again."""
    two = 'id = "two"\nkind = "frequency_cap"\nat_most = 2\nhours = 36'
    desk.under(DAYTIME, CAP, two)
    desk.sent("2026-06-08 09:30")
    desk.sent("2026-06-08 20:30")
    assert desk.would("2026-06-08 20:45").until == moment("2026-06-10 09:00")


def test_R_11_a_cap_compares_what_was_before_and_what_is_added(desk):
    """Two channels at once need two places; what is left is told before this request."""
    desk.under('id = "cap"\nkind = "frequency_cap"\nat_most = 2\ndays = 7')
    desk.sent("2026-06-01 10:00")
    one, two = (desk.would("2026-06-02 10:00", also=also) for also in ((), (Leg("email", 12),)))
    assert (one.verdict, two.failing) == ("allow", ("cap",))
    assert counts(one, "cap") == counts(two, "cap") == (1, 1)
    desk.sent("2026-06-02 10:00")
    desk.sent("2026-06-02 11:00")
    assert counts(desk.would("2026-06-03 10:00"), "cap") == (3, 0)
