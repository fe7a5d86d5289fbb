"""A month's assets, transactions and contribution of each customer, as each review knew them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.tiers.facts import Columns, Facts, Grid, Ints
from features.tiers.rules import TierRules

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ranks = NDArray[np.int8]

UNKNOWN = -1
YEAR = 12
_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Sources:
    """What is the same for every customer: the grid, the rules, covered days, offers' margins."""

    grid: Grid
    rules: TierRules
    covered: Ints
    margins: Columns
    first_whole: int


class Months:
    """Monthly figures of some customers; `learn` brings them to what the next review knows.

    Every array has a row a month and a column a customer. `earned` is the rank that a month's
    figures give, UNKNOWN where too little of the month is known; `frequency` and `contribution`
    are missing (NaN) where the tables do not tell.
    """

    def __init__(self, facts: Facts, sources: Sources) -> None:
        shape = (sources.grid.months, len(facts.customers))
        self._facts, self._sources = facts, sources
        self._deposit, self._wealth = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self._seen, self._due = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self._own, self._fees = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self._entered = _first_known(facts)
        self.mean_cents = np.zeros(shape, np.int64)
        self.known = np.zeros(shape, np.bool_)
        self.by_assets = np.full(shape, UNKNOWN, np.int8)
        self.earned = np.full(shape, UNKNOWN, np.int8)
        self.frequency = np.full(shape, np.nan)
        self.contribution = np.full(shape, np.nan)

    def learn(self, review: int) -> None:
        """Take in what became known before a review; the months up to the one before it change."""
        newest = review - 1
        changed = self._take_balances(review) | self._take_accounts(review) | {newest}
        before = self._sources.covered[review - 1]
        changed |= set(np.flatnonzero(before != self._sources.covered[review])[:newest].tolist())
        self._take_transactions(review)
        for month in sorted(month for month in changed if newest - YEAR < month <= newest):
            self._measure_assets(month, review)
        self.frequency[newest] = self._transactions_a_month(newest)
        self.contribution[newest] = self._yearly_margin(newest, review)
        for month in changed:
            self.earned[month] = self._earned(month)

    def active(self, review: int) -> Flags:
        """Who was known at a review to be an active customer."""
        rows = self._facts.status
        flags = np.zeros(self.known.shape[1], np.bool_)
        flags[rows["who"][_visible(rows, review) & rows["active"]]] = True
        return flags

    def _take_balances(self, review: int) -> set[int]:
        rows = self._facts.balances
        if rows is None:
            return set()
        new = slice(*np.searchsorted(rows["review"], [review, review + 1]))
        where = rows["month"][new], rows["who"][new]
        self._deposit[where] += rows["deposit"][new]
        self._wealth[where] += rows["wealth"][new]
        self._seen[where] += rows["days"][new]
        return set(np.unique(rows["month"][new]).tolist())

    def _take_transactions(self, review: int) -> None:
        if (rows := self._facts.transactions) is not None:
            new = slice(*np.searchsorted(rows["review"], [review, review + 1]))
            where = rows["month"][new], rows["who"][new]
            self._own[where] += rows["own"][new]
            self._fees[where] += rows["fees"][new]

    def _take_accounts(self, review: int) -> set[int]:
        """Count the account-days that each month should have; tell which older months changed."""
        rows = self._facts.accounts
        if rows is None:
            return set()
        newest = review - 1
        self._due[newest] += self._open_days(_visible(rows, review), newest)
        learned = _visible(rows, review) & (rows["known"] == review)
        undone = _visible(rows, newest) & (rows["gone"] == review)
        changed = set()
        for month in range(max(0, newest - YEAR + 1), newest):
            difference = self._open_days(learned, month) - self._open_days(undone, month)
            if difference.any():
                self._due[month] += difference
                changed.add(month)
        return changed

    def _open_days(self, which: Flags, month: int) -> Ints:
        rows = self._facts.accounts
        if rows is None or not which.any():
            return np.zeros(self.known.shape[1], np.int64)
        days = _overlap(rows, which, *(self._sources.grid.day(month + more) for more in (0, 1)))
        counted = np.bincount(rows["who"][which], days, minlength=self.known.shape[1])
        return counted.astype(np.int64)

    def _measure_assets(self, month: int, review: int) -> None:
        """A month's mean, and whether enough of it is known."""
        grid, least = self._sources.grid, self._sources.rules.least_share_known.amount
        length = grid.day(month + 1) - grid.day(month)
        covered = int(self._sources.covered[review, month])
        seen = self._seen[month]
        enough = seen > 0 if self._facts.accounts is None else seen >= least * self._due[month]
        self.known[month] = enough & (covered >= least * length)
        total = self._deposit[month] + self._wealth[month]
        # Rounded down, so that the mean reaches a threshold exactly where the sum does.
        self.mean_cents[month] = total // max(covered, 1)
        starts = [tier.assets_from_cents.amount for tier in self._sources.rules.tiers]
        rank = np.searchsorted(np.array(starts), self.mean_cents[month], side="right") - 1
        self.by_assets[month] = np.where(self.known[month], np.maximum(rank, 0), UNKNOWN)

    def _transactions_a_month(self, month: int) -> Floats | float:
        months = int(self._sources.rules.frequency_months.amount)
        first = month - months + 1
        if self._facts.transactions is None or first < self._sources.first_whole:
            return float("nan")
        made: Ints = self._own[first : month + 1].sum(axis=0)
        mean: Floats = made.astype(np.float64) / months
        return mean

    def _yearly_margin(self, month: int, review: int) -> Floats | float:
        """Margin of the twelve months that end with `month`, in cents."""
        first = month - YEAR + 1
        told = self._facts.transactions is not None and self._facts.holdings is not None
        if not told or first < self._sources.first_whole:
            return float("nan")
        window = slice(first, month + 1)
        rules = self._sources.rules
        covered = np.maximum(self._sources.covered[review, window], 1)[:, None]
        weighed = (
            self._deposit[window] * rules.deposit_margin_bps.amount
            + self._wealth[window] * rules.wealth_margin_bps.amount
        )
        on_assets = (weighed / covered).sum(axis=0) / _BASIS_POINTS / YEAR
        # Before the bank knew a customer there was nothing to earn from, so nothing is unknown.
        reviews = np.arange(first, month + 1)[:, None] + 1
        unknown = (~self.known[window] & (reviews >= self._entered)).any(axis=0)
        products = self._product_margin(first, month, review)
        margin = np.rint(on_assets + self._fees[window].sum(axis=0) + products)
        return np.where(unknown, np.nan, margin)

    def _product_margin(self, first: int, month: int, review: int) -> Floats:
        """Each product's yearly margin for the share of the year it was held; NaN without one."""
        rows = self._facts.holdings
        if rows is None:
            return np.full(self.known.shape[1], np.nan)
        begins, ends = self._sources.grid.day(first), self._sources.grid.day(month + 1)
        held = _visible(rows, review) & (rows["opened"] < ends) & (rows["closed"] > begins)
        margin = _margin_of(rows["product_id"][held], self._sources.margins, review)
        shares = _overlap(rows, held, begins, ends) / (ends - begins)
        size = self.known.shape[1]
        return np.bincount(rows["who"][held], margin * shares, minlength=size).astype(np.float64)

    def _earned(self, month: int) -> Ranks:
        """The rank that a month's assets give, one higher where a rule raises it."""
        by_assets = self.by_assets[month]
        earned: Ranks = by_assets.copy()
        for rank, tier in enumerate(self._sources.rules.tiers):
            if rule := tier.raised:
                lifted = (
                    (by_assets == rank - 1)
                    & (self.mean_cents[month] >= rule.assets_from_cents.amount)
                    & (self.frequency[month] >= rule.transactions_a_month.amount)
                    & (self.contribution[month] >= rule.contribution_cents.amount)
                )
                earned[lifted] = rank
        return earned


