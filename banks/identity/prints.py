"""Fingerprints of source records: what identity is decided on, with nothing personal in clear.

A number, a name or a date of birth enters as a keyed hash (HMAC-SHA256, 16 bytes), so that equal
ones stay equal and none is readable without the key; beside it stands a masked form for people.
"""

import hmac
from datetime import date
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from banks.errors import IdentityError
from banks.identity.words import (
    document_form,
    email_form,
    is_full_name,
    name_form,
    phone_form,
    resident_birth,
)
from goodcall.ports import Masker

DOCUMENT_TYPES = (
    *("resident_id", "passport", "permit", "military_id", "foreign_id", "business_licence"),
)
# Whoever has one of these has it for life, and nobody else has it.
LIFELONG = ("resident_id", "business_licence")
MIN_KEY_BYTES = 16
_DIGEST_BYTES = 16
_HASH_SIGNS = 64
_CACHE = 1 << 18
_INSTANT = pa.timestamp("us", tz="UTC")
_TOKEN = pa.binary(_DIGEST_BYTES)

RECORD_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_key", pa.string(), nullable=False),
        pa.field("known_at", _INSTANT, nullable=False),
        pa.field("happened_at", _INSTANT),
        pa.field("document_type", pa.string()),
        pa.field("document_number", pa.string()),
        pa.field("document_hash", pa.string()),
        pa.field("name", pa.string()),
        pa.field("birth_date", pa.date32()),
        pa.field("phone", pa.string()),
        pa.field("phone_verified", pa.bool_()),
        pa.field("email", pa.string()),
        pa.field("email_verified", pa.bool_()),
    ]
)
PRINT_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string()),
        pa.field("source_key", pa.string()),
        pa.field("known_at", _INSTANT),
        # `document` is strong; `loose_document` is one that only hints, for want of a birth date.
        pa.field("document", _TOKEN),
        pa.field("loose_document", _TOKEN),
        pa.field("lifelong", _TOKEN),
        pa.field("birth", _TOKEN),
        pa.field("document_birth", _TOKEN),
        pa.field("han_name", _TOKEN),
        pa.field("words_name", pa.binary()),
        # Full name, birth date and number (or address) in one.
        pa.field("person_phone", _TOKEN),
        pa.field("person_email", _TOKEN),
        pa.field("phone_verified", pa.bool_()),
        pa.field("email_verified", pa.bool_()),
        pa.field("document_mask", pa.string()),
        pa.field("phone_mask", pa.string()),
        pa.field("email_mask", pa.string()),
    ]
)

Row = dict[str, Any]


def hash_document(kind: str, number: str, key: bytes) -> str | None:
    """The `document_hash` of a number, for a source that will not hand its numbers over in clear.

    HMAC-SHA256 in 64 hexadecimal signs over the type and the compared form; None where the number
    cannot be one of its type.
    """
    form = document_form(kind, number)
    return None if form is None else hmac.digest(key, _said("document", kind, form), "sha256").hex()


def check_key(key: bytes) -> None:
    """Refuse a key that could be guessed."""
    if len(key) < MIN_KEY_BYTES:
        raise IdentityError(
            f"the key of identities has {len(key)} bytes; give a secret of {MIN_KEY_BYTES} or more "
            "and keep it, for links made with one key cannot be continued with another"
        )


def key_mark(key: bytes) -> str:
    """A mark by which links know whether they are continued with the key that made them."""
    return hmac.digest(key, b"goodcall identity", "sha256").hex()[:16]


def fingerprints(records: pa.Table, key: bytes, masker: Masker) -> tuple[pa.Table, int]:
    """The fingerprint of each record, sorted by source and source_key, and a count of doubt.

    Of several versions of a record the latest known counts. The count is of document numbers that
    cannot be what their type says; those are compared with nothing.
    """
    check_key(key)
    latest = latest_records(conformed(records))
    printer = _Printer(key, masker)
    rows = [printer.row(row) for row in latest.to_pylist()]
    return pa.Table.from_pylist(rows, schema=PRINT_SCHEMA), printer.unusable


def conformed(records: pa.Table) -> pa.Table:
    """Records with every column of the contract, absent ones null; what breaks it is refused."""
    known = ", ".join(RECORD_SCHEMA.names)
    if unknown := sorted(set(records.column_names) - set(RECORD_SCHEMA.names)):
        raise IdentityError(f"unknown columns {', '.join(unknown)}; known: {known}")
    arrays = []
    for field in RECORD_SCHEMA:
        if field.name not in records.column_names:
            if not field.nullable:
                raise IdentityError(f"column {field.name} is missing; needed in every record")
            arrays.append(pa.nulls(records.num_rows, field.type))
            continue
        given = records[field.name].type
        if pa.types.is_timestamp(given) and given.tz is None:
            raise IdentityError(f"column {field.name} has no zone; write UTC instants")
        try:
            column = records[field.name].cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise IdentityError(
                f"column {field.name} does not read as {field.type}; write it so in every record"
            ) from error
        if not field.nullable and column.null_count:
            raise IdentityError(
                f"column {field.name} is empty in {column.null_count} records; fill it in"
            )
        arrays.append(column)
    table = pa.table(arrays, schema=RECORD_SCHEMA)
    _refuse_unknown_types(table)
    return table


