"""`goodcall outreach holdout` and `replay` as a person uses them, on a small bank."""

import json
import os

import pytest
from served import CUSTOMERS, DAY, KEY, NOW, make_bank, publish_day
from typer.testing import CliRunner

from cli.app import app
from features import CATALOG, cohort_at, with_states
from features.bank import open_bank
from features.profiles import profiles
from goodcall import Reason, Text, Workspace
from governance import vault_of
from outreach import (
    Candidate,
    Ledger,
    default_policy_text,
    in_holdout,
    load_policy,
    offers_of,
    plan_day,
    save_offers,
)

TEXT = default_policy_text() + "\n[exploration]\nshare = 0.3\n"


class Telling:
    """An explainer with one reason for everybody."""

    def reasons(self, _label, customer_ids):
        """The same of each."""
        why = Reason("money", "cash_in_30d", 5.0, 0.4, Text("Money came in", "有资金流入"))
        return dict.fromkeys(customer_ids, (why,))


@pytest.fixture
def place(tmp_path):
    made = Workspace(tmp_path / "var")
    made.root.mkdir()
    make_bank(made.bank)
    made.policy.write_text(TEXT, encoding="utf-8")
    made.holdout_key.write_bytes(KEY)
    return made


def run(place, *words, code=0, failing=None):
    done = CliRunner().invoke(app, ["outreach", *map(str, words), "--home", str(place.root)])
    if failing is not None:
        assert failing in str(done.exception)
        return ""
    assert done.exit_code == code, done.output + repr(done.exception)
    return done.stdout


def test_a_hold_out_is_drawn_shown_without_names_and_drawn_anew(place):
    """By the policy's shares; `show` says what `freeze` said; a new draw supersedes the old."""
    # Nobody here is so rich; the bands of the shipped policy would be too small to be drawn from.
    place.policy.write_text(TEXT.replace("_000\nshare", "_000_000\nshare"), encoding="utf-8")
    run(place, "holdout", "show", failing="no hold-out is drawn yet; `goodcall outreach plan`")
    said = json.loads(run(place, "holdout", "freeze", place.bank, "--date", DAY, "--json"))
    assert (said["draw"], said["households"], said["share"]) == (1, len(CUSTOMERS), 0.1)
    assert said["bands"] == [
        {"from_cents": 20_000_000_000, "share": 0.05},
        {"from_cents": 60_000_000_000, "share": 0.03},
        {"from_cents": 500_000_000_000, "share": 0.01},
    ]
    for each in said["strata"]:
        assert each["drawn"] == round(0.1 * each["households"])
    assert said["drawn"] == sum(each["drawn"] for each in said["strata"]) > 0
    assert json.loads(run(place, "holdout", "show", "--json")) == said
    assert set(said["strata"][0]) == {"kind", "assets_from", "branch", "households", "drawn"}
    assert "customer" not in json.dumps(said)
    with Ledger.open(f"sqlite:///{place.ledger}", vault_of(place, os.environ)) as ledger:
        first = ledger.draw()
        again = json.loads(run(place, "holdout", "freeze", place.bank, "--date", DAY, "--json"))
        second = ledger.draw()
    assert again == said | {"draw": 2}
    held = [
        [in_holdout(who, KEY, draw) for who in profiles(open_bank(place.bank), DAY)]
        for draw in (first, second)
    ]
    assert held[0] == held[1]
    assert sum(held[0]) == said["drawn"]
    shown = run(place, "holdout", "show", "--lang", "zh")
    assert "已抽取对照组2" in shown
    assert "近90天日均资产" in shown
    lines = [json.loads(line) for line in place.audit.read_text().splitlines()]
    assert [(each["action"], each["subject"]) for each in lines if "read" in each["action"]] == [
        ("read hold-out", "none drawn"),
        ("read hold-out", "draw 1"),
        ("read hold-out", "draw 2"),
    ]
    assert [each["action"] for each in lines].count("draw hold-out") == 2


