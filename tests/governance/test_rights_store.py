"""Requests of customers are kept with their deadline, in SQLite and PostgreSQL alike."""

from datetime import UTC, datetime, timedelta

import pytest
from postgres import postgres_url

from governance import RightsError, RightsStore

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'governance.db'}"
    with RightsStore.open(postgres_url(tmp_path) if request.param == "postgresql" else url) as made:
        yield made


def test_a_request_has_a_deadline_and_whoever_met_it(store):
    """It is late from the second after its last day on, until somebody did what was asked."""
    number = store.ask(7, "view", now=NOW, days=10)
    (asked,) = store.every(7)
    assert (asked.request_id, asked.due_at, asked.state) == (number, NOW + timedelta(10), "open")
    assert [asked.late(NOW + timedelta(10, seconds=more)) for more in (0, 1)] == [False, True]
    store.done(number, by="staff 4", now=NOW + timedelta(3), said="rows 12")
    (done,) = store.every(7)
    assert (done.state, done.handled_by, done.handled_at, done.said) == (
        *("done", "staff 4", NOW + timedelta(3)),
        "rows 12",
    )
    assert not done.late(NOW + timedelta(99))


def test_the_same_request_twice_is_one_until_it_is_done(store):
    """Its deadline does not move by being asked for again."""
    first = store.ask(7, "delete", now=NOW)
    assert store.ask(7, "delete", now=NOW + timedelta(5)) == first
    assert store.ask(7, "view", now=NOW) != first
    store.done(first, by="staff 4", now=NOW)
    assert store.ask(7, "delete", now=NOW) != first


def test_what_is_due_first_comes_first_and_the_erased_are_renamed(store):
    """Requests of an erased customer stay as proof, under the pseudonym."""
    store.ask(7, "view", now=NOW, days=30)
    store.ask(8, "object", now=NOW, days=5)
    assert [each.customer_id for each in store.every()] == [8, 7]
    number = store.ask(7, "delete", now=NOW, days=40)
    store.done(number, by="staff 4", now=NOW, stands_for=-44)
    assert [each.customer_id for each in store.every()] == [8, -44, -44]
    assert store.every(7) == ()


def test_what_was_noted_is_there_for_whoever_goes_on(store):
    """It stands while the request is open; what came of it takes its place."""
    number = store.ask(7, "delete", now=NOW)
    store.note(number, "retraining is due")
    assert [each.said for each in store.every(7)] == ["retraining is due"]
    store.done(number, by="staff 4", now=NOW, said="erased")
    assert [each.said for each in store.every(7)] == ["erased"]


def test_an_unknown_right_is_refused(store):
    """The error lists those that there are."""
    with pytest.raises(RightsError, match="choose of: view, correct, delete, object, explain"):
        store.ask(7, "dance", now=NOW)
