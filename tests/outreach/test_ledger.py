"""The ledger approves, remembers and never forgets; it is asked the way an agent's screen asks."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select

from features.tables import CONTACTS
from goodcall.profile import Point
from outreach import (
    Candidate,
    Ledger,
    LedgerError,
    Request,
    RequestError,
    default_policy_text,
    parse_policy,
    plan_day,
)
from outreach.schema import PLANNED_EVENTS

CAP = 'id = "calls"\nkind = "frequency_cap"\nchannels = ["phone"]\nat_most = 1\ndays = 7'
REJECT = (
    'id = "rejected"\nkind = "reject_cooloff"\noffer_days = 90\nfamily_rejects = 2\n'
    "family_within_days = 180\nfamily_days = 180"
)
COMPLAINT = 'id = "complaint"\nkind = "complaint_cooloff"\ndays = 30'


@pytest.fixture
def ledger(ledger_url):
    with Ledger.open(ledger_url) as opened:
        yield opened


def ask(a, ledger, request, *rules, at="2026-06-08 10:00", profile=None, holdout=False):
    return ledger.reserve(
        *(request, profile or a.customer()),
        offers=(a.offer("fund-a"), a.offer("fund-b"), a.offer("card", "credit_card")),
        policy=a.policy(*rules),
        now=a.moment(at),
        holdout=holdout,
    )


def test_CP_01_a_reserved_contact_counts_at_once(a, ledger):
    """The second call of the week is refused until the first has left the window."""
    assert ask(a, ledger, a.request("phone", request_id="1"), CAP).verdict == "allow"
    second = ask(a, ledger, a.request("phone", request_id="2"), CAP, at="2026-06-15 09:59:59")
    assert (second.verdict, second.failing) == ("defer", ("calls",))
    third = ask(a, ledger, a.request("phone", request_id="3"), CAP, at="2026-06-15 10:00")
    assert third.verdict == "allow"


def test_CP_46_the_same_request_gets_its_first_decision(a, ledger):
    """Asked again, later or not, the answer and the number of contacts stay."""
    asked = a.request("phone", request_id="1")
    first = ask(a, ledger, asked, CAP)
    assert ask(a, ledger, asked, CAP, at="2026-06-09 10:00") == first
    assert ledger.contacts_table().num_rows == 1
    with pytest.raises(LedgerError, match="request id '1' was used for another request"):
        ask(a, ledger, a.request("sms", request_id="1"), CAP)


def test_CP_45_of_many_at_once_one_gets_the_slot(a, ledger_url):
    """Twenty threads with connections of their own ask for one slot; exactly one is allowed."""
    Ledger.open(ledger_url).close()
    verdicts, start = [], threading.Barrier(20)

    def agent(number):
        with Ledger.open(ledger_url) as own:
            start.wait()
            asked = a.request("phone", request_id=f"r{number}")
            verdicts.append(ask(a, own, asked, CAP).verdict)

    agents = [threading.Thread(target=agent, args=(number,)) for number in range(20)]
    for one in agents:
        one.start()
    for one in agents:
        one.join()
    assert sorted(verdicts) == ["allow"] + ["block"] * 19


@pytest.mark.parametrize(
    ("code", "sms", "phone"),
    [("REFUSED_CHANNEL", "allow", "block"), ("REFUSED_ALL", "block", "block")],
)
def test_CP_22_a_refusal_bites_in_the_same_second(a, ledger, code, sms, phone):
    """No more calls, and no more anything after a refusal of all, from any agent and for ever."""
    ask(a, ledger, a.request("phone", request_id="1"))
    ledger.record_outcome(ledger.contact_id("1"), code, now=a.moment("2026-06-08 10:05"), agent=5)
    late = "2030-01-01 10:00"
    for number, at in (("2", "2026-06-08 10:05"), ("3", late)):
        assert ask(a, ledger, a.request("phone", request_id=number), at=at).verdict == phone
        assert ask(a, ledger, a.request("sms", request_id=f"s{number}"), at=at).verdict == sms


def test_a_refusal_holds_for_everyone_on_the_number(a, ledger):
    """R-14: a spouse on the same number is not called either; on another number it is fine."""
    ask(a, ledger, a.request("phone", request_id="1"))
    heard = a.moment("2026-06-08 10:05")
    ledger.record_outcome(ledger.contact_id("1"), "REFUSED_CHANNEL", now=heard, agent=5)
    number = a.customer().points[0].value
    both = (Point(21, "phone", number, valid=True), Point(22, "phone", "other", valid=True))
    spouse = a.customer(customer_id=2, points=both)
    for point, verdict in ((21, "block"), (22, "allow")):
        asked = a.request("phone", request_id=f"p{point}", customer_id=2, point_id=point)
        assert ask(a, ledger, asked, profile=spouse, at="2026-06-08 11:00").verdict == verdict


def test_CP_23_a_complaint_starts_the_cooloff(a, ledger):
    """Complained at 10:05: refused from then to 30 days later, also after another outcome."""
    ask(a, ledger, a.request("phone", request_id="1"))
    contact = ledger.contact_id("1")
    ledger.record_outcome(contact, "COMPLAINT", now=a.moment("2026-06-08 10:05"), agent=5)
    ledger.record_outcome(contact, "CONNECTED_THINKING", now=a.moment("2026-06-08 10:06"), agent=5)
    refused = ask(a, ledger, a.request(request_id="2"), COMPLAINT, at="2026-06-08 10:05")
    assert refused.failing == ("complaint",)
    after = ask(a, ledger, a.request(request_id="3"), COMPLAINT, at="2026-06-08 10:07")
    assert after.until == a.moment("2026-07-08 10:05")


def test_CP_17_a_rejection_told_on_the_phone_rests_the_offer(a, ledger):
    """90 days from the outcome's second, whatever the moment of the call."""
    ask(a, ledger, a.request("phone", request_id="1", offer_code="fund-a"))
    heard = a.moment("2026-06-08 10:05")
    ledger.record_outcome(ledger.contact_id("1"), "NOT_INTERESTED_OFFER", now=heard, agent=5)
    again = a.request("phone", request_id="2", offer_code="fund-a")
    assert ask(a, ledger, again, REJECT, at="2026-06-20 10:00").until == heard + timedelta(days=90)
    other = a.request("phone", request_id="3", offer_code="fund-b")
    assert ask(a, ledger, other, REJECT, at="2026-06-20 10:00").verdict == "allow"