def test_a_replay_says_its_verdict_first_and_the_same_as_json(place):
    """Few contacts are insufficient; both ways of saying it agree."""
    bank, policy = open_bank(place.bank), load_policy(place.policy)
    offers = offers_of(bank.read("offers"), bank.read("products"), policy)
    save_offers(place.offers, offers)
    chances = {"buys:deposit": 0.2, "buys:credit_card": 0.3, "churn": 0.1}
    with Ledger.open(f"sqlite:///{place.ledger}", vault_of(place, os.environ)) as ledger:
        plan = plan_day(
            [Candidate(who, chances, 100_000) for who in profiles(bank, DAY)],
            offers=offers, policy=policy, day=DAY, holdout_key=KEY, explainer=Telling(),
            capacities={7: 200}, model_versions={},
        )  # fmt: skip
        ledger.save_plan(plan, now=NOW)
    publish_day(place, bank, with_states(bank, cohort_at(bank, [DAY]), CATALOG))
    assert plan.rows
    asked = ("replay", "--policy", place.policy, "--from", DAY, "--to", DAY)
    lines = run(place, *asked, "--lang", "en").splitlines()
    assert lines[0].startswith("insufficient: fewer than 200 successes")
    said = json.loads(run(place, *asked, "--json"))
    assert (said["verdict"], said["days"], said["unknown"]) == ("insufficient", 1, 0)
    assert said["decisions"] == said["agreeing"] >= len(plan.rows) - plan.balance.drawn
    assert said["dr"]["difference"] == {"cents_a_decision": 0, "low": 0, "high": 0}
    later = ("--from", "2026-07-01", "--to", "2026-07-02")
    run(place, *asked[:3], *later, failing="no decision of these days can be replayed")


def test_a_test_of_policies_is_begun_shown_and_ended(place):
    """Audited; the verdict comes first; what cannot be says what to do; JSON says the same."""
    other = place.root / "b.toml"
    other.write_text(default_policy_text().replace("share = 0.10", "share = 0.20"))
    begin = ("ab", "start", "--share", 0.5, "--name", "calls", "--policy")
    run(place, *begin, place.policy, failing="no ledger at")
    Ledger.open(place.ledger_url, vault_of(place, os.environ)).close()
    run(place, "ab", "stop", failing="no test runs; `goodcall outreach ab start` begins one")
    run(place, "ab", "show", failing="no test was begun")
    run(place, *begin, other, failing="the policies differ in [holdout] share")
    run(place, *begin, place.root / "none.toml", failing="none.toml cannot be read")
    other.write_text(TEXT + "# tried\n", encoding="utf-8")
    said = json.loads(run(place, *begin, other, "--json"))
    assert (said["test"], said["share"], said["stopped_at"]) == ("calls", 0.5, None)
    assert said["policy_a"] == load_policy(place.policy).version != said["policy_b"]
    run(place, *begin, other, failing="test 'calls' runs since")
    lines = run(place, "ab", "show", "--lang", "en").splitlines()
    assert lines[0].startswith("insufficient: too few purchases")
    assert lines[-1].startswith("the interval holds for a look that was planned beforehand")
    shown = json.loads(run(place, "ab", "show", "--name", "calls", "--json"))
    assert (shown["verdict"], shown["arms"]["A"]["customers"], shown["measures"]) == (
        *("insufficient", 0),
        {},
    )
    assert json.loads(run(place, "ab", "stop", "--json"))["stopped_at"] is not None
    run(place, "ab", "stop", failing="no test runs")
    actions = [json.loads(line)["action"] for line in place.audit.read_text().splitlines()]
    read = "read test of policies"
    assert actions.count(read) == 3
    # Every try has its line, also one that is then refused.
    begun, ended = "start test of policies", "stop test of policies"
    assert [each for each in actions if each != read] == [
        *(begun, ended, begun, begun, ended, ended),
    ]
