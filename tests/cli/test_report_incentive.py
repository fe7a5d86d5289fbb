"""Results that count for managers, against the ledger's and the bank's own tables."""

import json
from collections import Counter

import pytest
from campaigned import FIRST, LAST, asked_sql, held_out
from nightly import copied
from typer.testing import CliRunner

from cli.app import app
from features import open_bank

SPAN = ("--from", str(FIRST), "--to", str(LAST))


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    return copied(campaign, tmp_path_factory.mktemp("incentive") / "var")


def asked(place, command, *words):
    said = ["report", command, str(place.bank), *SPAN, "--home", str(place.root), *words]
    done = CliRunner().invoke(app, [*map(str, said)])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.fixture(scope="module")
def told(place):
    return json.loads(asked(place, "incentive", "--json"))


def test_managers_add_up_to_the_campaign(place, told):
    """Every purchase that counts in the campaign counts for one manager, none twice."""
    campaign = json.loads(asked(place, "campaign", "--json"))["purchases"][-1]
    *managers, total = told["managers"]
    for name in ("purchases", "amount_cents", "saves"):
        assert sum(each[name] for each in managers) == total[name]
    assert total["purchases"] == campaign["purchases"] > 20
    assert total["amount_cents"] == campaign["amount_cents"]
    holdings = [each["holding_id"] for each in told["evidence"] if each["holding_id"]]
    assert len(holdings) == len(set(holdings)) == total["purchases"]


def test_each_result_is_proved_by_a_contact_of_that_manager(place, told):
    """The contact is in the ledger, is that customer's, and reached him before he bought."""
    query = (
        "select c.contact_id, c.customer_id, c.manager_id, max(e.state in "
        "('connected', 'delivered')) from contacts c join contact_events e using (contact_id) "
        "group by 1, 2, 3"
    )
    ledger = {number: rest for number, *rest in asked_sql(place, query)}
    for each in told["evidence"]:
        assert ledger[each["contact_id"]] == [each["customer_id"], each["manager_id"], 1]
        if each["result"] == "purchase":
            assert each["day"] <= each["opened_on"]
    for manager in told["managers"][:-1]:
        mine = [e for e in told["evidence"] if e["manager_id"] == manager["manager_id"]]
        assert len({each["contact_id"] for each in mine}) == manager["contacts"]


def test_saves_are_those_that_were_told(place, told):
    """One for each contact of the span with that outcome, counted by plain SQL."""
    query = (
        "select c.manager_id, count(distinct contact_id) from contacts c "
        "join contact_events e using (contact_id) where e.outcome = 'SAVED' group by 1"
    )
    saves = {each["manager_id"]: each["saves"] for each in told["managers"][:-1] if each["saves"]}
    assert saves == dict(asked_sql(place, query))


def test_the_incremental_share_is_what_the_hold_out_says(place, told):
    """What the contacted bought more a customer, times them, over the purchases that count."""
    held, found = held_out(place), Counter()
    for row in open_bank(place.bank).read("holdings").to_pylist():
        found[row["customer_id"]] += "2026-06-01" <= str(row["opened_on"]) <= "2026-06-30"
    others = set(range(1, 161)) - held
    more = sum(found[who] for who in others) / len(others)
    more -= sum(found[who] for who in held) / len(held)
    (due,) = told["due_to_contact"]
    assert due["incremental"]["value"] == pytest.approx(more * len(others))
    mine = [e for e in told["evidence"] if (e["opened_on"] or "9") <= "2026-06-30"]
    assert due["credited"] == len(mine) > 0
    assert due["share"]["value"] == pytest.approx(more * len(others) / due["credited"])
    assert due["share"]["low"] < due["share"]["value"] < due["share"]["high"]
    assert due["verdict"] == "more"


def test_due_sets_purchases_against_purchases_of_the_same_days(place, told):
    """Those of July count for June's contacts too, and both halves of June add up to it."""
    halves = [
        json.loads(asked(place, "incentive", "--json", "--from", first, "--to", last))
        for first, last in ((FIRST, "2026-06-15"), ("2026-06-16", LAST))
    ]
    whole = told["due_to_contact"][0]
    parts = [each["due_to_contact"][0] for each in halves]
    assert sum(each["credited"] for each in parts) == whole["credited"]
    assert parts[1]["credited"] > sum(
        "2026-06-16" <= (each["opened_on"] or "") <= "2026-06-30" for each in halves[1]["evidence"]
    )
    brought = sum(each["incremental"]["value"] for each in parts)
    assert brought == pytest.approx(whole["incremental"]["value"])


def test_it_is_told_in_words_and_audited(place):
    """In both languages; who read it stands in the audit log."""
    shown = asked(place, "incentive", "--lang", "en")
    assert "Results that count" in shown
    assert "these intervals hold for one look" in shown
    assert "营销业绩认定" in asked(place, "incentive", "--lang", "zh")
    assert f'"incentive, {FIRST} to {LAST}"' in place.audit.read_text("utf-8")
