"""Outcomes of customers who fall silent: no logins, transactions, digital visits or salary.

Each tells yes or no of a customer after a date. `gap_days` leaves out the first days after it, in
which a warning would come too late to act on; `kinds` names the kinds of customers looked at, and
none named means all. What a customer already was at the date leaves the row out, and counts it. Who
dies before the horizon ends is left out too: death is no churn.
"""

from dataclasses import dataclass

from goodcall.language import Text
from training.definitions.horizon import (
    Horizon,
    after_gap,
    refuse_below,
    refuse_no_percent,
    refuse_unknown_kinds,
)


@dataclass(frozen=True, slots=True)
class InactivityLabel:
    """No mobile login and no transaction of the customer's own for `silent_days` from the gap on.

    Left out: who did neither in the `silent_days` before as_of, being inactive already. A bank
    without events is judged by transactions alone.
    """

    silent_days: int = 90
    gap_days: int = 0
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_below(1, silent_days=self.silent_days)
        refuse_below(0, gap_days=self.gap_days)
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return "inactivity"

    @property
    def horizon(self) -> Horizon:
        """How far this label looks ahead."""
        return Horizon(self.gap_days + self.silent_days)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        after = after_gap(self.gap_days)
        return Text(
            f"no mobile login and no own transaction for {self.silent_days} days{after.en}",
            f"{after.zh}{self.silent_days}天无手机银行登录且无自主交易",
        )


@dataclass(frozen=True, slots=True)
class LostLabel:
    """No transaction of the customer's own for `silent_days` from the gap on.

    Left out: who made none in the `silent_days` before as_of, being lost already.
    """

    silent_days: int = 180
    gap_days: int = 0
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_below(1, silent_days=self.silent_days)
        refuse_below(0, gap_days=self.gap_days)
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return "lost"

    @property
    def horizon(self) -> Horizon:
        """How far this label looks ahead."""
        return Horizon(self.gap_days + self.silent_days)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        after = after_gap(self.gap_days)
        return Text(
            f"no own transaction for {self.silent_days} days{after.en}",
            f"{after.zh}{self.silent_days}天无自主交易",
        )


@dataclass(frozen=True, slots=True)
class DeclineLabel:
    """Own transactions of the `period_days` from the gap on fall by `fall_percent` or more against
    the `period_days` before as_of.

    Left out: who made fewer than `least_transactions` before, and who had already fallen as far
    against the period before that.
    """  # noqa: D205 - the definition is one sentence

    period_days: int = 90
    fall_percent: int = 30
    least_transactions: int = 5
    gap_days: int = 0
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_below(1, period_days=self.period_days, least_transactions=self.least_transactions)
        refuse_no_percent(fall_percent=self.fall_percent)
        refuse_below(0, gap_days=self.gap_days)
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return "decline"

    @property
    def horizon(self) -> Horizon:
        """How far this label looks ahead."""
        return Horizon(self.gap_days + self.period_days)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        after = after_gap(self.gap_days)
        return Text(
            f"own transactions of {self.period_days} days fall by {self.fall_percent} % or more "
            f"against the {self.period_days} days before{after.en}",
            f"{after.zh}{self.period_days}天自主交易笔数较此前{self.period_days}天"
            f"下降{self.fall_percent}%及以上",
        )


@dataclass(frozen=True, slots=True)
class DigitalChurnLabel:
    """No event and no own transaction by mobile or web for `silent_days` from the gap on, while an
    account is still open when they end.

    Whoever closes every account leaves too, but not in this way: the outcome is no. Left out: who
    used neither in the `silent_days` before as_of.
    """  # noqa: D205 - the definition is one sentence

    silent_days: int = 90
    gap_days: int = 0
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_below(1, silent_days=self.silent_days)
        refuse_below(0, gap_days=self.gap_days)
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return "digital_churn"

    @property
    def horizon(self) -> Horizon:
        """How far this label looks ahead."""
        return Horizon(self.gap_days + self.silent_days)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        after = after_gap(self.gap_days)
        return Text(
            f"uses neither mobile nor web for {self.silent_days} days{after.en}, "
            "while an account stays open",
            f"{after.zh}{self.silent_days}天不使用手机及网上银行,但账户仍未销户",
        )


@dataclass(frozen=True, slots=True)
class SalaryStopLabel:
    """No salary or pension comes in for `missing_cycles` cycles from the gap on.

    Left out: who has no regular one, with fewer than `least_payments` in that many cycles and one
    more before as_of; and whose last one is a cycle and `late_days` old, having stopped already.
    """

    missing_cycles: int = 2
    cycle_days: int = 31
    least_payments: int = 3
    late_days: int = 14
    gap_days: int = 0
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_below(1, missing_cycles=self.missing_cycles, cycle_days=self.cycle_days)
        refuse_below(1, least_payments=self.least_payments)
        refuse_below(0, late_days=self.late_days, gap_days=self.gap_days)
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return "salary_stop"

    @property
    def horizon(self) -> Horizon:
        """How far this label looks ahead."""
        return Horizon(self.gap_days + self.missing_cycles * self.cycle_days)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        after, cycles = after_gap(self.gap_days), self.missing_cycles
        return Text(
            f"no salary or pension for {cycles} cycles of {self.cycle_days} days{after.en}",
            f"{after.zh}连续{cycles}个周期(每期{self.cycle_days}天)无工资或养老金入账",
        )
