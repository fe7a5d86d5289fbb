"""The bank's records by branch, against defects that were planted."""

import json
import os
from datetime import date, timedelta

import pytest
from builders import EARLY, a_bank, a_customer
from nightly import copied
from policed import Desk, customer, moment, offer
from typer.testing import CliRunner

from cli.app import app
from goodcall import Workspace
from goodcall.profile import Verified
from governance import vault_of

DAY = date(2026, 12, 31)
BORN = date(1980, 5, 5)


def a_point(number, who, **facts):
    plain = {"point_id": number, "customer_id": who, "happened_at": EARLY, "known_at": EARLY}
    return plain | {"channel": "phone", "value": f"199{number:08}", "valid": True} | facts


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Branch 3 keeps four records with one defect each, branch 4 three without any."""
    made = Workspace(tmp_path_factory.mktemp("records") / "var")

    def a_record(who, branch=4, **facts):
        plain = {"branch_id": branch, "manager_id": 7, "name": f"n{who}", "birth_date": BORN}
        return a_customer(who, **(plain | facts))

    fresh = {"verified_on": DAY - timedelta(365)}
    a_bank(
        made.bank,
        customers=[
            a_record(1, 3, manager_id=None),
            a_record(2, 3, name=None),
            a_record(3, 3, birth_date=None, kind="corporate"),
            a_record(4, 3, name="n5"),
            a_record(5),
            a_record(6),
            a_record(7),
            a_record(8, None),
        ],
        contact_points=[
            *(a_point(who * 10 + 1, who, **fresh) for who in (1, 4, 5, 6, 7)),
            a_point(31, 3, verified_on=DAY - timedelta(366)),
            a_point(32, 3, valid=False),
        ],
    )
    desk = Desk(made.ledger_url, vault_of(made, os.environ)).sells(offer("FUND"))
    desk.knows(*(customer(who) for who in (1, 5)))
    desk.sent("2026-06-01 10:00", "phone", "WRONG_NUMBER", 1)
    desk.sent("2026-06-02 10:00", "phone", "DISCONNECTED", 5)
    desk.ledger.close()
    return made


def asked(place, *words):
    said = ["report", "records", place.bank, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


def told(place, *words):
    done = asked(place, "--json", *words)
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_planted_defects_are_found_by_branch(place):
    """A missing manager and name, a twin, an old verification, an invalid and a wrong number."""
    three, four, nowhere, whole = told(place)["branches"]
    assert three == {
        "branch_id": 3,
        "customers": 4,
        "complete": 0.5,
        "duplicates": 0.25,
        "points": 4,
        "valid": 0.75,
        "fresh": 0.5,
        "wrong": 0.25,
    }
    assert (four["complete"], four["wrong"]) == (1, pytest.approx(1 / 3))
    assert four["duplicates"] == pytest.approx(1 / 3)
    assert (nowhere["branch_id"], nowhere["complete"], nowhere["valid"]) == ("", 0, None)
    assert (whole["customers"], whole["points"]) == (8, 7)
    assert whole["wrong"] == pytest.approx(2 / 7)


def test_what_is_lacking_is_counted_by_field(place):
    """A firm needs no birth date."""
    lacking = {each["field"]: each["customers"] for each in told(place)["lacking"]}
    assert lacking == {"name": 1, "birth_date": 0, "branch": 1, "manager": 1, "point": 2}


def test_an_earlier_day_and_another_limit_are_heeded(place):
    """What contacts found later is not known; 366 days let the older verification be fresh."""
    early = told(place, "--on", "2026-06-01")["branches"]
    assert [each["wrong"] for each in early[:2]] == [0.25, 0]
    assert told(place, "--fresh-days", 366)["branches"][0]["fresh"] == 0.75


def test_a_number_that_was_put_right_is_wrong_no_more(place, tmp_path):
    """Verified after it had failed."""
    later = copied(place, tmp_path / "var")
    desk = Desk(later.ledger_url, vault_of(later, os.environ)).knows(customer(1))
    desk.notes(Verified(11, moment("2026-06-03 10:00")), "2026-06-03 10:00", 1)
    desk.ledger.close()
    assert told(later)["branches"][0]["wrong"] == 0


def test_it_is_told_in_words(place):
    """In both languages, and a day that the bank does not tell of is refused."""
    assert f"Records on {DAY}" in asked(place, "--lang", "en").output
    assert "数据质量" in asked(place, "--lang", "zh").output
    assert "--on 2027-01-01 is no day" in str(asked(place, "--on", "2027-01-01").exception)
