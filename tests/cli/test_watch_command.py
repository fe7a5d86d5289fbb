"""`goodcall models watch`: later snapshots and outcomes held against what a champion promised."""

import json
import shutil
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cli.app import app
from cli.errors import NothingFound
from features import cohort_at, open_bank
from goodcall import Workspace
from training import ChurnLabel, label

pytestmark = pytest.mark.slow

TAUGHT = "2025-04-01,2025-05-01,2025-06-01,2025-07-01,2025-10-01"
TOLD, UNTOLD, FAULTY = date(2026, 3, 1), date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    """A file of one label, which the shipped ones lack."""
    file = tmp_path_factory.mktemp("labels") / "labels.toml"
    file.write_text('[[label]]\nkind = "churn"\n', encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def place(tmp_path_factory, labels):
    """A champion tested on 2025-10-01, and two later snapshots, outcomes of one known."""
    made = Workspace(tmp_path_factory.mktemp("watch") / "var")
    run("bank", "simulate", made.bank, "--customers", 600, "--months", 24, "--seed", 3)
    home = ("--home", made.root)
    run("train", made.bank, "--labels", labels, "--as-of", TAUGHT, *home)
    with pytest.raises(NothingFound, match=r"no snapshot in .* is later than 2025-10-01"):
        run("models", "watch", made.bank, "--labels", labels, *home)
    run("features", "build", made.bank, "--as-of", f"{TOLD},{UNTOLD}", *home)
    return made


def run(*words):
    """What a command prints; its own error where it raised one."""
    done = CliRunner().invoke(app, list(map(str, words)))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


def watch(bank, labels, home, *words):
    """What is seen and what it calls for, and how the command ended."""
    words = ("models", "watch", bank, "--labels", labels, "--home", home, "--json", *words)
    done = CliRunner().invoke(app, list(map(str, words)))
    return json.loads(done.stdout), done.exit_code


def test_each_later_snapshot_is_told_and_outcomes_once_they_are_known(place, labels):
    """The date whose horizon has passed has the outcomes of its label; the newest has none yet."""
    told, code = watch(place.bank, labels, place.root)
    assert code == bool(told["alerts"])
    by_date = {each["as_of"]: each for each in told["seen"]}
    assert sorted(by_date) == [str(TOLD), str(UNTOLD)]
    assert by_date[str(UNTOLD)]["outcome"] is None
    bank = open_bank(place.bank)
    true = label(bank, cohort_at(bank, [TOLD]), ChurnLabel()).rows["y"].to_pylist()
    assert by_date[str(TOLD)]["outcome"]["rows"] == len(true)
    assert by_date[str(TOLD)]["outcome"]["positives"] == sum(true) > 0
    words = ("models", "watch", place.bank, "--labels", labels, "--home", place.root)
    assert "尚未知" in run(*words, "--lang", "zh")


def test_scores_are_held_against_the_first_that_the_champion_gave(place, labels):
    """Not against tested rows, which are fewer customers, scored by a model that knew less."""
    told, _ = watch(place.bank, labels, place.root)
    first, later = sorted(told["seen"], key=lambda each: each["as_of"])
    assert (first["psi"], first["ks"]) == (0, 0)
    assert later["psi"] > 0
    assert not [each for each in told["alerts"] if "stability index" in each["what"]["en"]]


def test_a_fault_in_a_later_load_calls_for_action(place, labels, tmp_path):
    """Balances that were loaded as nothing move the scores: the command names them and fails."""
    wrong, home = tmp_path / "wrong", tmp_path / "var"
    shutil.copytree(place.bank, wrong)
    shutil.copytree(place.root, home, ignore=shutil.ignore_patterns("bank*"))
    file = wrong / "balances.parquet"
    rows = pq.read_table(file)
    column = rows.schema.get_field_index("balance_cents")
    nothing = pc.multiply(rows["balance_cents"], pa.scalar(0, pa.int64()))
    pq.write_table(rows.set_column(column, rows.schema.field(column), nothing), file)
    run("features", "build", wrong, "--as-of", FAULTY, "--home", home)
    told, code = watch(place.bank, labels, home)
    assert code == 1
    moved = [alert for alert in told["alerts"] if alert["as_of"] == str(FAULTY)]
    assert "stability index" in moved[0]["what"]["en"]
    assert "balances" in moved[0]["remedy"]["en"]
