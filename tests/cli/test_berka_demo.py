"""The main job on a real bank: the Berka files, from import to lists."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BERKA = Path(os.environ.get("GOODCALL_PUBLIC_DATA", ROOT / "../shared/data")) / "berka"


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """What `goodcall demo --bank berka --json` hands over."""
    home = tmp_path_factory.mktemp("berka") / "var"
    done = subprocess.run(
        [
            *(Path(sys.executable).parent / "goodcall", "demo", "--bank", "berka"),
            *("--source", BERKA.resolve(), "--home", home, "--json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


pytestmark = pytest.mark.slow


def test_the_labels_have_the_published_counts(facts):
    """1,119 accounts without a loan, 96 of which took one within 12 months; 61 cards in 24."""
    models = facts["models"]
    loan, card = models["buys:consumer_loan"], models["buys:credit_card"]
    assert (loan["rows"], loan["positives"]) == (1119, 96)
    assert card["positives"] == 61
    assert models["churn"]["positives"] >= 50


def test_the_loan_model_reaches_what_a_plain_model_is_known_to_reach(facts):
    """Cross-fitted AUC of the loan lies within .05 of the .80 that is published."""
    auc = float(facts["models"]["buys:consumer_loan"]["auc"].split()[0])
    assert auc == pytest.approx(0.80, abs=0.05)
    assert "cross-fitted" in facts["models"]["buys:consumer_loan"]["measured"]["en"]


def test_every_row_says_that_it_rests_on_assumptions_and_why(facts):
    """Margins, effects and costs are assumed on each row, and each row has a reason."""
    rows = facts["list"]["rows"]
    assert rows
    for row in rows:
        assert {"margin", "effect of the contact"} & {note["en"] for note in row["assumed"]}
        assert row["reasons"]
        assert row["channel"]["en"] == "at the branch"


def test_lists_are_by_district_and_the_funnel_adds_up(facts):
    """One list a district at most, and the population less every drop is what is listed."""
    funnel = facts["funnel"]
    assert len(funnel["lists"]) <= 77
    dropped = sum(sum(step["dropped"].values()) for step in funnel["steps"])
    assert funnel["population"] - dropped == funnel["listed"] == sum(funnel["lists"].values())
