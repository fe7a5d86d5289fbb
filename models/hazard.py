"""Scores when something happens: leaving, a need, a purchase, every horizon from one model.

Time after as_of is cut into periods; trees over the features and the number of the period give the
log-odds that it happens in a period, not having happened before (Cox 1972, Regression models and
life-tables, part 6; Singer and Willett 1993, It's about time).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.calibration import Platt, sigmoid
from models.card import Card
from models.errors import BrokenModel
from models.hazard_walk import log_odds_by_period
from models.line import Line
from models.quadrature import gauss_legendre
from models.treeshap import TreeExplainer, compiled, contributions

BOOSTER, LINE, HAZARD = "booster.txt", "line.json", "hazard.json"
PERIOD = "period"
_POINTS = 8
_ROWS = 8_192
_RARE = 1e-300

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hazard:
    """Trees over the features and the period, and what their periods are.

    A period is `period_days` long and there are `periods`; `horizons` gives the periods that each
    label's score covers. Where there is a `line` over the same columns, the log-odds are `weight`
    times the trees' and the rest the line's. The calibration is a line through the log-odds of
    every period, the same for all, so that a longer horizon stays the likelier.
    """

    booster: str = field(repr=False)
    period_days: int
    periods: int
    horizons: tuple[int, ...]
    calibration: Platt | None = None
    line: Line | None = None
    weight: float = 1.0
    _explainer: TreeExplainer = field(init=False, repr=False, compare=False)
    # Whether each tree asks for the period.
    _timed: NDArray[np.bool_] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        explainer = compiled(self.booster)
        trees = explainer.trees
        asks = trees.nodes["feature"] == len(trees.features) - 1
        object.__setattr__(self, "_explainer", explainer)
        object.__setattr__(self, "_timed", np.logical_or.reduceat(asks, trees.starts[:-1]))

    @property
    def columns(self) -> tuple[str, ...]:
        """What the trees read: the features as the booster names them, and the period."""
        return self._explainer.trees.features

    def log_odds(self, matrix: Floats) -> Floats:
        """The log-odds of happening in each period, not having before: [rows, periods]."""
        found = log_odds_by_period(self._explainer.trees, matrix, self.periods)
        if self.line is not None:
            line = line_by_period(self.line, matrix, self.periods)
            found = self.weight * found + (1 - self.weight) * line
        return self.calibration.apply(found) if self.calibration else found

    def curve(self, matrix: Floats) -> Floats:
        """The probability of having happened by the end of each period: [rows, periods]."""
        return -np.expm1(log_survival(self.log_odds(matrix)))

    def raw(self, matrix: Floats) -> Floats:
        """The log-odds of having happened by each label's horizon: [rows, labels].

        A longer horizon never has less than a shorter one.
        """
        survived = log_survival(self.log_odds(matrix))[:, np.array(self.horizons) - 1]
        return _log_odds_of_event(survived)

    def contributions(self, matrix: Floats, place: int) -> Floats:
        """What each feature adds to the raw score of label number `place`: [rows, features].

        What each adds to each period up to the horizon (TreeSHAP, and the line's own), weighted by
        what the period's log-odds move the score by, on the mean along the straight way from none
        of them to all (Aumann and Shapley 1974, Values of non-atomic games). What is left is the
        row's base: the score of the mean log-odds and what the period's number itself adds.
        """
        horizon = self.horizons[place]
        found = np.zeros(matrix.shape)
        for begin in range(0, len(matrix), _ROWS):
            rows = slice(begin, begin + _ROWS)
            found[rows] = self._shares(matrix[rows], horizon)
        return found

    def files(self) -> Mapping[str, bytes]:
        """The booster's text, and the rest as JSON."""
        said = {
            "period_days": self.period_days,
            "periods": self.periods,
            "horizons": self.horizons,
            "calibration": asdict(self.calibration) if self.calibration else None,
            "weight": self.weight,
        }
        found = {BOOSTER: self.booster.encode(), HAZARD: json.dumps(said).encode()}
        return found | ({LINE: self.line.to_json().encode()} if self.line else {})

    def _shares(self, matrix: Floats, horizon: int) -> Floats:
        slope = self.calibration.slope if self.calibration else 1.0
        reached = self.log_odds(matrix)[:, :horizon]
        asked = np.empty((horizon, len(matrix), matrix.shape[1] + 1))
        asked[:, :, :-1] = matrix
        asked[:, :, -1] = np.arange(1.0, horizon + 1)[:, None]
        # Most trees never ask for the period, and say the same in all of them.
        same = contributions(self._explainer, asked[0], among=~self._timed)
        every = asked.reshape(-1, asked.shape[2])
        shares = contributions(self._explainer, every, among=self._timed).reshape(asked.shape)
        shares += same
        if self.line is not None:
            shares *= self.weight
            shares += (1 - self.weight) * self.line.contributions(asked[0])
        # What the period itself adds belongs to the base.
        shares = slope * shares[:, :, :-1]
        given = shares.sum(axis=2).T
        return np.asarray(np.einsum("np,pnf->nf", _mean_slopes(reached - given, given), shares))


def line_by_period(line: Line, matrix: Floats, periods: int) -> Floats:
    """The log-odds of a line whose last column is the period's number: [rows, periods]."""
    of_row = line.before_last.raw(matrix)
    return of_row[:, None] + line.curves[-1].at(np.arange(1.0, periods + 1))


def log_survival(log_odds: Floats) -> Floats:
    """The logarithm of the probability that it has not happened by the end of each period."""
    return np.cumsum(-np.logaddexp(0, log_odds), axis=1)


def read_hazard(card: Card, files: Mapping[str, bytes]) -> Hazard:
    """The hazard that a model's folder holds; BrokenModel when it does not read."""
    try:
        said = json.loads(files[HAZARD])
        platt = said["calibration"]
        hazard = Hazard(
            files[BOOSTER].decode(),
            int(said["period_days"]),
            int(said["periods"]),
            tuple(int(each) for each in said["horizons"]),
            Platt(**platt) if platt else None,
            Line.from_json(files[LINE].decode()) if LINE in files else None,
            float(said["weight"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"the files of model {card.label!r} do not read as a hazard: {error!r}; "
            "restore the folder, or train again"
        ) from error
    _refuse_other_shape(card, hazard)
    return hazard


def _refuse_other_shape(card: Card, hazard: Hazard) -> None:
    reads = hazard.columns
    fits = len(hazard.horizons) == len(card.labels) and len(reads) == len(card.features) + 1
    if hazard.line is not None:
        fits = fits and len(hazard.line.curves) == len(reads)
    if not fits or not all(0 < each <= hazard.periods for each in hazard.horizons):
        raise BrokenModel(
            f"the hazard of model {card.label!r} has horizons of {list(hazard.horizons)} of its "
            f"{hazard.periods} periods and reads {len(reads) - 1} features, where its card has "
            f"{len(card.labels)} labels and {len(card.features)} features; restore the folder, "
            "or train again"
        )


def _log_odds_of_event(log_survived: Floats) -> Floats:
    return np.log(np.maximum(-np.expm1(log_survived), _RARE)) - log_survived


def _mean_slopes(base: Floats, given: Floats) -> Floats:
    """What a period's log-odds move the log-odds of the event by, on the mean from base to both.

    With S the survival and h a period's hazard, d logit(1 - S) = h / (1 - S) of the period's
    d log-odds; the mean over the way is by Gauss-Legendre quadrature.
    """
    total = np.zeros_like(base)
    for point, part in zip(*gauss_legendre(_POINTS), strict=True):
        log_odds = base + point * given
        happened = -np.expm1(log_survival(log_odds)[:, -1:])
        total += part * sigmoid(log_odds) / np.maximum(happened, _RARE)
    return total
