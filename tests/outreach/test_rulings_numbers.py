"""R-14 to R-17, R-20 and CP-48: numbers, and who was merged into whom or split from whom."""

from dataclasses import replace
from datetime import date

import pytest
from policed import counts, customer, grant, moment

from goodcall.profile import Consent, Point, Verified
from outreach import RequestError

CAP = 'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7'
CONSENT = 'id = "consent"\nkind = "consent"\nmode = "restrictive"'


@pytest.mark.parametrize(
    ("code", "own_sms", "other_sms", "elsewhere"),
    [("REFUSED_CHANNEL", "allow", "allow", "block"), ("REFUSED_ALL", "block", "block", "block")],
)
def test_R_14_a_refusal_is_of_the_customer_and_of_the_number(
    desk, code, own_sms, other_sms, elsewhere
):
    """The customer on every number, and everyone on the number dialled, but on no other."""
    shared = customer().points[0].value
    desk.knows(
        customer(points=(*customer().points, Point(13, "phone", "19900000077", valid=True))),
        customer(
            2,
            points=(
                Point(21, "phone", shared, valid=True),
                Point(23, "phone", "19900000088", valid=True),
            ),
        ),
    )
    call = desk.sent("2026-06-08 10:00", "phone")
    desk.hears(call, code, "2026-06-08 10:05")
    at = "2036-06-08 10:05"
    assert desk.would(at, "phone").verdict == "block"
    assert desk.would(at, "phone", point_id=13).verdict == elsewhere
    assert desk.would(at, "sms").verdict == own_sms
    assert desk.would(at, "email").verdict == own_sms
    assert desk.would(at, "phone", 2).failing == ("dnc",)
    assert desk.would("2026-06-08 10:04:59", "phone", 2).verdict == "allow"
    assert desk.would(at, "sms", 2).verdict == other_sms
    assert desk.would(at, "phone", 2, point_id=23).verdict == "allow"
    assert desk.would(at, "branch", 2).verdict == "allow"


def test_R_14_only_the_same_customer_lifts_a_refusal_and_with_evidence(desk):
    """A bare lifting, or the spouse's, lifts nothing; the customer's own frees both."""
    desk.knows(customer(2, points=(Point(21, "phone", customer().points[0].value, valid=True),)))
    call = desk.sent("2026-06-08 10:00", "phone")
    desk.hears(call, "REFUSED_CHANNEL", "2026-06-08 10:05")
    lifted = moment("2026-06-09 10:00")
    desk.notes(Consent(lifted, "dnc_lifted", "phone"), "2026-06-09 10:00")
    proven = Consent(lifted, "dnc_lifted", "phone", None, "letter", "v1")
    desk.notes(proven, "2026-06-09 10:00", who=2)
    for who in (1, 2):
        assert desk.would("2026-06-10 10:00", "phone", who).failing == ("dnc",)
    desk.notes(proven, "2026-06-09 10:00")
    for who in (1, 2):
        assert desk.would("2026-06-09 09:59:59", "phone", who).until == lifted
        assert desk.would("2026-06-09 10:00", "phone", who).verdict == "allow"


@pytest.mark.parametrize(
    ("code", "other"), [("WRONG_NUMBER", "allow"), ("INVALID", "block"), ("DISCONNECTED", "block")]
)
def test_R_15_a_wrong_number_is_dead_for_one_and_a_dead_one_for_all(desk, code, other):
    """Until the customer says that the point is right, at a later second."""
    shared = customer().points[0].value
    desk.knows(customer(2, points=(Point(21, "phone", shared, valid=True),)))
    desk.sent("2026-06-08 10:00", "phone", code)
    assert desk.would("2026-06-08 10:00", "phone").failing == ("identity",)
    assert desk.would("2026-06-08 10:00", "phone", 2).verdict == other
    desk.notes(Verified(11, moment("2026-06-09 10:00")), "2026-06-09 10:00")
    assert desk.would("2026-06-09 09:59:59", "phone").failing == ("identity",)
    assert desk.would("2026-06-09 10:00", "phone").verdict == "allow"
    assert desk.would("2026-06-09 10:00", "phone", 2).verdict == other


def test_R_16_a_point_has_no_age_unless_the_policy_gives_it_one(desk):
    """Last verified 400 days ago: fresh; with max_age_days = 399 not, with 400 yes."""
    old = Point(11, "phone", "19900000001", valid=True, verified_on=date(2025, 5, 4))
    desk.knows(customer(points=(old,)))
    assert desk.would("2026-06-08 10:00").verdict == "allow"
    for most, failing in ((399, ("identity",)), (400, ())):
        desk.under(more=f"[identity]\nmax_age_days = {most}")
        assert desk.would("2026-06-08 10:00").failing == failing


@pytest.mark.parametrize("channel", ["phone", "sms"])
def test_R_17_a_request_without_a_number_is_an_error_where_a_rule_counts_by_number(desk, channel):
    """Not a pass; the error names the rule and the points."""
    desk.under(
        'id = "number"\nkind = "frequency_cap"\nper = "contact_point"\nat_most = 3\ndays = 7'
    )
    with pytest.raises(RequestError, match="names no contact point, by which rule number counts"):
        desk.ask("2026-06-08 10:00", channel, point_id=None)
    assert desk.would("2026-06-08 10:00", "branch").verdict == "allow"


