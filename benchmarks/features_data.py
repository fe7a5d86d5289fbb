"""A raw bank of any size for benchmarks: many customers, few of them busy, in bounded memory.

Only what the feature engine reads is real about it: the contract's form and order, how unevenly
transactions fall on customers, how late they become known, and how often each kind occurs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.bank import Bank, Manifest, new_bank, open_bank
from goodcall.calendar import start_of_day

ZONE = "Asia/Shanghai"
FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)

_BLOCK_ROWS = 1_000_000
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
# How unevenly transactions fall on customers: the shape of the gamma that mixes the Poisson.
_SHAPE = 1.2
# Shares of customers who come after the first day, and who fall silent before the last one.
_LATE, _SILENT = 0.25, 0.15
# The latest that a customer comes, as a share of the 24 months.
_LATEST = 0.8
# Share of transactions that the bank knows of only days later, and of those announced beforehand.
_SLOW, _PLANNED = 0.1, 0.001
# Share of transactions that go through the second of a kind's channels.
_SECOND_CHANNEL = 0.3

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of transaction: how often it occurs and what it looks like.

    `inward` is the share that comes in, `cents` the median amount, `spread` the standard deviation
    of its logarithm, `other` the share that goes to or comes from another bank; None where nobody
    stands at the other end.
    """

    name: str
    share: float
    inward: float
    cents: int
    spread: float
    initiated_by: str
    channels: tuple[str, str]
    other: float | None


_KINDS = (
    _Kind("salary", 0.04, 1.0, 900_000, 0.6, "third_party", ("auto", "auto"), 0.7),
    _Kind("pension", 0.01, 1.0, 400_000, 0.3, "third_party", ("auto", "auto"), 1.0),
    _Kind("transfer", 0.22, 0.4, 50_000, 1.5, "customer", ("mobile", "web"), 0.5),
    _Kind("card", 0.38, 0.01, 6_000, 1.1, "customer", ("pos", "mobile"), 0.8),
    _Kind("cash", 0.06, 0.2, 80_000, 0.8, "customer", ("atm", "branch"), None),
    _Kind("bill", 0.09, 0.0, 12_000, 0.9, "customer", ("mobile", "web"), 0.6),
    _Kind("standing_order", 0.06, 0.0, 30_000, 0.8, "bank", ("auto", "auto"), 0.6),
    _Kind("loan_payment", 0.03, 0.0, 250_000, 0.5, "bank", ("auto", "auto"), 0.0),
    _Kind("investment", 0.02, 0.4, 500_000, 1.2, "customer", ("mobile", "branch"), 0.0),
    _Kind("interest", 0.04, 1.0, 900, 1.5, "bank", ("auto", "auto"), None),
    _Kind("fee", 0.03, 0.0, 500, 0.7, "bank", ("auto", "auto"), None),
    _Kind("other", 0.02, 0.5, 20_000, 1.4, "third_party", ("web", "branch"), 0.5),
)


def bank_of(folder: Path, *, customers: int, transactions: int, seed: int = 1) -> Bank:
    """A bank of about that many transactions over 24 months, written once and then kept."""
    path = folder / f"bank-{customers}x{transactions}-{seed}"
    if not path.exists():
        _write(path, customers, transactions, np.random.default_rng(seed))
    return open_bank(path)


def _write(path: Path, customers: int, transactions: int, rng: np.random.Generator) -> None:
    manifest = Manifest("benchmark", ZONE, "CNY", FIRST_DAY, LAST_DAY, "benchmarks.features_data")
    with new_bank(path, manifest) as bank:
        bank.add("customers", _customers(customers))
        bank.add("accounts", _accounts(customers))
        written = 0
        for first, counts in _blocks(_counts(customers, transactions, rng)):
            rows = _transactions(first, counts, written, rng)
            bank.add("transactions", rows)
            written += len(rows)


def _counts(customers: int, transactions: int, rng: np.random.Generator) -> Integers:
    """How many transactions each customer makes: negative binomial, so some make none."""
    mean = transactions / customers
    return rng.negative_binomial(_SHAPE, _SHAPE / (_SHAPE + mean), customers)


def _blocks(counts: Integers) -> Iterator[tuple[int, Integers]]:
    """Runs of customers that together make about a row group, with the first one's id."""
    ends = np.cumsum(counts)
    cuts = np.searchsorted(ends, np.arange(_BLOCK_ROWS, ends[-1], _BLOCK_ROWS))
    for begin, end in pairwise((0, *cuts.tolist(), len(counts))):
        if end > begin:
            yield begin + 1, counts[begin:end]


