"""A write of the store of access whose answer was lost is begun anew, and counts once."""

from datetime import timedelta

import pytest
from governed import DAY, GOOD, NOW, a_key, a_person, a_store, a_user
from sqlalchemy import func, select

import governance.store
from goodcall import Text
from governance import Change, Wish, default_access_text, parse_access
from governance.keys import draw_key
from governance.policy_approvals import Adopted
from governance.schema import METADATA

ACCESS = parse_access(default_access_text())
WEI, HU = a_person(), a_person("compliance", 5, ())
LI = a_person("regional_manager", 6, (1, 2))
HOUR = timedelta(hours=1)
WISH = Wish("view", "customer", 101, "covers for a colleague", NOW + 8 * HOUR)
SOFTER = Change("v1", "text", "v0", (Text("cap", "上限"),), "campaign")


@pytest.fixture
def lossy(tmp_path, monkeypatch):
    """A store each of whose writes is kept, unanswered, and begun anew."""
    once = governance.store.written

    def twice(engine, work):
        once(engine, work)
        return once(engine, work)

    with a_store(f"sqlite:///{tmp_path / 'g.db'}") as store:
        monkeypatch.setattr(governance.store, "written", twice)
        yield store


def rows(store):
    """How many rows each table holds, of those that hold any."""
    with store.engine.connect() as connection:
        counts = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in METADATA.tables.items()
        }
    return {name: count for name, count in counts.items() if count}


def test_a_key_that_is_made_anew_is_the_one_that_is_told(lossy):
    """One row, and the key opens; so it is when it takes another's place."""
    old = lossy.add_key(a_key(), now=NOW)
    assert lossy.principal_of_key(old, NOW) is not None
    (known,) = lossy.api_keys()
    how = {"overlap": HOUR, "expires_at": NOW + DAY, "now": NOW}
    new, ends = draw_key(), draw_key()
    lossy.rotate_key(known.key_id, **how, drawn=new)
    assert lossy.principal_of_key(new.key, NOW + 2 * HOUR) is not None
    assert rows(lossy) == {"api_keys": 2}
    # Where the old key ends at once, the second try still finds what the first one did.
    lossy.rotate_key(new.key_id, **(how | {"overlap": timedelta()}), drawn=ends)
    assert lossy.principal_of_key(ends.key, NOW) is not None


def test_a_person_is_added_and_signed_in_once(lossy):
    """The second try finds the user, and the session of the same token."""
    lossy.add_user(a_user(), GOOD, now=NOW)
    token = lossy.open_session("wei", now=NOW)
    assert lossy.principal_of_session(token, NOW) == WEI
    assert rows(lossy) == {"users": 1, "sessions": 1}


def test_access_is_set_up_once(lossy):
    """The first person is not told that somebody else was first."""
    lossy.set_up(a_user(role="administrator"), GOOD, Adopted("cli", "v0", "text"), now=NOW)
    assert rows(lossy) == {"users": 1, "policy_proposals": 1, "policy_words": 1}


def test_a_customer_is_served_once(lossy):
    """The number that is told is that of the only serving, of a person and of an app."""
    number = lossy.open_serving(WEI, 101, "card", now=NOW)
    assert [each.serving_id for each in lossy.servings(NOW)] == [number]
    app, _ = lossy.principal_of_key(lossy.add_key(a_key(), now=NOW), NOW)
    lossy.open_serving(app, 102, "caller_verified", now=NOW)
    assert rows(lossy)["servings"] == 2


def test_wider_access_is_asked_for_and_decided_once(lossy):
    """Neither a second request nor an error that it was decided already."""
    number = lossy.ask(ACCESS, WEI, WISH, now=NOW)
    done = lossy.decide(ACCESS, HU, number, approved=True, note="today", now=NOW)
    assert done.state(NOW) == "approved"
    assert lossy.take_back(ACCESS, WEI, number, now=NOW).state(NOW) == "ended"
    assert rows(lossy) == {"access_requests": 1, "access_words": 2}


def test_a_policy_is_proposed_and_decided_once(lossy):
    """The proposal that is told is the only one, whether it loosens or not."""
    found = lossy.propose(ACCESS, LI, SOFTER, now=NOW)
    how = {"in_force": "v0", "approved": True, "now": NOW}
    assert lossy.decide_policy(ACCESS, HU, found.proposal_id, **how).state == "approved"
    tighter = Change("v2", "text", "v1", (), "complaints")
    assert lossy.propose(ACCESS, LI, tighter, now=NOW).state == "approved"
    assert rows(lossy) == {"policy_proposals": 2, "policy_words": 2}
