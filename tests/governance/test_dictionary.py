"""Every field says what it means, whose it is, where it is from, how fresh; or the build fails."""

import csv
import importlib
import io
import json
import pkgutil
from dataclasses import replace

import openpyxl
import pytest
from sqlalchemy import MetaData
from typer.testing import CliRunner

import features
import governance
import outreach
from cli.app import app
from cli.definitions import STORED
from cli.dictionary import dictionary_of
from cli.errors import BadOption, NothingFound
from features import CATALOG, TABLES
from goodcall import Text, Workspace
from governance import UndefinedField, words_of_access
from governance import schema as access_tables
from governance.dictionary import Definition, checked, to_csv, to_json, to_xlsx
from outreach import schema, words_of_ledger
from serving.field_words import FIELDS, described

ONE = Definition(
    "raw table", "accounts", "currency", "text", Text("of what", "币种"), "operations",
    "core banking", Text("3 days", "3天"),
)  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The dictionary of a workspace without models."""
    return dictionary_of(Workspace(tmp_path_factory.mktemp("dictionary")))


def names(found, sort):
    return {(each.holder, each.name) for each in found if each.sort == sort}


def test_every_field_of_every_table_feature_and_answer_is_defined(found):
    """Nothing that is declared anywhere is left out, and nothing lacks a word."""
    raw = {(table.name, each.name) for table in TABLES.values() for each in table.columns}
    assert names(found, "raw table") == raw
    assert {name for _, name in names(found, "feature")} == set(CATALOG.names)
    assert names(found, "answer") == {(each.schema, each.name) for each in described()}
    ledger = {(t.name, c.name) for t in schema.METADATA.tables.values() for c in t.columns}
    assert ledger <= names(found, "stored table")


def test_every_database_that_the_house_keeps_is_in_the_dictionary():
    """A room that begins to keep tables of its own describes them, too."""
    kept = {
        id(value)
        for room in (features, governance, outreach)
        for each in pkgutil.iter_modules(room.__path__, f"{room.__name__}.")
        for value in vars(importlib.import_module(each.name)).values()
        if isinstance(value, MetaData)
    }
    assert kept == {id(stored.metadata) for stored in STORED}


def test_no_words_are_left_over():
    """What no longer exists is not described."""
    there = {(t.name, c.name) for t in schema.METADATA.tables.values() for c in t.columns}
    assert {tuple(each.split(".")) for each in words_of_ledger.OWN} <= there
    assert set(words_of_ledger.TABLES) == set(schema.METADATA.tables)
    assert set(words_of_ledger.EVERYWHERE) <= {column for _, column in there}
    kept = {(t.name, c.name) for t in access_tables.METADATA.tables.values() for c in t.columns}
    assert {tuple(each.split(".")) for each in words_of_access.OWN} <= kept
    assert set(words_of_access.EVERYWHERE) <= {column for _, column in kept}
    said = {each.name for each in described()} | {f"{e.schema}.{e.name}" for e in described()}
    assert set(FIELDS) <= said


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"meaning": Text("", "币种")}, r"lacks meaning \(en\)"),
        ({"meaning": Text("of what", " ")}, r"lacks meaning \(zh\)"),
        ({"owner": ""}, "lacks owner"),
        ({"source": "", "freshness": Text("3 days", "")}, "lacks source, freshness"),
    ],
)
def test_an_undefined_field_is_named_with_what_it_lacks(change, lacks):
    """The field, what is missing, and where to say it."""
    with pytest.raises(UndefinedField, match=f"raw table accounts.currency {lacks}. Say it where"):
        checked([replace(ONE, name="other"), replace(ONE, **change)])


def test_a_field_that_stands_twice_is_named():
    """One field, one definition."""
    with pytest.raises(UndefinedField, match=r"accounts\.currency is defined 2 times"):
        checked([ONE, ONE])


def test_a_feature_that_a_model_needs_and_the_catalogue_lacks_is_undefined(tmp_path):
    """Its card names an input whose meaning nobody knows any more."""
    place = Workspace(tmp_path)
    folder = place.models / "churn" / "1"
    folder.mkdir(parents=True)
    champion = {
        "labels": ["churn"], "version": 1, "folder": "churn/1", "hash": "h",
        "promoted_at": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    place.champions.write_text(json.dumps({"churn": champion}))
    (folder / "card.json").write_text(json.dumps(a_card(CATALOG.names[0])))
    entry = dictionary_of(place)
    (used,) = [each for each in entry if each.sort == "model input"]
    (feature,) = [each for each in entry if each.sort == "feature" and each.name == used.name]
    assert (used.holder, used.meaning, used.owner) == ("churn", feature.meaning, feature.owner)
    (scored,) = [each for each in entry if each.sort == "score"]
    assert (scored.name, scored.meaning) == ("churn", Text("leaves", "流失"))
    (folder / "card.json").write_text(json.dumps(a_card("gone_30d")))
    with pytest.raises(UndefinedField, match=r"model input churn.gone_30d lacks meaning \(en\)"):
        dictionary_of(place)


def a_card(feature):
    words = {"en": "leaves", "zh": "流失"}
    return {
        "label": "churn", "labels": ["churn"], "unit": "probability", "meaning": words,
        "kind": "base_rate", "features": [feature], "fingerprint": "f", "trained_as_of": [],
        "tested_as_of": [], "rows": 1, "positives": 1, "measured": words, "metrics": {},
        "baseline": {}, "over_baseline": None, "excluded": {}, "limits": [], "params": {},
        "created": "2026-01-01T00:00:00+00:00", "content_hash": "h", "base_rate": 1,
    }  # fmt: skip


def test_every_form_holds_every_field(found):
    """CSV and a workbook in both languages, and JSON."""
    rows = [*csv.DictReader(io.StringIO(to_csv(found).decode("utf-8-sig")))]
    assert [(each["in"], each["field"]) for each in rows] == [(e.holder, e.name) for e in found]
    said = json.loads(to_json(found))
    assert [each["meaning"]["zh"] for each in said] == [e.meaning.zh for e in found]
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(found)))["dictionary"]
    assert sheet.max_row == len(found) + 1


def ask(*words):
    done = CliRunner().invoke(app, ["dictionary", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_person_searches_it_and_takes_it_along(tmp_path):
    """By words in either language, by sort and place; into a file of the form that it is named."""
    told = json.loads(ask("出生", "--in", "customers", "--json"))
    assert "birth_date" in {each["field"] for each in told}
    assert {each["in"] for each in told} == {"customers"}
    file = tmp_path / "fields.xlsx"
    assert "written" in ask("--sort", "answer", "--output", str(file))
    assert openpyxl.load_workbook(file).active.max_row == 1 + len([*described()])
    with pytest.raises(NothingFound, match="no field fits"):
        ask("nothing at all is called so")
    with pytest.raises(BadOption, match="--sort 'x' is unknown; choose one of: raw table"):
        ask("--sort", "x")
    with pytest.raises(BadOption, match="must end in one of"):
        ask("--output", "x.pdf")


def test_the_service_describes_every_field_in_english():
    """No property of a request or an answer stands without a word in the OpenAPI document."""
    assert [each for each in described() if not each.meaning.en] == []
