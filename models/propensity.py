"""Which product a customer buys next: one model ranks every family, and each gets a probability.

Boosted trees give a score to buying nothing and to each family of products; among what the customer
can still buy, the share of exp(score) is the chance of being bought next (a softmax). A family that
is held already, or not sold to customers of this kind, takes no part.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.boosted import Boosted
from models.calibration import Platt, logit
from models.card import Card
from models.errors import BrokenModel
from models.quadrature import gauss_legendre
from models.treeshap import expected_value

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BOOSTER, RANKER = "booster.txt", "ranker.json"
# Kinds of customers as features tell them apart: by the flags of private and of business customers.
GROUPS = ("retail", "private", "business")
IS_PRIVATE, IS_BUSINESS = "is_private", "is_business"
CLOSED = float(logit(np.zeros(1))[0])
_POINTS = 16


@dataclass(frozen=True, slots=True)
class Shelf:
    """A family of products in the ranking.

    `holds` is the column of the flag that says whether a customer holds it, and `groups` the ones
    of GROUPS that it is sold to. `place` is its class in the booster and `start` that class's score
    before any tree; without a place its probability is `line`'s intercept alone.
    """

    label: str
    holds: int
    groups: tuple[str, ...]
    line: Platt
    place: int | None
    start: float = 0.0

    @property
    def ranks(self) -> bool:
        """Whether its scores tell customers apart; else they are a base rate, without reasons."""
        return self.place is not None and self.line.slope > 0


@dataclass(frozen=True, slots=True)
class Counter:
    """The families on offer, and the columns of the flags that tell the kind of customer."""

    shelves: tuple[Shelf, ...]
    kind_flags: tuple[int, int] | None

    def open_to(self, matrix: Floats) -> Flags:
        """Whether each row's customer can still buy each family, [rows, families].

        Where a flag is missing nothing is closed by it.
        """
        found = np.column_stack([matrix[:, shelf.holds] != 1 for shelf in self.shelves])
        if self.kind_flags is not None:
            group = groups_of(*(matrix[:, flag] for flag in self.kind_flags))
            # The last place is that of the unknown kind, -1, to whom everything is open.
            sold = [[*(each in shelf.groups for each in GROUPS), True] for shelf in self.shelves]
            found &= np.array(sold, dtype=np.bool_)[:, group].T
        return found

    def scores_before(self, open_to: Flags) -> Floats:
        """Each class's score before any tree, [rows, classes]: minus infinity where it is closed.

        Class 0 is buying nothing.
        """
        classes = 1 + sum(shelf.place is not None for shelf in self.shelves)
        scores = np.zeros((len(open_to), classes))
        for number, shelf in enumerate(self.shelves):
            if shelf.place is not None:
                scores[:, shelf.place] = np.where(open_to[:, number], shelf.start, -np.inf)
        return scores


_UNKNOWN = -1


def groups_of(is_private: Floats, is_business: Floats) -> NDArray[np.int64]:
    """The place in GROUPS of each customer's kind; -1 where a flag is missing."""
    group = np.where(is_business == 1, 2, np.where(is_private == 1, 1, 0))
    return np.where(np.isnan(is_private) | np.isnan(is_business), _UNKNOWN, group)


