"""What becomes of a reservation: it runs out, is dialled, is told of, and is written once."""

from datetime import timedelta

import pytest
from postgres import postgres_url
from sqlalchemy import create_engine, text

from goodcall.profile import Point
from outreach import Ledger, LedgerError
from outreach.errors import IllegalTransition

CAP = 'id = "calls"\nkind = "frequency_cap"\nchannels = ["phone"]\nat_most = 1\ndays = 7'


@pytest.fixture
def ledger(ledger_url):
    with Ledger.open(ledger_url) as opened:
        yield opened


def call(a, ledger, request_id, at, *rules, profile=None):
    """The decision on a call, whose reservation keeps for half an hour."""
    person = profile or a.customer()
    head = a.head.replace("minutes = 8\n", "minutes = 8\nhold_minutes = 30\n")
    return ledger.reserve(
        a.request("phone", request_id=request_id, customer_id=person.customer_id),
        person,
        offers=(),
        policy=a.policy(*rules, head=head),
        now=a.moment(f"2026-06-08 {at}"),
        holdout=False,
    )


def events(ledger):
    """The state and the outcome of every event, in order."""
    table = ledger.contacts_table().to_pylist()
    return [(row["state"], row["outcome"]) for row in table]


def test_a_reservation_frees_its_slot_at_the_second_it_runs_out(a, ledger):
    """Kept for 30 minutes from 10:00: at 10:29:59 the slot is taken, at 10:30:00 it is free."""
    assert call(a, ledger, "1", "10:00", CAP).verdict == "allow"
    second = call(a, ledger, "2", "10:29:59", CAP)
    assert (second.verdict, second.until) == ("defer", a.moment("2026-06-08 10:30"))
    assert call(a, ledger, "3", "10:30", CAP).verdict == "allow"


def test_what_ran_out_is_noted_once_and_cannot_be_dialled(a, ledger):
    """Noting changes no verdict; the agent is told to reserve anew."""
    call(a, ledger, "1", "10:00", CAP)
    contact = ledger.contact_id("1")
    assert ledger.expire(a.moment("2026-06-08 10:29:59")) == ()
    with pytest.raises(IllegalTransition, match="is expired and cannot be dialled any more"):
        ledger.dial(contact, now=a.moment("2026-06-08 10:30"), agent=5)
    assert ledger.expire(a.moment("2026-06-08 10:40")) == (contact,)
    assert ledger.expire(a.moment("2026-06-08 10:50")) == ()
    assert call(a, ledger, "2", "11:00", CAP).verdict == "allow"


def test_what_was_dialled_in_time_counts_for_good(a, ledger):
    """At the last second of the half hour; dialling twice is noted once."""
    call(a, ledger, "1", "10:00", CAP)
    contact = ledger.contact_id("1")
    for _ in range(2):
        ledger.dial(contact, now=a.moment("2026-06-08 10:29:59"), agent=5)
    assert ledger.expire(a.moment("2026-06-08 11:00")) == ()
    assert call(a, ledger, "2", "11:00", CAP).verdict != "allow"
    assert events(ledger) == [("reserved", None), ("attempted", None)]


def test_a_late_word_that_the_call_was_made_in_time_counts_again(a, ledger):
    """Noted as expired at 10:30, told at 10:40 that nobody answered at 10:10."""
    call(a, ledger, "1", "10:00", CAP)
    ledger.expire(a.moment("2026-06-08 10:30"))
    ledger.record_outcome(
        *(ledger.contact_id("1"), "NO_ANSWER"),
        now=a.moment("2026-06-08 10:40"),
        agent=5,
        happened_at=a.moment("2026-06-08 10:10"),
    )
    assert call(a, ledger, "2", "10:45", CAP).verdict != "allow"


