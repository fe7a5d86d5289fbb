"""Reports of leaving and of demand: on the terminal, as JSON, as a page, as a workbook; audited."""

import json

import openpyxl
import pytest
from typer.testing import CliRunner

from banks import simulate
from cli.app import app
from goodcall import Workspace

REPORTS = {
    "churn-causes": ("read churn causes", "places", "Leaving by region: causes", "流失原因:按地区"),
    "demand": ("read demand", "all", "Demand by segment", "客群需求"),
    "regions": ("read regional demand", "all", "Regional demand: small firms", "地区需求:小微企业"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A small simulated bank of three branches, and a workspace beside it."""
    made = Workspace(tmp_path_factory.mktemp("reports") / "var")
    simulate(made.bank, customers=900, months=13, seed=5)
    return made


def run(place, *words):
    return CliRunner().invoke(
        app, ["report", words[0], str(place.bank), *words[1:], "--home", str(place.root)]
    )


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_told_written_and_audited(place, name, tmp_path):
    """In both languages, with every row in the page, the workbook and the JSON document."""
    action, table, en, zh = REPORTS[name]
    page, book = tmp_path / "report.html", tmp_path / "report.xlsx"
    told = run(place, name, "--json", "--html", str(page), "--xlsx", str(book))
    assert told.exit_code == 0, (told.output, told.exception)
    facts = json.loads(told.stdout)
    assert facts["from"] < facts["to"] == "2026-06-30"
    assert facts[table]
    paper = openpyxl.load_workbook(book).worksheets
    assert max(sheet.max_row for sheet in paper) == 1 + len(facts[table])
    html = page.read_text(encoding="utf-8")
    assert html.count("<td") >= len(facts[table])
    assert "http" not in html
    for language, title in (("en", en), ("zh", zh)):
        shown = run(place, name, "--lang", language)
        assert title in shown.output
        assert facts["from"] in shown.output.partition(title)[2].splitlines()[0]
    lines = [json.loads(line) for line in place.audit.read_text("utf-8").splitlines()]
    asked = [line for line in lines if line["action"] == action]
    assert len(asked) == 3
    assert "report.xlsx" in json.dumps(asked[0])


def test_verdicts_are_those_of_the_intervals(place):
    """Each row's verdict is what its interval says, and what cannot be told says so."""
    rows = json.loads(run(place, "demand", "--json").stdout)["all"]
    for row in rows:
        span, verdict = row["difference"], row["verdict"]
        if span is None:
            assert verdict == "insufficient"
        else:
            low, high = span["low"], span["high"]
            more = "more" if low > 0 else "less"
            assert verdict == (more if low > 0 or high < 0 else "not_shown")
    assert {row["segment"] for row in rows if row["dimension"] == "region"} <= {
        *("north", "east", "south"),
    }


def test_a_report_can_be_asked_of_less(place):
    """One family, one dimension, branches, a shorter window."""
    told = json.loads(
        run(place, "demand", "--family", "fund", "--by", "age", "--from", "2026-01-01",
            "--to", "2026-05-31", "--json").stdout
    )  # fmt: skip
    assert {row["family"] for row in told["all"]} == {"fund"}
    assert {row["dimension"] for row in told["all"]} == {"age"}
    assert (told["from"], told["to"]) == ("2026-01-01", "2026-05-31")
    branches = json.loads(run(place, "churn-causes", "--by", "branch", "--json").stdout)
    assert {row["place"] for row in branches["places"]} == {"1", "2", "3"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("demand", "--family", "shares"), "family shares is unknown; known: deposit, wealth"),
        (("regions", "--kind", "giants"), "kind 'giants' is unknown; known: retail, private"),
        (("demand", "--from", "2020-01-01"), "2020-01-01 to 2026-06-30 is no window of this bank"),
        (("demand", "--from", "2026-05-01", "--to", "2026-04-01"), "is no window of this bank"),
        (("demand", "--from", "yesterday"), "'yesterday' is no date"),
        (("churn-causes", "--from", "2026-05-01"), "there is no first of a month with 90 days"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(place, words, message):
    """Families, kinds and days are named with what is known."""
    done = run(place, *words)
    assert done.exit_code != 0
    assert message in str(done.exception)


def test_a_bank_without_regions_says_what_to_fill(tmp_path):
    """Places are asked for by name, and a bank that has none is told what it lacks."""
    made = Workspace(tmp_path / "var")
    simulate(made.bank, customers=60, months=9, seed=1)
    (made.bank / "branches.parquet").unlink()
    done = run(made, "churn-causes")
    assert "the bank's tables tell of no two places by region" in str(done.exception)
