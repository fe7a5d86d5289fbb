"""What levers gave up, against the plans as the ledger holds them."""

import json
import os
from datetime import date

import pytest
from campaigned import FIRST, LAST, asked_sql
from nightly import copied
from planning import plan_of, reachable
from policed import Desk, moment, offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from governance import vault_of
from outreach import Candidate

LEVER = '[[lever]]\nid = "{}"\nowner = "{}"\nexpires = 2026-12-31\nmost_rows = 6\n{}\n'
LEVERS = LEVER.format("cards", "cards team", 'weight = 150\nfamilies = ["credit_card"]')
MORE = LEVER.format("calm", "care team", 'weight = -40\nfamilies = ["fund"]')
DAYS = (date(2026, 6, 23), date(2026, 6, 24))


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    """Two plans more: a lever on cards on the first day, another on funds beside it on the next."""
    made = copied(campaign, tmp_path_factory.mktemp("levers") / "var")
    desk = Desk(made.ledger_url, vault_of(made, os.environ))
    desk.sells(offer("FUND"), offer("CARD", "credit_card"))
    people = reachable(40)
    for number, day in enumerate(DAYS):
        desk.policy = policy_of(more=LEVERS + MORE * number, channels=("phone", "sms"))
        candidates = [
            Candidate(one, {"churn": 0.0, "buys:fund": 0.2, "buys:credit_card": at / 100}, 0)
            for at, one in enumerate(people)
        ]
        desk.ledger.save_plan(plan_of(desk, candidates, day), now=moment(f"{day} 08:00"))
    desk.ledger.close()
    return made


def run(place, *words):
    said = ["report", "levers", place.bank, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


def asked(place, *words):
    done = run(place, "--json", *words)
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_levers_and_days_are_those_of_the_plans(place):
    """Rows, caps and cents by lever, and what all gave up by day, by plain SQL on the plans."""
    levers = (
        "select json_extract(value, '$.id'), json_extract(value, '$.owner'), count(*), "
        "sum(json_extract(value, '$.rows')), sum(json_extract(value, '$.held_back')), "
        "sum(json_extract(value, '$.cost_cents')) from plans, json_each(prices, '$.levers') "
        "group by 1, 2"
    )
    days = (
        "select day, json_extract(prices, '$.expected_cents'), "
        "json_extract(prices, '$.lever_cost_cents') from plans order by day"
    )
    told = asked(place, "--from", FIRST, "--to", LAST)
    assert sorted(tuple(each.values()) for each in told["levers"]) == asked_sql(place, levers)
    assert (told["levers"][0]["lever"], told["levers"][0]["days"]) == ("cards", 2)
    *each_day, whole = told["days"]
    found = [(each["day"], each["expected_cents"], each["given_up_cents"]) for each in each_day]
    assert found == asked_sql(place, days)
    assert whole["expected_cents"] == sum(value for _, value, _ in found)
    assert whole["given_up_cents"] == sum(cents for *_, cents in found) > 0
    before = whole["expected_cents"] + whole["given_up_cents"]
    assert whole["share"] == pytest.approx(1 - whole["expected_cents"] / before)


def test_days_without_a_plan_or_levers_say_so(place):
    """Nothing was given up; of no plan there is no share."""
    told = asked(place, "--from", "2026-06-02", "--to", "2026-06-02")
    assert told["levers"] == []
    assert [each["given_up_cents"] for each in told["days"]] == [0, 0]
    (none,) = asked(place, "--from", "2026-06-03", "--to", "2026-06-03")["days"]
    assert (none["expected_cents"], none["share"]) == (0, None)


def test_it_is_told_in_words(place):
    """In both languages."""
    words = ("--from", FIRST, "--to", LAST)
    assert "Cost of levers, 2026-06-01" in run(place, *words, "--lang", "en").output
    assert "干预成本" in run(place, *words, "--lang", "zh").output
