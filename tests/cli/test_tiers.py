"""`goodcall bank tiers` as a person uses it: counts, one customer's reasons, and the proof."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from banks import simulate
from cli.app import app
from features import open_bank
from features.tiers.review import tiers


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    path = tmp_path_factory.mktemp("tiers") / "bank"
    simulate(path, customers=60, months=14, seed=3)
    return path


def run(*words, code=0):
    done = CliRunner().invoke(app, ["bank", "tiers", *map(str, words)])
    assert done.exit_code == code, done.output + repr(done.exception)
    return done.stdout


def next_day(bank):
    return open_bank(bank).manifest.last_day + timedelta(days=1)


def test_counts_are_those_of_the_table(bank):
    """Every customer is counted once, and JSON says the same as the function."""
    day = next_day(bank)
    said = json.loads(run(bank, "--as-of", day, "--json"))
    found = tiers(open_bank(bank), day)
    assert said["customers"] == found.num_rows == sum(c["customers"] for c in said["counts"])
    shown = run(bank, "--as-of", day, "--lang", "zh")
    assert "私人银行客户" in shown
    assert "关注客户" in shown


def test_one_customer_is_explained(bank):
    """The history month by month, and all three measures in words."""
    day = next_day(bank)
    found = tiers(open_bank(bank), day).to_pylist()[0]
    said = json.loads(run(bank, "--as-of", day, "--customer", found["customer_id"], "--json"))
    assert said["now"]["tier"] == found["tier"] == said["history"][-1]["tier"]
    for words in ("average assets", "own transactions a month", "contribution over 12 months"):
        assert words in said["why"]["en"]
    assert "月日均资产" in run(
        bank, "--as-of", day, "--customer", found["customer_id"], "--lang", "zh"
    )


def test_an_altered_row_is_found(bank, tmp_path):
    """Verify passes on what was written, and exits with 1 once a tier has been typed."""
    file = tmp_path / "tiers.csv"
    run(bank, "--as-of", next_day(bank), "--out", file)
    assert "0 customers altered" in run(bank, "--verify", file, "--lang", "en")
    file.write_text(file.read_text().replace(",mass,0,", ",diamond,3,", 1))
    said = json.loads(run(bank, "--verify", file, "--json", code=1))
    assert said["altered_customers"] == 1
    assert {(a["column"], a["said"], a["computed"]) for a in said["altered"]} == {
        ("tier", "diamond", "mass"),
        ("rank", 3, 0),
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name the day with --as-of"),
        (("--as-of", "2026-07-01", "--verify", "t.csv"), "takes its date from the file"),
        (("--as-of", "2026-07-01", "--customer", "1", "--out", "t.csv"), "leave --customer out"),
        (("--as-of", "2020-01-01", "--customer", "1"), "customer 1 is not known"),
    ],
)
def test_options_that_do_not_go_together_are_answered(bank, words, message):
    """Each says what to do."""
    done = CliRunner().invoke(app, ["bank", "tiers", str(bank), *words])
    assert message in str(done.exception)
