"""Training as a whole: features of the past, every label's model, logged and registered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
import pyarrow as pa

from features import CATALOG, Bank, as_of, build, read_snapshot, stored_dates
from features.objections import objecting, without
from goodcall import Workspace
from goodcall.calendar import month_starts
from training import (
    Definition,
    EffectLabel,
    NotRandomised,
    OneClass,
    Registered,
    TooFewRows,
    Use,
    cohort_of,
    groups_of,
    lot_of,
    register,
    train,
)

# A customer needs some past before the first date, and a year of dates is plenty to learn from.
_PAST_DAYS = 180
_MOST_DATES = 12

Tell = Callable[[str], None]
Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Learned:
    """What a round of training registered, and which labels could not be learned, and why."""

    dates: tuple[date, ...]
    rows: int
    registered: tuple[Registered, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Round:
    """How to train: as of which dates, towards which outcomes, tuned by how many trials, and for
    lists of which length.

    Of a bank that only `grown` since, as `grow_bank` lets it, the snapshots that were built before
    stand: what it came to know later changes none of them. Without `reports` no version has its
    pages logged beside it; `goodcall models report` draws them from what is kept.
    """  # noqa: D205 - one sentence

    dates: tuple[date, ...]
    labels: Sequence[Definition]
    seed: int
    trials: int
    now: datetime
    use: Use = field(default_factory=Use)
    grown: bool = False
    reports: bool = True


def usual_dates(bank: Bank, labels: Sequence[Definition]) -> tuple[date, ...]:
    """The latest twelve firsts of a month with half a year behind them and some outcome known."""
    end = bank.manifest.last_day + timedelta(days=1)
    begin = bank.manifest.first_day + timedelta(days=_PAST_DAYS)
    known = [
        day
        for day in month_starts(begin, end)
        if any(label.horizon.after(day) <= end for label in labels)
    ]
    return tuple(known[-_MOST_DATES:])


def learn(workspace: Workspace, bank: Bank, how: Round, *, tell: Tell, step: Step) -> Learned:
    """Build the features of every date, then train and register one model a label.

    An effect learns from features as of the lot's own contacts instead. A label without enough
    rows, with one outcome only, or without a lot where it needs one, is left out with its reason;
    any other fault stops the round. Nothing is learned from who objects to profiling by now.
    """
    objectors = objecting(bank, how.now)

    @cache
    def features(*, of_lot: bool) -> pa.Table:
        if of_lot:
            cohort = cohort_of(lot_of(bank))
            tell(f"features as of {cohort.num_rows} contacts drawn by lot")
            return as_of(bank, without(cohort, objectors), CATALOG, progress=step)
        tell(f"features as of {how.dates[0]} to {how.dates[-1]}")
        stands = set(stored_dates(workspace.snapshots)) if how.grown else set()
        due = [day for day in how.dates if day not in stands]
        build(bank, workspace.snapshots, due, CATALOG, progress=step)
        return without(read_snapshot(workspace.snapshots, CATALOG, how.dates), objectors)

    rows = 0
    registered: list[Registered] = []
    left_out: list[tuple[str, str]] = []
    for done, label in enumerate(how.labels):
        tell(f"model {label.name}")
        step(done, len(how.labels))
        effect = isinstance(label, EffectLabel)
        try:
            table = features(of_lot=effect)
            rows = rows if effect else table.num_rows
            trained = train(
                bank,
                table,
                CATALOG,
                label,
                seed=how.seed,
                now=how.now,
                trials=how.trials,
                study=workspace.root / "studies.db" if how.trials else None,
                absent=_lacking(bank, table),
                but=objectors,
                use=how.use,
            )
        except (NotRandomised, TooFewRows, OneClass) as error:
            left_out.append((label.name, str(error)))
            continue
        judged = trained.tested.num_rows and not effect
        groups = groups_of(bank, trained.tested) if judged else None
        registered.append(
            register(
                workspace,
                trained,
                now=how.now,
                groups=groups,
                last_day=bank.manifest.last_day,
                reports=how.reports,
            )
        )
    step(len(how.labels), len(how.labels))
    return Learned(how.dates, rows, tuple(registered), tuple(left_out))


def _lacking(bank: Bank, features: pa.Table) -> list[str]:
    """The columns that a bank cannot fill: of tables that it has not, and ratios of nothing.

    A feature of other features may be missing for everyone although what it reads is known: a bank
    without cards has no pace of card spending.
    """
    return [
        item.name
        for item in CATALOG.features
        if item.table.name not in bank.tables
        or (item.reads and np.isnan(features[item.name].to_numpy()).all())
    ]
