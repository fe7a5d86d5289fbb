"""Targets against the ledger: how far, at what pace, and what is no target."""

import json
import os
from datetime import date

import pytest
from campaigned import DAYS, PEOPLE, asked_sql
from nightly import copied
from planning import plan_of, rows_of, worked
from policed import Desk, customer, moment, offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from governance import vault_of
from reports import BadSettings, Progress, parse_targets
from reports.targets import MEASURES, passed_by

ONE = '[[target]]\nmeasure = "{}"\n{}\ngoal = {}\nfrom = 2026-06-01\nby = 2026-06-30\n'
TARGETS = "".join(
    ONE.format(*each)
    for each in (
        ("worked", "manager = 7", 1000),
        ("worked", "branch = 3", 1),
        ("contacts", "", 100),
        ("complaints_per_1000", "", 200),
        ("purchases", "manager = 8", 4),
        ("adoption", "", 0.9),
        ("appointments", "manager = 99", 1),
    )
)


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    made = copied(campaign, tmp_path_factory.mktemp("targets") / "var")
    made.policy.write_text(policy_of(channels=("phone", "sms", "email")).text, encoding="utf-8")
    (made.root / "targets.toml").write_text(TARGETS, encoding="utf-8")
    return made


def run(place, *words):
    path = place.root / "targets.toml"
    said = ["report", "targets", place.bank, path, "--home", place.root, *words]
    return CliRunner().invoke(app, [*map(str, said)])


def told(place, on):
    done = run(place, "--on", on, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)["targets"]


MADE = (
    "select contacts.manager_id, count(distinct contact_id), "
    "count(distinct case when outcome = 'COMPLAINT' then contact_id end) "
    "from contacts join contact_events using (contact_id) "
    "where state in ('attempted', 'delivered', 'connected', 'failed') "
    "and contacts.happened_at < '{}T16' group by 1"
)


def test_progress_is_what_the_ledger_holds_by_that_day(place):
    """Rows worked, contacts and complaints per 1,000 up to 12 June, counted by plain SQL."""
    worked = (
        "select list_id, sum(exists(select 1 from contacts c join contact_events e using "
        "(contact_id) where c.request_id = p.request_id and e.state in ('attempted', 'delivered', "
        "'connected', 'failed'))) from planned_rows p join plans using (plan_id) "
        "where day <= '2026-06-12' group by 1"
    )
    rows, found = dict(asked_sql(place, worked)), told(place, "2026-06-12")
    made = {who: rest for who, *rest in asked_sql(place, MADE.format("2026-06-12"))}
    assert found[0]["value"] == found[1]["value"] == rows[7]
    assert found[2]["value"] == sum(count for count, _ in made.values())
    assert found[5]["value"] == pytest.approx(sum(rows.values()) / 60)
    assert (found[6]["value"], found[6]["manager_id"]) == (0, 99)
    every = [*map(sum, zip(*made.values(), strict=True))]
    assert found[3]["value"] == pytest.approx(1000 * every[1] / every[0])


def test_pace_goes_by_days(place):
    """12 of 30 days passed: a sum is enough by now at 0.4 of its goal, a rate as it stands."""
    rows = told(place, "2026-06-12")
    assert {each["passed"] for each in rows} == {0.4}
    assert rows[0]["expected"] == pytest.approx(400)
    assert rows[0]["projected"] == pytest.approx(rows[0]["value"] / 0.4)
    assert rows[5]["expected"] == 0.9
    assert rows[5]["projected"] == rows[5]["value"]
    assert [each["state"] for each in rows[:2]] == ["behind", "reached"]


def test_the_last_day_settles_a_target_and_the_first_begins_it(place):
    """Before, nothing has begun; after, it is reached or missed."""
    assert {each["state"] for each in told(place, "2026-05-31")} == {"not_begun"}
    states = [each["state"] for each in told(place, "2026-07-31")]
    assert states[:2] == ["missed", "reached"]
    assert states[6] == "missed"
    assert set(states) <= {"missed", "reached", "not_known"}


def test_purchases_count_as_in_the_campaign_as_far_as_they_were_made(place):
    """Those bought by the day, for that manager's contacts, also after the target's last."""
    words = ["--from", "2026-06-01", "--to", "2026-06-30", "--home", place.root, "--json"]
    done = CliRunner().invoke(app, [*map(str, ["report", "incentive", place.bank, *words])])
    evidence = json.loads(done.stdout)["evidence"]
    bought = [e["opened_on"] for e in evidence if e["manager_id"] == 8 and e["opened_on"]]
    for on in ("2026-06-20", "2026-06-30", "2026-07-10", "2026-07-31"):
        assert told(place, on)[4]["value"] == sum(day <= on for day in bought) > 0


