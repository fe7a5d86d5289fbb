"""Brings the UCI bank marketing data (Portugal, 2008-2010) into the raw tables.

Each line is a customer and the bank's last call to them about a term deposit. What was mapped to
what, what was inferred and what is left out stands in docs/data.md.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banks.local_days import day_table
from banks.source_file import SourceFile, find_file, read_file
from features.bank import Manifest, new_bank

ZONE = "Europe/Lisbon"
CURRENCY = "EUR"
PRODUCT = 1
CODE = "TERM_DEPOSIT"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
FIRST_MONTH, LAST_MONTH = np.datetime64("2008-05"), np.datetime64("2010-11")
_UNKNOWN = ("unknown",)
_NEVER = {"2011": -1, "2014": 999}
_ANSWERS = {"yes": "yes", "no": "no", "unknown": None}
_DEVICES = {"cellular": "cellular", "telephone": "telephone", "unknown": None}
_PAST = {word: word for word in ("failure", "success", "other", "nonexistent")} | {"unknown": None}
_ECONOMY = ("emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed")
_COLUMNS = (
    *("age", "job", "marital", "education", "default", "housing", "loan", "contact", "month"),
    *("duration", "campaign", "pdays", "previous", "poutcome", "y"),
)


@dataclass(frozen=True, slots=True)
class _Calls:
    """When each line's call was: the days between which it lies, and how that is known."""

    first: Any
    last: Any
    precision: str


def import_bank_marketing(source: Path, path: Path) -> None:
    """Write a UCI bank marketing file, of 2011 or of 2014, as a bank at `path`.

    `source` is the file or a folder that has one of the two. A file that is missing, does not read
    or is not whole and in its order is a BrokenSource, and nothing is written. Source: S. Moro,
    P. Cortez, P. Rita, Decision Support Systems 62 (2014).
    """
    if source.is_dir():
        source = find_file(source, "bank-full", "bank-additional-full")
    file = read_file(source, _COLUMNS)
    version = "2011" if "day" in file.rows.column_names else "2014"
    file.require(*(("balance",) if version == "2011" else ("day_of_week", *_ECONOMY)))
    calls = _days_of_call(file) if version == "2011" else _months_of_call(file)
    first, last = calls.first.min().item(), calls.last.max().item()
    days = day_table(first, last, ZONE)
    tables = _tables(file, calls, days, _attributes(file, version))
    words = f"UCI Bank Marketing, version of {version}; the year of each call is inferred"
    with new_bank(path, Manifest("bank_marketing", ZONE, CURRENCY, first, last, words)) as writer:
        for name, rows in tables.items():
            writer.add(name, rows)


def _tables(
    file: SourceFile, calls: _Calls, days: pa.Table, attributes: pa.Array
) -> dict[str, pa.Table]:
    begins = _at(days, "begins", calls.first)
    known = _at(days, "ends", calls.last)
    bought = pa.array(file.coded("y", {"yes": True, "no": False}))
    numbers = pa.array(np.arange(1, file.rows.num_rows + 1))
    contacts = {
        "contact_id": numbers,
        "customer_id": numbers,
        "happened_at": begins,
        "known_at": known,
        "channel": pa.repeat("phone", len(numbers)),
        "direction": pa.repeat("outbound", len(numbers)),
        "category": pa.repeat("marketing", len(numbers)),
        "state": _states(file),
        "offer_code": pa.repeat(CODE, len(numbers)),
        "outcome": pc.if_else(bought, "PURCHASED", None),
        "time_precision": pa.repeat(calls.precision, len(numbers)),
        "attributes": attributes,
    }
    holdings = {
        "holding_id": numbers,
        "customer_id": numbers,
        "happened_at": begins,
        "known_at": known,
        "product_id": pa.repeat(PRODUCT, len(numbers)),
        "family": pa.repeat("deposit", len(numbers)),
        "opened_on": pa.array(calls.first),
    }
    return {
        "customers": _customers(file, numbers, begins),
        "products": _products(days["begins"][0]),
        "contacts": pa.table(contacts),
        "holdings": pa.table(holdings).filter(bought),
    }


