"""Takes new facts into the online store: logged, merged and readable in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from features.bank import Bank
from features.contract import Table
from features.errors import FactRefused, StaleSnapshot
from features.feature import Catalog
from features.online_database import micros, shown, told, writing, writing_engine
from features.online_facts import Fact, Row, conformed, key_of, row_to_json
from features.online_layout import Layout
from features.online_log import bank_rows, known_facts
from features.online_personal import sealed_row
from features.online_publish import snapshot_rows, write_live
from features.online_tables import CURRENT, FACTS
from features.online_versions import OnlineMark, current_version
from features.since import Since
from features.store import refuse_other_catalog
from features.tables import TABLES
from goodcall.calendar import start_of_day
from goodcall.ports import FieldCipher

_BATCH = 500
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What became of a lot of facts: how many were new, how many were known alike before.

    `customers` have another row now; `held` counts those of whom the facts correct what the
    snapshot counted, so that features stay as of the snapshot.
    """

    added: int
    unchanged: int
    customers: int
    held: int


class Intake:
    """The door for new facts of one online store; may be shared by threads."""

    def __init__(
        self,
        url: str,
        catalog: Catalog,
        clock: Callable[[], datetime],
        cipher: FieldCipher | None = None,
    ) -> None:
        """`clock` gives the present in UTC; a fact is known when its transaction writes it."""
        self._cipher = cipher
        self._url = url
        self._catalog = catalog
        self._clock = clock
        self._layout = Layout(catalog)
        self._since = Since(self._layout)
        self._engine = writing_engine(url)

    def absorb(
        self,
        table: str,
        rows: Iterable[Mapping[str, object]],
        *,
        bank: Bank | None = None,
        corrections: bool = False,
    ) -> Absorbed:
        """Take in new rows of a raw table; a lot of which a row must be refused is refused whole.

        A row whose key the log holds is that fact's next version, or nothing new where it says the
        same. With the `bank` of the snapshot, rows that its tables tell alike are nothing new, and
        those that they tell otherwise correct the snapshot; `corrections` says so of all rows.
        Then that customer's features of the table stay as of the snapshot. Raises BrokenContract,
        FactRefused, StaleSnapshot.
        """
        contract = self._contract(table)
        good = conformed(contract, rows, self._clock())
        with told(self._url), writing(self._engine) as connection:
            version, mark = self._standing(connection, contract)
            by_customer: dict[int, list[Row]] = {}
            for row in good:
                by_customer.setdefault(row["customer_id"], []).append(row)
            customers = sorted(by_customer)
            done = [
                self._take(
                    _Lot(connection, version, mark, contract, bank, corrections, self._cipher),
                    {who: by_customer[who] for who in customers[begin : begin + _BATCH]},
                )
                for begin in range(0, len(customers), _BATCH)
            ]
        return Absorbed(*(sum(counts) for counts in zip((0, 0, 0, 0), *done, strict=True)))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _contract(self, name: str) -> Table:
        if name not in self._layout.tables or not TABLES[name].customer:
            known = ", ".join(self._layout.tables)
            raise FactRefused(
                f"no feature reads a raw table {name!r}; the online store takes facts of: {known}"
            )
        return TABLES[name]

    def _standing(self, connection: Connection, table: Table) -> tuple[int, OnlineMark]:
        """The version in force, which stays so until the transaction ends."""
        connection.execute(select(CURRENT).with_for_update(read=True)).all()
        found = current_version(connection)
        if found is None:
            raise StaleSnapshot(
                f"nothing is published in {shown(self._url)}; publish a snapshot with "
                "`goodcall outreach plan`"
            )
        refuse_other_catalog(found[1].fingerprint, self._catalog, shown(self._url))
        if table.name not in found[1].tables:
            raise FactRefused(
                f"{found[1].bank} has no raw table {table.name}, so nothing is known of anyone's "
                f"past there; import it, or send facts of: {', '.join(found[1].tables)}"
            )
        return found

    def _take(self, lot: "_Lot", given: Mapping[int, Sequence[Row]]) -> tuple[int, int, int, int]:
        rows = snapshot_rows(lot.connection, lot.version, given, lock=True)
        if missing := [str(who) for who in given if who not in rows]:
            more = ", ..." if len(missing) > _SHOWN else ""
            raise FactRefused(
                f"new {lot.table.name} of {len(missing)} customers who are not in the snapshot of "
                f"{lot.mark.as_of}: {', '.join(missing[:_SHOWN])}{more}; leave them out, or "
                "publish a snapshot that holds them. Nothing of the lot was taken"
            )
        before = known_facts(lot.connection, given, lot.cipher)
        new = list(lot.fresh(given, before))
        unchanged = sum(map(len, given.values())) - len(new)
        if not new:
            return 0, unchanged, 0, 0
        logged = lot.log(new, before, micros(self._clock()))
        touched = {fact.customer_id for fact in logged}
        begin = lot.begin
        facts = [f for f in (*before, *logged) if f.known_at >= begin and f.customer_id in touched]
        merged = self._since.merge(facts, rows, lot.mark.as_of, lot.mark.zone)
        write_live(lot.connection, lot.version, merged)
        corrected = {fact.customer_id for fact in logged if fact.corrects}
        return len(new), unchanged, len(touched), len(corrected)


