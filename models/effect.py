"""What a contact changes: the difference that it makes to the chance of an outcome, and why.

The difference is told apart from the chance itself: a customer likely to buy anyway is flagged, but
a call changes little.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.boosted import Boosted
from models.calibration import sigmoid
from models.card import Card
from models.errors import BrokenModel
from models.line import signed_log

EFFECT = "effect.json"
_FAR = 5.0
_FLAT = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class StraightLine:
    """A straight line through standardised signed logarithms, one slope a column.

    A value counts (sign(x) log(1 + |x|) - middle) / spread, held within five spreads; a missing one
    adds the column's `gap`.
    """

    constant: float
    middle: Floats
    spread: Floats
    slope: Floats
    gap: Floats

    def shares(self, matrix: Floats, begins: int = 0) -> Floats:
        """What each column of a matrix adds, if its columns are the line's from `begins` on."""
        part = slice(begins, begins + matrix.shape[1])
        standard = standardised(matrix, self.middle[part], self.spread[part])
        shares: Floats = np.where(np.isnan(matrix), self.gap[part], standard * self.slope[part])
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One term of an effect: `weights`, one a label, times what a line or trees say.

    Where `probability` holds they say log-odds, and the probability counts; else the value itself.
    """

    body: StraightLine | Boosted
    weights: tuple[float, ...]
    probability: bool

    def said(self, matrix: Floats, arms: Floats) -> Floats:
        """What the body says of each row under each arm, [rows, arms], before any weight."""
        if isinstance(self.body, StraightLine):
            own = self.body.shares(matrix).sum(axis=1)
            added = self.body.shares(arms, matrix.shape[1]).sum(axis=1)
            return np.asarray(self.body.constant + own[:, None] + added[None, :])
        return np.column_stack([self.body.raw(_under(matrix, arm))[:, 0] for arm in arms])

    def shares(self, matrix: Floats, arm: Floats) -> Floats:
        """What each feature adds to what the body says under an arm, [rows, features]."""
        if isinstance(self.body, StraightLine):
            return self.body.shares(matrix)
        return self.body.contributions(_under(matrix, arm))[:, : matrix.shape[1]]


@dataclass(frozen=True, slots=True, eq=False)
class EffectScorer:
    """The effect of a contact upon the probability of an outcome, for each label.

    A label is an arm of the lot: an offer through a channel. `arms` [labels, columns] holds what
    stands after the features in the rows that the parts read. Learned or measured, shrunken or
    boosted, an effect is a weighted sum of probabilities and values.
    """

    parts: tuple[Part, ...] = field(repr=False)
    arms: Floats = field(repr=False)

    def raw(self, matrix: Floats) -> Floats:
        """The change in probability that each label's contact makes, [rows, labels]."""
        effect = np.zeros((len(matrix), len(self.arms)))
        for part in self.parts:
            said = part.said(matrix, self.arms)
            effect += np.array(part.weights) * (sigmoid(said) if part.probability else said)
        return effect

    def contributions(self, matrix: Floats, place: int) -> Floats:
        """What each feature adds to the change that label number `place` makes, [rows, features].

        Each part's shares are carried from log-odds to probability in proportion, which along a
        straight line is exactly the integrated gradient from the average customer (Sundararajan,
        Taly and Yan 2017, Axiomatic attribution for deep networks). With lines, and with trees of
        one arm, the remainder is one constant; trees of several arms leave in it what they make of
        the arm itself, which may differ by row.
        """
        total = np.zeros(matrix.shape)
        arm = self.arms[place : place + 1]
        for part in self.parts:
            shares = part.shares(matrix, arm[0])
            if part.probability:
                shares = shares * _steepness(part.said(matrix, arm)[:, 0], shares.sum(axis=1))
            total += part.weights[place] * shares
        return total

    def files(self) -> Mapping[str, bytes]:
        """The parts as JSON, and the text of each booster."""
        said = {
            "arms": self.arms.tolist(),
            "parts": [_part_said(number, part) for number, part in enumerate(self.parts)],
        }
        texts = {
            _trees(number): part.body.text.encode()
            for number, part in enumerate(self.parts)
            if isinstance(part.body, Boosted)
        }
        return {EFFECT: json.dumps(said, allow_nan=False).encode(), **texts}


def standardised(matrix: Floats, middle: Floats, spread: Floats) -> Floats:
    """Signed logarithms by their middle and spread, held within five spreads; missing stays NaN."""
    return np.clip((signed_log(matrix) - middle) / spread, -_FAR, _FAR)


def read_effect(card: Card, files: Mapping[str, bytes]) -> EffectScorer:
    """The effect that a model's folder holds; BrokenModel when it does not read."""
    try:
        said = json.loads(files[EFFECT])
        arms = np.array(said["arms"], dtype=np.float64)
        parts = [_part_of(number, each, files) for number, each in enumerate(said["parts"])]
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"the files of model {card.label!r} do not read as an effect: {error!r}; "
            "restore the folder, or train again"
        ) from error
    _refuse_unfit(card, arms, parts)
    return EffectScorer(tuple(parts), arms)


def _under(matrix: Floats, arm: Floats) -> Floats:
    """The rows with an arm's columns behind them."""
    return np.hstack([matrix, np.broadcast_to(arm, (len(matrix), len(arm)))])


def _steepness(log_odds: Floats, moved: Floats) -> Floats:
    """How far the probability moved for each unit that the log-odds did, as a column."""
    begun = sigmoid(log_odds - moved)
    flat = np.abs(moved) < _FLAT
    steep = (sigmoid(log_odds) - begun) / np.where(flat, 1.0, moved)
    return np.where(flat, begun * (1 - begun), steep)[:, None]


_COLUMNS = ("middle", "spread", "slope", "gap")


def _trees(number: int) -> str:
    return f"effect-{number}.txt"


def _part_said(number: int, part: Part) -> dict[str, Any]:
    said: dict[str, Any] = {"probability": part.probability, "weights": list(part.weights)}
    if isinstance(part.body, Boosted):
        return said | {"trees": _trees(number)}
    columns = {name: getattr(part.body, name).tolist() for name in _COLUMNS}
    return said | {"line": {"constant": part.body.constant} | columns}


def _part_of(number: int, said: Mapping[str, Any], files: Mapping[str, bytes]) -> Part:
    body: StraightLine | Boosted
    if "trees" in said:
        body = Boosted(files[_trees(number)].decode())
    else:
        line = said["line"]
        columns = (np.array(line[name], dtype=np.float64) for name in _COLUMNS)
        body = StraightLine(float(line["constant"]), *columns)
    weights = tuple(float(weight) for weight in said["weights"])
    return Part(body, weights, bool(said["probability"]))


def _refuse_unfit(card: Card, arms: Floats, parts: Sequence[Part]) -> None:
    labels = len(card.labels)
    fits = arms.ndim == 2 and len(arms) == labels and len(parts) > 0  # noqa: PLR2004 - a table
    if fits:
        width = len(card.features) + arms.shape[1]
        fits = all(len(p.weights) == labels and _is_wide(p.body, width) for p in parts)
    if not fits:
        raise BrokenModel(
            f"{EFFECT} of model {card.label!r} does not fit its card of {labels} labels and "
            f"{len(card.features)} features; restore the folder, or train again"
        )


def _is_wide(body: StraightLine | Boosted, width: int) -> bool:
    if isinstance(body, Boosted):
        return body.width == width
    columns = (body.middle, body.spread, body.slope, body.gap)
    return all(column.shape == (width,) for column in columns)
