"""`goodcall outreach ab show` of a test whose looks were planned, on a ledger of its own."""

import json
import os
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from planning import KEY, plan_of
from policed import Desk, customer, moment, offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from goodcall import Workspace
from governance import vault_of
from outreach import NewTest, default_policy_text, load_policy
from outreach.arms import Arms, Placed

BEGAN = moment("2026-06-01 09:00")
PEOPLE = range(1, 121)


@pytest.fixture
def arm_of():
    """Who is in which arm: as many in either."""
    return lambda who: "AB"[who % 2]


@pytest.fixture
def place(tmp_path, arm_of):
    """A test of 90 days in which of arm B two in three buy by day 20, and of A one in six."""
    made = Workspace(tmp_path / "var")
    made.root.mkdir()
    desk = Desk(made.ledger_url, vault_of(made, os.environ))
    desk.sells(offer("fund-a")).knows(*(customer(who) for who in PEOPLE))
    asked = NewTest("calls", desk.policy, policy_of(), 0.5, KEY)
    test = desk.ledger.start_test(asked, now=BEGAN)
    arms = Arms(test, {who: Placed(None, arm_of(who)) for who in PEOPLE})
    plan = plan_of(desk, [customer(7)], BEGAN.date() + timedelta(1))
    desk.ledger.save_plan(replace(plan, arms=arms), now=BEGAN + timedelta(hours=1))
    for who in PEOPLE:
        buys = who % 3 if who % 2 else who % 12 == 0
        day = BEGAN + timedelta(1 + who % 20)
        desk.sent(day, "phone", "PURCHASED" if buys else "NO_ANSWER", who, offer_code="fund-a")
    # Of arm A, but told on day 33 of a contact of day 10.
    late = desk.sent(BEGAN + timedelta(10), "phone", "CONNECTED_INTERESTED", 2, offer_code="fund-a")
    desk.hears(late, "PURCHASED", BEGAN + timedelta(33))
    desk.ledger.close()
    return made


@pytest.fixture
def show(place, monkeypatch):
    """What the command says after so many days of the test."""

    def said(*words, after, failing=None):
        for module in ("cli.ab", "cli.look_plans"):
            monkeypatch.setattr(import_module(module), "now", lambda: BEGAN + timedelta(after))
        asked = ["outreach", "ab", *map(str, words), "--home", str(place.root)]
        done = CliRunner().invoke(app, asked)
        if failing is not None:
            assert failing in str(done.exception), done.output
            return None
        assert done.exit_code == 0, (done.output, done.exception)
        return json.loads(done.stdout) if "--json" in words else done.stdout

    return said


def test_nothing_is_told_before_the_first_look(show):
    """But the sizes of the arms, and when it is due."""
    said = show("show", "--looks", 3, "--days", 90, "--lang", "en", after=5)
    assert said.startswith("look 1 of 3 is due on 2026-07-01")
    told = show("show", "--json", after=29)
    assert (told["verdict"], told["measures"], told["looks"]) == ("not_due", {}, [])
    assert told["arms"]["A"]["customers"] == 60
    assert not told["plan_of_looks"]["may_stop"]


def test_a_look_tells_what_was_known_at_its_moment(show):
    """With a wider interval; asked again before the next it says the same, whatever was told."""
    plain = show("show", "--json", after=31)["measures"]["bought"]
    first = show("show", "--looks", 3, "--days", 90, "--json", after=31)
    bought, plan = first["measures"]["bought"], first["plan_of_looks"]
    assert (bought["A"]["count"], bought["B"]["count"]) == (10, 40)
    assert (plan["look"], plan["shown_at"], plan["may_stop"]) == (1, 1, True)
    assert plan["limit"] == pytest.approx(3.71, abs=0.15)
    assert bought["difference"]["value"] == pytest.approx(30 / 60)
    assert 0 < bought["difference"]["low"] < plain["difference"]["low"]
    assert first["holds_for"] == "all looks together"
    assert show("show", "--json", after=59) == first
    second = show("show", "--json", after=60)
    assert second["measures"]["bought"]["A"]["count"] == 11
    assert second["plan_of_looks"]["shown_at"] == 1
    over = show("show", "--json", after=400)["plan_of_looks"]
    assert (over["look"], over["through"], over["next"]) == (3, 1.0, None)
    assert over["spent"] == pytest.approx(0.05)


