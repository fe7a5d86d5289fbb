"""Mean balances before and after a date, and what balances earn: what labels of money rest on.

It looks after as_of on behalf of labels.py, and nothing else may ask it to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.bank import Bank
from training.outcomes.asked import FOR_EVER, Asked, Ints, Span, date_of, micros
from training.outcomes.moments import opened

_CUSTOMERS_AT_ONCE = 2_000
# Where a date asks about few of them, as a date of a lot does, few are looked at together.
_FEW_AT_ONCE, _FEW = 50, 0.1
_DAY = 86_400_000_000
_FAMILIES = ("deposit", "wealth")


@dataclass(frozen=True, slots=True)
class MeanBalances:
    """Means of customers' total balances in cents, one row a row asked about.

    `before` is the baseline before as_of, `recent` its last stretch, `after` [rows, spans] what
    came of it.
    """

    before: NDArray[np.float64]
    recent: NDArray[np.float64]
    after: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Baseline:
    """How many days before as_of make the baseline, and how many of them its last stretch."""

    days: int = 90
    recent_days: int = 30


def mean_balances(
    bank: Bank, asked: Asked, baseline: Baseline, after: Sequence[Span]
) -> MeanBalances:
    """The mean balances of each row's customer; zero where there are none.

    Before as_of counts what was known before it, over the days from a customer's first balance in
    the window to the last day that the bank knew; days without a balance count as zero, as an
    account that was closed does. After it counts what is known today.
    """
    rows = len(asked.who)
    means = MeanBalances(np.zeros(rows), np.zeros(rows), np.zeros((rows, len(after))))
    for day, facts, here, who in _days_of_blocks(bank, asked):
        long, short = _past(bank, day, baseline, facts.known_until[day])
        means.before[here] = _mean_known(facts, long)[who]
        means.recent[here] = _mean_known(facts, short)[who]
        for place, span in enumerate(after):
            window = _future(bank, day, span)
            total = _total(facts, _inside(facts, window), facts.cents)
            means.after[here, place] = (total / window.days)[who]
    return means


def earned(bank: Bank, asked: Asked, over: Span, bps: Mapping[str, int]) -> Ints:
    """What the balances of each row's customer earn over a span, in cents.

    Each day earns a 365th of its family's basis points a year; a balance below zero earns nothing.
    """
    found = np.zeros(len(asked.who), np.int64)
    rates = np.array([bps[family] for family in _FAMILIES], np.int64)
    for day, facts, here, who in _days_of_blocks(bank, asked):
        gains = np.maximum(facts.cents, 0) * rates[facts.family]
        total = _total(facts, _inside(facts, _future(bank, day, over)), gains)
        found[here] = np.rint(total / (10_000 * 365)).astype(np.int64)[who]
    return found


def balances_until(bank: Bank) -> date | None:
    """The first date that no balance covers any more; None where there are no balances."""
    with opened(bank, "balances") as connection:
        rows = connection.execute(
            "SELECT epoch_us(max(happened_at)), period_days FROM raw GROUP BY period_days"
        ).fetchall()
    return max((_end(bank, *row) for row in rows), default=None)


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of time in microseconds, its local days, and until when facts count."""

    begins: int
    ends: int
    days: int
    known_before: int


@dataclass(frozen=True, slots=True)
class _Facts:
    """Balances of some customers in ascending order of start, account and moment of knowledge.

    `known_until` has, for each date, the first one whose balances nobody knew yet at it.
    """

    customers: int
    known_until: Mapping[date, date]
    customer: Ints
    account: Ints
    starts: Ints
    known: Ints
    cents: Ints
    days: Ints
    family: Ints


def _days_of_blocks(bank: Bank, asked: Asked) -> Iterator[tuple[date, _Facts, Ints, Ints]]:
    """For each block of customers and date: the facts, positions of rows, and whose they are."""
    with opened(bank, "balances") as connection:
        known_until = _known_until(bank, asked.days, connection)
        sparse = len(asked.who) < _FEW * len(asked.customers) * len(asked.days)
        for customers, rows in asked.blocks(_FEW_AT_ONCE if sparse else _CUSTOMERS_AT_ONCE):
            facts = _facts(connection, customers, known_until)
            who = np.searchsorted(customers, asked.customer_id[rows])
            for number, day in enumerate(asked.days):
                here = np.flatnonzero(asked.when[rows] == number)
                if len(here):
                    yield day, facts, rows[here], who[here]


