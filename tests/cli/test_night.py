"""The night's steps: done once, done again where their inputs changed, one process at a time."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from chained import verify_audit
from nightly import (
    FIRST,
    MANAGER,
    SECOND,
    TONIGHT,
    asked,
    copied,
    ledger_of,
    run,
    steps_of,
)
from oracle import oracle

from cli.errors import NightFailed
from cli.night_lock import alone
from cli.night_steps import STEPS
from cli.options import bank_in
from cli.policies import policy_of
from features import CATALOG, open_bank, profiles, read_snapshot
from features.tiers.review import tiers
from features.tiers.rules import default_tier_rules, default_tier_rules_text, parse_tier_rules
from goodcall.calendar import start_of_day
from goodcall.night_record import read_record, write_record
from outreach import NewTest, Request, load_offers, parse_policy

ALL = [step.name for step in STEPS]
NOON = datetime(2026, 6, 2, 4, 0, tzinfo=UTC)


def state_of(place):
    """Every byte of what a night writes, and what it appended."""
    with ledger_of(place) as ledger:
        plan = ledger.plan(SECOND)
    files = (place.contacts, place.offers, place.audit, place.nights / f"{SECOND}.json")
    return plan.plan_id, plan.digest, *(file.read_bytes() for file in files)


def test_a_night_does_its_steps_in_order_and_ends_in_lists(second):
    """Every step is recorded, the funnel's rows stand in the ledger, and the audit chain holds."""
    record = read_record(second, SECOND)
    assert list(record.steps) == ALL
    assert record.finished_at is not None
    assert record.failed is None
    with ledger_of(second) as ledger:
        plan = ledger.plan(SECOND)
        rows = sum(len(ledger.list_rows(SECOND, each)) for each in plan.prices)
    assert rows == plan.funnel.listed == record.steps["plan"].facts["listed"] > 0
    assert verify_audit(second.audit) > 0


def test_a_night_leaves_a_line_of_what_it_changed(second):
    """The contacts that went to the feature store, the plan and its publication, by the night."""
    lines = [json.loads(line) for line in second.audit.read_text().splitlines()]
    told = [line["action"] for line in lines if SECOND.isoformat() in line["subject"]]
    assert told == ["plan", "publish"]
    assert "export contacts" in [line["action"] for line in lines]
    assert {line["actor"] for line in lines} == {"nightly run", "command line"}


def test_a_finished_night_started_again_says_so_and_changes_nothing(second):
    """Not one byte of the workspace changes, and nothing is planned anew."""
    before = state_of(second)
    out, err = asked(second, "night", second.bank, "--date", SECOND)
    assert f"the night of {SECOND} was done at" in out
    events = [json.loads(line) for line in err.splitlines()]
    assert [each["step"] for each in events if each["event"] == "kept"] == ALL
    assert events[-1]["event"] == "finished"
    assert not events[-1]["anew"]
    assert state_of(second) == before


def test_a_changed_policy_plans_anew_and_leaves_the_features_alone(second, tmp_path):
    """The steps that rest on it are done again, and it is named."""
    home = copied(second, tmp_path / "var")
    text = home.policy.read_text(encoding="utf-8")
    home.policy.write_text(text.replace("default_minutes = ", "default_minutes = 1"), "utf-8")
    record, anew, told = run(home)
    assert anew
    assert steps_of(told, "done") == ["plan", "online", "publish"]
    assert [facts["because"] for event, facts in told if event == "again"] == [["policy"]]
    assert record.steps["features"].at == read_record(second, SECOND).steps["features"].at


def test_a_changed_table_is_checked_and_read_again(second, tmp_path):
    """Everything from the bank's check on is done again, and the table is named."""
    home = copied(second, tmp_path / "var")
    offers = home.bank / "offers.parquet"
    pq.write_table(pq.read_table(offers), offers, compression="gzip")
    _, anew, told = run(home)
    assert anew
    assert steps_of(told, "done") == ALL
    assert [facts["because"] for event, facts in told if event == "again"] == [["bank: offers"]]


def test_a_plan_that_a_person_made_again_is_not_undone_by_the_night(second, tmp_path):
    """`outreach plan` keeps the same record, so the night finds its work done."""
    home = copied(second, tmp_path / "var")
    out, _ = asked(home, "outreach", "plan", home.bank, "--date", SECOND, "--json")
    assert json.loads(out)["listed"] > 0
    assert not run(home)[1]


def test_lists_show_the_tier_that_the_workspaces_rules_compute(second, tmp_path):
    """The code of `bank tiers` for each customer; a changed file of rules publishes them anew."""
    home = copied(second, tmp_path / "var")
    listed = ("outreach", "list", "--manager", MANAGER, "--date", SECOND, "--json")
    own = default_tier_rules_text().replace('code = "private_bank"', 'code = "richest"')
    for text, highest in ((None, "private_bank"), (own, "richest")):
        if text is not None:
            home.tier_rules.write_text(text, "utf-8")
            assert steps_of(run(home)[2], "done") == ["online", "publish"]
        rules = default_tier_rules() if text is None else parse_tier_rules(text)
        found = tiers(open_bank(home.bank), SECOND, rules).to_pylist()
        said = json.loads(asked(home, *listed)[0])["rows"]
        told = {row["customer_id"]: row["tier"] for row in said}
        assert told == {
            each["customer_id"]: each["tier"] for each in found if each["customer_id"] in told
        }
        assert highest in told.values()
    home.tier_rules.write_text(own.replace('currency = "CNY"', 'currency = "CZK"'), "utf-8")
    _, err = asked(home, "night", home.bank, "--date", SECOND, code=3)
    assert "count in CZK, the bank in CNY" in " ".join(err.split())


