"""Exports and drafts below a workspace are looked into, whatever they are, and never changed."""

import io
import json
import zipfile
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from features.leftovers import Leftovers

DAY = date(2026, 6, 1)
WHO, OTHER = 101_548, 1_015_481


def a_workbook(file, *cells):
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for row, cell in enumerate(cells):
            sheet.write(row, 0, cell)


def a_table(file, *people):
    pq.write_table(pa.table({"customer_id": pa.array(people, pa.int64())}), file)


def a_column(kind, value=lambda who: who):
    return lambda file, who: pq.write_table(pa.table({"a": pa.array([value(who)], kind)}), file)


def packed(file, name, text):
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(name, text)


def changed(name, text, at, value, *, packed_as=zipfile.ZIP_DEFLATED):
    """An archive of one part, of whose bytes those that `at` finds are others."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packed_as) as archive:
        archive.writestr(name, text)
    raw = bytearray(made.getvalue())
    for place in at(raw):
        raw[place : place + len(value)] = value
    return bytes(raw)


def of_headers(local, central):
    """Where a field lies in the header of the part, and in the archive's list of its parts."""
    return lambda raw: (raw.index(b"PK\x03\x04") + local, raw.index(b"PK\x01\x02") + central)


def strange_workbook():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", '<?xml version="1.0" encoding="none-such"?><a/>')
    return made.getvalue()


def of_body(name):
    return lambda raw: (raw.index(name) + len(name),)


def as_json(said):
    return lambda file, who: file.write_text(json.dumps(said(who)), encoding="utf-8")


def text_of(words):
    return lambda file, who: file.write_text(words.format(who), encoding="utf-8")


NAMING = {
    "list.csv": text_of("rank,customer_id\n1,{}\n"),
    "list.xlsx": lambda file, who: a_workbook(file, "customer", who),
    "words.xlsx": lambda file, who: a_workbook(file, f"2026-06-01/{who}/phone"),
    "out/why.json": as_json(lambda who: {"customer_id": who, "name": "x"}),
    "many.json": as_json(lambda who: {"customers": [7, who]}),
    "by.json": as_json(lambda who: {"customers": {str(who): {"score": 1}}}),
    "row.json": as_json(lambda who: {"request_id": f"2026-06-01/{who}/phone"}),
    "lines.jsonl": text_of('{{"subject": "customer {}"}}\n'),
    "view.html": text_of("<tr><th>customer_id</th><td>{}</td></tr>"),
    "bundle.zip": lambda file, who: packed(file, "a/list.csv", f"customer\n{who}\n"),
    "mine.parquet": lambda file, who: a_table(file, 1, who),
    "double.parquet": a_column(pa.float64()),
    "decimal.parquet": a_column(pa.decimal128(12, 2)),
    "large.parquet": a_column(pa.large_string(), str),
    "view.parquet": a_column(pa.string_view(), str),
    "coded.parquet": a_column(pa.dictionary(pa.int32(), pa.string()), str),
    "snapshots/as_of=2026-06-01/.features.parquet.x8s_1": a_table,
    "scores/.s.csv.77abc": text_of("customer_id,churn\n{},0.5\n"),
    ".folder.9x/part-0.parquet": a_table,
    "list.csv.bak": text_of("customer_id\n{}\n"),
}  # fmt: skip


@pytest.fixture
def looked(tmp_path):
    kept = frozenset({tmp_path / "snapshots"})
    return Leftovers(tmp_path, kept=kept, spared=frozenset({tmp_path / "bank"}))


def made(root, name, who):
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    NAMING[name](file, who)
    return file


@pytest.mark.parametrize("name", NAMING)
def test_a_file_that_names_the_customer_is_told(looked, tmp_path, name):
    """By its path; one that names somebody with a longer number is not."""
    file = made(tmp_path, name, WHO)
    assert looked.about(WHO).naming == {name: 1}
    assert looked.about(WHO).unread == ()
    made(tmp_path, name, OTHER)
    before = file.read_bytes()
    assert looked.about(WHO).naming == {}
    assert looked.about(OTHER).naming == {name: 1}
    assert file.read_bytes() == before


def test_a_number_that_is_nobody_is_not_taken_for_a_customer(looked, tmp_path):
    """Counts, sizes and dates in reports, and what a workbook's cells point to."""
    (tmp_path / "card.json").write_text(json.dumps({"rows": 31, "at": "2026/05/31", "days": [31]}))
    (tmp_path / "page.html").write_text("<p>31 days, 2026/05/31</p>")
    a_workbook(tmp_path / "words.xlsx", *(f"text {n}" for n in range(40)))
    assert looked.about(31).naming == {}


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        (".features.parquet.killed", b"PAR1 and then nothing"),
        ("list.xlsx", b"PK\x03\x04 cut short"),
        ("half.json", b'{"customer_id": 1015'),
        (".study.db.x", b"SQLite format 3\x00\xff\xfe\xfa"),
        ("latin.csv", b"customer\nJos\xe9\n"),
        ("encrypted.zip", changed("a.csv", "customer", of_headers(6, 8), b"\x01")),
        ("sheets.xlsx", changed("[Content_Types].xml", "<a/>", of_headers(6, 8), b"\x01")),
        ("unknown.zip", changed("a.csv", "customer", of_headers(8, 10), b"\x63")),
        ("deflated.zip", changed("a.csv", "customer" * 9, of_body(b"a.csv"), b"\xff" * 4)),
        (
            "lzma.zip",
            changed("a.csv", "x" * 99, of_body(b"a.csv"), b"\xff" * 9, packed_as=zipfile.ZIP_LZMA),
        ),
        (
            "short.zip",
            changed(
                "a.csv",
                "customer",
                of_headers(18, 20),
                b"\xff\xff\0\0" * 2,
                packed_as=zipfile.ZIP_STORED,
            ),
        ),
        ("deep.json", b"[" * 200_000 + b"]" * 200_000),
        ("strange.xlsx", strange_workbook()),
    ],
)
def test_what_cannot_be_read_is_told(looked, tmp_path, name, raw):
    """It is neither said to hold the customer nor passed over."""
    (tmp_path / name).write_bytes(raw)
    assert looked.about(WHO).naming == {}
    assert looked.about(WHO).unread == (name,)


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.struct([("a", pa.int64())])])
def test_a_column_that_is_not_looked_into_leaves_its_file_unread(looked, tmp_path, kind):
    """What the other columns say of the customer does not make it a file that was read."""
    columns = {"id": pa.array([1]), "day": pa.array([DAY]), "many": pa.nulls(1, kind)}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert looked.about(WHO).unread == ("a.parquet",)
    pq.write_table(pa.table(columns).drop_columns("many"), tmp_path / "a.parquet")
    assert looked.about(WHO).unread == ()


def test_what_others_answer_for_is_left_to_them(looked, tmp_path):
    """A store's own Parquet files, and the bank's files."""
    for name in ("snapshots/a.parquet", "bank/customers.parquet"):
        (tmp_path / name).parent.mkdir()
        a_table(tmp_path / name, WHO)
    assert looked.about(WHO).naming == {}
