"""Learns when something happens from customers' periods, watched to the end or only in part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.booster import Params, default_params
from models.calibration import TOLERATED_ECE, Platt, expected_calibration_error, fit_platt
from models.hazard import Hazard, line_by_period, log_survival
from models.hazard_grow import Binned, Cells, binned, choose_hazard_rounds, fit_hazard
from models.hazard_walk import log_odds_by_period
from models.line import Line
from models.trees import parsed
from training.baseline import LineForm
from training.calibrated import joined, lasts, losses
from training.hazards.cells import cell_folds, cells_of
from training.hazards.line import Beside, beside
from training.hazards.rows import EventSet

_WEIGHTS = tuple(round(0.1 * tenths, 1) for tenths in range(10, -1, -1))

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Outcomes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class HazardChoices:
    """What is chosen on inner folds: parameters and number of the trees, the form of the line
    beside them, the trees' weight in the log-odds (1 leaves the line out), and what calibrates
    these.
    """  # noqa: D205 - one sentence

    params: Params
    form: LineForm
    weight: float
    rounds: int
    calibration: Platt | None


@dataclass(frozen=True, slots=True)
class HazardLearned:
    """A hazard, how it was chosen, and how many cells taught it."""

    hazard: Hazard
    choices: HazardChoices
    cells: int

    @property
    def rounds(self) -> int:
        """How many trees there are."""
        return self.choices.rounds

    @property
    def told(self) -> dict[str, float | int | str | bool]:
        """What a card tells of it."""
        return {
            **self.choices.params,
            "rounds": self.rounds,
            "cells": self.cells,
            "calibrated": self.hazard.calibration is not None,
            "trees_weight": self.choices.weight,
            "line_knots": self.choices.form.knots,
            "line_ridge": self.choices.form.ridge,
        }


def learn_hazard(
    events: EventSet,
    seed: int,
    *,
    choices: HazardChoices | None = None,
    most: int | None = None,
) -> HazardLearned:
    """What these rows teach, by `choices` made before or by new ones; `most` as `cells_of` has it.

    New ones are made on folds within the rows: forward by date where there are dates enough, else
    by customer.
    """
    rng = np.random.default_rng(seed)
    cells = cells_of(events, rng, most=most)
    params = choices.params if choices else _defaults(events, cells, seed)
    data = binned(events.data.matrix, cells, events.data.features, params)
    if choices is None:
        choices = _chosen(events, cells, data, params, rng)
    line = beside(events.data.matrix, cells).of_all(choices.form) if choices.weight < 1 else None
    hazard = Hazard(
        fit_hazard(data, choices.rounds),
        events.period_days,
        events.periods,
        events.horizons,
        choices.calibration,
        line,
        choices.weight,
    )
    return HazardLearned(hazard, choices, len(cells.row))


def grown_again(events: EventSet, learned: HazardLearned, seed: int) -> Hazard:
    """The same hazard with trees grown anew from another seed; all that was chosen stands."""
    cells = cells_of(events, np.random.default_rng(seed))
    params = {**learned.choices.params, "seed": seed}
    data = binned(events.data.matrix, cells, events.data.features, params)
    return replace(learned.hazard, booster=fit_hazard(data, learned.rounds))


@dataclass(frozen=True, slots=True)
class _Tested:
    """A fold's tested rows, and the log-odds [rows, periods] that its trees and its line say."""

    rows: Ints
    trees: Floats
    line: Floats

    def mixed(self, weight: float) -> Floats:
        """The log-odds of the blend."""
        return weight * self.trees + (1 - weight) * self.line


def _chosen(
    events: EventSet, cells: Cells, data: Binned, params: Params, rng: np.random.Generator
) -> HazardChoices:
    folds = cell_folds(events, cells, rng)
    rounds, boosters = choose_hazard_rounds(data, folds.cells)
    line = beside(events.data.matrix, cells, folds.cells)
    form, lines = line.choose()
    tested = [
        _said(events, rows, booster, of_fold)
        for rows, booster, of_fold in zip(folds.rows, boosters, lines, strict=True)
    ]
    weight = _blend_weight(tested, line)
    return HazardChoices(params, form, weight, rounds, _calibration(events, tested, weight))


def _said(events: EventSet, rows: Ints, booster: str, line: Line) -> _Tested:
    matrix = events.data.matrix[rows]
    trees = log_odds_by_period(parsed(booster), matrix, events.periods)
    return _Tested(rows, trees, line_by_period(line, matrix, events.periods))


def _defaults(events: EventSet, cells: Cells, seed: int) -> Params:
    customers = len(np.unique(events.data.customer_id))
    positives = len(np.unique(events.data.customer_id[events.period > 0]))
    return default_params(customers, positives, seed, rows_each=len(cells.row) / customers)


def _blend_weight(tested: Sequence[_Tested], line: Beside) -> float:
    """The trees' weight of the lowest log-loss over the folds' tested cells."""
    found = np.zeros(len(_WEIGHTS))
    for number, each in enumerate(tested):
        row, period, y, weight = line.tested(number)
        place = (np.searchsorted(each.rows, row), period - 1)
        for at, share in enumerate(_WEIGHTS):
            log_odds = share * each.trees[place] + (1 - share) * each.line[place]
            found[at] += np.average(losses(log_odds, y), weights=weight)
    return _WEIGHTS[int(found.argmin())]


def _calibration(events: EventSet, tested: Sequence[_Tested], weight: float) -> Platt | None:
    """A line through the log-odds where probabilities err more than tolerated, and it mends them.

    The error is that of the main horizon's probabilities on the folds' tested rows that were
    watched for so long. The line must last from fold to fold.
    """
    rows = np.concatenate([each.rows for each in tested])
    said = [each.mixed(weight) for each in tested]
    log_odds = np.concatenate(said)
    period, watched = events.period[rows], events.observed[rows] >= events.main
    happened = ((period > 0) & (period <= events.main)).astype(np.int8)
    probability = -np.expm1(log_survival(log_odds)[:, events.main - 1])
    if not watched.any() or (
        expected_calibration_error(probability[watched], happened[watched]) <= TOLERATED_ECE
    ):
        return None
    at_risk = [_at_risk(events, each.rows, own) for each, own in zip(tested, said, strict=True)]
    return fit_platt(*joined(at_risk)) if lasts(at_risk) else None


def _at_risk(events: EventSet, rows: Ints, log_odds: Floats) -> tuple[Floats, Outcomes]:
    """The log-odds of the periods in which rows were at risk, and whether it happened."""
    period, number = events.period[rows][:, None], np.arange(1, events.periods + 1)
    last = np.where(period > 0, period, events.observed[rows][:, None])
    inside = number <= last
    return log_odds[inside], (number == period)[inside].astype(np.int8)