STARTS = {
    "reserved": (),
    "attempted": ("NO_ANSWER",),
    "delivered": ("DELIVERED",),
    "connected": ("CONNECTED_THINKING",),
    "failed": ("FAILED",),
    "cancelled": ("NOT_WORKED",),
}
# By hand, from planned -> reserved -> attempted -> delivered | connected | failed | cancelled: what
# happened does not become undone, and who was spoken to was not missed. A refusal is always heard.
MAY_FOLLOW = {
    "NO_ANSWER": {"reserved", "attempted", "failed", "cancelled"},
    "DELIVERED": {"reserved", "attempted", "delivered", "connected", "failed", "cancelled"},
    "CONNECTED_THINKING": set(STARTS),
    "FAILED": {"reserved", "attempted", "delivered", "failed", "cancelled"},
    "NOT_WORKED": {"reserved", "cancelled"},
    "REFUSED_ALL": set(STARTS),
    "DISCONNECTED": set(STARTS),
}


def test_an_outcome_follows_only_a_state_that_allows_it(a, ledger):
    """Every pair of a state and an outcome; what is refused leaves no event."""
    at = a.moment("2026-06-08 10:00")
    for who, (state, code) in enumerate((s, c) for s in STARTS for c in MAY_FOLLOW):
        # A customer and a number each: a refusal would stop the next call.
        person = a.customer(customer_id=who, points=(Point(11, "phone", f"1{who}", valid=True),))
        assert call(a, ledger, str(who), "10:00", profile=person).verdict == "allow"
        contact = ledger.contact_id(str(who))
        for earlier in STARTS[state]:
            ledger.record_outcome(contact, earlier, now=at + timedelta(seconds=1), agent=5)
        told, later = len(events(ledger)), at + timedelta(seconds=2)
        if state in MAY_FOLLOW[code]:
            ledger.record_outcome(contact, code, now=later, agent=5)
        else:
            with pytest.raises(IllegalTransition, match=f"is {state}, which {code} cannot follow"):
                ledger.record_outcome(contact, code, now=later, agent=5)
        assert len(events(ledger)) == told + (state in MAY_FOLLOW[code])


def test_an_outcome_and_what_it_stops_are_written_together_or_not_at_all(a, ledger, ledger_url):
    """Where the rows of lists cannot be closed, the refusal is not written either."""
    call(a, ledger, "1", "10:00")
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE planned_events"))
    engine.dispose()
    contact, now = ledger.contact_id("1"), a.moment("2026-06-08 10:05")
    with pytest.raises(LedgerError, match="planned_events"):
        ledger.record_outcome(contact, "REFUSED_ALL", now=now, agent=5)
    assert events(ledger) == [("reserved", None)]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_that_breaks_at_the_commit_writes_once(a, tmp_path, moment):
    """Whether the server kept it or not, the request is decided and reserved once, and said so.

    A file has no connection that breaks; killed workers are tested elsewhere.
    """
    url = postgres_url(tmp_path)
    with Ledger.open(url) as ledger:
        broken = _breaking(ledger._engine, url, moment)  # noqa: SLF001 - to break its connection
        assert call(a, ledger, "1", "10:00", CAP).verdict == "allow"
        assert broken == [moment]
        assert len(ledger.contact_ids("1")) == 1
        assert events(ledger) == [("reserved", None)]
        assert call(a, ledger, "1", "10:10", CAP).verdict == "allow"
        assert call(a, ledger, "2", "10:10", CAP).verdict != "allow"


def _breaking(engine, url, moment):
    """Break the connection of the first commit, before the server hears of it or after."""
    broken, commit = [], engine.dialect.do_commit

    def breaking(connection):
        if broken:
            return commit(connection)
        if moment == "after":
            commit(connection)
        broken.append(moment)
        raw = connection.dbapi_connection
        other = create_engine(url)
        with other.connect() as killer:
            killed = text("SELECT pg_terminate_backend(:pid, 5000)")
            assert killer.execute(killed, {"pid": raw.info.backend_pid}).scalar()
        other.dispose()
        return raw.execute("SELECT 1")

    engine.dialect.do_commit = breaking
    return broken