def test_CP_21_a_wrong_number_is_not_dialled_again(a, ledger):
    """The pair of customer and number is dead; another customer's is not."""
    ask(a, ledger, a.request("phone", request_id="1"))
    heard = a.moment("2026-06-08 10:05")
    ledger.record_outcome(ledger.contact_id("1"), "WRONG_NUMBER", now=heard, agent=5)
    assert ask(a, ledger, a.request(request_id="2"), at="2026-06-09 10:00").failing == ("identity",)
    spouse = a.customer(customer_id=2)
    asked = a.request("phone", request_id="3", customer_id=2)
    assert ask(a, ledger, asked, profile=spouse, at="2026-06-09 10:00").verdict == "allow"


def test_CP_52_the_holdout_gets_no_reservation(a, ledger):
    """Blocked, recorded, and no contact made."""
    assert ask(a, ledger, a.request(request_id="1"), holdout=True).failing == ("holdout",)
    assert ledger.contacts_table().num_rows == 0
    with pytest.raises(LedgerError, match="request '1' reserved no contact"):
        ledger.contact_id("1")


def _plan(a, churn=0.4, text=None):
    grant = (a.grant("2026-01-01 10:00"),)
    people = [
        Candidate(a.customer(customer_id=who, consents=grant), {"churn": churn}, 10**7)
        for who in (1, 2, 4)
    ]
    return plan_day(
        people,
        offers=(),
        policy=parse_policy(text or default_policy_text()),
        day=a.moment("2026-06-08 12:00").date(),
        holdout_key=b"sixteen bytes or more",
        explainer=a.explainer(),
        capacities={},
        model_versions={"churn": "v1"},
    )


def test_a_plan_is_kept_whole_and_saved_once(a, ledger):
    """Rows, trails, funnel and policy come back equal; the same plan again changes nothing."""
    plan, now = _plan(a), a.moment("2026-06-08 07:00")
    number = ledger.save_plan(plan, now=now)
    assert ledger.save_plan(_plan(a), now=now + timedelta(hours=1)) == number
    stored = ledger.plan(plan.day)
    assert (stored.digest, stored.funnel, stored.supersedes) == (plan.digest, plan.funnel, None)
    assert tuple(one.row for one in ledger.list_rows(plan.day, 7)) == plan.rows
    assert {one.state for one in ledger.list_rows(plan.day, 7)} == {"planned"}
    assert ledger.trail(1, plan.day) == plan.trail(1)
    assert ledger.policy_text(stored.policy_version) == default_policy_text()


