"""The catalogue in words: lineage, ownership and freshness are those of the raw tables."""

import csv
import io

from features.catalog import CATALOG
from features.concepts import CONCEPTS
from features.describe import (
    PURPOSES,
    UNITS,
    as_csv,
    as_markdown,
    entries,
    freshness,
    lineage,
    tables_of,
)
from features.feature import Catalog, derived, feature
from features.tables import CASES, CUSTOMERS, EVENTS, TABLES, TRANSACTIONS


@feature(
    TRANSACTIONS, windows=(30,), zh="转出", concept="money out", unit="money", purpose="retention"
)
def sent(rows):
    """Money sent."""
    return rows.amount_cents.sum(where=(rows.counterparty == "other") & (rows.days_ago < 5))


@feature(CASES, zh="未结", concept="mood", unit="count", purpose="service")
def waiting(rows):
    """Cases waiting."""
    return rows.count(where=rows.closed_at >= rows.as_of_at)


@derived(sent, waiting, zh="比例", concept="mood", unit="share", purpose="service")
def sent_a_case(row):
    """Money sent for each waiting case."""
    return row.sent_30d / row.waiting


SMALL = Catalog((*sent, *waiting, *sent_a_case))


def test_a_feature_names_the_columns_that_its_formula_reads():
    """Edges of the window are no columns; days_ago is told from when a row happened."""
    read, waited, both = entries(SMALL)
    spent = tuple(f"transactions.{c}" for c in ("happened_at", "amount_cents", "counterparty"))
    assert read.columns == spent
    assert lineage(read) == "transactions (happened_at, amount_cents, counterparty)"
    assert waited.columns == ("cases.closed_at",)
    assert both.columns == (*spent, "cases.closed_at")
    assert both.reads == ("sent_30d", "waiting")
    assert lineage(both) == "sent_30d, waiting"
    assert [table.name for table in both.tables] == ["transactions", "cases"]


def test_a_feature_stays_fresh_online_where_all_that_it_reads_does():
    """A sum in a window merges; what looks at as_of does not, nor does a formula over it."""
    assert [entry.online for entry in entries(SMALL)] == [True, False, False]


def test_entries_are_chosen_by_purpose_and_by_table():
    """A formula over two tables belongs to both of them."""
    assert [e.feature.name for e in entries(SMALL, purpose="retention")] == ["sent_30d"]
    of_cases = entries(SMALL, table="cases")
    assert [e.feature.name for e in of_cases] == ["waiting", "sent_a_case"]
    assert entries(SMALL, purpose="retention", table="cases") == ()


def test_every_entry_names_columns_that_its_tables_have():
    """Lineage ends in columns of the contracts, never in nothing."""
    for entry in entries(CATALOG):
        assert entry.columns, entry.feature.name
        for name in entry.columns:
            table, column = name.split(".")
            assert column in [c.name for c in TABLES[table].columns]
            assert TABLES[table] in entry.tables


def test_freshness_is_the_contracts():
    """Events may be three days old; customers change when something happens."""
    assert (freshness(EVENTS).en, freshness(EVENTS).zh) == ("3 days", "3天")
    assert freshness(CUSTOMERS).en == "on change"


def test_every_unit_and_purpose_has_words():
    """Whatever a feature declares can be said in both languages."""
    assert {item.unit for item in CATALOG.features} <= set(UNITS)
    assert {item.purpose for item in CATALOG.features} <= set(PURPOSES)


def test_csv_holds_a_line_a_feature():
    """The file reads back as it was written, with lists separated by semicolons."""
    lines = list(csv.DictReader(io.StringIO(as_csv(entries(SMALL)))))
    assert [line["name"] for line in lines] == ["sent_30d", "waiting", "sent_a_case"]
    assert lines[0]["meaning_zh"] == "近30天转出"
    assert lines[0]["window_days"] == "30"
    assert lines[1]["window_days"] == ""
    assert lines[2]["tables"] == "transactions; cases"
    assert lines[2]["owners"] == f"{TRANSACTIONS.owner}; {CASES.owner}"
    assert lines[2]["fresh_days"] == "3; "
    assert lines[2]["online"] == "no"


def test_markdown_holds_every_feature_under_its_concept():
    """Each concept in use is a heading, in both languages, and each feature a row under it."""
    page = as_markdown(entries(CATALOG))
    for key, concept in CONCEPTS.items():
        section = page.split(f"## {concept.en} · {concept.zh}\n")[1].split("\n## ")[0]
        rows = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert rows == [item.name for item in CATALOG.features if item.concept == key]
    for table in tables_of(CATALOG):
        assert f"| `{table.name}` |" in page
