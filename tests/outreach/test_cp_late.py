"""CP-47 and CP-51: what is told late, and what is only asked; by policy text and ledger."""

from datetime import timedelta

import pytest
from policed import Desk, customer, moment

from outreach.builtin import RESERVED_IDS

CAP = 'id = "cap"\nkind = "frequency_cap"\nchannels = ["sms"]\nat_most = 1\ndays = 7'
COMPLAINT = 'id = "complaint"\nkind = "complaint_cooloff"\ndays = 30'
SINCE = moment("2026-06-01 00:00")


def speaks_against(desk, since=SINCE):
    """Which requests the violation report lists, and the rules against each."""
    found = desk.ledger.violations(desk.people.values(), offers=desk.on_sale(), since=since)
    return {one.request_id: one.failing for one in found}


def test_CP_47_an_outcome_that_is_told_late_counts_from_its_own_moment(desk):
    """Complained on 2 June at 15:00, told on 4 June: no from 2 June 15:00 to 2 July 15:00."""
    call = desk.under(COMPLAINT).sent("2026-06-01 10:00", "phone")
    assert desk.would("2026-06-03 09:00").verdict == "allow"
    desk.hears(call, "COMPLAINT", "2026-06-02 15:00", now="2026-06-04 09:00")
    assert desk.would("2026-06-02 14:59:59").verdict == "allow"
    for at in ("2026-06-02 15:00", "2026-07-02 14:59:59"):
        said = desk.would(at)
        assert (said.failing, said.until) == (("complaint",), moment("2026-07-02 15:00"))
    assert desk.would("2026-07-02 15:00").verdict == "allow"


def test_CP_47_decisions_stand_and_the_report_lists_those_that_late_facts_speak_against(desk):
    """The message of 3 June keeps its decision and is listed; that of 1 June and a refusal not."""
    desk.under(COMPLAINT, CAP)
    early = desk.ask("2026-06-01 09:00", request_id="early")
    call = desk.sent("2026-06-01 10:00", "phone")
    allowed = desk.ask("2026-06-03 09:00", "email", request_id="between")
    refused = desk.ask("2026-06-03 09:00", "sms", request_id="capped")
    assert (early.verdict, allowed.verdict, refused.verdict) == ("allow", "allow", "block")
    assert speaks_against(desk) == {}
    desk.hears(call, "COMPLAINT", "2026-06-02 15:00", now="2026-06-04 09:00")
    assert speaks_against(desk) == {"between": ("complaint",)}
    assert speaks_against(desk, moment("2026-06-03 09:00:01")) == {}
    assert desk.ask("2026-06-05 09:00", "email", request_id="between") == allowed
    assert desk.ask("2026-06-05 09:00", "sms", request_id="capped") == refused


def test_CP_47_a_late_technical_failure_frees_its_slot_from_its_own_moment(desk):
    """Failed on 2 June, told on 5 June: what the cap refused on 3 June stays so, 5 June is free."""
    desk.under(CAP)
    assert desk.ask("2026-06-01 10:00", request_id="sent").verdict == "allow"
    sent = desk.ledger.contact_id("sent")
    refused = desk.ask("2026-06-03 10:00", request_id="refused")
    desk.hears(sent, "FAILED", "2026-06-02 10:00", now="2026-06-05 10:00")
    assert desk.ask("2026-06-05 10:00", request_id="refused") == refused
    assert (refused.failing, desk.would("2026-06-05 10:00").verdict) == (("cap",), "allow")
    assert speaks_against(desk) == {}


def test_CP_47_a_contact_that_comes_back_in_the_banks_table_is_no_violation_of_itself(desk):
    """The exported copy has the ledger's id; it counts once, for others and never for itself."""
    desk.under(CAP)
    desk.ask("2026-06-01 10:00", request_id="sent")
    desk.hears(desk.ledger.contact_id("sent"), "DELIVERED", "2026-06-01 10:01")
    copies = desk.ledger.history([desk.people[1]])[1].contacts
    desk.knows(customer(contacts=copies))
    assert speaks_against(desk) == {}
    assert desk.would("2026-06-02 10:00").failing == ("cap",)


def test_CP_51_a_dry_run_tells_everything_and_reserves_nothing(ledger_url):
    """Asked three times, the one slot is still free; every rule in force has answered."""
    desk = Desk(ledger_url).under(CAP, COMPLAINT)
    at = moment("2026-06-01 10:00")
    dry = [desk.would(at, request_id="same") for _ in range(3)]
    names = [check.rule for check in dry[0].checks]
    own = {"only_channel", "own_cap", "exempt_offer"}
    assert set(names) == ({*RESERVED_IDS} - own) | {"cap", "complaint"}
    assert [c.step for c in dry[0].checks] == sorted(c.step for c in dry[0].checks)
    assert desk.ledger.contacts_table().num_rows == 0
    later = desk.ask(at + timedelta(seconds=1), request_id="same")
    assert (later.verdict, later.decided_at) == ("allow", at + timedelta(seconds=1))
    assert desk.ledger.contacts_table().num_rows == 1
    assert desk.would(at + timedelta(hours=1)).failing == ("cap",)
    desk.ledger.close()


@pytest.mark.parametrize("at", ["2026-06-01 09:00", "2026-06-02 10:00"])
def test_CP_51_a_dry_run_says_what_a_reservation_would(desk, at):
    """The same decision, whole, whether it allows or refuses."""
    desk.under(CAP, COMPLAINT)
    desk.sent("2026-06-01 10:00")
    assert desk.would(at, request_id="same") == desk.ask(at, request_id="same")
