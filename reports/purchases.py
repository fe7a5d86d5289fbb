"""What customers bought, and the contact that each purchase counts for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.bank import Bank
from goodcall.calendar import start_of_day
from outreach import LoggedContact, Span
from reports.settings import Attribution


@dataclass(frozen=True, slots=True)
class Purchase:
    """A product that a customer began to hold, as the bank knows it today; cents where it says."""

    holding_id: int
    customer_id: int
    family: str
    opened_on: date
    closed_on: date | None
    matures_on: date | None
    amount_cents: int | None

    def lasted(self, days: int, until: date) -> bool | None:
        """Whether it was held for so many days, or to its own end; None before `until` tells."""
        due = self.opened_on + timedelta(days)
        if due > until:
            return None
        ends = min(due, self.matures_on or due)
        return self.closed_on is None or self.closed_on >= ends


@dataclass(frozen=True, slots=True)
class Credit:
    """A purchase and the contact that it counts for."""

    purchase: Purchase
    contact: LoggedContact


def purchases_of(
    bank: Bank, first: date, last: date, *, known_by: date | None = None
) -> tuple[Purchase, ...]:
    """Every product that anybody began to hold from `first` to `last`, by holding.

    The latest version of a holding's row counts, whatever day an earlier one said; of a day
    `known_by` the latest that the bank knew by then.
    """
    held = bank.read("holdings").sort_by([("holding_id", "ascending"), ("known_at", "ascending")])
    if known_by is not None:
        ends = start_of_day(known_by + timedelta(1), bank.manifest.zone)
        held = held.filter(pc.less(held["known_at"], pa.scalar(ends, held["known_at"].type)))
    ids = held["holding_id"].to_numpy()
    held = held.filter(pa.array(np.append(ids[1:] != ids[:-1], len(ids) > 0)[: len(ids)]))
    began = pc.and_(
        pc.greater_equal(held["opened_on"], first), pc.less_equal(held["opened_on"], last)
    )
    return tuple(
        Purchase(**{each.name: row[each.name] for each in fields(Purchase)})
        for row in held.filter(began).to_pylist()
        if row["customer_id"] not in bank.gone
    )


def credits_of(
    span: Span, purchases: Iterable[Purchase], attribution: Attribution
) -> tuple[Credit, ...]:
    """The purchases that count for contacts of the span, each for one.

    That is the last contact that reached the customer about a product of that family, on the day of
    the purchase or at most the window's days before it. A purchase whose last such contact began
    after the span counts for that one, and so for none of these.
    """
    about: dict[tuple[int, str], list[LoggedContact]] = defaultdict(list)
    for contact in span.contacts:
        if contact.reached and contact.family is not None:
            about[contact.customer_id, contact.family].append(contact)
    found = []
    for purchase in purchases:
        opened, window = purchase.opened_on, timedelta(attribution.days)
        near = [
            (contact.day, contact.contact_id, contact)
            for contact in about[purchase.customer_id, purchase.family]
            if contact.day <= opened <= contact.day + window
        ]
        if near:
            *_, last = max(near, key=lambda each: each[:2])
            if last.day <= span.last:
                found.append(Credit(purchase, last))
    return tuple(found)


def counted(purchases: Iterable[Purchase]) -> Mapping[int, float]:
    """How many purchases each customer made."""
    found: dict[int, float] = defaultdict(float)
    for each in purchases:
        found[each.customer_id] += 1
    return found
