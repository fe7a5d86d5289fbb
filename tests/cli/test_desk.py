"""A manager's day on the command line: publish, list, open, reserve, dial, tell, skip, close."""

import csv
import json
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from chained import verify_audit
from planning import KEY, plan_of, reachable
from policed import Desk, customer, moment, offer, policy_of
from typer.testing import CliRunner

from cli import day, desk, lists, plan_command
from cli.app import app
from cli.errors import BadOption
from goodcall import Workspace
from outreach import Draw, NotFound, OutreachError, in_holdout, save_offers
from outreach.errors import IllegalTransition

MONDAY = date(2026, 6, 8)
TUESDAY = MONDAY + timedelta(days=1)
HOME = 'id = "home"\nkind = "frequency_cap"\nper = "household"\nat_most = 2\ndays = 30'
ON_MONDAY = ("--manager", 7, "--date", MONDAY)


class Store:
    """An online store of the people that it is given."""

    def __init__(self, people):
        self.people = people

    def profile(self, who):
        return self.people.get(who)

    def household(self, household_id):
        return tuple(who for who, one in self.people.items() if one.household_id == household_id)

    def close(self):
        pass


class Office:
    """A workspace with Monday's plan for six customers, and a clock that a test sets."""

    def __init__(self, root, monkeypatch):
        self.place, self.at = Workspace(root), "2026-06-08 08:00"
        self.place.root.mkdir(exist_ok=True)
        self.desk = Desk(f"sqlite:///{self.place.ledger}")
        self.desk.policy = policy_of(HOME, channels=["phone"])
        self.desk.sells(offer("fund-a"), offer("bond", investment=True, risk="R5"))
        self.people = reachable(6, name="王小明")
        self.desk.knows(*self.people)
        self.place.policy.write_text(self.desk.policy.text)
        self.place.holdout_key.write_bytes(b"sixteen bytes or more")
        save_offers(self.place.offers, self.desk.on_sale())
        for module in (day, desk, lists, plan_command):
            monkeypatch.setattr(module, "now", lambda: moment(self.at))
        monkeypatch.setattr(lists, "OnlineStore", lambda *_, **__: Store(self.desk.people))
        self.desk.ledger.save_plan(self.plan(MONDAY), now=moment(self.at))

    def plan(self, when):
        return plan_of(self.desk, self.people, when)

    def run(self, *said, code=0):
        """What a command says; one that fails raises its own error."""
        words = [*map(str, said), "--home", str(self.place.root)]
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["outreach", *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    def facts(self, *said, code=0):
        return json.loads(self.run(*said, "--json", code=code))

    def audited(self):
        lines = self.place.audit.read_text().splitlines()
        assert verify_audit(self.place.audit) == len(lines)
        return [json.loads(line) for line in lines]


@pytest.fixture
def office(tmp_path, monkeypatch):
    made = Office(tmp_path / "var", monkeypatch)
    yield made
    made.desk.ledger.close()


def test_a_day_from_publishing_to_the_close(office):
    """Every step says what it did, in at most three steps from the row to the outcome."""
    assert "not published yet" in office.run("list", *ON_MONDAY)
    first = office.facts("publish", "--date", MONDAY)
    assert office.facts("publish", "--date", MONDAY) == first
    office.at = "2026-06-08 10:00"
    card = office.facts("open", *ON_MONDAY, "--rank", 1, "--agent", 7)
    assert (card["may_dial"], card["verdict"], card["offer"]) == (True, "allow", "fund-a")
    assert card["do_not_mention"] == [{"offer": "bond", "because": "no_assessment"}]
    taken = office.facts("reserve", *ON_MONDAY, "--rank", 1, "--agent", 7, "--dial")
    again = office.facts("open", *ON_MONDAY, "--rank", 1, "--agent", 7)
    assert (again["state"], again["may_dial"]) == ("attempted", False)
    told = ("outcome", taken["contact_id"], "CONNECTED_CALLBACK", "--agent", 7)
    with pytest.raises(BadOption, match="promises a moment; say which with --at"):
        office.run(*told)
    office.run(*told, "--at", "2026-06-09 15:00")
    second = office.facts("reserve", *ON_MONDAY, "--rank", 2, "--agent", 7)["contact_id"]
    office.at = "2026-06-08 10:05"
    same = office.facts("reserve", *ON_MONDAY, "--rank", 2, "--agent", 7)["contact_id"]
    assert same == second
    office.run("dial", second, "--agent", 7)
    office.run("outcome", second, "NO_ANSWER", "--agent", 7)
    office.at = "2026-06-08 11:00"
    assert office.facts("reserve", *ON_MONDAY, "--rank", 2, "--agent", 7)["contact_id"] != second
    aside = ("skip", "ALREADY_HANDLED", *ON_MONDAY, "--rank", 3, "--agent", 7)
    assert "handled by someone else" in office.run(*aside)
    with pytest.raises(IllegalTransition, match="row 3 was set aside as ALREADY_HANDLED"):
        office.run("reserve", *ON_MONDAY, "--rank", 3, "--agent", 7)
    states = [row["state"] for row in office.facts("list", *ON_MONDAY)["rows"]]
    assert states == ["connected", "reserved", "set_aside", "planned", "planned", "planned"]
    office.at = "2026-06-08 17:30"
    file = office.place.root / "day.csv"
    closed = office.facts("close", "--date", MONDAY, "--agent", 7, "--csv", file)["total"]
    assert (closed["rows"], closed["worked"], closed["set_aside"]) == (6, 1, 1)
    assert (closed["rolled_over"], closed["to_do"]) == (3, 1)
    assert [*csv.reader(file.read_text("utf-8-sig").splitlines())][-1][:3] == ["all", "6", "1"]
    assert office.facts("close", "--date", MONDAY, "--agent", 7)["total"] == closed
    office.desk.ledger.save_plan(office.plan(TUESDAY), now=moment("2026-06-09 00:30"))
    listed = office.facts("list", "--manager", 7, "--date", TUESDAY)["rows"]
    assert (listed[0]["band"], listed[0]["customer_id"]) == ("promised", card["customer_id"])
    assert sum(row["rolled_over"] == "2026-06-08" for row in listed) == 3


def test_what_is_done_at_the_desk_is_audited(office):
    """Opening, reserving, telling, skipping, publishing, closing and exporting, each in a line."""
    office.run("publish", "--date", MONDAY)
    spot = (*ON_MONDAY, "--rank", 1, "--agent", 7)
    office.run("open", *spot)
    contact = office.facts("reserve", *spot)["contact_id"]
    office.run("dial", contact, "--agent", 7)
    office.run("outcome", contact, "NOT_NOW", "--agent", 7)
    office.run("skip", "ALREADY_HANDLED", *ON_MONDAY, "--rank", 2, "--agent", 7)
    files = ("--csv", office.place.root / "l.csv", "--xlsx", office.place.root / "l.xlsx")
    office.run("list", *ON_MONDAY, *files)
    office.run("close", "--date", MONDAY, "--agent", 7)
    actions = [line["action"] for line in office.audited()]
    assert actions == [
        *("publish", "open row", "reserve", "dial", "record outcome", "skip row", "read list"),
        *("export list", "export list", "close day", "read summary", "checkpoint"),
    ]
    assert {line["actor"] for line in office.audited()[1:6]} == {"staff 7"}


def test_what_is_refused_at_the_desk_is_audited_too(office):
    """A row that is not there, and one that was set aside: a line each, with who asked."""
    office.run("publish", "--date", MONDAY)
    office.run("skip", "ALREADY_HANDLED", *ON_MONDAY, "--rank", 2, "--agent", 7)
    for rank in (99, 2):
        with pytest.raises(OutreachError):
            office.run("reserve", *ON_MONDAY, "--rank", rank, "--agent", 7)
    nowhere, aside = office.audited()[-2:]
    assert [(line["actor"], line["action"]) for line in (nowhere, aside)] == (
        [("staff 7", "reserve")] * 2
    )
    assert "no row 99" in nowhere["facts"]["refused"]


def test_a_row_is_put_off_shown_so_and_back_at_its_moment(office):
    """Said by whom, until when and why; audited; refused until then and offered again after."""
    office.run("publish", "--date", MONDAY)
    office.at = "2026-06-08 10:00"
    spot = (*ON_MONDAY, "--rank", 1, "--agent", 7)
    nap = ("snooze", *spot, "--reason", "in a meeting")
    with pytest.raises(BadOption, match="say when the row comes back with --until, or end"):
        office.run(*nap)
    assert "snoozed until 2026-06-08 15:00" in office.run(*nap, "--until", "2026-06-08 15:00")
    row = office.facts("list", *ON_MONDAY, "--state", "snoozed")["rows"][0]
    assert (row["rank"], row["until"]) == (1, "2026-06-08T15:00:00+08:00")
    assert "until 2026-06-08 15:00" in office.run("list", *ON_MONDAY)
    assert office.facts("summary", "--date", MONDAY)["total"]["snoozed"] == 1
    told = office.facts("reserve", *spot, code=1)
    assert (told["verdict"], told["failing"]) == ("defer", ["snoozed"])
    assert "put off by a colleague" in office.run("open", *spot)
    office.at = "2026-06-08 15:00"
    assert office.facts("list", *ON_MONDAY)["rows"][0]["state"] == "planned"
    assert office.facts("open", *spot)["may_dial"]
    office.run(*nap, "--until", "2026-06-08 16:00")
    assert "back on the list" in office.run(*nap, "--off")
    assert office.facts("reserve", *spot)["verdict"] == "allow"
    audited = [line for line in office.audited() if line["action"] == "snooze row"]
    assert [line["facts"]["until"] for line in audited] == [
        "2026-06-08T07:00:00+00:00", "2026-06-08T08:00:00+00:00", "2026-06-08T07:00:00+00:00"
    ]  # fmt: skip
    assert {(line["actor"], line["subject"]) for line in audited} == {
        ("staff 7", f"row 1 of list 7 of {MONDAY}")
    }


def test_a_list_is_filtered_and_an_unknown_word_is_refused(office):
    """By band and by state, in every form."""
    office.run("skip", "ALREADY_HANDLED", *ON_MONDAY, "--rank", 2, "--agent", 7)
    found = office.facts("list", *ON_MONDAY, "--state", "set_aside", "--band", "grow")["rows"]
    assert [row["rank"] for row in found] == [2]
    assert office.facts("list", *ON_MONDAY, "--band", "save")["rows"] == []
    with pytest.raises(BadOption, match="state 'gone' is unknown; choose of: planned, withheld"):
        office.run("list", *ON_MONDAY, "--state", "gone")


def test_the_household_counts_when_a_row_is_reserved(office):
    """Two calls to a relative who has moved in since: the household's cap is full."""
    who = office.facts("list", *ON_MONDAY)["rows"][0]["customer_id"]
    other = next(one for one in office.people if one.customer_id != who)
    for at in ("2026-06-05 10:00", "2026-06-06 10:00"):
        office.desk.sent(at, "phone", who=other.customer_id)
    office.desk.knows(
        replace(office.desk.people[who], household_id=5), replace(other, household_id=5)
    )
    spot = (*ON_MONDAY, "--rank", 1, "--agent", 7)
    office.at = "2026-06-08 10:00"
    assert office.facts("open", *spot)["failing"] == ["home"]
    assert office.facts("reserve", *spot, code=1)["failing"] == ["home"]


def test_a_promise_for_the_same_day_is_named_and_kept_by_hand(office):
    """It is on no row of the published list, is shown below it, and leaves it once it is kept."""
    office.run("publish", "--date", MONDAY)
    office.at = "2026-06-08 10:00"
    spot = (*ON_MONDAY, "--rank", 1, "--agent", 7)
    contact = office.facts("reserve", *spot, "--dial")["contact_id"]
    office.run("outcome", contact, "CONNECTED_CALLBACK", "--at", "2026-06-08 15:00", "--agent", 7)
    keep = f"goodcall outreach keep {contact}"
    said = office.run("list", *ON_MONDAY)
    assert "2026-06-08 15:00" in said
    assert keep in said
    office.at = "2026-06-08 15:00"
    kept = office.facts("keep", contact, "--agent", 7, "--dial")
    assert (kept["verdict"], kept["dialled"]) == ("allow", True)
    assert keep not in office.run("list", *ON_MONDAY)
    with pytest.raises(NotFound, match="nothing that was promised in contact"):
        office.run("keep", contact, "--agent", 7)


def test_planning_a_published_day_again_says_that_it_stands(office, monkeypatch):
    """Nothing is planned: the command says since when the lists stand, under which number."""
    bank = SimpleNamespace(manifest=SimpleNamespace(currency="CNY"))
    monkeypatch.setattr(plan_command, "bank_in", lambda *_: bank)
    monkeypatch.setattr(plan_command, "plan_night", lambda *_, **__: pytest.fail("planned again"))
    office.run("publish", "--date", MONDAY)
    office.at = "2026-06-08 09:00"
    said = office.run("plan", "bank", "--date", MONDAY)
    assert "the lists of 2026-06-08 were published at 2026-06-08 08:00 (plan 1)" in said


def test_why_tells_the_hold_out_to_auditors_alone(office):
    """Others read that the customer is not selected; the audit log keeps who asked for more."""
    who = next(n for n in range(1, 500) if in_holdout(customer(n), KEY, Draw(0.1)))
    everyone = [*office.people, customer(who)]
    office.desk.ledger.save_plan(
        plan_of(office.desk, everyone, MONDAY), now=moment("2026-06-08 08:30")
    )
    asked = ("why", who, "--date", MONDAY)
    assert "hold-out" not in office.run(*asked)
    told = office.facts(*asked)
    assert (told["step"], told["reason"], told["actions"]) == ("not_selected", "not_selected", [])
    assert office.facts(*asked, "--audit")["step"] == "holdout"
    assert [line["facts"]["holdout_told"] for line in office.audited()] == [False, False, True]


def test_why_tells_the_price_of_the_room_that_kept_an_action_out(office):
    """What a contact's minutes cost that day, beside its value; with --all the rules on each."""
    plan = plan_of(office.desk, office.people, MONDAY, capacities={7: 16})
    office.desk.ledger.save_plan(plan, now=moment("2026-06-08 08:30"))
    left = next(
        w.customer_id for w in office.people if plan.trail(w.customer_id).step == "capacity"
    )
    told = office.facts("why", left, "--date", MONDAY)
    (action,) = [each for each in told["actions"] if each["ended_at"] == "capacity"]
    assert action["price_of_its_room_cents"] >= action["value"]["value_cents"] > 0
    assert action["price_of_its_room_cents"] == pytest.approx(told["price_of_a_minute_cents"] * 8)
    shown = office.run("why", left, "--date", MONDAY, "--all")
    assert shown.count("Rules on") == len(told["actions"]) > 1
