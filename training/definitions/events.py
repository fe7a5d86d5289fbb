"""Outcomes told by when they come: leaving, a need, a purchase, a period at a time.

A model of these is a discrete-time hazard: one model answers for every horizon, and customers
watched for a while only still teach it.
"""

from dataclasses import dataclass

from goodcall.language import Text
from goodcall.vocabulary import FAMILIES, FAMILY_NAMES
from training.definitions.horizon import Horizon, refuse_below, refuse_unknown_kinds
from training.errors import BadLabel

MAIN_LEAVING_DAYS = 90


@dataclass(frozen=True, slots=True)
class LeavingEvents:
    """Money leaves: the first of `periods` in which the daily mean of all balances is below
    `keep_share` of the mean over `baseline_days` before as_of, and lower by `min_fall_cents`.

    Period k is days [(k - 1) x period_days, k x period_days) after as_of. Left out: who has too
    little to fall that far, and whose balance had already fallen so far in the last `recent_days`.
    A customer is watched until announced outflows reach `min_fall_cents`; where they do so in the
    first period the row is left out. `horizons` are the days ahead that scores are asked for.
    """  # noqa: D205 - the definition is one sentence

    period_days: int = 30
    periods: int = 6
    baseline_days: int = 90
    recent_days: int = 30
    keep_share: float = 0.70
    min_fall_cents: int = 1_000_000
    horizons: tuple[int, ...] = (30, 90, 180)
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_periods(self.period_days, self.periods, self.horizons)
        if not 0 < self.recent_days < self.baseline_days:
            raise BadLabel("recent_days must lie between 0 and baseline_days")
        if not 0 < self.keep_share < 1 or self.min_fall_cents < 1:
            raise BadLabel("keep_share must lie between 0 and 1, min_fall_cents above 0")
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What the model of these events is called."""
        return "churn"

    @property
    def labels(self) -> tuple[str, ...]:
        """What its scores are called, one a horizon; that of 90 days is plain churn."""
        return tuple(
            "churn" if days == MAIN_LEAVING_DAYS else f"churn:{days}d" for days in self.horizons
        )

    @property
    def horizon(self) -> Horizon:
        """How far these events are looked for."""
        return Horizon(self.period_days * self.periods)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        fall, units = round(100 * (1 - self.keep_share)), self.min_fall_cents // 100
        return Text(
            f"average assets of {self.period_days} days fall by more than {fall} % and at least "
            f"{units:,} against the {self.baseline_days} days before",
            f"{self.period_days}天日均资产较此前{self.baseline_days}天下降超过{fall}%"
            f"且不少于{units:,}",
        )


@dataclass(frozen=True, slots=True)
class NeedEvents:
    """A customer who holds nothing of a family opens one: the first of `periods` in which.

    Left out: who holds one, and kinds of customers that the family is not sold to (`kinds` names
    those it is sold to; none named means all). `horizons` are the days ahead that scores are asked
    for.
    """

    family: str
    period_days: int = 30
    periods: int = 12
    horizons: tuple[int, ...] = (30, 90, 180, 360)
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_periods(self.period_days, self.periods, self.horizons)
        if self.family not in FAMILIES:
            raise BadLabel(f"family {self.family!r} is unknown; known: {', '.join(FAMILIES)}")
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What the model of these events is called."""
        return f"needs:{self.family}"

    @property
    def labels(self) -> tuple[str, ...]:
        """What its scores are called, one a horizon."""
        return tuple(f"needs:{self.family}:{days}d" for days in self.horizons)

    @property
    def horizon(self) -> Horizon:
        """How far these events are looked for."""
        return Horizon(self.period_days * self.periods)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        return Text(
            f"opens a first product of family {self.family}, told by periods of "
            f"{self.period_days} days",
            f"首次开立{FAMILY_NAMES[self.family].zh}类产品的时间(以{self.period_days}天为一期)",
        )


@dataclass(frozen=True, slots=True)
class PurchaseEvents:
    """A customer makes a transaction of their own: the first of `periods` in which.

    `horizons` are the days ahead that scores are asked for.
    """

    period_days: int = 7
    periods: int = 13
    horizons: tuple[int, ...] = (91,)
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_periods(self.period_days, self.periods, self.horizons)
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What the model of these events is called."""
        return "transacts"

    @property
    def labels(self) -> tuple[str, ...]:
        """What its scores are called, one a horizon."""
        return tuple(f"transacts:{days}d" for days in self.horizons)

    @property
    def horizon(self) -> Horizon:
        """How far these events are looked for."""
        return Horizon(self.period_days * self.periods)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        return Text(
            f"makes an own transaction, told by periods of {self.period_days} days",
            f"发生自主交易的时间(以{self.period_days}天为一期)",
        )


EventDefinition = LeavingEvents | NeedEvents | PurchaseEvents


def _refuse_periods(period_days: int, periods: int, horizons: tuple[int, ...]) -> None:
    refuse_below(1, period_days=period_days, periods=periods)
    wrong = [d for d in horizons if d % period_days or not 0 < d <= period_days * periods]
    if wrong or not horizons or len(set(horizons)) < len(horizons):
        raise BadLabel(
            f"horizons {list(horizons)} cannot be; give multiples of period_days, "
            f"{period_days} to {period_days * periods}, each once"
        )
