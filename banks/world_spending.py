"""How simulated customers spend from month to month."""

from dataclasses import dataclass

import numpy as np

from banks.world_arrays import Flags, Floats, Ints
from banks.world_people import People
from banks.world_postings import CARD, CURRENT, Postings

_PULL = 0.5  # of what lies above the balance aimed at, so much is spent in a month
_LEAST, _MOST = 0.2, 0.92
_UNEVEN = 0.15
_DUE_DAY = 19
_FEE, _FEE_CHANCE, _FEE_BALANCE = 1_000, 0.06, 10_000
_PURCHASES_OF_LEAVERS = 0.5
# Of a posting of each sort, the weight of its amount against a card payment.
_WEIGHTS = {
    "card": 1.0,
    "cash": 1.5,
    "bill": 0.6,
    "paid_person": 1.2,
    "sent_out": 1.2,
    "standing_order": 1.0,
}
_BY_THEMSELVES = ("card", "cash", "bill", "paid_person", "sent_out")


@dataclass(frozen=True, slots=True)
class Span:
    """A month, and of every customer the days of it on which there are accounts: [low, high)."""

    month: int
    calendar_month: int
    start: int
    end: int
    low: Ints
    high: Ints

    @property
    def days(self) -> tuple[Ints, Ints]:
        """The first day and the day after the last."""
        return self.low, self.high

    @property
    def open(self) -> Flags:
        """Who has accounts on any day of the month."""
        return np.asarray(self.high > self.low)

    def some_day(self, who: Ints, rng: np.random.Generator) -> Ints:
        """A day of the month for each of these customers."""
        length = (self.high - self.low)[who]
        return self.low[who] + (rng.random(len(who)) * length).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a month's spending follows from: usual income, balance aimed at, loan payments due.

    `sends` multiplies transfers to other banks; `quiet` are those who left, `silent` those who do
    nothing themselves.
    """

    usual: Floats
    target: Floats
    due: Floats
    sends: Floats
    quiet: Flags
    silent: Flags
    on_credit: Flags


def spend(
    people: People, budget: Budget, postings: Postings, span: Span, rng: np.random.Generator
) -> None:
    """Spend what usually comes in, and half of what lies above the balance aimed at."""
    held = postings.balance[:, CURRENT].astype(np.float64)
    usual = budget.usual * np.exp(_UNEVEN * rng.normal(size=people.count))
    total = usual + _PULL * (held - budget.usual - budget.target)
    total = np.clip(total, _LEAST * budget.usual, _MOST * np.maximum(held, 0)) * span.open
    due = np.minimum(budget.due, 0.5 * total)
    everyone = np.arange(people.count)
    day = np.minimum(span.low + _DUE_DAY, span.high - 1)
    postings.add("loan_payment", everyone, day, -due)
    counts = _counts(people, budget, rng)
    weights = {sort: counts[sort] * weight for sort, weight in _WEIGHTS.items()}
    # Whoever has no posting at all to spread it over keeps the money.
    each = (total - due) / np.maximum(sum(weights.values(), np.zeros(people.count)), 1e-9)
    for sort, weight in weights.items():
        slot = np.where(budget.on_credit, CARD, CURRENT) if sort == "card" else None
        postings.spread(sort, -each * weight, counts[sort], span.days, rng, slot=slot)
    _repay(budget, postings, span)


def charge(postings: Postings, span: Span, rng: np.random.Generator) -> None:
    """Post a small fee to a few."""
    chosen = (rng.random(len(span.low)) < _FEE_CHANCE) & span.open
    who = np.flatnonzero(chosen & (postings.balance[:, CURRENT] > _FEE_BALANCE))
    postings.add("fee", who, span.some_day(who, rng), np.full(len(who), -_FEE))


def _counts(people: People, budget: Budget, rng: np.random.Generator) -> dict[str, Ints]:
    less = np.where(budget.quiet, _PURCHASES_OF_LEAVERS, 1.0)
    rates = {
        "card": people.cards * less,
        "cash": np.where(people.pensioner, 1.4, 0.7) * less,
        "bill": np.full(people.count, 1.5),
        "paid_person": np.where(people.digital, 1.6, 0.5) * less,
        "sent_out": np.where(people.digital, 0.5, 0.2) * budget.sends,
        "standing_order": np.full(people.count, 0.45),
    }
    counts: dict[str, Ints] = {sort: rng.poisson(rate) for sort, rate in rates.items()}
    counts["bill"] = np.maximum(counts["bill"], 1)
    for sort in _BY_THEMSELVES:
        counts[sort] = np.where(budget.silent, 0, counts[sort])
    return counts


def _repay(budget: Budget, postings: Postings, span: Span) -> None:
    """What was paid on credit is repaid from the current account at the month's end."""
    who = np.flatnonzero(budget.on_credit & (postings.balance[:, CARD] < 0))
    owed = -postings.balance[who, CARD]
    postings.move("bill", who, span.high[who] - 1, owed, source=CURRENT, to=CARD)
