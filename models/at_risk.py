"""What a curve of leaving means for the bank: the assets at risk, and the time left to act.

A curve is the probability of having left by the end of each period, [rows, periods], as
models.hazard gives it.
"""

import numpy as np
from numpy.typing import NDArray

from goodcall.language import Text

FORMULA = Text(
    "assets at risk = assets x probability of leaving within the horizon, in whole cents; "
    "an overdrawn customer has none",
    "风险资产 = 资产 x 期限内流失概率,四舍五入到分;透支客户计为零",
)

Floats = NDArray[np.float64]


def assets_at_risk(
    assets_cents: NDArray[np.int64], probability: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Assets times the probability of leaving, in whole cents, halves to the even cent.

    Below nothing there is nothing to lose: overdrawn customers have 0.
    """
    return np.rint(np.maximum(assets_cents, 0) * probability).astype(np.int64)


def expected_days(curve: Floats, period_days: int, periods: int) -> Floats:
    """Days from as_of until leaving, on the mean of those who leave within so many periods: [rows].

    Within a period leaving is as likely on each day; not-a-number where nobody leaves.
    """
    each = np.diff(curve[:, :periods], axis=1, prepend=0.0)
    middles = (np.arange(periods) + 0.5) * period_days
    with np.errstate(invalid="ignore"):
        return np.asarray(each @ middles / curve[:, periods - 1])


def median_days(curve: Floats, period_days: int, periods: int) -> Floats:
    """Days from as_of by which half of those who leave within so many periods have left: [rows].

    Within a period leaving is as likely on each day; not-a-number where nobody leaves.
    """
    half = curve[:, periods - 1] / 2
    which = np.sum(curve[:, : periods - 1] < half[:, None], axis=1)
    row = np.arange(len(curve))
    before = np.where(which > 0, curve[row, which - 1], 0.0)
    with np.errstate(invalid="ignore"):
        within = (half - before) / (curve[row, which] - before)
    return np.asarray((which + within) * period_days)
