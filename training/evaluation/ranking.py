"""How well products are ranked for each customer: mean average precision of the first seven."""

import numpy as np
from numpy.typing import NDArray

from models.card import Estimate
from training.evaluation.bootstrap import REPETITIONS, Floats, customer_weights, estimate

_FIRST = 7


def mean_average_precision(
    scores: Floats,
    bought: NDArray[np.bool_],
    held: NDArray[np.bool_],
    customer_id: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    first: int = _FIRST,
    repetitions: int = REPETITIONS,
) -> Estimate:
    """MAP@7 of [rows, products] scores, over the rows that bought something.

    A row's average precision is the sum, over the bought products among its first seven, of the
    precision down to each, over the most that seven places could hold. Products `held` are never
    ranked. Ties go to the product that stands first.
    """
    each = average_precision(scores, bought, held, first=first)
    told = ~np.isnan(each)
    if not told.any():
        return Estimate(float("nan"), float("nan"), float("nan"))
    values = each[told]
    weights = customer_weights(customer_id[told], rng, repetitions)
    draws = [float(weight @ values / weight.sum()) for weight in weights]
    return estimate(float(values.mean()), draws)


def average_precision(
    scores: Floats, bought: NDArray[np.bool_], held: NDArray[np.bool_], *, first: int = _FIRST
) -> Floats:
    """The average precision of each row; not-a-number where nothing was bought."""
    wanted = bought & ~held
    order = np.argsort(np.where(held, np.inf, -scores), axis=1, kind="stable")[:, :first]
    hit = np.take_along_axis(wanted, order, axis=1)
    precision = np.cumsum(hit, axis=1) / np.arange(1, hit.shape[1] + 1)
    most = np.minimum(wanted.sum(axis=1), first).astype(np.float64)
    most[most == 0] = np.nan
    return np.asarray((precision * hit).sum(axis=1) / most)
