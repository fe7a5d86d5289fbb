"""The files of identity: what is read, what is refused, and that all is written or nothing."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from records import KEY, RUN, a_record, a_resident_id, records, resolved

from banks.errors import IdentityError
from banks.identity.files import (
    read_identities,
    read_links,
    read_records,
    review_csv,
    write_identities,
)
from banks.identity.resolve import Identities, resolve
from governance import PartialMasker

HEAD = "source_key,known_at,name,birth_date,phone_verified"
LINE = "1,2026-01-05T10:00:00+08:00,张伟,1990-05-31,true"


def a_file(folder, *lines, name="core.csv"):
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_file_without_a_source_is_a_source_of_its_own(tmp_path):
    """core.csv holds records of source core; instants are read with their zone."""
    core = a_file(tmp_path, HEAD, LINE, "2,2026-01-05T02:00:00Z,,,")
    cards = tmp_path / "cards.parquet"
    pq.write_table(records(a_record("visa", "9")), cards)
    rows = read_records([core, cards]).to_pylist()
    assert [(r["source"], r["source_key"]) for r in rows] == [
        ("core", "1"),
        ("core", "2"),
        ("visa", "9"),
    ]
    assert rows[0]["known_at"] == rows[1]["known_at"] == datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
    assert (rows[0]["birth_date"], rows[0]["phone_verified"]) == (date(1990, 5, 31), True)
    assert rows[1]["name"] is None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((HEAD, LINE.replace("+08:00", "")), "line 2: known_at does not read; .* with its zone"),
        ((HEAD, LINE.replace("1990-05-31", "31.5.1990")), "birth_date does not read; .*1990-05-31"),
        ((HEAD, LINE.replace("true", "yes")), "phone_verified does not read; write it true"),
        ((HEAD, "1,2,3"), "does not read as CSV"),
        ((), "does not read as CSV"),
    ],
)  # fmt: skip
def test_what_does_not_read_is_refused_with_its_line(tmp_path, lines, message):
    """The message names file, line and column, says what is allowed, and repeats no value."""
    with pytest.raises(IdentityError, match=message) as refused:
        read_records([a_file(tmp_path, *lines)])
    assert "张伟" not in str(refused.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"known_at": None}, "column known_at is missing"),
        ({"source_key": pa.array([None], pa.string())}, "column source_key is empty in 1 records"),
        ({"shoe": [44]}, "unknown columns shoe; known: source"),
        ({"known_at": ["x"]}, "known_at does not read as"),
        ({"known_at": [datetime(2026, 1, 5)]}, "known_at has no zone"),  # noqa: DTZ001 - meant
    ],
)  # fmt: skip
def test_records_are_held_against_their_contract(tmp_path, columns, message):
    """Missing, empty and unknown columns are refused by name, and times without a zone."""
    path = tmp_path / "core.parquet"
    known = {"source": ["a"], "source_key": ["1"], "known_at": [RUN]} | columns
    pq.write_table(pa.table({n: values for n, values in known.items() if values}), path)
    rows = read_records([path])
    with pytest.raises(IdentityError, match=message):
        resolve(rows, Identities(), key=KEY, masker=PartialMasker(), now=RUN)


def test_identities_survive_their_files_and_runs_without_news_keep_the_bytes(tmp_path):
    """What was written reads back equal; written again after a run without news, byte for byte."""
    rows = [a_record("core", str(n), document_number=a_resident_id()) for n in (1, 2)]
    first = resolved(*rows)
    write_identities(tmp_path / "links", first.identities, first.review)
    back = read_identities(tmp_path / "links")
    assert back.mark == first.identities.mark
    before = {path.name: path.read_bytes() for path in (tmp_path / "links").iterdir()}
    assert set(before) == {"links.parquet", "prints.parquet", "log.parquet", "review.csv"}
    again = resolved(*rows, earlier=back, days=3)
    write_identities(tmp_path / "links", again.identities, again.review)
    assert {p.name: p.read_bytes() for p in (tmp_path / "links").iterdir()} == before
    links = read_links(tmp_path / "links")
    assert links.to_pydict() == {
        "source": ["core"] * 2,
        "source_key": ["1", "2"],
        "customer_id": [1, 1],
    }
    assert links.equals(read_links(tmp_path / "links" / "links.parquet"))


def test_no_personal_key_stands_in_any_file(tmp_path):
    """Document numbers, telephones, addresses and names are nowhere in the bytes written."""
    number, phone, mail = a_resident_id(), "13800138000", "wei.zhang@example.com"
    facts = {"name": "张伟", "phone": phone, "email": mail, "document_number": number}
    found = resolved(
        a_record("core", "1", **facts), a_record("cards", "2", **facts | {"name": "王芳"})
    )
    assert found.contradictory == 1
    write_identities(tmp_path / "links", found.identities, found.review)
    plain = [
        (tmp_path / "links" / "review.csv").read_bytes(),
        *(
            str(pq.read_table(path).to_pylist()).encode()
            for path in (tmp_path / "links").glob("*.parquet")
        ),
    ]
    for secret in (number, number[6:14], phone, mail, "张伟", "王芳", "1990-05-31"):
        assert not [text for text in plain if secret.encode() in text], secret


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    """Links never take the place of files that are none."""
    a_file(tmp_path, "precious", name="notes.txt")
    found = resolved(a_record())
    with pytest.raises(IdentityError, match="holds files that are no links"):
        write_identities(tmp_path, found.identities, found.review)
    with pytest.raises(IdentityError, match=r"links\.parquet is missing"):
        read_identities(tmp_path)
    broken = a_file(tmp_path, "no parquet", name="links.parquet")
    with pytest.raises(IdentityError, match="does not read as what"):
        read_links(broken)


def test_no_cell_of_the_review_runs_as_a_formula():
    """A source key that begins like a formula is quoted."""
    rows = [a_record("core", "=1+1", document_number=a_resident_id(), name="张伟")]
    rows.append(a_record("cards", "2", document_number=a_resident_id(), name="王芳"))
    text = review_csv(resolved(*rows).review).decode("utf-8-sig")
    assert '"\'=1+1"' in text
