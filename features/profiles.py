"""Profiles: what the bank knew about each customer before a day began, for rules and offers."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, cast

import ibis

from features.asof import connect, known_before, known_rows
from features.bank import Bank
from features.corrections import opened
from features.tables import TABLES
from goodcall.calendar import start_of_day
from goodcall.ports import FieldCipher
from goodcall.profile import (
    Assessment,
    Case,
    Consent,
    Holding,
    PastContact,
    Point,
    Profile,
)
from goodcall.vocabulary import DEAD_FOR_ALL, DEAD_FOR_ONE, REFUSALS

# How far back contacts and cases can still bear on a rule of the shipped policies.
MEMORY_DAYS = 400
# What was heard at a contact and holds until something takes it back, however long ago.
_LASTING = (
    *(*DEAD_FOR_ALL, *DEAD_FOR_ONE, *REFUSALS),
    *("DECEASED", "MINOR", "LEGAL"),
)

_Row = dict[str, Any]
_Rows = dict[int, list[_Row]]
_PLAIN = (
    *("kind", "status", "name", "birth_date", "stated_age", "household_id"),
    *("branch_id", "manager_id", "opened_on"),
)


def profiles(
    bank: Bank,
    day: date,
    customer_ids: Collection[int] | None = None,
    *,
    cipher: FieldCipher | None = None,
) -> tuple[Profile, ...]:
    """Every customer known before `day` began in the bank's zone, in the order of customer_id.

    `customer_ids` narrows the answer to those asked for; an unknown one is simply not in it.
    Contacts and cases reach 400 days back, everything else to the beginning, and so do contacts
    whose outcome holds until it is taken back (refusals, hard stops and numbers found dead) and
    cases that are still open or were settled within those days.
    `cipher` opens names and numbers that were put right; whose data were erased is not in it.
    """
    reader = _Reader(bank, day, customer_ids)
    customers = opened("customers", reader.rows("customers"), cipher)
    facts = {
        name: _by_customer(opened(name, reader.rows(name), cipher))
        for name in (
            *("contact_points", "assessments", "holdings", "consents", "contacts", "cases"),
            "loans",
        )
    }
    began = reader.points_began()
    for points in facts["contact_points"].values():
        for point in points:
            point["since"] = began[point["point_id"]]
    branches = {row["branch_id"]: row.get("zone") for row in reader.rows("branches")}
    return tuple(
        _profile(reader, row, branches.get(row["branch_id"]), facts)
        for row in sorted(customers, key=lambda row: cast("int", row["customer_id"]))
        if row["customer_id"] not in bank.gone
    )


class _Reader:
    """Reads raw tables of one bank as known before one day."""

    def __init__(self, bank: Bank, day: date, customer_ids: Collection[int] | None) -> None:
        self.bank = bank
        self.at = start_of_day(day, bank.manifest.zone)
        self.since = start_of_day(day - timedelta(MEMORY_DAYS), bank.manifest.zone)
        self._ids = customer_ids
        self._backend = connect()

    def rows(self, name: str) -> list[_Row]:
        """The rows known before the day; none where the bank lacks the table."""
        if name not in self.bank.tables:
            return []
        table = TABLES[name]
        known = known_before(self.bank, self._backend, table, self.at)
        if self._ids is not None and table.customer:
            known = known.filter(known.customer_id.isin(list(self._ids)))
        recent = known.happened_at >= self.since
        if name == "contacts":
            known = known.filter(recent | known.outcome.isin(_LASTING))
        elif name == "cases":
            settled = known.closed_at
            known = known.filter(recent | settled.isnull() | (settled >= self.since))
        order = ["happened_at", *table.key]
        found = known.order_by([ibis.asc(column) for column in order]).to_pyarrow()
        return cast("list[_Row]", found.to_pylist())

    def points_began(self) -> dict[int, datetime]:
        """When each contact point first became a customer's; later versions only correct it."""
        if "contact_points" not in self.bank.tables:
            return {}
        rows = known_rows(self.bank, self._backend, TABLES["contact_points"])
        if self._ids is not None:
            rows = rows.filter(rows.customer_id.isin(list(self._ids)))
        known = rows.filter(rows.known_at < self.at)
        first = known.group_by("point_id").aggregate(since=known.happened_at.min()).to_pyarrow()
        return dict(zip(*(first[name].to_pylist() for name in ("point_id", "since")), strict=True))


def _by_customer(rows: list[_Row]) -> _Rows:
    grouped: _Rows = defaultdict(list)
    for row in rows:
        grouped[row["customer_id"]].append(row)
    return grouped


def _profile(
    reader: _Reader, row: _Row, branch_zone: str | None, facts: dict[str, _Rows]
) -> Profile:
    mine = {name: rows.get(row["customer_id"], []) for name, rows in facts.items()}
    assessments = mine["assessments"]
    overdue = [loan["overdue_since"] for loan in mine["loans"] if loan["overdue_since"]]
    latest = assessments[-1] if assessments else None
    return Profile(
        customer_id=row["customer_id"],
        known_before=reader.at,
        zone=row["zone"] or branch_zone or reader.bank.manifest.zone,
        profiling_opt_out=bool(row["profiling_opt_out"]),
        overdue_since=min(overdue, default=None),
        assessment=Assessment(latest["tolerance"], latest["expires_on"]) if latest else None,
        points=tuple(_of(Point, point) for point in mine["contact_points"]),
        holdings=tuple(_of(Holding, holding) for holding in mine["holdings"]),
        consents=tuple(_of(Consent, consent) for consent in mine["consents"]),
        contacts=tuple(
            _of(PastContact, contact | {"contact_id": str(contact["contact_id"])})
            for contact in mine["contacts"]
        ),
        cases=tuple(_of(Case, case) for case in mine["cases"]),
        **{name: row[name] for name in _PLAIN},
    )


def _of(kind: type[Any], row: _Row) -> Any:  # noqa: ANN401 - one of the profile's parts
    return kind(**{name: row[name] for name in kind.__slots__ if name in row})
