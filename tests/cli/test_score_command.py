"""`goodcall score`: one file of every customer's scores, on one machine and on Spark."""

import json

import openpyxl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from served import CUSTOMERS, DAY, a_model, make_bank, promote
from typer.testing import CliRunner

from cli.app import app
from cli.errors import BadOption, NothingFound
from features import CATALOG, build
from goodcall import Workspace
from models import load_champions, score_table

LABELS = ("buys:fund", "churn")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A workspace with a snapshot of 120 customers and two champions."""
    place = Workspace(tmp_path_factory.mktemp("score"))
    bank = make_bank(place.bank)
    build(bank, place.snapshots, [DAY], CATALOG)
    for label in LABELS:
        promote(place, a_model(snapshot(place), label))
    return place


def snapshot(place):
    table = pq.read_table(place.snapshots / f"as_of={DAY}" / "features.parquet", partitioning=None)
    return table.append_column("as_of", pa.array([DAY] * table.num_rows, pa.date32()))


def ask(home, *words):
    arguments = ["score", "--home", str(home.root), *map(str, words), "--json"]
    done = CliRunner().invoke(app, arguments)
    if isinstance(done.exception, Exception):
        raise done.exception
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def expected(home):
    models = load_champions(home.models, CATALOG.fingerprint, CATALOG.names)
    return score_table(models, snapshot(home)).sort_by("customer_id")


def test_the_newest_snapshot_is_scored_into_the_workspace(home):
    """Every customer stands in the file with the champions' scores, the highest with reasons."""
    said = ask(home, "--reasons", 5)
    assert (said["as_of"], said["rows"], said["labels"]) == (str(DAY), 120, list(LABELS))
    found = pq.read_table(said["file"], partitioning=None).sort_by("customer_id")
    assert found.drop_columns("reasons").equals(expected(home))
    for label in LABELS:
        highest = sorted(found[label].to_pylist())[-5]
        for row in found.to_pylist():
            told = [r["rank"] for r in row["reasons"] or [] if r["label"] == label]
            assert bool(told) <= (row[label] >= highest)
    lines = home.audit.read_text().splitlines()
    assert "export scores" in lines[-1]
    assert said["file"] in lines[-1]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_csv_says_its_reasons_in_words(home, tmp_path, lang):
    """Reasons are one text a row, in the language asked for."""
    said = ask(home, "--reasons", 120, "--output", tmp_path / "scores.csv", "--lang", lang)
    found = pa_csv.read_csv(said["file"]).sort_by("customer_id")
    assert found["churn"].to_pylist() == pytest.approx(expected(home)["churn"].to_pylist())
    texts = [text for text in found["reasons"].to_pylist() if text]
    assert texts
    assert all(any("一" <= letter <= "鿿" for letter in text) == (lang == "zh") for text in texts)


def test_a_workbook_holds_the_same_rows(home, tmp_path):
    """An .xlsx has a heading and a row a customer, with numbers as numbers and dates as dates."""
    said = ask(home, "--output", tmp_path / "scores.xlsx")
    sheet = openpyxl.load_workbook(said["file"]).active
    head, *rows = sheet.iter_rows(values_only=True)
    assert head == ("customer_id", "as_of", *LABELS, "reasons")
    assert sorted(row[0] for row in rows) == list(CUSTOMERS)
    assert {row[1].date() for row in rows} == {DAY}
    assert sorted(row[3] for row in rows) == pytest.approx(
        sorted(expected(home)["churn"].to_pylist())
    )


@pytest.mark.slow
def test_spark_scores_as_one_machine_does(home, tmp_path):
    """The same function over the same rows gives the same scores and reasons on Spark."""
    here = ask(home, "--reasons", 7, "--output", tmp_path / "here.parquet")
    there = ask(home, *("--reasons", 7, "--engine", "spark", "--master", "local[2]"))
    ours = pq.read_table(here["file"], partitioning=None).sort_by("customer_id")
    theirs = pq.read_table(there["file"], partitioning=None).sort_by("customer_id")
    assert there["rows"] == here["rows"]
    assert theirs.to_pylist() == ours.to_pylist()


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["--output", "scores.txt"], BadOption, "ends in .txt"),
        (["--master", "local[2]"], BadOption, "belongs to --engine spark"),
        (["--store", "nowhere"], NothingFound, "goodcall features build"),
        (["--as-of", "tomorrow"], BadOption, "is no date"),
    ],
)
def test_what_cannot_be_scored_is_said(home, words, error, message):
    """A wrong ending, a missing snapshot or a stray option is an error with a remedy."""
    with pytest.raises(error, match=message):
        ask(home, *words)


def test_a_broken_run_leaves_the_old_file(home, tmp_path, monkeypatch):
    """Where scoring fails halfway, what stood under the name stays as it was."""
    path = tmp_path / "scores.parquet"
    ask(home, "--output", path)
    before = path.read_bytes()

    def broken(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(pq.ParquetWriter, "write_batch", broken)
    with pytest.raises(OSError, match="no space"):
        ask(home, "--output", path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["scores.parquet"]
