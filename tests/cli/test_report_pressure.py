"""Contact pressure against plain SQL on the ledger's own tables."""

import json
import os
import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from campaigned import FIRST, LAST, PEOPLE, asked_sql, held_out
from nightly import copied
from policed import Desk, customer, hours, offer
from typer.testing import CliRunner

from cli.app import app
from governance import vault_of
from outreach import save_offers

SPAN = ("--from", str(FIRST), "--to", str(LAST))
RULES = (
    'id = "cap"\nkind = "frequency_cap"\nchannels = ["sms"]\nat_most = 1\ndays = 7',
    hours(("09:00", "18:00")),
)
JUNE = "contacts.happened_at >= '2026-05-31T16' and contacts.happened_at < '2026-06-30T16'"
MADE = f"state in ('attempted', 'delivered', 'connected', 'failed') and {JUNE}"


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    """The campaign, with requests of one customer more: at a cap, in the evening, and a refusal."""
    made = copied(campaign, tmp_path_factory.mktemp("pressure") / "var")
    save_offers(made.offers, [offer("FUND"), offer("CARD", "credit_card")])
    desk = Desk(made.ledger_url, vault_of(made, os.environ)).under(*RULES)
    who = next(who for who in PEOPLE if who not in held_out(made))
    desk.knows(customer(who))
    desk.sent("2026-06-25 10:00", "sms", who=who, request_id="first")
    for at, channel in ((11, "sms"), (20, "sms"), (20, "email"), (21, "email")):
        desk.ask(f"2026-06-25 {at}:00", channel, who=who, request_id=f"{channel}{at}")
    assert desk.ask("2026-06-27 10:00", "email", who=who, request_id="email10").verdict == "allow"
    desk.ledger.close()
    return made


def run(place, *words):
    said = ["report", "pressure", place.bank, *SPAN, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


def asked(place):
    done = run(place, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told(place):
    return asked(place)


def test_contacts_by_customer_are_those_of_the_ledger(place, told):
    """Everybody whom the bank knows, those too who had none."""
    query = f"select customer_id, count(distinct contact_id) from contacts join contact_events using (contact_id) where {MADE} group by 1"  # noqa: E501, S608
    each = dict(asked_sql(place, query))
    spread = Counter(each.get(who, 0) for who in PEOPLE)
    assert {row["contacts"]: row["customers"] for row in told["spread"]} == spread
    (whole,) = told["totals"]
    assert (whole["customers"], whole["contacts"]) == (len(PEOPLE), sum(each.values()))
    assert whole["contacted"] == len(each)


def test_requests_held_back_are_those_of_the_decisions(place, told):
    """Each rule that spoke against a request, by its verdict, in plain SQL on the decisions."""
    query = (
        "select value, json_extract(decision, '$.verdict'), count(*) "
        "from decisions, json_each(decision, '$.failing') "
        "where json_extract(decision, '$.verdict') != 'allow' group by 1, 2"
    )
    counted = {(rule, verdict): n for rule, verdict, n in asked_sql(place, query)}
    rules = {row["rule"]: row for row in told["rules"]}
    assert {rule for rule, _ in counted} == {rule for rule, row in rules.items()
                                             if row["deferred"] + row["blocked"]}  # fmt: skip
    for rule, row in rules.items():
        assert row["deferred"] == counted.get((rule, "defer"), 0)
        assert row["blocked"] == counted.get((rule, "block"), 0)
    assert (rules["hours"]["kind"], rules["cap"]["kind"]) == ("quiet_hours", "frequency_cap")
    (whole,) = told["totals"]
    assert whole["deferred_by_clock"] == counted["hours", "defer"] == 2


def test_plans_dropped_whom_their_funnels_say(place, told):
    """By rule, of everybody whom the days' plans weighed."""
    planned, weighed = Counter(), 0
    for (text,) in asked_sql(place, "select funnel from plans"):
        funnel = json.loads(text)
        weighed += funnel["population"]
        for step in funnel["steps"]:
            if step["name"] == "rules":
                planned.update(dict(step["drops"]))
    assert {r["rule"]: r["planned"] for r in told["rules"] if r["planned"]} == +planned
    for row in told["rules"]:
        assert row["planned_share"] == pytest.approx(row["planned"] / weighed)


def test_opt_outs_are_refusals_of_the_contacts(place, told):
    """By channel, counted by plain SQL."""
    query = (
        "select channel, count(distinct contact_id), count(distinct case when outcome in "  # noqa: S608
        "('REFUSED_CHANNEL', 'REFUSED_ALL', 'UNSUBSCRIBE') then contact_id end) "
        f"from contacts join contact_events using (contact_id) where contact_id in (select "
        f"contact_id from contacts join contact_events using (contact_id) where {MADE}) group by 1"
    )
    *channels, whole = told["opt_outs"]
    found = {row["channel"]: (row["contacts"], row["opt_outs"]) for row in channels}
    assert found == {channel: (made, out) for channel, made, out in asked_sql(place, query)}
    assert whole["opt_outs"] == sum(out for _, out in found.values()) > 0


def test_contacts_that_must_not_be_are_told(place, told, tmp_path):
    """Those refused in the very second in which they were allowed, and what is told late."""
    query = (
        "select count(*) from contacts c join contact_events e using (contact_id) "
        "where outcome = 'REFUSED_CHANNEL' and e.happened_at = c.happened_at"
    )
    ((at_once,),) = asked_sql(place, query)
    assert {row["breach"]: row["contacts"] for row in told["breaches"]} == {
        "not_allowed": 0,
        "held_out": 0,
        "late": at_once,
    }
    later = copied(place, tmp_path / "var")
    desk = Desk(later.ledger_url, vault_of(later, os.environ))
    contact = desk.ledger.contact_ids("first")[0]
    desk.hears(contact, "REFUSED_ALL", "2026-06-26 10:00", now="2026-06-28 10:00")
    alone = min(held_out(place))
    desk.knows(customer(alone)).sent("2026-06-26 12:00", "email", who=alone, request_id="alone")
    desk.ledger.close()
    with closing(sqlite3.connect(later.ledger)) as connection, connection:
        guards = "select name from sqlite_master where type = 'trigger' and tbl_name = 'decisions'"
        for (name,) in connection.execute(guards).fetchall():
            connection.execute(f"drop trigger {name}")
        connection.execute(
            "update decisions set decision = json_set(decision, '$.verdict', 'block') "
            "where request_id = 'email10'"
        )
    assert [row["contacts"] for row in asked(later)["breaches"]] == [1, 1, at_once + 1]
    save_offers(later.offers, [offer("FUND")])
    found = asked(later)
    assert found["breaches"][2]["contacts"] is None
    assert any("gone from the shelf" in note["en"] and "CARD" in note["en"]
               for note in found["notes"])  # fmt: skip


def test_it_is_told_in_words(place):
    """In both languages."""
    assert "Contact pressure, 2026-06-01" in run(place, "--lang", "en").output
    assert "联系频度" in run(place, "--lang", "zh").output
