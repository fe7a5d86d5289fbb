"""The tier of every customer: computed from what the bank's tables said at the time, never typed.

A month's tier is set on its review day (`review_day` of the rules) from the months before it, by
facts known before that day began. The law of moving up and down is `tier_steps`; how a month's
assets, transactions and contribution come about, and the rulings on what is missing or late, are
in docs/decisions/008-tiers.md.

assets          sum of (average balance x days) over all accounts in the month / days of the month
                that some balance of the bank covers
transactions    customer-initiated transactions of the last `frequency.months` months / months
contribution    over 12 months: each month's average deposits and wealth x their margin / 12, plus
                fees, plus the yearly margin in `offers` of every other product held x share of the
                year it was held; not known where any part of it is not
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.bank import Bank
from features.errors import TierError
from features.tiers.facts import SOURCES, FactReader, Facts, Grid, Ints, grid_of, members
from features.tiers.months import Months, Sources
from features.tiers.rules import FINGERPRINT_LENGTH, TierRules, default_tier_rules
from features.tiers.steps import NONE, NOTHING, STATUSES, UNKNOWN, State, nobody, step

Progress = Callable[[int, int], None]

_CUSTOMERS_AT_ONCE = 50_000

JUDGED = pa.schema(
    [
        ("month", pa.date32()),
        ("assets_mean_cents", pa.int64()),
        ("transactions_a_month", pa.float64()),
        ("contribution_cents", pa.int64()),
        ("by_assets", pa.string()),
        ("earned", pa.string()),
    ]
)
HELD = pa.schema(
    [
        ("tier", pa.string()),
        ("rank", pa.int64()),
        ("since", pa.date32()),
        ("status", pa.string()),
        ("months_below", pa.int64()),
    ]
)
TIERS = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("as_of", pa.date32()),
        *HELD,
        *JUDGED,
        ("rules", pa.string()),
        ("inputs", pa.string()),
    ]
)
HISTORY = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("reviewed", pa.date32()),
        *HELD,
        *JUDGED,
        ("assets_later_cents", pa.int64()),
        ("earned_later", pa.string()),
    ]
)


def tiers(
    bank: Bank,
    as_of: date,
    rules: TierRules | None = None,
    *,
    customer_ids: Iterable[int] | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """The tier in force as `as_of` begins, a row for every customer known then to be active.

    Columns as in TIERS. `rank` counts tiers from 0, `since` is the day the tier took effect,
    `month` the month judged last, `by_assets` and `earned` the tiers that its assets alone, and
    all three measures, give; what is not known is null. `rules` and `inputs` are the fingerprints
    of the rules and of the raw tables that the row was computed from.
    """
    rules = rules or default_tier_rules()
    parts = [block.last() for block in _blocks(bank, as_of, rules, customer_ids, progress)]
    found = pa.concat_tables([HISTORY.empty_table(), *parts])
    ids = members(bank, as_of)
    if customer_ids is not None:
        ids = ids[np.isin(ids, np.array([*customer_ids], np.int64))]
    place = pc.index_in(pa.array(ids), found["customer_id"].combine_chunks())
    taken = found.take(place)
    status = pc.fill_null(taken["status"], STATUSES[UNKNOWN])
    same = {
        "customer_id": pa.array(ids),
        "as_of": pa.array([as_of] * len(ids), pa.date32()),
        "status": status,
        "months_below": pc.fill_null(taken["months_below"], 0),
        "rules": pa.array([rules.fingerprint] * len(ids), pa.string()),
        "inputs": pa.array([input_fingerprint(bank)] * len(ids), pa.string()),
    }
    columns = [same[name] if name in same else taken[name] for name in TIERS.names]
    return pa.table(columns, schema=TIERS).combine_chunks()


def tier_history(
    bank: Bank,
    as_of: date,
    rules: TierRules | None = None,
    *,
    customer_ids: Iterable[int] | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """Every review up to `as_of` of every customer, by customer, then review.

    Columns as in HISTORY: the decision as it was taken and the figures as they were known then.
    `assets_later_cents` and `earned_later` are what the last review knows of the same month.
    """
    rules = rules or default_tier_rules()
    blocks = _blocks(bank, as_of, rules, customer_ids, progress)
    found = pa.concat_tables([HISTORY.empty_table(), *(block.history() for block in blocks)])
    return found.sort_by([("customer_id", "ascending"), ("reviewed", "ascending")])


def tiers_of(bank: Bank, cohort: pa.Table, rules: TierRules | None = None) -> pa.Table:
    """The tier of each (customer_id, as_of) row of a cohort: two float64 columns, in its order.

    `tier_rank` and `months_below_tier`; missing (NaN) where the customer had no tier then. One
    walk over the bank serves every date, because a decision never changes once it is taken.
    """
    rules = rules or default_tier_rules()
    dates = np.unique(cohort["as_of"].to_numpy())
    rank, below = np.full((2, len(cohort)), np.nan)
    if len(dates):
        last: date = dates[-1].astype("datetime64[D]").item()
        asked = cohort["customer_id"].to_numpy(), cohort["as_of"].to_numpy()
        for block in _blocks(bank, last, rules, None, None):
            block.fill(*asked, rank, below)
    return pa.table({"tier_rank": rank, "months_below_tier": below})


def input_fingerprint(bank: Bank) -> str:
    """The hash of every raw table that a tier can depend on, and of how the bank reads them."""
    manifest = bank.manifest
    digest = blake2b(f"{manifest.zone} {manifest.first_day} {manifest.last_day}".encode())
    for table in SOURCES:
        if table.name in bank.tables:
            digest.update(table.name.encode())
            with bank.file(table.name).open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
    return digest.hexdigest()[:FINGERPRINT_LENGTH]


@dataclass(frozen=True, slots=True)
class _Review:
    """What one review decided and the newest month's figures as it knew them."""

    state: State
    mean_cents: Ints
    known: NDArray[np.bool_]
    frequency: NDArray[np.float64]
    contribution: NDArray[np.float64]
    by_assets: NDArray[np.int8]
    earned: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class _Block:
    """The reviews of some customers, and the months as the last review knows them."""

    customers: Ints
    reviews: tuple[_Review, ...]
    months: Months
    grid: Grid
    rules: TierRules

    def last(self) -> pa.Table:
        """The last review's rows; none where there was no review."""
        return self._rows(len(self.reviews)) if self.reviews else HISTORY.empty_table()

    def history(self) -> pa.Table:
        """Every review's rows."""
        reviews = range(1, len(self.reviews) + 1)
        return pa.concat_tables([HISTORY.empty_table(), *(self._rows(each) for each in reviews)])

    def fill(
        self,
        customer_id: Ints,
        as_of: NDArray[np.datetime64],
        rank: NDArray[np.float64],
        below: NDArray[np.float64],
    ) -> None:
        """Write the rank and months below in force at each row of this block's customers."""
        days = [np.datetime64(self.grid.review(n + 1), "D") for n in range(len(self.reviews))]
        latest = np.searchsorted(np.array(days, "datetime64[D]"), as_of, side="right") - 1
        place = np.minimum(np.searchsorted(self.customers, customer_id), len(self.customers) - 1)
        mine = self.customers[place] == customer_id
        for number, review in enumerate(self.reviews):
            rows = np.flatnonzero(mine & (latest == number))
            who = place[rows]
            ranked = review.state.rank[who] != NONE
            rank[rows[ranked]] = review.state.rank[who[ranked]]
            below[rows[ranked]] = review.state.below[who[ranked]]

    def _rows(self, number: int) -> pa.Table:
        review, grid = self.reviews[number - 1], self.grid
        here = np.flatnonzero(review.state.status != NOTHING)
        state, months = review.state, self.months
        month = number - 1
        ranked = state.rank[here] != NONE
        begun = [grid.review(n) for n in range(len(self.reviews) + 1)]
        since = np.array(begun, "datetime64[D]")[state.since[here]]
        return pa.table(
            [
                pa.array(self.customers[here]),
                pa.array([grid.review(number)] * len(here), pa.date32()),
                self._codes(state.rank[here]),
                _where(ranked, state.rank[here].astype(np.int64)),
                _where(ranked, since),
                pa.array(STATUSES).take(pa.array(state.status[here])),
                pa.array(state.below[here]),
                pa.array([grid.month(month)] * len(here), pa.date32()),
                _where(review.known[here], review.mean_cents[here]),
                _where(~np.isnan(review.frequency[here]), review.frequency[here]),
                _cents(review.contribution[here]),
                self._codes(review.by_assets[here]),
                self._codes(review.earned[here]),
                _where(months.known[month, here], months.mean_cents[month, here]),
                self._codes(months.earned[month, here]),
            ],
            schema=HISTORY,
        )

    def _codes(self, rank: NDArray[np.int8]) -> pa.Array:
        codes = pa.array([tier.code for tier in self.rules.tiers], pa.string())
        return codes.take(_where(rank != NONE, rank.astype(np.int64)))


