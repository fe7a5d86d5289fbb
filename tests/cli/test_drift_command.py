"""`goodcall features drift` as a scientist uses it: a table, one feature, a picture."""

import json
from datetime import date

import numpy as np
import pytest
from learned import a_table
from typer.testing import CliRunner

from cli.app import app
from cli.errors import BadOption
from features import CATALOG, SnapshotMark, StaleSnapshot, UnknownFeature, write_snapshot

DAYS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
PLANTED = "logins_30d"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Snapshots of three dates; the planted feature is tenfold on the last."""
    path = tmp_path_factory.mktemp("drift") / "snapshots"
    for day in DAYS:
        a_snapshot(path, day, 10 if day == DAYS[-1] else 1)
    return path


def a_snapshot(path, day, times, *, fingerprint=CATALOG.fingerprint):
    matrix = np.random.default_rng(day.toordinal()).lognormal(size=(1_000, len(CATALOG.names)))
    matrix[:, CATALOG.names.index(PLANTED)] *= times
    mark = SnapshotMark(fingerprint, "test bank", "EUR")
    write_snapshot(path, a_table(matrix, as_of=day, names=CATALOG.names), mark)


def ask(*words):
    done = CliRunner().invoke(app, ["features", "drift", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_what_moved_most_stands_first(store):
    """The planted feature heads the list, on the date of the fault, and is cut where asked."""
    said = json.loads(ask("--store", store, "--top", 4, "--json"))
    first = said["features"][0]
    assert (first["feature"], first["as_of"]) == (PLANTED, "2026-03-01")
    assert len(said["features"]) == 4
    assert (said["first"], said["fingerprint"]) == ("2026-01-01", CATALOG.fingerprint)


def test_a_person_reads_meanings_and_verdicts(store):
    """The table speaks the language asked for, and says what an index means."""
    lines = ask("--store", store, "--top", 2, "--lang", "zh").splitlines()
    planted, other = lines[2], lines[3]
    assert CATALOG.get(PLANTED).meaning.zh in planted
    assert "显著变化" in planted
    assert "稳定" in other


def test_one_feature_is_told_on_every_date(store):
    """A row a later date, in order."""
    said = json.loads(ask("--store", store, "--feature", PLANTED, "--json"))
    assert [row["as_of"] for row in said["features"]] == ["2026-02-01", "2026-03-01"]
    assert said["features"][0]["psi"] < 0.1 < said["features"][1]["psi"]


def test_the_picture_is_of_the_feature_asked_for_or_of_the_first(store, tmp_path):
    """An SVG that names its feature in words."""
    ask("--store", store, "--svg", tmp_path / "first.svg")
    ask("--store", store, "--feature", "cash_in_30d", "--svg", tmp_path / "asked.svg")
    assert f"{PLANTED}: share" in (tmp_path / "first.svg").read_text(encoding="utf-8")
    asked = (tmp_path / "asked.svg").read_text(encoding="utf-8")
    assert "cash_in_30d: share" in asked
    assert ">EUR<" in asked


def test_what_cannot_be_compared_is_refused_in_words(store, tmp_path):
    """One date, a feature that is not declared, and snapshots of another catalogue."""
    a_snapshot(tmp_path, DAYS[0], 1)
    with pytest.raises(BadOption, match=r"drift needs 2 dates or more, and .* holds 1"):
        ask("--store", tmp_path)
    with pytest.raises(UnknownFeature, match="'nothing_30d' is not in the catalogue"):
        ask("--store", store, "--feature", "nothing_30d")
    a_snapshot(tmp_path, DAYS[1], 1, fingerprint="0123456789ab")
    with pytest.raises(StaleSnapshot, match="built by catalogue 0123456789ab"):
        ask("--store", tmp_path)