def test_who_is_absent_is_remembered_until_others_are_named(second, tmp_path):
    """A night that its timer starts again does not bring an absent manager back."""
    home = copied(second, tmp_path / "var")
    record = read_record(home, SECOND)
    write_record(home, replace(record, absent=(12,)))
    with pytest.raises(NightFailed, match="manager 12 is not on the staff"):
        run(home)
    with pytest.raises(NightFailed, match="manager 13 is not on the staff"):
        run(home, absent=frozenset({13}))


def test_two_at_once_are_told_apart_by_an_exit_code_and_the_holders_name(home):
    """The second start says which process holds the night, and changes nothing."""
    with alone(home, TONIGHT):
        _, err = asked(home, "night", home.bank, "--date", SECOND, code=4)
    assert "another process is at work" in err
    assert f"since {TONIGHT.isoformat()}" in " ".join(err.split())
    assert read_record(home, SECOND) is None


def test_the_exported_contacts_are_those_recorded_before_the_night(second):
    """Each contact of the first day is a row of the workspace's own file, not of the bank's."""
    with ledger_of(second) as ledger:
        told = ledger.contacts_table()
    kept = pq.read_table(second.contacts)
    assert kept.num_rows == told.num_rows > 0
    assert set(kept["contact_id"].to_pylist()) == set(told["contact_id"].to_pylist())
    assert not (second.bank / "contacts.parquet").exists()
    assert max(kept["known_at"].to_pylist()) < start_of_day(SECOND, "Asia/Shanghai")


@pytest.mark.parametrize("words", [("night", "nowhere"), ("night", "nowhere", "--lang", "zh")])
def test_a_bank_that_is_not_there_fails_as_a_gate(home, words):
    """The reason is told, the exit code is that of a gate, and the record keeps it."""
    _, err = asked(home, *words, "--date", SECOND, code=3)
    assert "is no bank" in err
    assert read_record(home, SECOND).failed.step == "check"


def test_todays_calls_are_tomorrows_features(second, worked):
    """Each feature of contacts equals a reading of the exported rows; the calls are known by name.

    The first customer of the list was interested, the second refused, the third did not answer,
    and of the fourth nothing was told.
    """
    rows = {"contacts": bank_in(second, second.bank).read("contacts").to_pylist()}
    assert not bank_in(worked, worked.bank).contacts
    features = read_snapshot(second.snapshots, CATALOG, [SECOND]).to_pylist()
    told = [item for item in CATALOG.features if not item.reads and item.table.name == "contacts"]
    for row in features:
        for item in told:
            expected = oracle(item, rows, row["customer_id"], SECOND)
            assert row[item.name] == pytest.approx(expected, rel=1e-9, nan_ok=True), item.name
    with ledger_of(second) as ledger:
        called = [
            each.row.customer_id
            for each in ledger.list_rows(FIRST, MANAGER)
            if each.contact_id is not None
        ]
    of = {row["customer_id"]: row for row in features}
    names = ("interest_shown_365d", "refusals_365d", "unanswered_calls_90d")
    assert [[of[who][name] for name in names] for who in called] == [
        [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0],
    ]  # fmt: skip
    assert {who for who in of if of[who]["contacts_30d"]} == set(called)


def test_a_call_that_the_raw_table_tells_of_too_counts_once_in_decisions(second):
    """With and without the export among the profile's contacts every rule counts the same."""
    policy, offers = policy_of(second, currency="CNY"), load_offers(second.offers)
    people = [
        profiles(bank, SECOND) for bank in (bank_in(second, second.bank), open_bank(second.bank))
    ]
    assert sum(len(each.contacts) for each in people[0]) == 4
    assert not any(each.contacts for each in people[1])
    with ledger_of(second) as ledger:
        for with_export, without in zip(*people, strict=True):
            decisions = [
                ledger.explain(
                    *(Request("again", who.customer_id, "branch", offer_code="D1"), who),
                    offers=offers,
                    policy=policy,
                    now=NOON,
                    holdout=False,
                )
                for who in (with_export, without)
            ]
            assert decisions[0] == decisions[1]


def test_a_test_of_policies_plans_every_household_under_its_own(home):
    """Everyone who was placed is weighed under the policy of the arm; the record names the test."""
    policy = policy_of(home, currency="CNY")
    other = parse_policy(policy.text + "# tried\n")
    asked_for = NewTest("tried", policy, other, 0.5, home.holdout_key.read_bytes())
    with ledger_of(home) as ledger:
        ledger.start_test(asked_for, now=TONIGHT)
    record, _, _ = run(home)
    assert record.steps["plan"].inputs["test of policies"] == "tried"
    with ledger_of(home) as ledger:
        members = ledger.running_test().members
        versions = {who: ledger.trail(who, SECOND).policy_version for who in members}
    assert {placed.arm for placed in members.values()} == {"A", "B"}
    by_arm = {"A": policy.version, "B": other.version}
    assert versions == {who: by_arm[placed.arm] for who, placed in members.items()}