def _past(bank: Bank, day: date, baseline: Baseline, known: date) -> tuple[_Window, _Window]:
    """The baseline, and its last stretch; both end where the bank's knowledge did."""
    zone = bank.manifest.zone
    begins = [day - timedelta(days=baseline.days), known - timedelta(days=baseline.recent_days)]
    long, short = (
        _Window(micros(first, zone), micros(known, zone), (known - first).days, micros(day, zone))
        for first in begins
    )
    return long, short


def _future(bank: Bank, day: date, span: Span) -> _Window:
    first, last = span.dates(day)
    zone = bank.manifest.zone
    return _Window(micros(first, zone), micros(last, zone), (last - first).days, FOR_EVER)


def _facts(
    connection: duckdb.DuckDBPyConnection, customers: Ints, known_until: Mapping[date, date]
) -> _Facts:
    found = connection.execute(
        "SELECT customer_id, account_id, epoch_us(happened_at) AS starts, "
        "epoch_us(known_at) AS known, balance_cents AS cents, period_days AS days, "
        "(family = 'wealth')::BIGINT AS family "
        "FROM raw WHERE customer_id BETWEEN ? AND ? "
        "ORDER BY starts, account_id, known",
        [int(customers[0]), int(customers[-1])],
    ).fetchnumpy()
    place = np.searchsorted(customers, found["customer_id"])
    ours = customers[np.minimum(place, len(customers) - 1)] == found["customer_id"]
    names = ("account_id", "starts", "known", "cents", "days", "family")
    return _Facts(len(customers), known_until, place[ours], *(found[name][ours] for name in names))


def _inside(facts: _Facts, window: _Window) -> tuple[Ints, Ints]:
    """Places of the latest balances known that lie in a window, and how many days of each do.

    A single day's balance belongs to the window it begins in. Of a longer period the whole days
    count; rounding keeps a clock change from cutting one.
    """
    reach = int(facts.days.max(initial=1)) * _DAY
    near = np.arange(*np.searchsorted(facts.starts, [window.begins - reach, window.ends]))
    near = near[facts.known[near] < window.known_before]
    later = near[1:]
    outdated = (facts.starts[near[:-1]] == facts.starts[later]) & (
        facts.account[near[:-1]] == facts.account[later]
    )
    near = near[~np.append(outdated, np.zeros(min(1, len(near)), bool))]
    starts, days = facts.starts[near], facts.days[near]
    overlap = np.minimum(starts + days * _DAY, window.ends) - np.maximum(starts, window.begins)
    whole = np.rint(np.maximum(overlap, 0) / _DAY).astype(np.int64)
    inside = np.where(days == 1, (starts >= window.begins).astype(np.int64), whole)
    return near[inside > 0], inside[inside > 0]


def _total(facts: _Facts, inside: tuple[Ints, Ints], weights: Ints) -> NDArray[np.float64]:
    """Each customer's sum over some days of balances, of a weight a balance."""
    near, days = inside
    share = weights[near] * days
    total = np.bincount(facts.customer[near], weights=share, minlength=facts.customers)
    return total.astype(np.float64, copy=False)


def _mean_known(facts: _Facts, window: _Window) -> NDArray[np.float64]:
    """Each customer's mean total over the days of a window, from the first with a balance on."""
    inside = _inside(facts, window)
    # Of repeated places the last assignment stands, so the earliest balance goes last.
    latest_first = inside[0][::-1]
    first = np.full(facts.customers, window.begins)
    first[facts.customer[latest_first]] = np.maximum(window.begins, facts.starts[latest_first])
    days = np.maximum(1, np.rint((window.ends - first) / _DAY))
    return _total(facts, inside, facts.cents) / days


def _known_until(
    bank: Bank, days: Sequence[date], connection: duckdb.DuckDBPyConnection
) -> Mapping[date, date]:
    """For each date the first one whose balances nobody knew yet at it: at most itself."""
    told = connection.execute(
        "SELECT period_days, epoch_us(known_at) AS known, epoch_us(max(happened_at)) AS latest "
        "FROM raw GROUP BY ALL ORDER BY known"
    ).fetchnumpy()
    ends: dict[date, list[date]] = {day: [] for day in days}
    for period in np.unique(told["period_days"]).tolist():
        own = told["period_days"] == period
        known, latest = told["known"][own], np.maximum.accumulate(told["latest"][own])
        for day, before in ends.items():
            count = int(np.searchsorted(known, micros(day, bank.manifest.zone)))
            if count:
                before.append(_end(bank, int(latest[count - 1]), period))
    return {day: min(day, max(before, default=day)) for day, before in ends.items()}


def _end(bank: Bank, instant: int, period_days: int) -> date:
    return date_of(instant, bank.manifest.zone) + timedelta(days=period_days)
