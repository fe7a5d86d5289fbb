"""A plain logistic regression: what the boosted trees must beat to be worth their trouble."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

_STEPS = 2_000
_RELATIVE_RIDGE = 0.01
_FIRM_RIDGE = 10.0


def logistic_baseline(
    matrix: NDArray[np.float64], y: NDArray[np.int8], asked: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The log-odds of `asked` rows by a ridge logistic regression on `matrix` and y.

    Values enter as signed logarithms, sign(x) log(1 + |x|), standardised; a missing value is the
    mean, with a column that says so. The ridge is 10, or 1 % of the rows where that is more.
    """
    present = ~np.isnan(matrix).all(axis=0)
    known = _signed_log(matrix[:, present])
    gaps = np.isnan(known).any(axis=0)
    design = np.hstack([known, np.isnan(known[:, gaps])])
    mean, spread = np.nanmean(design, axis=0), np.nanstd(design, axis=0)
    spread[spread == 0] = 1.0
    other = _signed_log(asked[:, present])
    others = np.hstack([other, np.isnan(other[:, gaps])])
    ridge = max(_FIRM_RIDGE, _RELATIVE_RIDGE * len(y))
    line = LogisticRegression(C=1 / ridge, max_iter=_STEPS)
    line.fit(np.nan_to_num((design - mean) / spread), y)
    log_odds: NDArray[np.float64] = line.decision_function(np.nan_to_num((others - mean) / spread))
    return log_odds


def _signed_log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sign(values) * np.log1p(np.abs(values))
