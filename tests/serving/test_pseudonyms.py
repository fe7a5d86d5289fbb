"""A scientist asks by pseudonym, is answered under it, and meets no customer's number."""

import json
import re

import pytest
from asked_by import Keys, Lines, a_gate
from busy import AT, OTHER, person
from served import talking_to

from governance.access_file import default_access_text, parse_access
from governance.pseudonyms import Pseudonyms
from serving.errors import ObjectsToProfiling, UnknownCustomer
from serving.pseudonymous import Finder, unnumbered

PSEUDONYMS = Pseudonyms(b"a key of thirty-two bytes, or so")
ROLES = tuple(parse_access(default_access_text()).roles)
NAME = PSEUDONYMS.of("customer_id", OTHER)
NOBODY = PSEUDONYMS.of("customer_id", 999_999)
PATHS = [("/v1/score", {"labels": ["churn"]}), ("/v1/explain", {"label": "churn"})]


@pytest.fixture(scope="module")
def ask(busy):
    """Asks as a role; yields that and the audit lines."""
    lines = Lines()
    keys = Keys({role: person(role) for role in ROLES})
    gate = a_gate(keys, lines, now=AT, pseudonyms=PSEUDONYMS)
    with talking_to(busy, now=AT, gate=gate) as (client, _):

        def ask(role, path, **body):
            lines.clear()
            return client.post(path, json=body, headers={"authorization": f"Bearer {role}"})

        yield ask, lines


@pytest.mark.parametrize(("path", "more"), PATHS)
def test_a_scientist_is_answered_under_the_pseudonym(ask, path, more):
    """The figures of the customer, whose number is in neither the answer nor the audit log."""
    ask, lines = ask
    answer = ask("scientist", path, pseudonym=NAME, **more)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["customer_id"] == NAME
    ((who, _, about, facts),) = lines
    assert (who, about) == ("person scientist", f"customer {NAME}")
    assert OTHER not in facts.values()
    known = ask("app", path, customer_id=OTHER, **more).json()
    assert known.pop("customer_id") == OTHER
    del said["customer_id"]
    assert said == {name: known[name] for name in said}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("path", "more"), PATHS)
def test_every_role_names_customers_in_its_own_way(ask, role, path, more):
    """A pseudonym is a scientist's, known or not; a number is refused to a scientist."""
    ask, lines = ask
    for name in (NAME, NOBODY):
        answer = ask(role, path, pseudonym=name, **more)
        scientist = 200 if name == NAME else 404
        assert answer.status_code == (scientist if role == "scientist" else 403)
        assert len(lines) == 1
        assert not re.search(rf"\b{OTHER}\b", json.dumps(answer.json().get("message", "")))
    if role == "scientist":
        assert ask(role, path, customer_id=OTHER, **more).status_code == 403


class Keyed(Pseudonyms):
    """Pseudonyms that count how many were made."""

    made = 0

    def digest(self, kind, number):
        self.made += 1
        return super().digest(kind, number)


class Snapshot:
    """A snapshot of some customers; it is its own people."""

    def __init__(self, *customers, edition=1):
        self.customers, self.at = customers, edition
        self.people = self

    def edition(self):
        return self.at

    def everyone(self):
        return self.customers


def test_every_pseudonym_is_made_once_a_snapshot():
    """The next question makes none; another snapshot's customers take the place of the old."""
    finder, keyed = Finder(), Keyed(b"a key of thirty-two bytes, or so")
    names = {who: PSEUDONYMS.of("customer_id", who) for who in (1, 7, 9, 2**62)}
    first, second = Snapshot(9, 1, 2**62), Snapshot(1, 7, edition=2)
    for who in (1, 9, 2**62, 1):
        assert finder.number(first, keyed, names[who]) == who
    assert keyed.made == 3
    with pytest.raises(UnknownCustomer):
        finder.number(first, keyed, names[7])
    assert finder.number(second, keyed, names[7]) == 7
    with pytest.raises(UnknownCustomer):
        finder.number(second, keyed, names[9])
    assert keyed.made == 5


def test_in_a_snapshot_of_nobody_nobody_is_found():
    """No pseudonym is anybody's."""
    with pytest.raises(UnknownCustomer):
        Finder().number(Snapshot(), PSEUDONYMS, NAME)


@pytest.mark.parametrize("kind", [ObjectsToProfiling, UnknownCustomer])
def test_an_error_about_the_customer_has_no_number(kind):
    """It is told anew, in words that name nobody."""
    with pytest.raises(kind) as told, unnumbered():
        raise kind(f"customer {OTHER} is not to be scored; ask nothing")
    assert str(OTHER) not in str(told.value)
    assert "; ask" in str(told.value)


@pytest.mark.parametrize("pseudonym", ["", "p-", "101", NAME.upper(), f"{NAME}a", 101])
def test_what_is_no_pseudonym_is_refused_by_name(ask, pseudonym):
    """422, and beside a number too: one or the other names a customer."""
    ask, _ = ask
    answer = ask("scientist", "/v1/score", pseudonym=pseudonym)
    assert answer.status_code == 422
    assert "pseudonym" in answer.json()["message"]
    assert ask("scientist", "/v1/score", pseudonym=NAME, customer_id=OTHER).status_code == 422
