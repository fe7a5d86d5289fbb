"""Training keeps no personal value: not in MLflow's database, its artefacts, trials or models."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from canaries import CUSTOMER, NAME, PHONE, found_in, planted
from nightly import asked
from typer.testing import CliRunner

from cli.app import app
from features import cohort_at, open_bank, read_snapshot
from features.catalog import CATALOG
from goodcall import Workspace

pytestmark = pytest.mark.slow

TAUGHT = ("2025-06-01", "2025-07-01", "2025-10-01")
EARLY = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A workspace in which models were tuned and trained with the canary among the customers."""
    folder = tmp_path_factory.mktemp("taught")
    place = Workspace(folder / "var")
    words = ("--customers", "600", "--months", "24", "--seed", "3")
    made = CliRunner().invoke(app, ["bank", "simulate", str(place.bank), *words])
    assert made.exit_code == 0, made.output
    days = [date.fromisoformat(day) for day in TAUGHT]
    cohorts = cohort_at(open_bank(place.bank), days).to_pylist()
    always = set.intersection(
        *({row["customer_id"] for row in cohorts if row["as_of"] == day} for day in days)
    )
    planted(place.bank, min(always), EARLY)
    # A single contact is too little to learn from: the bank has no table of them.
    (place.bank / "contacts.parquet").unlink()
    labels = folder / "labels.toml"
    labels.write_text('[[label]]\nkind = "churn"\n', encoding="utf-8")
    said = asked(place, "train", place.bank, "--labels", labels, "--as-of", ",".join(TAUGHT),
                 "--trials", 2)  # fmt: skip
    return place, said


def test_the_canary_was_learned_from(taught):
    """Its rows are in the snapshots and in what MLflow keeps of the test: there is what to find."""
    place, _ = taught
    rows = read_snapshot(place.snapshots, CATALOG)["customer_id"].to_pylist()
    assert rows.count(CUSTOMER) == len(TAUGHT)
    with closing(sqlite3.connect(place.tracking)) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone()[0] > 0
        assert database.execute("SELECT count(*) FROM params").fetchone()[0] > 0
    kept = found_in(place.root, but=[place.bank], canaries=[str(CUSTOMER)])
    assert any(file.startswith("mlartifacts/") for file, _ in kept), kept


def test_training_leaves_no_personal_value_anywhere(taught):
    """Neither a file of MLflow nor what was printed holds name or telephone."""
    place, said = taught
    assert {canary for _, canary in found_in(place.bank)} == {NAME, PHONE}
    assert found_in(place.root, but=[place.bank]) == set()
    assert not [canary for canary in (NAME, PHONE) if any(canary in each for each in said)]