@dataclass(frozen=True, slots=True)
class _Lot:
    """What is being absorbed: rows of one raw table, into the version in force."""

    connection: Connection
    version: int
    mark: OnlineMark
    table: Table
    bank: Bank | None
    corrections: bool
    cipher: FieldCipher | None

    @property
    def begin(self) -> int:
        """The instant from which on facts are not in the snapshot."""
        return micros(start_of_day(self.mark.as_of, self.mark.zone))

    def fresh(
        self, given: Mapping[int, Sequence[Row]], before: Sequence[Fact]
    ) -> Iterable[tuple[Row, bool]]:
        """The rows that say something new, in their order; whether they correct the snapshot."""
        last = {(f.customer_id, f.key): f for f in before if f.table == self.table.name}
        says = {place: row_to_json(fact.row) for place, fact in last.items()}
        corrected = {place for place, fact in last.items() if fact.corrects or self._counted(fact)}
        if self.bank is not None:
            asked = [(who, row) for who, rows in given.items() for row in rows]
            told_by_bank = bank_rows(self.bank, self.table, asked, self.begin)
            corrected |= set(told_by_bank)
            says = told_by_bank | says
        for who, rows in given.items():
            for row in rows:
                place = (who, key_of(self.table, row))
                text = row_to_json(row)
                if says.get(place) != text:
                    says[place] = text
                    yield row, self.corrections or place in corrected

    def _counted(self, fact: Fact) -> bool:
        """Whether the log's fact was known before the snapshot, which then has it from the bank."""
        return fact.known_at < self.begin

    def log(self, new: Sequence[tuple[Row, bool]], before: Sequence[Fact], now: int) -> list[Fact]:
        """The new facts with their numbers; each is known after all the customer's earlier ones."""
        known = {fact.customer_id: fact.known_at for fact in before}
        values: list[dict[str, Any]] = []
        for row, corrects in new:
            who, happened = row["customer_id"], micros(row["happened_at"])
            known[who] = max(now, happened, known.get(who, 0) + 1)
            values.append(
                {"raw_table": self.table.name, "customer_id": who}
                | {"row": row_to_json(sealed_row(self.table.name, row, self.cipher))}
                | {"key": key_of(self.table, row), "corrects": int(corrects)}
                | {"happened_at": happened, "known_at": known[who]}
            )
        numbers = self.connection.execute(
            insert(FACTS).returning(FACTS.c.seq, sort_by_parameter_order=True), values
        ).scalars()
        return [
            Fact(
                seq,
                self.table.name,
                each["customer_id"],
                each["key"],
                each["happened_at"],
                each["known_at"],
                corrects,
                row,
            )
            for seq, each, (row, corrects) in zip(numbers, values, new, strict=True)
        ]
