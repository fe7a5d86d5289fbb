"""Tiers as files: what is written reads back the same, and a row that somebody changed is found."""

from datetime import date, timedelta
from importlib.resources import files

import openpyxl
import pyarrow as pa
import pytest
from builders import a_bank, a_customer

from features.errors import TierError
from features.tiers.records import altered_tiers, date_of, read_tiers, write_tiers
from features.tiers.review import tiers
from features.tiers.rules import parse_tier_rules
from goodcall.calendar import start_of_day

DAY = date(2025, 2, 1)


@pytest.fixture
def bank(tmp_path):
    """Three customers; the third has no balance at all."""
    begins, ends = (start_of_day(date(2025, n, 1), "Asia/Shanghai") for n in (1, 2))
    balances = [
        {
            "account_id": customer,
            "customer_id": customer,
            "happened_at": begins,
            "known_at": ends - timedelta(hours=1),
            "family": "deposit",
            "balance_cents": cents,
            "period_days": 31,
        }
        for customer, cents in ((1, 7_000_000), (2, 1_234))
    ]
    people = [a_customer(n) for n in (1, 2, 3)]
    return a_bank(
        tmp_path / "bank", last_day=date(2025, 1, 31), customers=people, balances=balances
    )


def changed(found: pa.Table, customer: int, **values) -> pa.Table:
    rows = [row | values if row["customer_id"] == customer else row for row in found.to_pylist()]
    return pa.Table.from_pylist(rows, schema=found.schema)


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_a_file_reads_back_as_it_was_written(bank, tmp_path, ending):
    """Nulls, dates and numbers survive; nothing is found altered."""
    found = tiers(bank, DAY)
    assert found["tier"].to_pylist() == ["gold", "mass", None]
    write_tiers(tmp_path / f"t.{ending}", found)
    said = read_tiers(tmp_path / f"t.{ending}")
    assert said.equals(found)
    assert date_of(said) == DAY
    assert altered_tiers(said, tiers(bank, DAY)) == ()


def test_a_workbook_shows_every_row(bank, tmp_path):
    """The same columns and values stand in the sheet."""
    found = tiers(bank, DAY)
    write_tiers(tmp_path / "t.xlsx", found)
    rows = list(openpyxl.load_workbook(tmp_path / "t.xlsx").active.values)
    assert list(rows[0]) == found.column_names
    assert [row[2] for row in rows[1:]] == ["gold", "mass", None]
    with pytest.raises(TierError, match="save its sheet as CSV"):
        read_tiers(tmp_path / "t.xlsx")


@pytest.mark.parametrize(
    ("column", "value"),
    [("tier", "diamond"), ("rank", 3), ("assets_mean_cents", 7_000_001), ("rules", "typed")],
)
def test_any_altered_value_is_found(bank, column, value):
    """The customer, the column, what the file says and what the tables give."""
    found = tiers(bank, DAY)
    truth = found[column][0].as_py()
    altered = altered_tiers(changed(found, 1, **{column: value}), found)
    assert [(a.customer_id, a.column, a.said, a.computed) for a in altered] == [
        (1, column, value, truth)
    ]


def test_missing_and_added_rows_are_found(bank):
    """A row taken out, and a customer who stands twice."""
    found = tiers(bank, DAY)
    said = pa.concat_tables([found.slice(1), found.slice(2)])
    altered = altered_tiers(said, found)
    assert [(a.customer_id, a.said, a.computed) for a in altered] == [(1, 0, 1), (3, 2, 1)]


def test_other_rules_or_other_tables_cannot_be_verified(bank):
    """A difference would not show who changed what, so it is refused with both fingerprints."""
    text = (files("features.tiers") / "default.toml").read_text(encoding="utf-8")
    other = tiers(bank, DAY, parse_tier_rules(text + "\n# ours\n"))
    with pytest.raises(TierError, match="made from tier rules"):
        altered_tiers(tiers(bank, DAY), other)
    moved = other.set_column(
        other.column_names.index("inputs"), "inputs", pa.array(["elsewhere"] * 3)
    )
    with pytest.raises(TierError, match="made from raw tables elsewhere"):
        altered_tiers(moved, other)


def test_a_file_that_is_none_of_ours_is_named(tmp_path):
    """Wrong endings, missing columns and other dates are each answered."""
    with pytest.raises(TierError, match=r"known: \.csv, \.xlsx, \.parquet, \.json"):
        write_tiers(tmp_path / "t.txt", pa.table({}))
    (tmp_path / "t.csv").write_text("customer_id\n1\n")
    with pytest.raises(TierError, match="does not read as tiers"):
        read_tiers(tmp_path / "t.csv")
    with pytest.raises(TierError, match="as of one date; this one names: 2025-01-01, 2025-02-01"):
        date_of(pa.table({"as_of": [date(2025, 1, 1), DAY]}))
