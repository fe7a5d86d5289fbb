"""What another policy would have earned, from decisions whose probabilities were kept.

Each decision is weighed by how much more probable the other policy makes what was done. SNIPS
divides by the weights (Swaminathan and Joachims 2015), DR adds the weighed error of a prediction to
that prediction (Dudik, Langford and Li 2011). Weights are not clipped: that would hide where little
is known. Few successes or few effective decisions give no answer, whatever the interval says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outreach.errors import ExperimentError

LEAST_POSITIVES = 200
LEAST_EFFECTIVE = 1000
# The half width of a 95 % interval in standard errors.
Z95 = 1.959963984540054

Floats = NDArray[np.float64]


class Log:
    """Decisions as they were taken, one a row.

    `customer_id` says whose, for the decisions about one customer are not independent; `reward` is
    what came of each; `probability` that with which its action was taken, in (0, 1]; `target` that
    with which the other policy takes the same action, in [0, 1].
    """

    def __init__(
        self,
        customer_id: Sequence[int] | NDArray[np.int64],
        reward: ArrayLike,
        probability: ArrayLike,
        target: ArrayLike,
    ) -> None:
        """Take the columns, all of one length; a value that cannot be is refused by its row."""
        self.customer_id = np.asarray(customer_id, dtype=np.int64)
        count = len(self.customer_id)
        self.reward = _column("reward", reward, count)
        self.probability = _column("probability", probability, count)
        self.target = _column("target", target, count)
        for name, low, values in (
            ("probability", 1e-300, self.probability),
            ("target", 0.0, self.target),
        ):
            wrong = np.flatnonzero((values < low) | (values > 1))
            if wrong.size:
                raise ExperimentError(
                    f"{name} {values[wrong[0]]:g} of decision {wrong[0]} is none; an action that "
                    "was taken had a probability above 0 and up to 1: bring the one that was kept"
                )
        if not count:
            raise ExperimentError("there are no decisions to replay; choose days that have plans")

    @property
    def weights(self) -> Floats:
        """How much more probable the other policy makes each decision."""
        return self.target / self.probability


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a policy earns a decision, with a 95 % interval, and how much speaks for it.

    `effective` is Kish's (sum w)^2 / sum w^2; `positives` are decisions with a reward above 0 that
    the policy would have taken too. The interval is linearised, clustered by customer.
    """

    value: float
    low: float
    high: float
    effective: float
    positives: int
    decisions: int
    errors: Floats = field(repr=False, compare=False)

    @property
    def enough(self) -> bool:
        """Whether there is enough to answer from."""
        return self.positives >= LEAST_POSITIVES and self.effective >= LEAST_EFFECTIVE


def snips(log: Log) -> Estimate:
    """The self-normalised estimate of what the other policy earns a decision."""
    weights = log.weights
    total = float(weights.sum())
    if total <= 0:
        return _estimate(log, 0.0, np.zeros(len(weights)))
    value = float(weights @ log.reward) / total
    return _estimate(log, value, weights * (log.reward - value) * len(weights) / total)


def doubly_robust(log: Log, predicted: ArrayLike, predicted_target: ArrayLike) -> Estimate:
    """The doubly robust estimate, unbiased for whatever predictions where probabilities are right.

    `predicted` is the reward expected of each decision's own action, `predicted_target` that of
    what the other policy would have done; the better they are, the narrower the interval.
    """
    count = len(log.customer_id)
    own = _column("predicted", predicted, count)
    other = _column("predicted_target", predicted_target, count)
    each = other + log.weights * (log.reward - own)
    value = float(each.mean())
    return _estimate(log, value, each - value)


@dataclass(frozen=True, slots=True)
class Gain:
    """How much more one policy earns a decision than another, with a 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves no difference out."""
        return self.low > 0 or self.high < 0


def gain(new: Estimate, old: Estimate, customer_id: Sequence[int] | NDArray[np.int64]) -> Gain:
    """The difference of two estimates on the same decisions."""
    half = Z95 * standard_error(new.errors - old.errors, np.asarray(customer_id))
    value = new.value - old.value
    return Gain(value, value - half, value + half)


def _estimate(log: Log, value: float, errors: Floats) -> Estimate:
    weights = log.weights
    squares = float(weights @ weights)
    half = Z95 * standard_error(errors, log.customer_id)
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        effective=float(weights.sum()) ** 2 / squares if squares else 0.0,
        positives=int(np.sum((log.reward > 0) & (weights > 0))),
        decisions=len(weights),
        errors=errors,
    )


def standard_error(errors: Floats, customer_id: NDArray[np.int64]) -> float:
    """Of the mean of errors, those of one customer taken together; infinite for one customer."""
    _, place = np.unique(customer_id, return_inverse=True)
    sums = np.bincount(place, weights=errors)
    many = len(sums)
    if many == 1:
        return float("inf")
    return float(np.sqrt(float(sums @ sums) * many / (many - 1)) / len(errors))


def _column(name: str, values: ArrayLike, count: int) -> Floats:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != (count,):
        raise ExperimentError(
            f"{name} has {column.size} values for {count} decisions; bring one for each"
        )
    if not np.isfinite(column).all():
        raise ExperimentError(
            f"{name} of decision {np.flatnonzero(~np.isfinite(column))[0]} is no number; "
            "leave decisions out of which it is not known"
        )
    return column
