"""The log of facts that arrived since the snapshot, and what of them the snapshot knew before."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from operator import itemgetter

import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, delete, select, update

from features.bank import Bank
from features.contract import Table
from features.online_database import instant
from features.online_facts import Fact, Row, key_of, row_from_json, row_to_json
from features.online_personal import opened_row
from features.online_tables import FACTS
from features.tables import TABLES
from goodcall.ports import FieldCipher


def known_facts(
    connection: Connection, customers: Iterable[int], cipher: FieldCipher | None = None
) -> list[Fact]:
    """Everything that the log holds about some customers, in the order in which it was taken.

    Without a cipher personal columns stay as they are stored.
    """
    found = connection.execute(
        select(FACTS).where(FACTS.c.customer_id.in_(list(customers))).order_by(FACTS.c.seq)
    )
    return [
        Fact(
            row.seq,
            row.raw_table,
            row.customer_id,
            row.key,
            row.happened_at,
            row.known_at,
            bool(row.corrects),
            _clear(row.raw_table, row_from_json(row.raw_table, row.row), cipher),
        )
        for row in found
    ]


def _clear(table: str, row: Row, cipher: FieldCipher | None) -> Row:
    return row if cipher is None else opened_row(table, row, cipher)


def bank_rows(
    bank: Bank, table: Table, asked: Collection[tuple[int, Row]], before: int
) -> dict[tuple[int, str], str]:
    """What a bank's files tell of some facts, known before an instant: (customer, key) to row.

    `asked` are customers and rows that name the facts. Of several versions of a fact the last
    counts; rows are as the log keeps them.
    """
    if table.name not in bank.tables or not asked:
        return {}
    customers = {who for who, _ in asked}
    first = table.key[0]
    wanted = (
        (pc.field("customer_id") >= min(customers))
        & (pc.field("customer_id") <= max(customers))
        & pc.field("customer_id").isin(list(customers))
        & pc.field(first).isin(list({row[first] for _, row in asked}))
        & (pc.field("known_at") < instant(before))
    )
    parts = [pq.read_table(file, filters=wanted) for file in bank.files(table.name)]
    rows = [row for part in parts for row in part.to_pylist()]
    found: dict[tuple[int, str], str] = {}
    for row in sorted(rows, key=itemgetter("known_at")):
        plain: Row = {n: v for n, v in row.items() if v is not None and n != "known_at"}
        found[row["customer_id"], key_of(table, plain)] = row_to_json(plain)
    return found


def mark_corrections(
    connection: Connection, facts: Sequence[Fact], bank: Bank, before: int
) -> list[Fact]:
    """The facts without those that the bank's files tell alike; those it tells otherwise correct.

    The log is brought in line: a repeat leaves it, a correction is noted there.
    """
    kept: list[Fact] = []
    for name in {fact.table for fact in facts}:
        mine = [fact for fact in facts if fact.table == name]
        told = bank_rows(bank, TABLES[name], [(f.customer_id, f.row) for f in mine], before)
        for fact in mine:
            there = told.get((fact.customer_id, fact.key))
            if there == row_to_json(fact.row):
                connection.execute(delete(FACTS).where(FACTS.c.seq == fact.seq))
                continue
            corrects = fact.corrects or there is not None
            if corrects and not fact.corrects:
                connection.execute(update(FACTS).where(FACTS.c.seq == fact.seq).values(corrects=1))
            kept.append(replace(fact, corrects=corrects))
    return sorted(kept, key=lambda fact: fact.seq)
