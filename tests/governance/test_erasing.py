"""An erased customer in the store of access: the proof stays, under a pseudonym."""

from datetime import timedelta

import pytest
from governed import DAY, NOW, a_person
from sqlalchemy.exc import DBAPIError

from goodcall.database import reading, writing
from governance import AccessErasable, RightsStore, Wish, default_access_text, parse_access
from governance.schema import ACCESS_REQUESTS, ACCESS_WORDS, RIGHTS_REQUESTS, SERVINGS

ACCESS = parse_access(default_access_text())
WHO, OTHER, PSEUDONYM = 987_654_321_031, 102, -44
WEI, HU = a_person(), a_person("compliance", 5, ())
TABLES = (SERVINGS, ACCESS_REQUESTS, ACCESS_WORDS, RIGHTS_REQUESTS)


@pytest.fixture
def erasable(governance_url):
    return AccessErasable(governance_url, lambda _: PSEUDONYM)


def asked_for(store, customer, *, reach="customer"):
    """A grant with free words to it."""
    until = NOW + timedelta(hours=8)
    wish = Wish("view", reach, customer, f"{customer} rang", until)
    number = store.ask(ACCESS, WEI, wish, now=NOW)
    store.decide(ACCESS, HU, number, approved=True, note=f"for {customer}", now=NOW)


@pytest.fixture
def lived(store, governance_url):
    """Two customers who were served, granted access to and asked for their data."""
    for each in (WHO, OTHER):
        store.open_serving(WEI, each, "card", minutes=20, now=NOW)
        asked_for(store, each)
        with RightsStore.open(governance_url) as rights:
            rights.ask(each, "view", now=NOW)
    return store


def rows(store, table):
    asked = table.select().order_by(*table.primary_key)
    with reading(store.engine) as connection:
        return [dict(row) for row in connection.execute(asked).mappings()]


@pytest.mark.usefixtures("lived")
def test_everything_about_a_customer_is_told(erasable):
    """Each row with its table, and nothing of anybody else."""
    told = erasable.known(WHO)
    assert {row["table"] for row in told} == {table.name for table in TABLES}
    assert str(OTHER) not in repr(told)


def test_an_erased_customer_stands_under_a_pseudonym_without_words(lived, erasable):
    """Another customer's rows keep every byte; a second time there is nothing left to do."""
    before = {table.name: rows(lived, table) for table in TABLES}
    assert erasable.erase(WHO) == len(TABLES)
    assert (erasable.known(WHO), erasable.erase(WHO)) == ([], 0)
    after = {table.name: rows(lived, table) for table in TABLES}
    assert str(WHO) not in repr(after)
    assert {name: len(kept) for name, kept in after.items()} == dict.fromkeys(after, 2)
    assert {name: kept[1] for name, kept in after.items()} == {
        name: kept[1] for name, kept in before.items()
    }
    assert [after[name][0]["customer_id"] for name in ("servings", "rights_requests")] == [
        PSEUDONYM
    ] * 2
    assert after["access_requests"][0]["of"] == PSEUDONYM


@pytest.mark.parametrize("governance_url", ["sqlite"], indirect=True)
def test_no_byte_of_the_number_is_left_in_the_file(tmp_path, lived, erasable):
    """Freed pages are wiped too."""
    erasable.erase(WHO)
    lived.close()
    files = [*tmp_path.glob("governance.db*")]
    assert files
    for file in files:
        raw = file.read_bytes()
        assert str(WHO).encode() not in raw
        assert WHO.to_bytes(6, "big") not in raw


def test_a_branch_of_the_same_number_is_no_customer(store, erasable):
    """What is granted for branch 7 says nothing of customer 7."""
    asked_for(store, 7, reach="branch")
    assert (erasable.known(7), erasable.erase(7)) == ([], 0)
    assert rows(store, ACCESS_REQUESTS)[0]["of"] == 7


def test_what_was_granted_only_grows_after_it_too(lived, erasable):
    """The database refuses a change again once the customer is erased."""
    erasable.erase(WHO)
    with pytest.raises(DBAPIError, match="only grows"), writing(lived.engine) as connection:
        connection.execute(ACCESS_REQUESTS.update().values(reason="another"))


def test_the_deletion_under_way_keeps_the_number_until_it_is_done(erasable, governance_url):
    """It is no residue, and can be found again; one that was done is under the pseudonym."""
    with RightsStore.open(governance_url) as rights:
        number = rights.ask(WHO, "delete", now=NOW)
        assert (erasable.known(WHO), erasable.erase(WHO)) == ([], 0)
        assert [each.request_id for each in rights.every(WHO)] == [number]
        rights.done(number, by="staff 4", now=NOW + DAY)
        assert len(erasable.known(WHO)) == erasable.erase(WHO) == 1
        assert rights.every(WHO) == ()
