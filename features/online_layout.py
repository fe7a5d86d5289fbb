"""Where each feature and each state stands in an online row, and how a row moves with time.

A row holds the features in the catalogue's order and the states of the measures that they are
computed from. Facts that arrive later bring states of their own; two states of a measure merge
into the state over both, and the features follow from it. What only counts days moves by itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis.expr.operations as ops
import numpy as np

from features.arithmetic import Array, compiled, evaluate
from features.feature import Catalog, Feature
from features.measure import LOCAL_DAY, Measure, State, aggregate, terms, value_of
from features.scalar import OneRow, of_features, of_states

_ADDED = ("sum", "count", "days")


@dataclass(frozen=True)
class Layout:
    """The order of an online row's numbers; one a catalogue."""

    catalog: Catalog

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Where each feature stands among the features."""
        return {name: number for number, name in enumerate(self.catalog.names)}

    @cached_property
    def states(self) -> Mapping[Measure, slice]:
        """Where the parts of each measure stand among the states."""
        measures = dict.fromkeys(
            measure
            for item in self.catalog.features
            if (split := None if item.reads else terms(item)) is not None
            for measure in split.measures
        )
        found, begin = {}, 0
        for measure in measures:
            found[measure] = slice(begin, begin + len(measure.parts))
            begin += len(measure.parts)
        return found

    @cached_property
    def width(self) -> int:
        """How many numbers the states are."""
        return sum(len(measure.parts) for measure in self.states)

    @cached_property
    def tables(self) -> Mapping[str, tuple[Feature, ...]]:
        """The features that are computed from each raw table, by the table's name."""
        found: dict[str, tuple[Feature, ...]] = {}
        for item in self.catalog.features:
            if not item.reads:
                found[item.table.name] = (*found.get(item.table.name, ()), item)
        return found

    def measures_of(self, table: str) -> tuple[Measure, ...]:
        """The measures over a raw table."""
        return tuple(measure for measure in self.states if measure.table == table)

    @cached_property
    def nothing(self) -> Array:
        """The states over no rows at all."""
        empty = np.full(self.width, np.nan)
        empty[self._kinds["added"]] = 0
        empty[self._kinds["spread"]] = 0
        return empty

    def matrix(self, state: State, rows: int) -> Array:
        """(rows, width): the engine's states in this order, NaN for raw tables that it lacked."""
        found = np.full((rows, self.width), np.nan)
        for measure, where in self.states.items():
            if measure in state:
                found[:, where] = np.stack(state[measure], axis=1)
        return found

    def state(self, states: Array, measures: Iterable[Measure]) -> State:
        """The parts of some measures out of states (..., width), each part an array of rows."""
        rows = np.atleast_2d(states)
        return {m: tuple(rows[:, self.states[m]].T) for m in measures}

    def merged(self, before: Array, since: Array) -> Array:
        """The states over the rows of both; what cannot be told of a measure is NaN.

        A spread is joined as in Chan, Golub and LeVeque (1979).
        """
        kinds = self._kinds
        both = before.copy()
        both[..., kinds["added"]] += since[..., kinds["added"]]
        both[..., kinds["min"]] = np.fmin(before[..., kinds["min"]], since[..., kinds["min"]])
        both[..., kinds["max"]] = np.fmax(before[..., kinds["max"]], since[..., kinds["max"]])
        for kind, sign in (("latest", 1), ("earliest", -1)):
            _merge_dated(both, since, kinds[kind], sign)
        _merge_spread(both, since, kinds["spread"])
        return both

    def mover(self, tables: Iterable[str]) -> "Mover":
        """What brings rows up to a day, where the bank has the raw tables named."""
        named = set(tables)
        moving = tuple(
            (self.place[item.name], item)
            for item in self.catalog.features
            if not item.reads and item.table.name in named and _counts_days(item)
        )
        names = {item.name for _, item in moving}
        derived = tuple(
            (self.place[item.name], item)
            for item in self.catalog.features
            if names & set(item.reads)
        )
        return Mover(self, moving, derived)

    def derived(self, item: Feature, features: Array) -> Array:
        """A formula over features (..., n)."""
        return evaluate(
            item.value,
            lambda node: (
                features[..., self.place[node.name]] if isinstance(node, ops.Field) else None
            ),
        )

    def recompute(self, features: Array, states: Array, table: str) -> None:
        """Bring the features (rows, n) of a raw table in line with the states (rows, width).

        Those that do not merge and those that count days are left to others.
        """
        state = self.state(states, self.measures_of(table))
        no_day = np.full(len(features), np.nan)
        for item in self.tables.get(table, ()):
            if terms(item) is not None and not _counts_days(item):
                features[:, self.place[item.name]] = value_of(item, state, no_day)

    def unmerged(self, tables: Iterable[str]) -> Iterator[int]:
        """The places of the features of some raw tables that have no state that merges."""
        for table in tables:
            for item in self.tables.get(table, ()):
                if terms(item) is None:
                    yield self.place[item.name]

    def spoiled(self, states: Array, table: str) -> Iterator[int]:
        """The places of a raw table's features of which states (width,) cannot tell any more."""
        unknown = {m for m in self.measures_of(table) if np.isnan(states[self.states[m]][0])}
        unknown = {measure for measure in unknown if measure.kind == "days"}
        for item in self.tables[table] if unknown else ():
            if unknown & set(_measures(item)):
                yield self.place[item.name]

    def with_derived(self, places: Iterable[int]) -> frozenset[int]:
        """These places, and those of the formulas that read them."""
        found = set(places)
        names = {self.catalog.names[place] for place in found}
        found |= {
            self.place[item.name] for item in self.catalog.features if names & set(item.reads)
        }
        return frozenset(found)

    @cached_property
    def _kinds(self) -> Mapping[str, np.ndarray]:
        """The places of the parts of each kind of measure; those of a kind part after part."""
        found = {}
        for kind in ("added", "min", "max", "latest", "earliest", "spread"):
            wanted = _ADDED if kind == "added" else (kind,)
            where = [range(s.start, s.stop) for m, s in self.states.items() if m.kind in wanted]
            found[kind] = np.array(list(zip(*where, strict=True)), np.int64)
            if kind in ("added", "min", "max"):
                found[kind] = found[kind].reshape(-1)
        return found