def _visible(rows: Columns, review: int) -> Flags:
    """The versions that a review knows to hold."""
    flags: Flags = (rows["known"] <= review) & (rows["gone"] > review)
    return flags


def _overlap(rows: Columns, which: Flags, begins: int, ends: int) -> Ints:
    """How many days of [begins, ends) each chosen row was open; its last day is the one before."""
    opened, closed = rows["opened"][which], rows["closed"][which]
    days: Ints = np.maximum(np.minimum(closed, ends) - np.maximum(opened, begins), 0)
    return days


def _first_known(facts: Facts) -> Ints:
    """The first review that knew each customer."""
    first = np.full(len(facts.customers), np.iinfo(np.int64).max)
    np.minimum.at(first, facts.status["who"], facts.status["known"])
    return first


def _margin_of(products: Ints, offers: Columns, review: int) -> Floats:
    """The yearly margin of each product as a review knows it, the lowest where offers differ."""
    now = _visible(offers, review)
    known, place = np.unique(offers["product_id"][now], return_inverse=True)
    if not len(known):
        return np.full(len(products), np.nan)
    cents = np.full(len(known), np.inf)
    np.minimum.at(cents, place, offers["cents"][now].astype(np.float64))
    at = np.minimum(np.searchsorted(known, products), len(known) - 1)
    return np.where(known[at] == products, cents[at], np.nan)