def latest_records(records: pa.Table) -> pa.Table:
    """The latest known version of each record, sorted by source and source_key."""
    order = [("source", "ascending"), ("source_key", "ascending")]
    times = [("known_at", "ascending"), ("happened_at", "ascending")]
    sorted_rows = records.sort_by(order + times).combine_chunks()
    if sorted_rows.num_rows < 2:  # noqa: PLR2004 - one record has no other version
        return sorted_rows
    same = _equal_to_next(sorted_rows, ("source", "source_key"))
    tied = pc.and_(same, _equal_to_next(sorted_rows, ("known_at", "happened_at")))
    differing = pc.and_(tied, pc.invert(_equal_to_next(sorted_rows, tuple(RECORD_SCHEMA.names))))
    if pc.any(differing).as_py():
        row = sorted_rows.slice(pc.index(differing, value=True).as_py(), 1).to_pylist()[0]
        raise IdentityError(
            f"record {row['source_key']!r} of {row['source']!r} comes twice with other contents "
            f"and the same known_at {row['known_at']}; say which was known later"
        )
    last = pa.concat_arrays([pc.invert(same), pa.array([True])])
    return sorted_rows.filter(last)


class _Printer:
    """Turns one record after another into its fingerprint."""

    def __init__(self, key: bytes, masker: Masker) -> None:
        self._key, self._masker = key, masker
        self.unusable = 0
        self._name = lru_cache(_CACHE)(self._hashed_name)
        self._birth = lru_cache(_CACHE)(lambda day: self._hash("birth", day.isoformat()))

    def row(self, record: Row) -> Row:
        """The fingerprint of a record."""
        script, full, whole, parts = self._name(record["name"] or "")
        document, loose, own_birth, mask = self._document(record)
        born = record["birth_date"] or own_birth
        person = (whole, born.isoformat()) if full and born else None
        phone = phone_form(record["phone"] or "")
        email = email_form(record["email"] or "")
        kind = record["document_type"]
        strong = document if kind in LIFELONG or born else None
        return {
            **{name: record[name] for name in ("source", "source_key", "known_at")},
            "document": strong,
            "loose_document": loose,
            "lifelong": document if kind in LIFELONG else None,
            "birth": self._birth(born) if born else None,
            "document_birth": self._birth(own_birth) if own_birth else None,
            "han_name": parts if script == "han" else None,
            "words_name": parts if script == "words" and parts else None,
            "person_phone": self._hash("phone", *person, phone) if person and phone else None,
            "person_email": self._hash("email", *person, email) if person and email else None,
            "phone_verified": bool(record["phone_verified"]),
            "email_verified": bool(record["email_verified"]),
            "document_mask": mask,
            "phone_mask": self._masker.number(phone) if phone else None,
            "email_mask": self._masker.number(email) if email else None,
        }

    def _document(self, record: Row) -> tuple[bytes | None, bytes | None, date | None, str | None]:
        """Token, loose token, the birth date within, and the masked form of a document."""
        kind, number, given = (
            record[name] for name in ("document_type", "document_number", "document_hash")
        )
        if given is not None:
            token = bytes.fromhex(given)[:_DIGEST_BYTES]
            return token, token, None, f"#{given[:8]}"
        if number is None:
            return None, None, None, None
        form = document_form(kind, number)
        if form is None:
            self.unusable += 1
            return None, None, None, None
        token = self._hash("document", kind, form)
        born = resident_birth(form) if kind == "resident_id" else None
        return token, token, born, self._masker.number(form)

    def _hashed_name(self, name: str) -> tuple[str, bool, str, bytes]:
        """Script, whether it is full, its compared form, and hashes of its parts but initials."""
        script, parts = name_form(name)
        telling = [part for part in parts if len(part) > 1] or parts
        hashes = b"".join(self._hash("name", part) for part in telling)
        return script, bool(parts) and is_full_name(script, parts), " ".join(parts), hashes

    def _hash(self, *words: str) -> bytes:
        return hmac.digest(self._key, _said(*words), "sha256")[:_DIGEST_BYTES]


def _said(*words: str) -> bytes:
    return "\x1f".join(words).encode()


def _refuse_unknown_types(records: pa.Table) -> None:
    has_document = pc.or_(
        records["document_number"].is_valid(), records["document_hash"].is_valid()
    )
    types = pc.unique(records.filter(has_document)["document_type"]).to_pylist()
    if wrong := sorted(str(kind) for kind in types if kind not in DOCUMENT_TYPES):
        raise IdentityError(
            f"document_type {', '.join(wrong)} is unknown; choose one of: "
            f"{', '.join(DOCUMENT_TYPES)}"
        )
    hashes = records["document_hash"]
    if pc.any(pc.invert(pc.match_substring_regex(hashes, rf"^[0-9a-f]{{{_HASH_SIGNS}}}$"))).as_py():
        raise IdentityError(
            f"document_hash must be {_HASH_SIGNS} hexadecimal signs, as hash_document makes them"
        )


def _equal_to_next(rows: pa.Table, columns: tuple[str, ...]) -> pa.Array:
    """For every row but the last, whether the next one has the same in all these columns."""
    count = rows.num_rows - 1
    equal = pa.array([True] * count)
    for name in columns:
        column = rows[name].combine_chunks()
        one, other = column.slice(0, count), column.slice(1, count)
        both_null = pc.and_(one.is_null(), other.is_null())
        equal = pc.and_(
            equal, pc.or_(both_null, pc.fill_null(pc.equal(one, other), fill_value=False))
        )
    return equal