def _blocks(
    bank: Bank,
    as_of: date,
    rules: TierRules,
    customer_ids: Iterable[int] | None,
    progress: Progress | None,
) -> Iterator[_Block]:
    if rules.currency != bank.manifest.currency:
        raise TierError(
            f"the tier rules count in {rules.currency}, bank {bank.manifest.name!r} in "
            f"{bank.manifest.currency}; give rules whose currency is {bank.manifest.currency} "
            "(copy features/tiers/default.toml and set the bank's own thresholds)"
        )
    grid = grid_of(bank, as_of, rules.review_day)
    reader = FactReader(bank, grid)
    whole = int(bank.manifest.first_day.day != 1)
    sources = Sources(grid, rules, reader.covered_days(), reader.margins(), whole)
    only = None if customer_ids is None else tuple(customer_ids)
    for facts, done, total in reader.blocks(_CUSTOMERS_AT_ONCE, only):
        yield _walked(facts, sources)
        if progress:
            progress(done, total)


def _walked(facts: Facts, sources: Sources) -> _Block:
    """Walk some customers through every review, from the first month to the last."""
    months, state = Months(facts, sources), nobody(len(facts.customers))
    reviews = []
    for number in range(1, sources.grid.months + 1):
        months.learn(number)
        state = step(state, months.earned[:number], months.active(number), number, sources.rules)
        newest = number - 1
        figures = (months.mean_cents, months.known, months.frequency, months.contribution)
        ranks = (months.by_assets, months.earned)
        reviews.append(_Review(state, *(each[newest].copy() for each in (*figures, *ranks))))
    return _Block(facts.customers, tuple(reviews), months, sources.grid, sources.rules)


def _where(there: NDArray[np.bool_], values: NDArray[Any]) -> pa.Array:
    return pa.array(values, mask=~there)


def _cents(values: NDArray[np.float64]) -> pa.Array:
    known = ~np.isnan(values)
    return _where(known, np.where(known, values, 0).astype(np.int64))
