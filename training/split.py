"""Which rows teach and which test, so that no test row's outcome is known while learning.

Splits by date measure what a bank will meet: learn up to a date, wait until every outcome is
known, then test. The same customers may stand on both sides, as they will in service; what must not
cross is the outcome's window, so the embargo between the last date learned from and the first date
tested is the label's horizon, in which its gap is counted. Where there are too few dates, whole
customers are held out instead.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodcall.section import Section
from models.booster import Fold
from training.definitions.definition import Horizon

FOLDS = 5
_INNER_FOLDS = 4
_INNER_DATES = 3
_TEST_SHARE = 6
_ENOUGH_TO_TEACH = 50
_ENOUGH_TO_TEST = 20


@dataclass(frozen=True, slots=True)
class RandomFolds:
    """Whole customers held out by lot, positives spread evenly over so many folds; the lot is drawn
    `repeats` times.
    """  # noqa: D205 - one sentence

    folds: int = FOLDS
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class Latest:
    """The last `share` of the rows in their order test, all before them teach."""

    share: float = 0.2


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last `share` of the rows in their order test, `every` rows by a model that learned from
    all rows before those.
    """  # noqa: D205 - one sentence

    every: int = 500
    share: float = 0.4


Split = RandomFolds | Latest | Rolling


def folds_of(
    split: Split,
    customer_id: NDArray[np.int64],
    y: NDArray[np.int8],
    rng: np.random.Generator,
) -> Iterator[Fold]:
    """The folds that a declared split makes of rows in their order."""
    rows = len(y)
    if isinstance(split, RandomFolds):
        for _ in range(split.repeats):
            yield from grouped_folds(customer_id, y, rng, split.folds)
        return
    first = rows - round(split.share * rows)
    every = rows - first if isinstance(split, Latest) else split.every
    for start in range(first, rows, every):
        yield np.arange(start), np.arange(start, min(start + every, rows))


def inner_of(
    split: Split,
    customer_id: NDArray[np.int64],
    y: NDArray[np.int8],
    rng: np.random.Generator,
) -> list[Fold]:
    """The folds within teaching rows by which choices are made before a declared split tests.

    Where a share of the rows is tested, the latest three sixths of the teaching rows, each after
    all before it, as by date in a bank. By lot where the split draws lots, where folds that go
    forward would lack an outcome, and where it rolls: what comes next is then near to what was
    learned last, and the few latest rows are no judge.
    """
    width = len(y) // _TEST_SHARE
    ends = [len(y) - width * place for place in range(_INNER_DATES)]
    forward = [
        (np.arange(end - width), np.arange(end - width, end))
        for end in ends
        if isinstance(split, Latest) and _tells(y[: end - width], 1) and _tells(y[:end][-width:], 1)
    ]
    return forward or grouped_folds(customer_id, y, rng, _INNER_FOLDS)


def forward_folds(
    as_of: NDArray[np.datetime64],
    y: NDArray[np.int8],
    horizon: Horizon,
    *,
    last: int = 1,
    apart: NDArray[np.int64] | None = None,
) -> Iterator[Fold]:
    """Splits by date, the latest test first: (rows that teach, rows that test).

    Each tests the last sixth of the dates (at least one) before those already tested. A split
    needs 50 positives to teach and 20 to test, and both outcomes on each side. Where `apart` names
    each row's customer, a tested customer's rows do not teach.
    """
    days = np.unique(as_of)
    width = max(1, len(days) // _TEST_SHARE)
    for number in range(last):
        end = len(days) - number * width
        if end - width < 1:
            return
        first, until = days[end - width], days[end - 1]
        early = [day for day in days.tolist() if horizon.after(day) <= first.item()]
        test = np.flatnonzero((as_of >= first) & (as_of <= until))
        taught = np.isin(as_of, np.array(early, dtype="datetime64[D]"))
        if apart is not None:
            taught &= ~np.isin(apart, apart[test])
        teach = np.flatnonzero(taught)
        if _tells(y[teach], _ENOUGH_TO_TEACH) and _tells(y[test], _ENOUGH_TO_TEST):
            yield teach, test


def grouped_folds(
    customer_id: NDArray[np.int64],
    y: NDArray[np.int8],
    rng: np.random.Generator,
    folds: int = FOLDS,
) -> list[Fold]:
    """Folds by customer: all rows of a customer test together, positives spread evenly."""
    customers, which = np.unique(customer_id, return_inverse=True)
    positive = np.zeros(len(customers), dtype=bool)
    positive[which[y == 1]] = True
    order = rng.permutation(len(customers))
    order = order[np.argsort(~positive[order], kind="stable")]
    fold = np.empty(len(customers), dtype=np.int64)
    fold[order] = np.arange(len(customers)) % folds
    return [
        (np.flatnonzero(fold[which] != number), np.flatnonzero(fold[which] == number))
        for number in range(folds)
    ]


def inner_folds(
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    y: NDArray[np.int8],
    horizon: Horizon,
    rng: np.random.Generator,
) -> list[Fold]:
    """The folds by which choices are made within training rows.

    Up to three by date, since one alone often holds too few positives; else by customer.
    """
    forward = list(forward_folds(as_of, y, horizon, last=_INNER_DATES))
    return forward or grouped_folds(customer_id, y, rng, _INNER_FOLDS)


def read_splits(said: Sequence[Section]) -> dict[str, Split]:
    """The splits of `[[split]]` tables, by name."""
    splits: dict[str, Split] = {}
    for each in said:
        name = each.text("name")
        if name in splits:
            raise each.refuse(f"split {name!r} stands twice", "give each its own name", key="name")
        splits[name] = _split(each)
        each.done()
    return splits


def _split(said: Section) -> Split:
    kind = said.text("kind", ("random", "latest", "rolling"))
    if kind == "random":
        repeats = said.optional("repeats", lambda key: said.whole(key, 1))
        return RandomFolds(said.whole("folds", 2), repeats or 1)
    share = said.number("share", 0.01, 0.9)
    return Latest(share) if kind == "latest" else Rolling(said.whole("every", 1), share)


def _tells(y: NDArray[np.int8], positives: int) -> bool:
    return bool(y.sum() >= positives and (y == 0).any())
