"""The decision funnel, from everyone known to a yes, against the ledger by plain SQL."""

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from campaigned import asked_sql
from nightly import copied
from openpyxl import load_workbook
from planning import on_row, published, reachable, rows_of, worked
from policed import Desk, moment, offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from governance import vault_of
from outreach import Word

DAY = date(2026, 6, 23)
EVENING = moment(f"{DAY} 17:00")
SAID_YES = {"ACCEPTED", "APPLIED", "PURCHASED", "SAVED"}


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    """A published plan of forty, some of them firms or without a number, and partly worked."""
    made = copied(campaign, tmp_path_factory.mktemp("funnel") / "var")
    desk = Desk(made.ledger_url, vault_of(made, os.environ)).sells(offer("FUND"))
    desk.policy = policy_of(channels=("phone", "sms"))
    people = [replace(each, manager_id=7 + each.customer_id % 2) for each in reachable(40)]
    people[:9] = [replace(each, kind="corporate") for each in people[:9]]
    people[9:13] = [replace(each, points=()) for each in people[9:13]]
    desk.knows(*people)
    published(desk, people, DAY)
    rows = [each.row for list_id in (7, 8) for each in rows_of(desk, DAY, list_id)]
    told = ("ACCEPTED", "APPLIED", "NO_ANSWER", "NO_ANSWER", "NOT_INTERESTED_OFFER", "COMPLAINT")
    for row, outcome in zip(rows[::2], told, strict=False):
        worked(desk, row, f"{DAY} 15:00", outcome)
    on_row(desk, rows[1], f"{DAY} 15:30")
    dialled = desk.ledger.contact_id(rows[1].request_id)
    desk.ledger.dial(dialled, now=moment(f"{DAY} 15:30"), agent=5)
    desk.ledger.skip(DAY, rows[3].list_id, rows[3].rank, Word("NOT_WORKED", EVENING, 5, "on leave"))
    desk.ledger.close()
    return made


def run(place, *words):
    said = ["report", "funnel", place.bank, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


@pytest.fixture(scope="module")
def told(place):
    done = run(place, "--on", DAY, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def rows(place):
    """Each row of the day's lists with the outcomes of the contacts made for it, None without."""
    query = (
        "select p.request_id, p.list_id, c.contact_id, e.outcome from planned_rows p "  # noqa: S608
        "join plans using (plan_id) left join contacts c on c.request_id = p.request_id "
        "or c.request_id like p.request_id || '#%' left join contact_events e using (contact_id) "
        f"where day = '{DAY}' order by e.happened_at, e.event_id"
    )
    found, lists = {}, {}
    for request, list_id, contact, outcome in asked_sql(place, query):
        lists[request] = list_id
        if contact is None:
            found[request] = None
        else:
            found.setdefault(request, []).extend([outcome] if outcome else [])
    return [(lists[request], said) for request, said in found.items()]


def test_the_funnel_adds_up_from_everyone_known_to_a_yes(told):
    """Each step begins with those whom the one before let through."""
    steps = told["funnel"]
    assert [step["step"] for step in steps][-3:] == ["listed", "contacted", "accepted"]
    left = told["population"]
    for step in steps:
        dropped = sum(d["customers"] for d in told["drops"] if d["step"] == step["step"])
        assert (step["entered"], step["dropped"]) == (left, dropped)
        left -= dropped
        assert step["passed"] == left
        assert step["share"] == pytest.approx(left / told["population"])
    assert told["listed"] == next(s["passed"] for s in steps if s["step"] == "listed") > 0


def test_the_plans_steps_are_those_of_the_ledger(place, told):
    """By step and reason, in plain SQL on the plan's funnel."""
    query = (
        "select json_extract(step.value, '$.name'), json_extract(d.value, '$[0]'), "  # noqa: S608
        "json_extract(d.value, '$[1]') from plans, json_each(funnel, '$.steps') step, "
        f"json_each(step.value, '$.drops') d where day = '{DAY}'"
    )
    planned = {(step, why): n for step, why, n in asked_sql(place, query)}
    assert len(planned) > 1
    assert planned == {
        (drop["step"], drop["reason"]): drop["customers"]
        for drop in told["drops"]
        if drop["step"] not in ("contacted", "accepted")
    }


def test_contacted_and_accepted_are_those_of_the_ledger(told, rows):
    """Rows with a contact, rows whose customers said yes, and the last word of the others."""
    made = [(list_id, said) for list_id, said in rows if said is not None]
    yes = [list_id for list_id, said in made if SAID_YES & set(said)]
    steps = {step["step"]: step for step in told["funnel"]}
    assert steps["listed"]["passed"] == len(rows)
    assert steps["contacted"]["passed"] == len(made)
    assert steps["accepted"]["passed"] == len(yes) == 2
    drops = {(d["step"], d["reason"]): d["customers"] for d in told["drops"]}
    assert drops["contacted", "set_aside"] == 1
    assert drops["contacted", "to_do"] == len(rows) - len(made) - 1 > 0
    last = Counter(
        said[-1] if said else "no_outcome" for _, said in made if not SAID_YES & set(said)
    )
    assert {why: n for (step, why), n in drops.items() if step == "accepted"} == last
    assert last["no_outcome"] == 1


def test_each_list_has_its_own_end_of_the_funnel(told, rows):
    """Listed, contacted and accepted of each, and of all of them."""
    *lists, whole = told["lists"]
    for line in lists:
        mine = [said for list_id, said in rows if list_id == line["list_id"]]
        made = [said for said in mine if said is not None]
        yes = sum(bool(SAID_YES & set(said)) for said in made)
        assert (line["listed"], line["contacted"], line["accepted"]) == (len(mine), len(made), yes)
    assert len(lists) == 2
    for name in ("listed", "contacted", "accepted"):
        assert whole[name] == sum(line[name] for line in lists)


def test_it_is_told_in_both_languages_and_as_files(place, told, tmp_path):
    """Steps and reasons in words, in the page and the workbook too."""
    page, book = tmp_path / "f.html", tmp_path / "f.xlsx"
    en = run(place, "--on", DAY, "--lang", "en", "--html", page, "--xlsx", book).output
    assert f"Funnel of {DAY}" in en
    assert "no outcome yet" in en
    assert "accepted" in page.read_text("utf-8")
    steps = load_workbook(book)["Step by step"]
    assert [row[3] for row in steps.iter_rows(min_row=2, values_only=True)] == [
        step["passed"] for step in told["funnel"]
    ]
    zh = run(place, "--on", DAY, "--lang", "zh").output
    assert "已接受" in zh
    assert "未记录结果" in zh


def test_a_day_without_a_plan_says_so(place):
    """There is nothing to tell of."""
    assert "there is no plan for 2026-06-04" in str(run(place, "--on", "2026-06-04").exception)