def test_purchases_are_missed_when_none_may_come_any_more(place):
    """The window of 30 days ends on 30 July."""
    path = place.root / "targets.toml"
    path.write_text(ONE.format("purchases", "", 1000), encoding="utf-8")
    try:
        states = [told(place, on)[0]["state"] for on in ("2026-06-30", "2026-07-29", "2026-07-30")]
    finally:
        path.write_text(TARGETS, encoding="utf-8")
    assert states == ["behind", "behind", "missed"]


@pytest.mark.parametrize("on", ["2027-01-01", "2019-12-31"])
def test_a_day_that_the_bank_does_not_tell_of_is_refused(place, on):
    """With the days that may be asked for."""
    refused = str(run(place, "--on", on).exception)
    assert f"--on {on} is no day of this bank; choose one from 2020-01-01" in refused


def test_what_is_recorded_later_does_not_change_an_earlier_day(place, tmp_path):
    """A complaint told later, a call made later, and a plan made anew: 12 June stays as it was."""
    later = copied(place, tmp_path / "var")
    before, after = told(later, "2026-06-12"), told(later, "2026-07-31")
    desk = Desk(later.ledger_url, vault_of(later, os.environ))
    desk.policy = policy_of(channels=("phone", "sms"))
    desk.knows(*(customer(who, manager_id=7 + who % 2) for who in PEOPLE))
    desk.sells(offer("FUND"), offer("CARD", "credit_card"))
    contact = asked_sql(later, "select min(contact_id) from contacts")[0][0]
    desk.hears(contact, "COMPLAINT", "2026-06-10 09:00", now="2026-07-01 09:00")
    open_row = next(each for each in rows_of(desk, DAYS[0]) if each.state == "planned")
    worked(desk, open_row.row, "2026-06-20 10:00", "NO_ANSWER")
    plan = plan_of(desk, [desk.people[who] for who in (1, 2, 3)], date(2026, 6, 11))
    desk.ledger.save_plan(plan, now=moment("2026-06-20 11:00"))
    desk.ledger.close()
    assert told(later, "2026-06-12") == before
    found = told(later, "2026-07-31")
    assert found[0]["value"] == after[0]["value"] + 1
    assert found[3]["value"] > after[3]["value"]
    assert found[5]["value"] == pytest.approx((after[5]["value"] * 90 + 1) / 93)


def test_it_is_told_in_words(place):
    """In both languages."""
    assert "Targets on 2026-06-12" in run(place, "--on", "2026-06-12", "--lang", "en").output
    assert "目标进度" in run(place, "--lang", "zh").output


@pytest.mark.parametrize(
    ("value", "on", "state"),
    [
        (40, "2026-06-12", "on_pace"),
        (39, "2026-06-12", "behind"),
        (100, "2026-06-12", "reached"),
        (99, "2026-06-30", "missed"),
        (None, "2026-06-12", "not_known"),
    ],
)
def test_a_sum_is_on_pace_from_its_share_of_the_days_on(value, on, state):
    """100 in 30 days are 40 in 12."""
    target = parse_targets(ONE.format("contacts", "", 100))[0]
    assert Progress(target, value, passed_by(target, date.fromisoformat(on))).state == state


@pytest.mark.parametrize(("value", "state"), [(2.0, "on_pace"), (2.1, "behind")])
def test_of_complaints_less_is_better(value, state):
    """At most two in a thousand, as it stands."""
    target = parse_targets(ONE.format("complaints_per_1000", "", 2))[0]
    assert Progress(target, value, passed_by(target, date(2026, 6, 12))).state == state


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE.format("smiles", "", 1), f"'smiles' is unknown; choose one of: {', '.join(MEASURES)}"),
        (ONE.format("contacts", "branch = 3\nmanager = 7", 1), "names a branch and a manager"),
        (ONE.format("contacts", "team = 3", 1), "'team' is unknown here"),
        (ONE.format("contacts", "", -1), "write a number of 0 or more"),
        (ONE.format("contacts", "", 1).replace("06-30", "05-30"), "give a later day"),
        ("", "there is no target"),
    ],
)
def test_a_file_of_targets_names_its_mistake(text, message):
    """An unknown measure is refused with those that are known."""
    with pytest.raises(BadSettings, match=message):
        parse_targets(text)
