"""What the measures of a raw table need of its rows, said once for all of them."""

from collections import defaultdict
from dataclasses import dataclass

import ibis.expr.operations as ops

from features.kernel import WORD
from features.measure import Argument, Kind, Measure


@dataclass(frozen=True, slots=True)
class Series:
    """Measures that differ in their windows only.

    Their rows meet the condition at bit `bit` of word `word`; their argument is the one numbered
    `source`, or -1 where rows are only counted.
    """

    kind: Kind
    word: int
    bit: int
    source: int
    members: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The different conditions, arguments and windows (shortest first) of some measures."""

    series: tuple[Series, ...]
    conditions: tuple[ops.Value | None, ...]
    arguments: tuple[Argument, ...]
    windows: tuple[int | None, ...]

    @property
    def words(self) -> list[tuple[ops.Value | None, ...]]:
        """The conditions, as many together as the bits of a word have room for."""
        starts = range(0, len(self.conditions), WORD)
        return [self.conditions[start : start + WORD] for start in starts]

    @property
    def by_pass(self) -> tuple[list[Series], list[Series], list[Series]]:
        """Sums and counts, which share a pass over the rows; extremes, likewise; all others."""
        totals = [each for each in self.series if each.kind in ("sum", "count")]
        extremes = [each for each in self.series if each.kind in ("min", "max")]
        others = [each for each in self.series if each not in (*totals, *extremes)]
        return totals, extremes, others


def asked_of(measures: tuple[Measure, ...]) -> Asked:
    """The series of some measures of one table."""
    grouped: dict[tuple[Kind, Argument | None, ops.Value | None], list[Measure]] = defaultdict(list)
    for measure in measures:
        grouped[measure.kind, measure.argument, measure.where].append(measure)
    conditions = tuple(dict.fromkeys(m.where for m in measures))
    arguments = tuple(dict.fromkeys(m.argument for m in measures if m.argument is not None))
    series = [
        Series(
            kind,
            *divmod(conditions.index(where), WORD),
            -1 if argument is None else arguments.index(argument),
            tuple(members),
        )
        for (kind, argument, where), members in grouped.items()
    ]
    windows = sorted({m.days for m in measures}, key=lambda days: (days is None, days or 0))
    return Asked(tuple(series), conditions, arguments, tuple(windows))
