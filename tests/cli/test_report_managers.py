"""Managers' work against plain SQL on the ledger and the bank's own tables."""

import json
import os
from collections import Counter
from datetime import date, timedelta

import pytest
from campaigned import DAYS, FAMILY, FIRST, LAST, asked_sql
from nightly import copied
from planning import rows_of
from policed import Desk, moment, offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from features import open_bank
from governance import vault_of
from outreach import Word, save_offers

SPAN = ("--from", str(FIRST), "--to", str(LAST))
# Sending a message takes one minute, by the policy too.
MINUTES = {"sms": 1, "email": 1, "phone": 8}
WORDS = ("WRONG_RECOMMENDATION", "SHOULD_NOT_DISTURB", "DEFER_MOOD", "ALREADY_HANDLED")


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    """The campaign, of whose rows some were set aside: by own judgement, or handled already."""
    made = copied(campaign, tmp_path_factory.mktemp("managers") / "var")
    made.policy.write_text(policy_of(channels=("phone", "sms", "email")).text, encoding="utf-8")
    save_offers(made.offers, [offer("FUND"), offer("CARD", "credit_card")])
    desk = Desk(made.ledger_url, vault_of(made, os.environ))
    for list_id in (7, 8):
        left = [each.row for each in rows_of(desk, DAYS[0], list_id) if each.state == "planned"]
        for number, row in enumerate(left):
            said = Word(WORDS[number % 4], moment(f"{DAYS[0]} 16:00"), 5, "told in May", "fund")
            desk.ledger.skip(DAYS[0], list_id, row.rank, said)
    desk.ledger.close()
    return made


def run(place, *words):
    said = ["report", "managers", place.bank, *SPAN, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


@pytest.fixture(scope="module")
def told(place):
    done = run(place, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_minutes_and_contacts_are_those_of_the_ledger(place, told):
    """By manager and channel, and whether a planned row stands behind each, by plain SQL."""
    query = (
        "select manager_id, channel, exists(select 1 from planned_rows p where "
        "p.request_id = c.request_id), count(distinct contact_id) from contacts c "
        "join contact_events using (contact_id) "
        "where state in ('attempted', 'delivered', 'connected', 'failed') "
        "and c.happened_at >= '2026-05-31T16' and c.happened_at < '2026-06-30T16' group by 1, 2, 3"
    )
    contacts, minutes, listed = Counter(), Counter(), Counter()
    for manager, channel, of_list, count in asked_sql(place, query):
        contacts[manager] += count
        minutes[manager] += count * MINUTES[channel]
        listed[manager] += count * of_list
    *managers, whole = told["managers"]
    assert {each["unit_id"] for each in managers} == {*contacts} == {7, 8}
    for each in managers:
        manager = each["unit_id"]
        assert (each["contacts"], each["minutes"]) == (contacts[manager], minutes[manager])
        assert each["minutes_per_contact"] == pytest.approx(minutes[manager] / contacts[manager])
        assert each["adherence"] == pytest.approx(listed[manager] / contacts[manager])
    for name in ("contacts", "minutes", "sales", "from_list", "listed", "worked", "overrides"):
        assert whole[name] == sum(each[name] for each in managers) > 0


def test_sales_are_those_of_the_incentive_report(place, told):
    """Each purchase counts for one manager."""
    said = ["report", "incentive", place.bank, *SPAN, "--home", place.root, "--json"]
    incentive = json.loads(CliRunner().invoke(app, [*map(str, said)]).stdout)["managers"]
    assert [each["sales"] for each in told["managers"]] == [e["purchases"] for e in incentive]
    for each in told["managers"]:
        assert each["contacts_per_sale"] == pytest.approx(each["contacts"] / each["sales"])


def test_own_judgement_was_right_where_nothing_was_bought(place, told):
    """By word, each row looked up in the ledger and in the holdings; what was handled is none."""
    query = (
        "select p.list_id, e.because, p.customer_id, json_extract(p.row, '$.offer_code') "
        "from planned_events e join planned_rows p using (plan_id, request_id) "
        "where e.state = 'cancelled' and e.because is not null"
    )
    holdings = open_bank(place.bank).read("holdings").to_pylist()
    last = DAYS[0] + timedelta(30)
    count, right = Counter(), Counter()
    for list_id, code, who, offered in asked_sql(place, query):
        if code != "ALREADY_HANDLED":
            count[list_id, code] += 1
            right[list_id, code] += not any(
                row["customer_id"] == who
                and row["family"] == FAMILY[offered]
                and DAYS[0] <= row["opened_on"] <= last
                for row in holdings
            )
    rows = {(r["unit_id"], r["code"]): r for r in told["overrides"] if r["unit_id"] is not None}
    assert {place: row["rows"] for place, row in rows.items()} == count
    assert {place: row["right"] for place, row in rows.items()} == right
    assert 0 < sum(right.values()) < sum(count.values())
    for each in told["managers"][:-1]:
        mine = sum(n for (list_id, _), n in count.items() if list_id == each["unit_id"])
        assert each["overrides"] == mine
        assert each["override_share"] == pytest.approx(mine / each["listed"])


def test_nothing_is_told_of_judgement_while_the_window_is_open(place):
    """Of a row whose 30 days are not over by the bank's last day."""
    path = place.bank / "bank.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("2026-12-31", str(date(2026, 6, 30))), encoding="utf-8")
    try:
        told = json.loads(run(place, "--json").stdout)["overrides"]
    finally:
        path.write_text(text, encoding="utf-8")
    assert {(row["told"], row["right_share"]) for row in told} == {(0, None)}


def test_it_is_told_in_words(place):
    """In both languages."""
    assert "Managers' work, 2026-06-01" in run(place, "--lang", "en").output
    assert "客户经理效率" in run(place, "--lang", "zh").output