@dataclass(frozen=True, slots=True)
class _Row:
    """One row's features and states, and the last day that it may look at."""

    features: Array
    states: Array
    last_day: Any


@dataclass(frozen=True)
class Mover:
    """Brings a row up to a day: `moving` features count days, `derived` ones read those."""

    layout: Layout
    moving: tuple[tuple[int, Feature], ...]
    derived: tuple[tuple[int, Feature], ...]

    @cached_property
    def _formulas(self) -> tuple[tuple[int, Callable[[_Row], Array]], ...]:
        """What brings each place of a row up to a day, in the order in which it must."""
        return (
            *((place, _compiled(self.layout, item)) for place, item in self.moving),
            *((place, _compiled_derived(self.layout, item)) for place, item in self.derived),
        )

    @cached_property
    def _of_one_row(self) -> tuple[tuple[int, Callable[[OneRow], float]], ...]:
        """The same on the plain numbers of one row."""
        layout = self.layout
        return (
            *((place, of_states(item, layout.states)) for place, item in self.moving),
            *((place, of_features(item, layout.place)) for place, item in self.derived),
        )

    def move(self, features: Array, states: Array, last_day: int, held: frozenset[int]) -> None:
        """Change the features (n,) of one row that move; those at the places `held` stay.

        `last_day` is the last day of the bank's zone that the row may look at, counted from 1970.
        """
        row = OneRow(features.tolist(), states.tolist(), float(last_day))
        for place, formula in self._of_one_row:
            if place not in held:
                row.features[place] = formula(row)
        features[:] = row.features

    def move_all(
        self, features: Array, states: Array, last_days: Array, held: Sequence[frozenset[int]]
    ) -> None:
        """Change the features (rows, n) that move as `move` does, each row by its own last day."""
        rows = _Row(features.T, states.T, last_days)
        everywhere = frozenset().union(*held)
        with np.errstate(all="ignore"):
            for place, formula in self._formulas:
                new = formula(rows)
                if place in everywhere:
                    stays = np.array([place in each for each in held])
                    new = np.where(stays, features[:, place], new)
                features[:, place] = new


def _compiled(layout: Layout, item: Feature) -> Callable[[_Row], Array]:
    """A feature's value from a row's states."""
    split = terms(item)
    by_aggregate = {} if split is None else split.by_aggregate

    def leaf(node: ops.Node) -> Callable[[_Row], Array] | None:
        if node not in by_aggregate:
            return None
        where = [layout.states[measure] for measure in by_aggregate[node]]
        places = tuple(tuple(range(each.start, each.stop)) for each in where)

        def value(row: _Row) -> Array:
            state = tuple(tuple(row.states[place] for place in some) for some in places)
            return aggregate(node, state, row.last_day)

        return value

    return compiled(item.value, leaf)


def _compiled_derived(layout: Layout, item: Feature) -> Callable[[_Row], Array]:
    """A formula's value from a row's features."""

    def leaf(node: ops.Node) -> Callable[[_Row], Array] | None:
        if not isinstance(node, ops.Field):
            return None
        place = layout.place[node.name]
        return lambda row: row.features[place]

    return compiled(item.value, leaf)


def _measures(item: Feature) -> tuple[Measure, ...]:
    split = terms(item)
    return () if split is None else split.measures


def _counts_days(item: Feature) -> bool:
    """Whether a feature's value follows from how many days ago something was."""
    return any(m.argument == LOCAL_DAY and m.kind != "days" for m in _measures(item))


def _merge_dated(both: Array, since: Array, places: np.ndarray, sign: int) -> None:
    if not places.size:
        return
    at, value = places
    old, new = sign * both[..., at], sign * since[..., at]
    wins = (new > old) | (np.isnan(old) & ~np.isnan(new))
    greater = np.where(new == old, np.fmax(both[..., value], since[..., value]), both[..., value])
    both[..., value] = np.where(wins, since[..., value], greater)
    both[..., at] = np.where(wins, since[..., at], both[..., at])


def _merge_spread(both: Array, since: Array, places: np.ndarray) -> None:
    if not places.size:
        return
    rows, mean, squares = places
    before, new = both[..., rows], since[..., rows]
    count = before + new
    shared = np.maximum(count, 1)
    away = since[..., mean] - both[..., mean]
    both[..., squares] += since[..., squares] + away * away * before * new / shared
    both[..., mean] += away * new / shared
    both[..., rows] = count
