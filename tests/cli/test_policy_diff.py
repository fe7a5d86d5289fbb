"""A day under two policies: who gains and who loses a contact, and by which rule."""

import csv
import hashlib
import json

import pytest
from nightly import PEOPLE, SECOND, asked, copied, ledger_of, night_of
from served import draw

from cli.policy_changes import diff_csv, diff_facts, diff_plans
from cli.policy_diff import inputs_of, replayed
from outreach import load_policy


@pytest.fixture(scope="module")
def home(second, tmp_path_factory):
    """A workspace with a second policy, `half.toml`, whose hold-out is half of everyone."""
    place = copied(second, tmp_path_factory.mktemp("diff") / "var")
    text = place.policy.read_text(encoding="utf-8")
    assert "share = 0.10" in text
    (place.root / "half.toml").write_text(text.replace("share = 0.10", "share = 0.50"), "utf-8")
    return place


@pytest.fixture(scope="module")
def plans(home):
    """The day under the policy in force and under the other, from the same inputs."""
    policies = load_policy(home.policy), load_policy(home.root / "half.toml")
    with ledger_of(home) as ledger:
        inputs = inputs_of(night_of(home), ledger, lambda _done, _total: None)
        return tuple(replayed(inputs, policy, ledger) for policy in policies)


def test_a_replay_under_the_policy_of_the_day_is_the_ledgers_plan(home, plans):
    """To the byte: features, scores, history and hold-out are those that it was made from."""
    with ledger_of(home) as ledger:
        assert ledger.plan(SECOND).digest == plans[0].digest != plans[1].digest


def test_a_larger_hold_out_takes_exactly_its_members_contacts(plans):
    """Those whose keyed hash lies below the new share lose theirs, and the hold-out is named."""
    said = diff_facts(diff_plans(*plans))
    listed = {row.customer_id: row for row in plans[0].rows}
    lost = {c["customer_id"]: c for c in said["changes"] if c["change"] == "loses"}
    drawn = {who for who in listed if draw(who) < 0.5}
    assert {who for who, change in lost.items() if change["reason"] == "holdout"} == drawn
    assert drawn
    for who, change in lost.items():
        assert change["old_offer"] == (listed[who].offer_code or listed[who].purpose)
        assert change["new_offer"] is None
    gained = {c["customer_id"] for c in said["changes"] if c["change"] == "gains"}
    assert gained == {row.customer_id for row in plans[1].rows} - set(listed)
    assert len(listed) - len(lost) + len(gained) == len(plans[1].rows) == said["new"]["listed"]


def test_the_sums_are_those_of_the_customers(plans):
    """Counts by rule add up to who loses and gains, and the values' difference is told."""
    said = diff_facts(diff_plans(*plans))
    for sort in ("loses", "gains", "other"):
        mine = [c for c in said["changes"] if c["change"] == sort]
        assert sum(each["customers"] for each in said["because"][sort]) == len(mine) == said[sort]
        for each in said["because"][sort]:
            same = [c for c in mine if (c["step"], c["reason"]) == (each["step"], each["reason"])]
            assert len(same) == each["customers"]
    values = [sum(row.value_cents for row in plan.rows) for plan in plans]
    assert said["value_difference_cents"] == values[1] - values[0] != 0


def test_old_and_new_exchanged_who_lost_a_contact_gains_it(plans):
    """And a plan against itself has no changes."""
    there, back = diff_plans(*plans), diff_plans(*plans[::-1])
    for sort, other in (("loses", "gains"), ("gains", "loses"), ("other", "other")):
        mine = {c.customer_id for c in there.changes if c.sort == sort}
        assert mine == {c.customer_id for c in back.changes if c.sort == other}
    assert diff_plans(plans[0], plans[0]).changes == ()


def test_the_command_tells_all_of_it_and_keeps_nothing(home, plans, tmp_path):
    """A file, a version of the ledger's, JSON and CSV; the ledger's bytes are what they were."""
    before = hashlib.sha256(home.ledger.read_bytes()).digest()
    words = ("policy", "diff", plans[0].policy.version, home.root / "half.toml")
    more = ("--date", SECOND, "--csv", tmp_path / "diff.csv")
    out, _ = asked(home, *words, *more, "--json")
    found = diff_plans(*plans)
    assert json.loads(out) == json.loads(json.dumps(diff_facts(found), default=str))
    assert (tmp_path / "diff.csv").read_bytes() == diff_csv(found)
    lines = list(csv.DictReader((tmp_path / "diff.csv").read_text("utf-8-sig").splitlines()))
    assert [int(line["customer_id"]) for line in lines] == [c.customer_id for c in found.changes]
    assert {int(line["customer_id"]) for line in lines} <= set(PEOPLE)
    assert hashlib.sha256(home.ledger.read_bytes()).digest() == before


def test_the_words_name_rule_customers_and_whether_the_replay_is_true(home):
    """In Chinese too; of a day that was never planned the bank must be named."""
    said, _ = asked(
        *(home, "policy", "diff", home.policy, home.root / "half.toml"),
        *("--date", SECOND, "--lang", "zh"),
    )
    assert "失去联络" in said
    assert "属于对照组" in said
    assert "原规则重放结果与台账当日计划逐字节一致" in said
    with pytest.raises(Exception, match="name the bank's folder with --bank"):
        asked(home, "policy", "diff", home.policy, home.policy, "--date", "2026-06-09")
