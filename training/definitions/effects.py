"""What a contact may change, as a bank configures it: a purchase, leaving, or harm."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from goodcall.language import Text
from training.definitions.horizon import Horizon
from training.errors import BadLabel

Outcome = Literal["buys", "leaves", "opt_out", "complaint"]
_QUARTER = Horizon(90)

_MEANINGS: Mapping[Outcome, Text] = {
    "buys": Text("opens a product of the family offered", "新开立所推荐类别的产品"),
    "leaves": Text("moves assets away as the churn label says", "资产流失(按流失标签定义)"),
    "opt_out": Text("refuses further contacts", "拒绝后续联系"),
    "complaint": Text("complains", "投诉"),
}


@dataclass(frozen=True, slots=True)
class EffectLabel:
    """By how much a contact changes the chance of an outcome within the horizon.

    It is learned from contacts that a lot drew, an arm of the lot a score: a family offered through
    a channel for a purchase (`buys:fund:phone`), and a purpose through a channel for leaving and
    harm (`leaves:retention:phone`, `opt_out:offer:sms`). A purchase and leaving are reasons to
    call, or not to; an opt-out and a complaint are what the contact may cost.
    """

    outcome: Outcome
    horizon: Horizon = _QUARTER

    def __post_init__(self) -> None:
        if self.outcome not in get_args(Outcome):
            raise BadLabel(
                f"outcome {self.outcome!r} is unknown; known: {', '.join(get_args(Outcome))}"
            )

    @property
    def name(self) -> str:
        """What the model of this effect is called."""
        return f"effect:{self.outcome}"

    @property
    def meaning(self) -> Text:
        """The definition in words."""
        words, what = self.horizon.words(), _MEANINGS[self.outcome]
        return Text(
            f"change that a contact makes to the chance that who is contacted {what.en} within "
            f"{words.en}",
            f"一次联系使客户在{words.zh}内{what.zh}的概率变化",
        )
