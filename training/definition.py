"""What a model is to predict: definitions of outcomes, as a bank configures them."""

import calendar
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from goodcall.language import Text
from goodcall.vocabulary import FAMILIES, KINDS
from training.errors import BadLabel

Unit = Literal["days", "months"]


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far an outcome looks ahead, in days or in calendar months."""

    count: int
    unit: Unit = "days"

    def __post_init__(self) -> None:
        if self.count < 1 or self.unit not in get_args(Unit):
            raise BadLabel(
                f"a horizon of {self.count} {self.unit} cannot be; "
                f"give 1 or more, in {' or '.join(get_args(Unit))}"
            )

    def after(self, as_of: date) -> date:
        """The first date beyond the horizon; a month that is too short ends on its last day.

        >>> Horizon(1, "months").after(date(2026, 1, 31))
        datetime.date(2026, 2, 28)
        """
        if self.unit == "days":
            return as_of + timedelta(days=self.count)
        years, month = divmod(as_of.month - 1 + self.count, 12)
        last = calendar.monthrange(as_of.year + years, month + 1)[1]
        return date(as_of.year + years, month + 1, min(as_of.day, last))

    def words(self) -> Text:
        """The horizon as people say it."""
        return Text(
            f"{self.count} {self.unit if self.count > 1 else self.unit[:-1]}",
            f"{self.count}{'天' if self.unit == 'days' else '个月'}",
        )


@dataclass(frozen=True, slots=True)
class ChurnLabel:
    """Money leaves: the mean of all balances over days [gap, horizon) after as_of falls below
    `keep_share` of the mean over `baseline_days` before it, and by at least `min_fall_cents`.

    Left out: who has too little to fall that far, whose balance had already fallen so far in the
    last `recent_days` (the warning would come too late), and who announced outflows of that size.
    """  # noqa: D205 - the definition is one sentence

    baseline_days: int = 90
    recent_days: int = 30
    gap_days: int = 60
    horizon_days: int = 90
    keep_share: float = 0.70
    min_fall_cents: int = 1_000_000

    def __post_init__(self) -> None:
        if not 0 < self.recent_days < self.baseline_days:
            raise BadLabel("recent_days must lie between 0 and baseline_days")
        if not 0 <= self.gap_days < self.horizon_days:
            raise BadLabel("gap_days must be less than horizon_days, and not negative")
        if not 0 < self.keep_share < 1 or self.min_fall_cents < 1:
            raise BadLabel("keep_share must lie between 0 and 1, min_fall_cents above 0")

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
    horizon: Horizon = Horizon(90)
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = sorted(set(self.kinds) - set(KINDS))
        if unknown:
            raise BadLabel(f"kind {unknown[0]!r} is unknown; known: {', '.join(KINDS)}")
        if self.family not in FAMILIES:
            raise BadLabel(f"family {self.family!r} is unknown; known: {', '.join(FAMILIES)}")

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


Definition = ChurnLabel | PurchaseLabel


def definition_facts(definition: Definition) -> dict[str, str]:
    """A definition's settings as flat text, for logs."""
    said = {name: str(value) for name, value in asdict(definition).items() if name != "horizon"}
    return said | {"name": definition.name, "horizon": definition.horizon.words().en}