def test_R_20_at_a_merge_the_strictest_word_holds_until_the_merged_customer_speaks(desk):
    """A refusal of one part weakens the grant of the other; silence does not; a new word does."""
    desk.under(CONSENT).knows(customer(2), customer(3))
    for who in (1, 2):
        desk.notes(grant("2026-01-01 10:00"), "2026-01-01 10:00", who=who)
    desk.notes(Consent(moment("2025-12-01 10:00"), "revoke", "sms"), "2025-12-01 10:00", who=3)
    desk.ledger.merge(2, into=1, now=moment("2026-02-01 10:00"))
    assert desk.would("2026-02-02 10:00").verdict == "allow"
    desk.ledger.merge(3, into=1, now=moment("2026-03-01 10:00"))
    assert desk.would("2026-03-01 09:59:59").verdict == "allow"
    assert desk.would("2026-03-01 10:00").failing == ("consent",)
    assert desk.would("2026-03-01 10:00", "email").verdict == "allow"
    desk.notes(grant("2026-03-05 10:00", "sms"), "2026-03-05 10:00")
    assert desk.would("2026-03-05 10:00").verdict == "allow"
    assert desk.would("2026-03-06 10:00", who=3).failing[0] == "identity"


def test_R_20_CP_48_a_split_gives_refusals_to_both_and_grants_to_neither(desk):
    """Do-not-call, outcomes and counts before the split go to both halves."""
    desk.under(CONSENT, CAP).knows(customer(2), customer(3))
    desk.notes(grant("2026-01-01 10:00"), "2026-01-01 10:00")
    call = desk.sent("2026-01-31 10:00", "phone")
    desk.hears(call, "REFUSED_CHANNEL", "2026-01-31 10:05")
    desk.ledger.split(1, into=(2, 3), now=moment("2026-02-01 10:00"))
    for who in (2, 3):
        said = desk.would("2026-02-02 10:00", "phone", who)
        assert said.failing == ("dnc", "consent", "cap")
        assert counts(said, "cap") == (1, 0)
        desk.notes(grant("2026-02-03 10:00"), "2026-02-03 10:00", who=who)
        assert desk.would("2026-02-10 10:00", "sms", who).verdict == "allow"
        assert desk.would("2036-02-10 10:00", "phone", who).failing == ("dnc",)


def test_CP_48_a_merge_unites_histories_and_the_strictest_refusal_wins(desk):
    """Caps count both, on a shared number once; a refusal by either stops the survivor."""
    number = 'id = "number"\nkind = "frequency_cap"\nper = "contact_point"\nat_most = 9\ndays = 30'
    home = 'id = "home"\nkind = "frequency_cap"\nper = "household"\nat_most = 9\ndays = 30'
    both = 'id = "both"\nkind = "frequency_cap"\nat_most = 9\ndays = 30'
    shared = customer().points[0].value
    desk.under(number, home, both)
    desk.knows(
        customer(1, household_id=9),
        customer(2, household_id=9, points=(Point(21, "phone", shared, valid=True),)),
    )
    desk.sent("2026-06-01 10:00", "phone")
    desk.sent("2026-06-02 10:00", "phone", who=2)
    desk.ledger.merge(2, into=1, now=moment("2026-06-03 10:00"))
    said = desk.would("2026-06-04 10:00", "phone")
    assert [counts(said, name) for name in ("number", "home", "both")] == [(2, 7)] * 3


def test_CP_48_R_14_the_survivor_of_a_merge_may_lift_what_the_other_record_refused(desk):
    """On a number of both and of a third: until the lifting nobody, after it everyone again."""
    shared = customer().points[0].value
    point = Point(21, "phone", shared, valid=True)
    desk.knows(customer(2, points=(point,)), customer(3, points=(replace(point, point_id=31),)))
    call = desk.sent("2026-06-01 10:00", "phone", who=2)
    desk.hears(call, "REFUSED_CHANNEL", "2026-06-01 10:05")
    desk.notes(grant_of_calls("2026-06-02 10:00"), "2026-06-02 10:00")
    desk.ledger.merge(2, into=1, now=moment("2026-06-03 10:00"))
    for who in (1, 3):
        assert desk.would("2026-06-04 10:00", "phone", who).failing == ("dnc",)
    desk.notes(grant_of_calls("2026-06-05 10:00"), "2026-06-05 10:00")
    for who in (1, 3):
        assert desk.would("2026-06-05 09:59:59", "phone", who).failing == ("dnc",)
        assert desk.would("2026-06-05 10:00", "phone", who).verdict == "allow"


def test_CP_48_a_wrong_number_of_one_record_is_wrong_for_the_survivor(desk):
    """The pair of person and number is dead whatever id the point has."""
    shared = customer().points[0].value
    desk.knows(customer(2, points=(Point(21, "phone", shared, valid=True),)))
    desk.sent("2026-06-01 10:00", "phone", "WRONG_NUMBER", who=2)
    assert desk.would("2026-06-02 10:00", "phone").verdict == "allow"
    desk.ledger.merge(2, into=1, now=moment("2026-06-03 10:00"))
    assert desk.would("2026-06-04 10:00", "phone").failing == ("identity",)


def grant_of_calls(at):
    """The proven word that calls are welcome again."""
    return Consent(moment(at), "dnc_lifted", "phone", None, "letter", "v1")
