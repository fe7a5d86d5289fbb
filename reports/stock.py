"""What customers hold as a day begins, who begins to hold more, and what was ended early."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from features.asof import connect, known_before
from features.bank import Bank
from features.tables import CUSTOMERS
from goodcall.calendar import start_of_day
from reports.purchases import Purchase, purchases_of


@dataclass(frozen=True, slots=True)
class Held:
    """What all customers of the bank hold as a day begins; `several` hold two families or more."""

    day: date
    customers: int
    holders: int
    products: int
    several: int

    @property
    def per_customer(self) -> float | None:
        """Products a customer; None without customers."""
        return self.products / self.customers if self.customers else None

    @property
    def several_share(self) -> float | None:
        """The share of customers with two families or more; None without customers."""
        return self.several / self.customers if self.customers else None


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything that anybody held by the end of a span of days, whenever it began.

    `before` are the active customers as the first day began, `after` those as the last had ended.
    """

    first: date
    last: date
    holdings: tuple[Purchase, ...]
    before: frozenset[int]
    after: frozenset[int]

    @property
    def at_ends(self) -> tuple[Held, Held]:
        """What is held as the first day begins and as the last has ended."""
        ends = ((self.first, self.before), (self.last + timedelta(1), self.after))
        first, last = (_held(self.holdings, day, people) for day, people in ends)
        return first, last

    @property
    def families(self) -> Mapping[int, frozenset[str]]:
        """The families of which each active customer held something as the first day began."""
        found = defaultdict(set)
        for each in self.holdings:
            if each.customer_id in self.before and held_on(each, self.first):
                found[each.customer_id].add(each.family)
        return {who: frozenset(families) for who, families in found.items()}

    @property
    def crossed(self) -> Mapping[int, frozenset[str]]:
        """The families that customers began to hold on the span's days beside those they held.

        Who held nothing as the first day began is not in it.
        """
        had, found = self.families, defaultdict(set)
        for each in self.holdings:
            families = had.get(each.customer_id)
            if families and each.family not in families and self._within(each.opened_on):
                found[each.customer_id].add(each.family)
        return {who: frozenset(families) for who, families in found.items()}

    @property
    def ended(self) -> Mapping[int, float]:
        """How many products each customer ended on the span's days before they were due."""
        found: dict[int, float] = defaultdict(float)
        for each in self.holdings:
            if ended_early(each) and each.closed_on and self._within(each.closed_on):
                found[each.customer_id] += 1
        return found

    @property
    def left_with(self) -> Mapping[int, float]:
        """How many products each customer holds as the last day has ended."""
        found: dict[int, float] = defaultdict(float)
        for each in self.holdings:
            found[each.customer_id] += held_on(each, self.last + timedelta(1))
        return found

    def _within(self, day: date) -> bool:
        return self.first <= day <= self.last


def stock_of(bank: Bank, first: date, last: date, *, after: int) -> Stock:
    """What anybody held from the first day to the last, and began to hold `after` days more."""
    return Stock(
        *(first, last, purchases_of(bank, date.min, last + timedelta(after))),
        *(_active(bank, day) for day in (first, last + timedelta(1))),
    )


def held_on(holding: Purchase, day: date) -> bool:
    """Whether it is held as a day begins; what ends on a day is held until then."""
    return holding.opened_on < day and (holding.closed_on is None or holding.closed_on >= day)


def ended_early(holding: Purchase) -> bool:
    """Whether it was ended, and not by running to its own end."""
    due = holding.matures_on
    return holding.closed_on is not None and (due is None or holding.closed_on < due)


def replacing(bought: Iterable[Purchase], holdings: Sequence[Purchase], days: int) -> set[int]:
    """The holdings bought whose customer ended another early, at most so many days apart."""
    ended = defaultdict(list)
    for each in filter(ended_early, holdings):
        ended[each.customer_id].append(each)
    return {
        one.holding_id
        for one in bought
        if any(
            other.opened_on < one.opened_on
            and other.closed_on
            and abs(other.closed_on - one.opened_on) <= timedelta(days)
            for other in ended[one.customer_id]
        )
    }


def _held(holdings: Iterable[Purchase], day: date, people: frozenset[int]) -> Held:
    families, products = defaultdict(set), 0
    for each in holdings:
        if each.customer_id in people and held_on(each, day):
            families[each.customer_id].add(each.family)
            products += 1
    several = sum(len(found) > 1 for found in families.values())
    return Held(day, len(people), len(families), products, several)


def _active(bank: Bank, day: date) -> frozenset[int]:
    """The customers known as a day begins whose relation lives, without those erased."""
    at = start_of_day(day, bank.manifest.zone)
    known = known_before(bank, connect(), CUSTOMERS, at)
    found = known.filter(known.status == "active").select("customer_id").to_pyarrow()
    return frozenset(found["customer_id"].to_pylist()) - frozenset(bank.gone)