def test_another_plan_of_the_day_supersedes_the_first(a, ledger):
    """The day's rows are the newer plan's; the older one stays in the ledger."""
    now = a.moment("2026-06-08 07:00")
    first = ledger.save_plan(_plan(a), now=now)
    newer = _plan(a, churn=0.3)
    second = ledger.save_plan(newer, now=now)
    stored = ledger.plan(newer.day)
    assert (stored.plan_id, stored.supersedes) == (second, first)
    assert tuple(one.row for one in ledger.list_rows(newer.day, 7)) == newer.rows


def _row_request(row, suffix=""):
    return Request(
        *(row.request_id + suffix, row.customer_id, row.channel),
        purpose=row.purpose,
        offer_code=row.offer_code,
        point_id=row.point_id,
    )


def test_a_listed_row_is_reserved_refused_and_closed(a, ledger):
    """S60: who refuses on the phone is off the list at once, also for a second agent."""
    plan, now = _plan(a), a.moment("2026-06-08 10:00")
    ledger.save_plan(plan, now=now)
    mine = plan.rows[0]
    profile = a.customer(customer_id=mine.customer_id, consents=(a.grant("2026-01-01 10:00"),))
    other = f"{plan.day}:{mine.customer_id}:other"
    told = Request(other, mine.customer_id, "branch", purpose="retention")
    inputs = {"offers": (), "policy": plan.policy, "now": now, "holdout": False}
    assert ledger.reserve(told, profile, **inputs).verdict == "allow"
    ledger.record_outcome(ledger.contact_id(other), "REFUSED_ALL", now=now, agent=5)
    states = {one.row.request_id: (one.state, one.because) for one in ledger.list_rows(plan.day, 7)}
    assert states.pop(mine.request_id) == ("cancelled", "REFUSED_ALL")
    assert set(states.values()) == {("planned", None)}
    assert ledger.reserve(_row_request(mine), profile, **inputs).failing[0] == "dnc"


def test_a_row_that_was_too_early_may_be_tried_again(a, ledger):
    """Asked at 08:00 it is deferred; a second attempt with a suffix reserves the listed row."""
    plan = _plan(a)
    ledger.save_plan(plan, now=a.moment("2026-06-08 07:00"))
    row = plan.rows[0]
    profile = a.customer(customer_id=row.customer_id, consents=(a.grant("2026-01-01 10:00"),))
    inputs = {"offers": (), "policy": plan.policy, "holdout": False}
    early = ledger.reserve(_row_request(row), profile, now=a.moment("2026-06-08 08:00"), **inputs)
    assert (early.verdict, early.until) == ("defer", row.allowed_from)
    again = _row_request(row, "#2")
    assert ledger.reserve(again, profile, now=row.allowed_from, **inputs).verdict == "allow"
    (listed,) = [one for one in ledger.list_rows(plan.day, 7) if one.row == row]
    assert listed.state == "reserved"


def test_the_loop_closes_through_the_contacts_table(a, ledger):
    """Every state is a version known at its moment, in the contract's words, ids and order."""
    ask(a, ledger, a.request("phone", request_id="1", offer_code="fund-a"))
    heard = a.moment("2026-06-08 10:05")
    ledger.record_outcome(ledger.contact_id("1"), "NO_ANSWER", now=heard, agent=5, note="rang")
    ledger.record_outcome(ledger.contact_id("1"), "NO_ANSWER", now=heard, agent=5, note="rang")
    reserved, told = ledger.contacts_table().to_pylist()
    assert (reserved["state"], reserved["outcome"], told["state"]) == (
        "reserved",
        None,
        "attempted",
    )
    assert (told["outcome"], told["staff_id"], told["known_at"]) == ("NO_ANSWER", 5, heard)
    assert told["happened_at"] == reserved["happened_at"] == a.moment("2026-06-08 10:00")
    assert reserved["contact_id"] == told["contact_id"] == ledger.contact_id("1")
    for column in CONTACTS.columns:
        allowed = column.allowed
        assert not allowed or {reserved[column.name], told[column.name]} <= {*allowed, None}
        assert not column.required or told[column.name] is not None


def test_history_tells_only_what_was_recorded_before(a, ledger):
    """A plan of a past day does not know what was heard since."""
    ask(a, ledger, a.request("phone", request_id="1"))
    heard = a.moment("2026-06-08 10:05")
    ledger.record_outcome(ledger.contact_id("1"), "REFUSED_CHANNEL", now=heard, agent=5)
    who = a.customer()
    assert ledger.history([who], a.moment("2026-06-08 10:00"))[1].contacts == ()
    (contact,) = ledger.history([who], heard)[1].contacts
    assert (contact.state, contact.outcome) == ("reserved", None)
    known = ledger.history([who])[1]
    assert (known.contacts[0].outcome, known.contacts[0].outcome_at) == ("REFUSED_CHANNEL", heard)
    assert [(c.action, c.channel, c.happened_at) for c in known.consents] == [
        ("dnc", "phone", heard)
    ]