def test_a_look_is_told_in_words(show):
    """Which it is, what may be spent by now, that the test may stop; every look in a table."""
    show("show", "--looks", 6, "--days", 90, after=1)
    said = show("show", "--lang", "en", after=46)
    assert said.startswith("B brings more purchases a customer than A")
    assert "look 3 of 6" in said
    assert "0.31 of the 5 % of false alarms may be spent by now" in said
    assert "the test may stop, for look 2 showed a difference" in said
    assert "Looks: accepted, applied, purchased; 3 of 6" in said
    assert "第3次查看(共6次" in show("show", "--lang", "zh", after=46)
    assert "--looks and --days plan more" not in said


def test_a_test_that_was_stopped_is_told_at_its_stop(show):
    """At the share of the planned time that it ran for, and no look is due after it."""
    show("show", "--looks", 3, "--days", 90, after=1)
    show("stop", after=45)
    told = show("show", "--json", after=80)
    plan = told["plan_of_looks"]
    assert (plan["look"], plan["through"], plan["next"]) == (2, pytest.approx(0.5), None)
    assert [each["through"] for each in told["looks"]] == pytest.approx([1 / 3, 1 / 2])


def test_looks_are_planned_as_a_test_begins(place, show):
    """Both figures or neither; the audit log keeps the plan; a bad one begins no test."""
    show("stop", after=50)
    place.policy.write_text(default_policy_text(), encoding="utf-8")
    place.holdout_key.write_bytes(KEY)
    other = place.root / "b.toml"
    other.write_text(default_policy_text() + "# tried\n", encoding="utf-8")
    begin = ("start", "--policy", other, "--share", 0.5, "--name", "next")
    show(*begin, "--looks", 3, after=51, failing="--looks says nothing without --days")
    show(*begin, "--looks", 0, "--days", 9, after=51, failing="0 looks cannot be planned")
    show(*begin, "--looks", 9, "--days", 8, after=51, failing="9 looks do not fit into 8 days")
    show(*begin, "--looks", 2, "--days", 60, after=51)
    assert load_policy(place.policy).version != load_policy(other).version
    told = show("show", "--json", after=52)
    assert (told["test"], told["plan_of_looks"]["of"]) == ("next", 2)
    lines = [json.loads(line) for line in place.audit.read_text("utf-8").splitlines()]
    (planned,) = (line for line in lines if line["action"] == "plan looks")
    assert (planned["subject"], planned["facts"]) == ("next", {"looks": 2, "days": 60})


@pytest.mark.parametrize(
    ("words", "after", "said"),
    [
        (("--looks", 3), 5, "--looks says nothing without --days"),
        (("--days", 90), 5, "--days says nothing without --looks"),
        (("--looks", 0, "--days", 90), 5, "0 looks cannot be planned"),
        (("--looks", 3, "--days", 0), 5, "3 looks do not fit into 0 days"),
        (("--looks", 3, "--days", 30), 30, "the last is due, and that was 2026-07-01"),
    ],
)
def test_looks_that_cannot_be_are_refused(show, words, after, said):
    """None, without an end, or one that has passed."""
    show("show", *words, after=after, failing=said)


def test_a_plan_of_looks_does_not_change(show):
    """Neither how many nor until when; the same again is no mistake."""
    show("show", "--looks", 3, "--days", 90, after=5)
    show("show", "--looks", 3, after=6)
    show("show", "--looks", 3, "--days", 90, after=95)
    for words in (("--looks", 4), ("--looks", 3, "--days", 60)):
        show("show", *words, after=31, failing="3 looks over 90 days are planned already")


@pytest.mark.parametrize("arm_of", [lambda who: "AB"[who % 4 == 1]])
def test_no_look_ends_a_test_that_lost_customers(show):
    """A quarter is in the arm that half should be in: the difference is shown, but says nothing."""
    said = show("show", "--looks", 3, "--days", 90, "--lang", "en", after=31)
    assert "do not trust it" in said
    assert "no look counts until it is found out which customers were lost" in said
    for after in (31, 400):
        told = show("show", "--json", after=after)
        plan = told["plan_of_looks"]
        assert (told["sizes_fit"], plan["may_stop"]) == (False, False)
    assert plan["next"] is None
