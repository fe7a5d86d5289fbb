"""Customers without an action, against the funnel and the trails as the ledger holds them."""

import json
import os
import zlib
from collections import Counter
from dataclasses import fields, replace
from datetime import date

import pytest
from campaigned import asked_sql
from nightly import copied
from planning import plan_of, reachable
from policed import Desk, moment, offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from governance import vault_of
from outreach import Candidate
from outreach.arbitrate import Action

DAY = date(2026, 6, 23)
BEST = [field.name for field in fields(Action)].index("probability")


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    """A plan of forty: some firms, some without a number, each with another probability."""
    made = copied(campaign, tmp_path_factory.mktemp("underserved") / "var")
    desk = Desk(made.ledger_url, vault_of(made, os.environ)).sells(offer("FUND"))
    desk.policy = policy_of(channels=("phone", "sms"))
    people = reachable(40)
    people[:9] = [replace(each, kind="corporate") for each in people[:9]]
    people[9:13] = [replace(each, points=()) for each in people[9:13]]
    candidates = [
        Candidate(each, {"churn": 0.0, "buys:fund": 0.1 + number % 19 / 50}, 0)
        for number, each in enumerate(people)
    ]
    desk.ledger.save_plan(plan_of(desk, candidates, DAY), now=moment(f"{DAY} 08:00"))
    desk.ledger.close()
    return made


def run(place, *words):
    said = ["report", "underserved", place.bank, "--on", DAY, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


def asked(place, *words):
    done = run(place, "--json", *words)
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def trails(place):
    """Every trail of the day as it lies in the ledger."""
    query = f"select trail from trails join plans using (plan_id) where day = '{DAY}'"  # noqa: S608
    return [json.loads(zlib.decompress(packed)) for (packed,) in asked_sql(place, query)]


def best(trail):
    """The most probable action that came as far as the day's capacity, written out."""
    values = [
        attempt[11][BEST]
        for attempt in trail["attempts"]
        if attempt[9] in ("reasons", "capacity", "listed") and attempt[11]
    ]
    return max(values, default=None)


def test_who_has_no_action_is_whom_the_funnel_dropped_before_one_was_found(place):
    """By step and reason, in plain SQL on the plan's funnel."""
    query = (
        "select json_extract(step.value, '$.name'), json_extract(d.value, '$[0]'), "  # noqa: S608
        "json_extract(d.value, '$[1]') from plans, json_each(funnel, '$.steps') step, "
        f"json_each(step.value, '$.drops') d where day = '{DAY}'"
    )
    dropped = {
        (step, reason): n
        for step, reason, n in asked_sql(place, query)
        if step not in ("holdout", "reasons", "capacity")
    }
    *rows, whole = asked(place)["none"]
    assert {(row["step"], row["reason"]): row["customers"] for row in rows} == dropped
    assert whole["customers"] == sum(dropped.values()) > 0


@pytest.mark.parametrize("share", [0.05, 0.5, 0, 1])
def test_little_are_those_with_the_least_probable_best_action(place, trails, share):
    """The lowest share of the best of everybody who has one, ties and all."""
    found = asked(place, "--share", share)
    bests = Counter({t["customer_id"]: best(t) for t in trails if best(t) is not None})
    threshold = found["threshold"]
    count = round(share * len(bests))
    assert threshold == (sorted(bests.values())[count - 1] if count else None)
    little = {e["customer_id"] for e in found["customers"] if e["customer_id"] in bests}
    assert little == {who for who, p in bests.items() if threshold is not None and p <= threshold}
    assert found["weighed"] == sum(trail["step"] != "holdout" for trail in trails)


def test_it_is_told_in_words_and_refuses_what_is_no_share(place):
    """In both languages; a day without a plan says so."""
    assert f"Under-served customers of {DAY}" in run(place, "--lang", "en").output
    assert "服务不足客户" in run(place, "--lang", "zh").output
    assert "--share 5.0 is no share" in str(run(place, "--share", 5).exception)
    assert "there is no plan for 2026-06-04" in str(run(place, "--on", "2026-06-04").exception)
