"""Learns when something happens from customers' periods, watched to the end or only in part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.booster import Params, default_params
from models.calibration import TOLERATED_ECE, Platt, expected_calibration_error, fit_platt
from models.hazard import Hazard, log_survival
from models.hazard_grow import Cells, choose_hazard_rounds, fit_hazard
from training.baseline import LineForm
from training.hazards.cells import cell_folds, cells_of
from training.hazards.line import Beside, beside
from training.hazards.rows import EventSet

_WEIGHTS = tuple(round(0.1 * tenths, 1) for tenths in range(10, -1, -1))
_SURE = 2.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Outcomes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class HazardChoices:
    """What is chosen on inner folds: parameters of the trees, the form of the line beside them, and
    the trees' weight in the log-odds; 1 leaves the line out.
    """  # noqa: D205 - one sentence

    params: Params
    form: LineForm
    weight: float


@dataclass(frozen=True, slots=True)
class HazardLearned:
    """A hazard, how it was chosen, the rounds of its trees, and how many cells taught it."""

    hazard: Hazard
    choices: HazardChoices
    rounds: int
    cells: int

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

    Rounds and calibration, and what is not given, are chosen on folds within the rows: forward by
    date where there are dates enough, else by customer.
    """
    rng = np.random.default_rng(seed)
    cells = cells_of(events, rng, most=most)
    folds = cell_folds(events, cells, rng)
    matrix = events.data.matrix
    params = choices.params if choices else _defaults(events, cells, seed)
    rounds, boosters = choose_hazard_rounds(matrix, cells, params, folds.cells)
    line = beside(matrix, cells, folds.cells)
    form = choices.form if choices else line.choose_form()
    trees = [_hazard(events, booster) for booster in boosters]
    grown = [replace(each, line=line.of_fold(n, form)) for n, each in enumerate(trees)]
    weight = choices.weight if choices else _blend_weight(grown, line, matrix)
    mixed = [_weighed(each, weight) for each in grown]
    whole = _hazard(events, fit_hazard(matrix, cells, events.data.features, params, rounds))
    final = _weighed(replace(whole, line=line.of_all(form)), weight)
    hazard = replace(final, calibration=_calibration(mixed, events, folds.rows))
    return HazardLearned(hazard, HazardChoices(params, form, weight), rounds, len(cells.row))


def _defaults(events: EventSet, cells: Cells, seed: int) -> Params:
    customers = len(np.unique(events.data.customer_id))
    positives = len(np.unique(events.data.customer_id[events.period > 0]))
    return default_params(customers, positives, seed, rows_each=len(cells.row) / customers)


def _hazard(events: EventSet, booster: str) -> Hazard:
    return Hazard(booster, events.period_days, events.periods, events.horizons)


def _weighed(hazard: Hazard, weight: float) -> Hazard:
    return replace(hazard, line=hazard.line if weight < 1 else None, weight=weight)


def _blend_weight(grown: Sequence[Hazard], line: Beside, matrix: Floats) -> float:
    """The trees' weight of the lowest log-loss over the folds' tested cells."""
    losses = np.zeros(len(_WEIGHTS))
    for number, hazard in enumerate(grown):
        row, period, y, weight = line.tested(number)
        alone, other = (_weighed(hazard, each).log_odds(matrix[row]) for each in (1.0, 0.0))
        place = (np.arange(len(row)), period - 1)
        for at, share in enumerate(_WEIGHTS):
            log_odds = share * alone[place] + (1 - share) * other[place]
            losses[at] += np.average(_losses(log_odds, y), weights=weight)
    return _WEIGHTS[int(losses.argmin())]


def _calibration(mixed: Sequence[Hazard], events: EventSet, parts: Sequence[Ints]) -> Platt | None:
    """A line through the log-odds where probabilities err more than tolerated, and it mends them.

    The error is that of the main horizon's probabilities on the folds' tested rows (`parts`) that
    were watched for so long. The line through the periods of the other folds must lower the
    log-loss of the first fold's, the latest where they go by date: a shift that does not last is
    no reason to shift again.
    """
    said = [
        each.log_odds(events.data.matrix[part]) for each, part in zip(mixed, parts, strict=True)
    ]
    rows, log_odds = np.concatenate(parts), np.concatenate(said)
    period, watched = events.period[rows], events.observed[rows] >= events.main
    happened = ((period > 0) & (period <= events.main)).astype(np.int8)
    probability = -np.expm1(log_survival(log_odds)[:, events.main - 1])
    if not watched.any() or (
        expected_calibration_error(probability[watched], happened[watched]) <= TOLERATED_ECE
    ):
        return None
    at_risk = [_at_risk(events, part, each) for part, each in zip(parts, said, strict=True)]
    if len(parts) > 1 and not _lasts(at_risk):
        return None
    return fit_platt(*_joined(at_risk))


def _at_risk(events: EventSet, rows: Ints, log_odds: Floats) -> tuple[Floats, Outcomes]:
    """The log-odds of the periods in which rows were at risk, and whether it happened."""
    period, number = events.period[rows][:, None], np.arange(1, events.periods + 1)
    last = np.where(period > 0, period, events.observed[rows][:, None])
    inside = number <= last
    return log_odds[inside], (number == period)[inside].astype(np.int8)


def _lasts(at_risk: Sequence[tuple[Floats, Outcomes]]) -> bool:
    """Whether the line through the other folds betters the first by more than two errors."""
    (log_odds, y), others = at_risk[0], at_risk[1:]
    gain = _losses(log_odds, y) - _losses(fit_platt(*_joined(others)).apply(log_odds), y)
    return bool(gain.mean() > _SURE * gain.std() / np.sqrt(len(gain)))


def _joined(parts: Sequence[tuple[Floats, Outcomes]]) -> tuple[Floats, Outcomes]:
    return np.concatenate([each for each, _ in parts]), np.concatenate([y for _, y in parts])


def _losses(log_odds: Floats, y: Outcomes) -> Floats:
    return np.asarray(np.logaddexp(0, log_odds) - y * log_odds)
