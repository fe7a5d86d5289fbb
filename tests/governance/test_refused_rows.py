"""A row that breaks a law of its tables is told as that, by databases that are there and answer."""

import pytest
from governed import NOW, a_user
from sqlalchemy import insert, text

from features.errors import StoreUnreachable
from features.online_database import told, writing, writing_engine
from features.online_tables import CURRENT
from goodcall.database import written
from goodcall.errors import RowRefused
from governance.instants import instant_text
from governance.schema import SESSIONS, USERS

A_USER = {
    "name": "lin", "role": "teller", "branches": "[]", "failures": 0,
    "created_at": instant_text(NOW),
}  # fmt: skip
A_SESSION = {
    "digest": "d", "name": "nobody", "opened_at": instant_text(NOW), "seen_at": instant_text(NOW),
    "ends_at": instant_text(NOW),
}  # fmt: skip
BROKEN = {
    "taken": insert(USERS).values(A_USER | {"name": "wei"}),
    "missing": insert(USERS).values({**A_USER, "role": None}),
    "points nowhere": insert(SESSIONS).values(A_SESSION),
    "only grows": text("DELETE FROM policy_proposals"),
}
PROPOSED = text(
    "INSERT INTO policy_proposals VALUES (1, 'v', 't', 'b', '[]', 'staff 4', 'why', "
    "'2026-07-01T00:00:00+00:00')"
)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    """Tries follow at once."""
    monkeypatch.setattr("goodcall.database._PAUSES", (0, 0))


@pytest.mark.parametrize("law", BROKEN)
def test_a_row_that_breaks_a_law_is_refused_as_that(store, law):
    """The store is neither busy nor out of reach, and nothing of the write is kept."""
    store.add_user(a_user(), None, now=NOW)

    def work(connection):
        connection.execute(insert(USERS).values(A_USER))
        connection.execute(PROPOSED)
        connection.execute(BROKEN[law])

    with pytest.raises(RowRefused, match="refused a row that breaks a law of its tables") as said:
        written(store.engine, work)
    assert "check that" not in str(said.value)
    assert "busy" not in str(said.value)
    assert [each.name for each in store.users()] == ["wei"]


def test_a_row_that_another_wrote_first_is_found_at_the_next_try(store):
    """Whoever looks again finds it; other laws are not tried again."""
    tries = []

    def work(connection):
        tries.append(1)
        connection.execute(insert(USERS).values(A_USER))
        if len(tries) == 1:
            connection.execute(insert(USERS).values(A_USER))

    written(store.engine, work)
    assert len(tries) == 2
    tries.clear()

    def never(connection):
        tries.append(1)
        connection.execute(BROKEN["missing"])

    with pytest.raises(RowRefused):
        written(store.engine, never)
    assert len(tries) == 1


def test_the_online_store_tells_a_refused_row_from_a_database_that_does_not_answer(governance_url):
    """RowRefused is no StoreUnreachable, which answers 503."""
    engine = writing_engine(governance_url)
    with (
        pytest.raises(RowRefused, match="refused a row that breaks a law") as said,
        told(governance_url),
        writing(engine) as connection,
    ):
        connection.execute(insert(CURRENT), [{"only": 7}, {"only": 7}])
    engine.dispose()
    assert not isinstance(said.value, StoreUnreachable)
