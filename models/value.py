"""What keeping a customer is worth today, in cents, with the formula that says how.

value = sum over months k = 1..N of margin / 12 x share x survival(k) / (1 + discount) ^ (k / 12)

with the margin of the last twelve months, the share of it that is expected to go on, and the
probability of still being a customer after k months.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from goodcall.language import Text
from goodcall.money import format_money
from models.errors import ModelError

_BASIS_POINTS = 10_000
_YEAR = 12


@dataclass(frozen=True, slots=True)
class ValueFormula:
    """The policy's figures: months ahead, yearly discount, and which part of the margin goes on.

    `margin_bps` is that part in basis points: 10,000 carries the whole margin on.
    """

    months: int = 36
    discount: float = 0.08
    margin_bps: int = _BASIS_POINTS

    def __post_init__(self) -> None:
        if self.months < 1 or not 0 <= self.discount < 1 or self.margin_bps < 0:
            raise ModelError(
                f"a customer's value over {self.months} months at {self.discount:.0%} a year and "
                f"{self.margin_bps} basis points of the margin cannot be; give 1 month or more, a "
                "discount from 0 to less than 1, and 0 basis points or more"
            )


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """A customer's value in cents, and the formula with its figures in words."""

    cents: int
    formula: Text


def value_cents(
    trailing_margin_cents: int,
    survival: Sequence[float],
    formula: ValueFormula,
    *,
    currency: str,
) -> CustomerValue:
    """What keeping a customer is worth, from the margin of twelve months and monthly survival.

    `survival` has the probability of still being a customer after each of the formula's months;
    ModelError when it has another length, leaves [0, 1] or rises.
    """
    _refuse_no_survival(survival, formula.months)
    monthly = trailing_margin_cents * formula.margin_bps / _BASIS_POINTS / _YEAR
    keeps = 1 / (1 + formula.discount) ** (1 / _YEAR)
    months = sum(stays * keeps**month for month, stays in enumerate(survival, start=1))
    return CustomerValue(
        round(monthly * months), _words(trailing_margin_cents, survival, formula, currency)
    )


def constant_survival(churn: float, days: int, months: int) -> tuple[float, ...]:
    """Survival after each month at the constant hazard of a probability of leaving within days.

    A month is a twelfth of 365 days: (1 - churn) ^ (k x 365 / 12 / days).
    """
    return curve_survival([churn], days, months)


def curve_survival(leaving: Sequence[float], days: int, months: int) -> tuple[float, ...]:
    """Survival after each month by a curve of leaving.

    `leaving` has the probability of having left after each period of so many days, as a model of
    hazards gives it. Within a period, and beyond the last, the hazard is constant; beyond it is
    the mean of the whole curve.
    """
    if not leaving or days < 1 or any(not 0 <= each <= 1 for each in leaving):
        raise ModelError(
            f"no survival follows from probabilities {list(leaving)} a period of {days} days; "
            "give one or more from 0 to 1, and a period of 1 day or more"
        )
    stays = (1.0, *(1 - each for each in leaving))
    return tuple(_stays(stays, month * 365 / _YEAR / days) for month in range(1, months + 1))


def _stays(stays: Sequence[float], periods: float) -> float:
    """The probability of staying so many periods, of those after 0, 1, 2, ... whole ones."""
    last = len(stays) - 1
    if periods >= last:
        return float(stays[last] ** (periods / last))
    whole = int(periods)
    if stays[whole] == 0:
        return 0.0
    return float(stays[whole] * (stays[whole + 1] / stays[whole]) ** (periods - whole))


def _refuse_no_survival(survival: Sequence[float], months: int) -> None:
    falls = all(later <= sooner for sooner, later in pairwise(survival))
    if len(survival) != months or not falls or any(not 0 <= each <= 1 for each in survival):
        raise ModelError(
            f"{len(survival)} probabilities of staying do not tell {months} months; give one a "
            "month, from 0 to 1 and never rising, as curve_survival does"
        )


def _words(margin: int, survival: Sequence[float], formula: ValueFormula, currency: str) -> Text:
    years, part = formula.months / _YEAR, formula.margin_bps / _BASIS_POINTS
    stays, rate = survival[min(_YEAR, formula.months) - 1], formula.discount
    month = min(_YEAR, formula.months)
    return Text(
        f"{part:.0%} of the last 12 months' margin of {format_money(margin, currency, 'en')}, a "
        f"twelfth a month over {years:g} years, x the probability of staying ({stays:.0%} after "
        f"{month} months), discounted at {rate:.0%} a year",
        f"近12个月贡献{format_money(margin, currency, 'zh')}的{part:.0%},"
        f"按月计{formula.months}个月,乘以留存概率(第{month}个月为{stays:.0%}),年折现率{rate:.0%}",
    )
