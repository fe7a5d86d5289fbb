"""`goodcall features catalog`: the same catalogue for a person, a program and the documents."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from cli.errors import BadOption
from features.catalog import CATALOG

ROOT = Path(__file__).parents[2]


def ask(*words: str) -> str:
    done = CliRunner().invoke(app, ["features", "catalog", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_document_is_what_the_command_prints_now():
    """docs/features.md is made by `goodcall features catalog --format markdown`."""
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    assert page == ask("--format", "markdown"), "run: make the page again with that command"


def test_json_holds_every_feature_with_its_lineage():
    """A program finds meaning, purpose, tables with owners, columns, and what a formula reads."""
    facts = json.loads(ask("--json"))
    assert facts["fingerprint"] == CATALOG.fingerprint
    found = {each["name"]: each for each in facts["features"]}
    assert list(found) == list(CATALOG.names)
    salary = found["days_since_salary_180d"]
    assert salary["tables"] == [
        {"name": "transactions", "source": "core banking", "owner": "operations", "fresh_days": 3}
    ]
    assert salary["columns"] == ["transactions.happened_at", "transactions.kind"]
    assert (salary["window_days"], salary["unit"], salary["purpose"]) == (180, "days", "retention")
    assert salary["concept"] == {"en": "salary", "zh": "工资与养老金"}
    assert salary["online"] is True
    assert found["inactive_90d"]["reads"] == ["own_transactions_90d", "logins_90d"]
    assert found["open_cases"]["online"] is False


def test_the_table_speaks_the_language_asked_for():
    """A person reads meanings, units and purposes in Chinese where they ask for it."""
    told = ask("--lang", "zh", "--table", "cases")
    assert "近365天投诉次数" in told.replace("\n", "")
    assert "客户服务" in told
    assert "Complaints" not in told


def test_a_purpose_and_a_table_choose_features():
    """Only what serves the purpose, and only what comes from the table, is left."""
    lines = list(csv.DictReader(io.StringIO(ask("--format", "csv", "--purpose", "pressure"))))
    assert {line["purpose"] for line in lines} == {"pressure"}
    assert "contacts_30d" in [line["name"] for line in lines]
    of_events = json.loads(ask("--json", "--table", "events"))["features"]
    assert all("events" in [table["name"] for table in each["tables"]] for each in of_events)
    assert "inactive_90d" in [each["name"] for each in of_events]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--table", "offers"), "--table offers finds no feature; choose one of: balances, tra"),
        (("--purpose", "fun"), "choose one of: retention, offers, pressure, service"),
        (("--json", "--format", "csv"), "exclude each other"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(words, message):
    """An unknown table or purpose lists the known ones."""
    with pytest.raises(BadOption, match=message):
        ask(*words)