def _customers(file: SourceFile, numbers: pa.Array, begins: pa.Array) -> pa.Table:
    """Who was called, as the bank knew them a second before the day or month of the call."""
    before = pc.subtract(begins, pa.scalar(1_000_000, pa.duration("us")))
    return pa.table(
        {
            "customer_id": numbers,
            "happened_at": before,
            "known_at": before,
            "kind": pa.repeat("retail", len(numbers)),
            "status": pa.repeat("active", len(numbers)),
            "stated_age": file.integers("age", least=0),
            "occupation": file.text("job", absent=_UNKNOWN),
            "education": file.text("education", absent=_UNKNOWN),
            "marital_status": file.text("marital", absent=_UNKNOWN),
        }
    )


def _products(since: pa.Scalar) -> pa.Table:
    product = {
        "product_id": PRODUCT,
        "happened_at": since.as_py(),
        "known_at": since.as_py(),
        "code": CODE,
        "name_en": "Term deposit",
        "name_zh": "定期存款",
        "family": "deposit",
        "investment": False,
    }
    return pa.Table.from_pylist([product])


def _states(file: SourceFile) -> pa.Array:
    """A call of no seconds reached nobody."""
    return pc.if_else(pc.greater(file.integers("duration", least=0), 0), "connected", "attempted")


def _attributes(file: SourceFile, version: str) -> pa.Array:
    """What else each line says, as JSON under the source's own names; the unknown is left out."""
    never = pa.scalar(_NEVER[version], pa.int64())
    pdays = file.integers("pdays", least=-1)
    columns = {
        "default": file.coded("default", _ANSWERS),
        "housing": file.coded("housing", _ANSWERS),
        "loan": file.coded("loan", _ANSWERS),
        "contact": file.coded("contact", _DEVICES),
        "duration": file.integers("duration", least=0).to_pylist(),
        "campaign": file.integers("campaign", least=0).to_pylist(),
        "pdays": pc.if_else(pc.equal(pdays, never), None, pdays).to_pylist(),
        "previous": file.integers("previous", least=0).to_pylist(),
        "poutcome": file.coded("poutcome", _PAST),
    }
    if version == "2011":
        columns["balance"] = file.integers("balance").to_pylist()
    else:
        columns["day_of_week"] = file.coded(
            "day_of_week", dict(zip(WEEKDAYS, WEEKDAYS, strict=True))
        )
        columns |= {name: file.numbers(name).to_pylist() for name in _ECONOMY}
    said = [
        json.dumps(
            {name: value for name, value in zip(columns, row, strict=True) if value is not None}
        )
        for row in zip(*columns.values(), strict=True)
    ]
    return pa.array(said)


def _days_of_call(file: SourceFile) -> _Calls:
    months = _inferred_months(file)
    numbers = file.integers("day", least=1)
    days = months.astype("M8[D]") + (numbers.to_numpy() - 1)
    absent = days.astype("M8[M]") != months
    file.refuse("day", pa.array(absent), "a day that the month has")
    back = np.append([False], days[1:] < days[:-1])
    file.refuse("day", pa.array(back), "a day no earlier than that of the line before")
    return _Calls(days, days, "inferred_year")


def _months_of_call(file: SourceFile) -> _Calls:
    """The source gives no day: a call lies in its month, and is known when the month ends."""
    months = _inferred_months(file)
    ends = (months + 1).astype("M8[D]") - 1
    return _Calls(months.astype("M8[D]"), ends, "inferred_year_and_day")


def _inferred_months(file: SourceFile) -> Any:  # noqa: ANN401 - numpy's datetime64 array
    """The month of each line: a month that goes backwards begins the next year."""
    month = np.array(file.coded("month", {name: n for n, name in enumerate(MONTHS)}))
    years = np.append([0], np.cumsum(month[1:] < month[:-1]))
    months = FIRST_MONTH.astype("M8[Y]").astype("M8[M]") + 12 * years + month
    ordered = "the file must be whole and in its order, for the year is inferred from that"
    ends = np.arange(len(months))
    starts_wrong = (ends == 0) & (months != FIRST_MONTH)
    file.refuse("month", pa.array(starts_wrong), f"may (of 2008) on the first line: {ordered}")
    ends_wrong = (ends == len(months) - 1) & (months != LAST_MONTH)
    file.refuse("month", pa.array(ends_wrong), f"nov of the third year on the last line: {ordered}")
    return months


def _at(days: pa.Table, instant: str, wanted: Any) -> pa.Array:  # noqa: ANN401 - numpy days
    places = (wanted - np.datetime64(days["day"][0].as_py())).astype(int)
    return days[instant].combine_chunks().take(pa.array(places))