def _customers(count: int) -> pa.Table:
    return _rows(
        customer_id=np.arange(1, count + 1),
        happened_at=_long_known(count),
        known_at=_long_known(count),
        kind=_same("retail", count),
        status=_same("active", count),
    )


def _accounts(count: int) -> pa.Table:
    opened = pa.array([FIRST_DAY - timedelta(1)], pa.date32()).take(_zeros(count))
    return _rows(
        account_id=np.arange(1, count + 1),
        customer_id=np.arange(1, count + 1),
        happened_at=_long_known(count),
        known_at=_long_known(count),
        kind=_same("current", count),
        opened_on=opened,
    )


def _transactions(first: int, counts: Integers, written: int, rng: np.random.Generator) -> pa.Table:
    """One block's transactions, in the contract's order."""
    rows = int(counts.sum())
    customer = np.repeat(np.arange(first, first + len(counts)), counts)
    happened = _moments(counts, rng)
    known = happened + _delays(rows, rng)
    order = np.lexsort((known, customer))
    kind = rng.choice(len(_KINDS), rows, p=[each.share for each in _KINDS])
    return _rows(
        transaction_id=np.arange(written + 1, written + rows + 1),
        account_id=customer,
        customer_id=customer,
        happened_at=_instants(happened[order]),
        known_at=_instants(known[order]),
        amount_cents=_amounts(kind, rng),
        kind=_words([each.name for each in _KINDS], kind),
        initiated_by=_words([each.initiated_by for each in _KINDS], kind),
        channel=_channels(kind, rng),
        counterparty=_counterparties(kind, rng),
        planned=rng.random(rows) < _PLANNED,
    )


def _moments(counts: Integers, rng: np.random.Generator) -> Integers:
    """When each transaction happens: some customers come late, some fall silent early."""
    begin = _microseconds(start_of_day(FIRST_DAY, ZONE))
    span = ((LAST_DAY - FIRST_DAY).days + 1) * _DAY
    came = np.where(rng.random(len(counts)) < _LATE, rng.random(len(counts)) * _LATEST, 0.0)
    left = np.where(rng.random(len(counts)) < _SILENT, rng.random(len(counts)), 1.0)
    stay = (1 - came) * left
    place = np.repeat(came, counts) + np.repeat(stay, counts) * rng.random(int(counts.sum()))
    return begin + (place * span).astype(np.int64)


def _delays(rows: int, rng: np.random.Generator) -> Integers:
    """How long until the bank knows: mostly seconds, a day or more for one in ten."""
    slow = rng.random(rows) < _SLOW
    mean = np.where(slow, 1.5 * _DAY, 20 * _SECOND)
    return (rng.exponential(1.0, rows) * mean).astype(np.int64)


def _amounts(kind: Integers, rng: np.random.Generator) -> Integers:
    size = np.array([each.cents for each in _KINDS])[kind]
    spread = np.array([each.spread for each in _KINDS])[kind]
    inward = rng.random(len(kind)) < np.array([each.inward for each in _KINDS])[kind]
    cents = np.rint(size * np.exp(spread * rng.standard_normal(len(kind)))).astype(np.int64) + 1
    amounts: Integers = np.where(inward, cents, -cents)
    return amounts


def _channels(kind: Integers, rng: np.random.Generator) -> pa.Array:
    names = sorted({name for each in _KINDS for name in each.channels})
    choice = np.array([[names.index(name) for name in each.channels] for each in _KINDS])
    return _words(names, choice[kind, (rng.random(len(kind)) < _SECOND_CHANNEL).astype(np.int64)])


def _counterparties(kind: Integers, rng: np.random.Generator) -> pa.Array:
    share = np.array([-1.0 if each.other is None else each.other for each in _KINDS])[kind]
    return _words(["own", "other", None], np.where(share < 0, 2, rng.random(len(kind)) < share))


def _rows(**columns: pa.Array | npt.NDArray[np.generic]) -> pa.Table:
    return pa.table(columns)


def _words(values: list[str] | list[str | None], place: Integers) -> pa.Array:
    return pa.array(values, pa.string()).take(pa.array(place))


def _same(value: str, count: int) -> pa.Array:
    return pa.array([value]).take(_zeros(count))


def _long_known(count: int) -> pa.Array:
    return _instants(np.full(count, _microseconds(start_of_day(FIRST_DAY - timedelta(1), ZONE))))


def _instants(microseconds: Integers) -> pa.Array:
    return pa.array(microseconds).cast(pa.timestamp("us", tz="UTC"))


def _microseconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _zeros(count: int) -> pa.Array:
    return pa.array(np.zeros(count, np.int64))
