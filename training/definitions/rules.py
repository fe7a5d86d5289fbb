"""Outcomes told by rule from accounts, products and balances: closing, run-off, a drop of assets.

`gap_days`, `kinds` and who is left out mean what they mean in definition_silence.py.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from goodcall.language import Text
from training.definitions.horizon import (
    Horizon,
    after_gap,
    refuse_below,
    refuse_no_percent,
    refuse_unknown_kinds,
)
from training.definitions.silence import (
    DeclineLabel,
    DigitalChurnLabel,
    InactivityLabel,
    LostLabel,
    SalaryStopLabel,
)
from training.errors import BadLabel

Mean = Literal["quarter", "month"]
QUARTER_DAYS = 90
MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class ClosureLabel:
    """The last open account is closed within [gap, horizon) days after as_of.

    Left out: who holds no open account at as_of, and whose last one is closed within the gap.
    """

    horizon_days: int = 90
    gap_days: int = 0
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_below(0, gap_days=self.gap_days)
        refuse_below(self.gap_days + 1, horizon_days=self.horizon_days)
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return "closure"

    @property
    def horizon(self) -> Horizon:
        """How far this label looks ahead."""
        return Horizon(self.horizon_days)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        return Text(
            f"closes the last account within days {self.gap_days}-{self.horizon_days}",
            f"第{self.gap_days}至{self.horizon_days}天内全部账户销户",
        )


@dataclass(frozen=True, slots=True)
class RunOffLabel:
    """A deposit or wealth product falls due within [gap, gap + `maturity_days`) after as_of, and
    the customer opens none from `early_days` before its end to `renew_days` after it fell due.

    A product ends when it falls due, or earlier where it is closed earlier. One whose due date is
    put off is renewed. Left out: who has nothing that falls due in the window, as known at as_of.
    """  # noqa: D205 - the definition is one sentence

    maturity_days: int = 90
    renew_days: int = 30
    early_days: int = 7
    gap_days: int = 0
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_below(1, maturity_days=self.maturity_days, renew_days=self.renew_days)
        refuse_below(0, early_days=self.early_days, gap_days=self.gap_days)
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return "run_off"

    @property
    def horizon(self) -> Horizon:
        """How far this label looks ahead."""
        return Horizon(self.gap_days + self.maturity_days + self.renew_days)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        first, last = self.gap_days, self.gap_days + self.maturity_days
        return Text(
            f"a deposit or wealth product falls due within days {first}-{last} and is not renewed "
            f"within {self.renew_days} days",
            f"第{first}至{last}天内有定期或理财产品到期,且到期后{self.renew_days}天内未续作",
        )


@dataclass(frozen=True, slots=True)
class AssetsDropLabel:
    """Mean assets fall by `fall_percent` or more, and by `min_fall_cents`, in the next quarter.

    A `quarter` mean is that of 90 days, before as_of and from the gap on; a `month` mean that of 30
    days before as_of, and of the last 30 of those 90. Left out: who has too little to fall so far,
    whose last month had already fallen so far below the quarter before as_of, and who announced
    outflows of `min_fall_cents`.
    """

    mean: Mean = "quarter"
    fall_percent: int = 30
    min_fall_cents: int = 1_000_000
    gap_days: int = 0
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.mean not in get_args(Mean):
            raise BadLabel(f"mean {self.mean!r} is unknown; known: {', '.join(get_args(Mean))}")
        refuse_no_percent(fall_percent=self.fall_percent)
        refuse_below(1, min_fall_cents=self.min_fall_cents)
        refuse_below(0, gap_days=self.gap_days)
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return f"assets_drop:{self.mean}"

    @property
    def horizon(self) -> Horizon:
        """How far this label looks ahead."""
        return Horizon(self.gap_days + QUARTER_DAYS)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        after, units = after_gap(self.gap_days), self.min_fall_cents // 100
        named = Text(self.mean, "季" if self.mean == "quarter" else "月")
        return Text(
            f"{named.en}-mean assets fall by {self.fall_percent} % or more and at least {units:,} "
            f"in the next quarter{after.en}",
            f"{after.zh}下一季度{named.zh}日均资产下降{self.fall_percent}%及以上且不少于{units:,}",
        )


RuleLabel = (
    InactivityLabel
    | LostLabel
    | DeclineLabel
    | DigitalChurnLabel
    | ClosureLabel
    | SalaryStopLabel
    | RunOffLabel
    | AssetsDropLabel
)