def test_an_exported_contact_is_counted_once(a, ledger):
    """A contact that came back through the bank's table has the ledger's id, and its state."""
    ask(a, ledger, a.request("phone", request_id="1"), CAP)
    back = a.contact("2026-06-08 10:00", "phone", contact_id=str(ledger.contact_id("1")))
    twice = 'id = "calls"\nkind = "frequency_cap"\nchannels = ["phone"]\nat_most = 2\ndays = 7'
    decision = ask(
        *(a, ledger, a.request("phone", request_id="2"), twice),
        profile=a.customer(contacts=(back,)),
        at="2026-06-09 10:00",
    )
    assert next(c.verdict.counted for c in decision.checks if c.rule == "calls") == 1


def test_the_ledger_survives_closing(a, ledger_url):
    """Opened again it is migrated already and knows everything."""
    with Ledger.open(ledger_url) as first:
        ask(a, first, a.request("phone", request_id="1"), CAP)
    with Ledger.open(ledger_url) as second:
        assert ask(a, second, a.request("phone", request_id="2"), CAP).verdict == "block"


def test_mistakes_are_refused(a, ledger):
    """Each error says what is wrong and what to do."""
    now = a.moment("2026-06-08 10:00")
    with pytest.raises(LedgerError, match="outcome 'MAYBE' is unknown; choose one of: CONNECTED"):
        ledger.record_outcome(1, "MAYBE", now=now, agent=5)
    with pytest.raises(LedgerError, match="contact 1 is not in the ledger; reserve a contact"):
        ledger.record_outcome(1, "NO_ANSWER", now=now, agent=5)
    with pytest.raises(LedgerError, match="there is no plan for 2026-06-08; plan that day first"):
        ledger.plan(now.date())
    with pytest.raises(LedgerError, match="nothing was decided under policy 'x'"):
        ledger.policy_text("x")
    with pytest.raises(RequestError, match="finer than a second"):
        ledger.record_outcome(1, "NO_ANSWER", now=now + timedelta(microseconds=1), agent=5)
    plan = _plan(a)
    ledger.save_plan(plan, now=now)
    with pytest.raises(LedgerError, match="customer 99 was not weighed for 2026-06-08"):
        ledger.trail(99, plan.day)


@pytest.mark.parametrize(
    ("code", "state"), [("REFUSED_CHANNEL", "planned"), ("COMPLAINT", "cancelled")]
)
def test_a_refused_channel_leaves_rows_of_others_open(a, ledger, code, state):
    """Who refuses calls may still be visited; who complains is left alone."""
    text = default_policy_text().replace("phone = { is = 0.15", "phone = { is = 0.0001")
    plan, now = _plan(a, text=text), a.moment("2026-06-08 10:00")
    ledger.save_plan(plan, now=now)
    row = plan.rows[0]
    assert row.channel == "branch"
    profile = a.customer(customer_id=row.customer_id, consents=(a.grant("2026-01-01 10:00"),))
    called = Request("call", row.customer_id, "phone", purpose="retention", point_id=11)
    inputs = {"offers": (), "policy": plan.policy, "now": now, "holdout": False}
    assert ledger.reserve(called, profile, **inputs).verdict == "allow"
    ledger.record_outcome(ledger.contact_id("call"), code, now=now, agent=5)
    (listed,) = [one for one in ledger.list_rows(plan.day, 7) if one.row == row]
    assert listed.state == state


def test_only_the_plan_that_stands_carries_what_becomes_of_its_rows(a, ledger, ledger_url):
    """A row that two plans of a day share is noted in the newer plan alone."""
    now = a.moment("2026-06-08 09:30")
    ledger.save_plan(_plan(a), now=now)
    newer = _plan(a, churn=0.3)
    standing = ledger.save_plan(newer, now=now)
    row = newer.rows[0]
    profile = a.customer(customer_id=row.customer_id, consents=(a.grant("2026-01-01 10:00"),))
    inputs = {"offers": (), "policy": newer.policy, "now": now, "holdout": False}
    assert ledger.reserve(_row_request(row), profile, **inputs).verdict == "allow"
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        noted = connection.execute(select(PLANNED_EVENTS.c.plan_id)).scalars().all()
    engine.dispose()
    assert noted == [standing]