@dataclass(frozen=True, slots=True)
class Ranker:
    """A booster of several classes, the counter it ranks, and each family's calibration."""

    trees: Boosted
    counter: Counter
    _expected: Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        explainer = self.trees.explainer
        expected = [expected_value(explainer, place) for place in range(self.trees.classes)]
        object.__setattr__(self, "_expected", np.array(expected))

    def raw(self, matrix: Floats) -> Floats:
        """The calibrated log-odds of buying each family, [rows, families].

        What is closed to a customer has the lowest log-odds there are, CLOSED: a probability of 0
        but for rounding.
        """
        open_to = self.counter.open_to(matrix)
        return self.calibrated(self.log_odds(matrix, open_to), open_to)

    def log_odds(self, matrix: Floats, open_to: Flags) -> Floats:
        """The log-odds of each family against all else that is open, before any calibration."""
        scores = self.trees.raw(matrix) + self.counter.scores_before(open_to)
        found = np.zeros(open_to.shape)
        for number, shelf in enumerate(self.counter.shelves):
            if shelf.place is not None:
                found[:, number] = _against_rest(scores, shelf.place)
        return found

    def calibrated(self, log_odds: Floats, open_to: Flags) -> Floats:
        """Log-odds made honest, and CLOSED where a family is closed."""
        shelves = self.counter.shelves
        slope = np.array([shelf.line.slope if shelf.ranks else 0.0 for shelf in shelves])
        intercept = np.array([shelf.line.intercept for shelf in shelves])
        honest = slope * np.where(open_to, log_odds, 0.0) + intercept
        return np.where(open_to, honest, CLOSED)

    def contributions(self, matrix: Floats, place: int) -> Floats:
        """What each feature adds to each row's log-odds of buying a family, [rows, features].

        TreeSHAP takes each class's score apart (Lundberg et al. 2020); of every class its features
        count by how much the class moves the log-odds, averaged over the straight way from the
        scores expected before anything is known to the row's own (integrated gradients,
        Sundararajan et al. 2017). They add up to the log-odds less those of the scores expected,
        which are the same for all rows to which the same families are open. A family that is closed
        to a row, or that has a base rate only, has none.
        """
        shelf = self.counter.shelves[place]
        found = np.zeros(matrix.shape)
        if not shelf.ranks:
            return found
        open_to = self.counter.open_to(matrix)
        rows = np.flatnonzero(open_to[:, place])
        asked = matrix[rows]
        start = self.counter.scores_before(open_to[rows])
        pulls = _average_pull(start + self._expected, start + self.trees.raw(asked), shelf.place)
        for number, pull in enumerate(pulls.T):
            if pull.any():
                shares = self.trees.contributions(asked, number)
                found[rows] += shelf.line.slope * pull[:, None] * shares
        return found

    def files(self) -> Mapping[str, bytes]:
        """The booster's text, and the counter as JSON."""
        said = json.dumps(asdict(self.counter), indent=1)
        return {BOOSTER: self.trees.text.encode(), RANKER: said.encode()}


def read_ranker(card: Card, files: Mapping[str, bytes]) -> Ranker:
    """The ranker that a model's folder holds; BrokenModel when it does not read."""
    try:
        said = json.loads(files[RANKER])
        shelves = tuple(_shelf(each) for each in said["shelves"])
        flags = said["kind_flags"]
        ranker = Ranker(
            Boosted(files[BOOSTER].decode()),
            Counter(shelves, (int(flags[0]), int(flags[1])) if flags else None),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"the files of model {card.label!r} do not read as a ranker: {error!r}; "
            "restore the folder, or train again"
        ) from error
    if tuple(shelf.label for shelf in shelves) != card.labels:
        raise BrokenModel(
            f"{RANKER} of model {card.label!r} ranks other labels than its card says; "
            "restore the folder, or train again"
        )
    return ranker


def _shelf(said: Mapping[str, object]) -> Shelf:
    line = said["line"]
    groups = said["groups"]
    if not isinstance(line, Mapping) or not isinstance(groups, Sequence):
        raise TypeError("a family's line and groups must be written out")  # told as BrokenModel
    rest = {name: value for name, value in said.items() if name not in {"line", "groups"}}
    return Shelf(line=Platt(**line), groups=tuple(str(each) for each in groups), **rest)  # type: ignore[arg-type]


def _against_rest(scores: Floats, place: int) -> Floats:
    """The log-odds of a class against all others, of scores [rows, classes]."""
    rest = np.delete(scores, place, axis=1)
    most = rest.max(axis=1)
    total = np.exp(rest - most[:, None]).sum(axis=1)
    odds: Floats = scores[:, place] - most - np.log(total)
    return odds


def _average_pull(before: Floats, after: Floats, place: int | None) -> Floats:
    """How much each class's score moves the log-odds of a class, [rows, classes].

    The mean of the gradient over the straight way from scores to scores, by Gauss-Legendre
    quadrature: 1 for the class itself, minus its share of the rest for every other.
    """
    open_to = np.isfinite(before)
    low, high = (np.where(open_to, scores, 0.0) for scores in (before, after))
    pull = np.zeros(before.shape)
    for step, part in zip(*gauss_legendre(_POINTS), strict=True):
        scores = np.where(open_to, low + step * (high - low), -np.inf)
        scores[:, place] = -np.inf
        share = np.exp(scores - scores.max(axis=1, keepdims=True))
        pull -= part * share / share.sum(axis=1, keepdims=True)
    pull[:, place] = 1.0
    return pull
