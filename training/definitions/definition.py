"""What a model is to predict: definitions of outcomes, as a bank configures them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, get_args

from goodcall.language import Text
from goodcall.vocabulary import FAMILIES
from training.definitions.effects import EffectLabel
from training.definitions.events import EventDefinition, LeavingEvents, NeedEvents, PurchaseEvents
from training.definitions.flat import FlatLabel
from training.definitions.horizon import Horizon, refuse_below, refuse_unknown_kinds
from training.definitions.rules import AssetsDropLabel, ClosureLabel, RuleLabel, RunOffLabel
from training.definitions.silence import (
    DeclineLabel,
    DigitalChurnLabel,
    InactivityLabel,
    LostLabel,
    SalaryStopLabel,
)
from training.errors import BadLabel

__all__ = [
    "AssetsDropLabel",
    "ChurnLabel",
    "ClosureLabel",
    "DeclineLabel",
    "Definition",
    "DigitalChurnLabel",
    "EffectLabel",
    "EventDefinition",
    "FlatLabel",
    "GrowthLabel",
    "Horizon",
    "InactivityLabel",
    "LeavingEvents",
    "LostLabel",
    "NeedEvents",
    "NextProduct",
    "PurchaseEvents",
    "PurchaseLabel",
    "RuleLabel",
    "RunOffLabel",
    "SalaryStopLabel",
    "definition_facts",
    "labels_of",
]

Earned = Literal["margin", "income"]
_QUARTER, _YEAR = Horizon(90), Horizon(12, "months")


@dataclass(frozen=True, slots=True)
class ChurnLabel:
    """Money leaves: the mean of all balances over days [gap, horizon) after as_of falls below
    `keep_share` of the mean over `baseline_days` before it, and by at least `min_fall_cents`.

    Left out: who has too little to fall that far, whose balance had already fallen so far in the
    last `recent_days` (the warning would come too late), and who announced outflows of that size.
    `kinds` names the kinds of customers looked at; none named means all.
    """  # noqa: D205 - the definition is one sentence

    baseline_days: int = 90
    recent_days: int = 30
    gap_days: int = 60
    horizon_days: int = 90
    keep_share: float = 0.70
    min_fall_cents: int = 1_000_000
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.recent_days < self.baseline_days:
            raise BadLabel("recent_days must lie between 0 and baseline_days")
        if not 0 <= self.gap_days < self.horizon_days:
            raise BadLabel("gap_days must be less than horizon_days, and not negative")
        if not 0 < self.keep_share < 1 or self.min_fall_cents < 1:
            raise BadLabel("keep_share must lie between 0 and 1, min_fall_cents above 0")
        refuse_unknown_kinds(self.kinds)

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return "churn"

    @property
    def horizon(self) -> Horizon:
        """How far this label looks ahead."""
        return Horizon(self.horizon_days)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        fall, units = round(100 * (1 - self.keep_share)), self.min_fall_cents // 100
        return Text(
            f"average assets over days {self.gap_days}-{self.horizon_days} fall by more than "
            f"{fall} % and at least {units:,} against the {self.baseline_days} days before",
            f"第{self.gap_days}至{self.horizon_days}天日均资产较此前{self.baseline_days}天"
            f"下降超过{fall}%且不少于{units:,}",
        )


@dataclass(frozen=True, slots=True)
class PurchaseLabel:
    """A customer who holds nothing of a family of products opens one within the horizon.

    `kinds` names the kinds of customers that the family is sold to; none named means all.
    """

    family: str
    horizon: Horizon = _QUARTER
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_unknown_kinds(self.kinds)
        _refuse_unknown_families((self.family,))

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return f"buys:{self.family}"

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        words = self.horizon.words()
        return Text(
            f"opens a product of family {self.family} within {words.en}, holding none before",
            f"{words.zh}内新开立{self.family}类产品(此前未持有)",
        )


@dataclass(frozen=True, slots=True)
class NextProduct:
    """Which of several families a customer opens within the horizon, having held none of it.

    `sold_to` names, for families not sold to everyone, the kinds of customers they are sold to.
    Left out: to whom nothing more can be sold, every family being held or meant for other kinds.
    """

    families: tuple[str, ...] = FAMILIES
    horizon: Horizon = _QUARTER
    sold_to: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _refuse_unknown_families((*self.families, *self.sold_to))
        if not self.families or len(set(self.families)) < len(self.families):
            raise BadLabel("families names a family twice, or none; name one or more, each once")
        for kinds in self.sold_to.values():
            refuse_unknown_kinds(kinds)

    @property
    def name(self) -> str:
        """What the model of these purchases is called."""
        return "next_product"

    @property
    def labels(self) -> tuple[str, ...]:
        """What its scores are called, one a family."""
        return tuple(f"buys:{family}" for family in self.families)

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        words = self.horizon.words()
        return Text(
            f"opens a product of a family within {words.en}, holding none of it before",
            f"{words.zh}内新开立某类产品(此前未持有该类)",
        )


@dataclass(frozen=True, slots=True)
class GrowthLabel:
    """The bank's margin from a customer over the horizon, in cents, or what a customer earns.

    margin = mean deposits x deposit_margin_bps + mean wealth x wealth_margin_bps, each a year and
    for as much of a year of 365 days as the horizon has, plus fees and interest that the customer
    paid, less fees paid back. A balance below zero earns by its interest alone; interest that the
    bank pays is within deposit_margin_bps already. The rates are the bank's assumptions. Of
    `income` it is salary and pension received over the horizon: who has little yet but earns more
    and more brings no margin within a year.
    """

    horizon: Horizon = _YEAR
    deposit_margin_bps: int = 150
    wealth_margin_bps: int = 60
    kinds: tuple[str, ...] = ()
    of: Earned = "margin"

    def __post_init__(self) -> None:
        refuse_below(
            0,
            deposit_margin_bps=self.deposit_margin_bps,
            wealth_margin_bps=self.wealth_margin_bps,
        )
        refuse_unknown_kinds(self.kinds)
        if self.of not in get_args(Earned):
            raise BadLabel(f"of {self.of!r} is unknown; known: {', '.join(get_args(Earned))}")

    @property
    def name(self) -> str:
        """What scores of this label are called."""
        return "growth" if self.of == "margin" else f"growth:{self.of}"

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        words = self.horizon.words()
        if self.of == "income":
            return Text(
                f"salary and pension received in the next {words.en}",
                f"未来{words.zh}收到的工资及养老金",
            )
        return Text(
            f"margin of the next {words.en}: balances at {self.deposit_margin_bps} (deposits) and "
            f"{self.wealth_margin_bps} (wealth) basis points a year, fees and interest paid",
            f"未来{words.zh}的贡献:存款按年{self.deposit_margin_bps}个基点、"
            f"理财按年{self.wealth_margin_bps}个基点,加手续费及利息支出",
        )


Definition = (
    ChurnLabel
    | PurchaseLabel
    | RuleLabel
    | FlatLabel
    | EventDefinition
    | NextProduct
    | GrowthLabel
    | EffectLabel
)


def labels_of(definition: Definition) -> tuple[str, ...]:
    """What the scores of a model of this definition are called, in its order."""
    if isinstance(definition, LeavingEvents | NeedEvents | PurchaseEvents | NextProduct):
        return definition.labels
    return (definition.name,)


def definition_facts(definition: Definition) -> dict[str, str]:
    """A definition's settings as flat text, for logs."""
    said = {name: str(value) for name, value in asdict(definition).items() if name != "horizon"}
    return said | {"name": definition.name, "horizon": definition.horizon.words().en}


def _refuse_unknown_families(families: tuple[str, ...]) -> None:
    for family in families:
        if family not in FAMILIES:
            raise BadLabel(f"family {family!r} is unknown; known: {', '.join(FAMILIES)}")
