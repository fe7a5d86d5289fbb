"""What every answer about offers is made of: verdicts by channel, and the words for none."""

from collections.abc import Mapping
from typing import Literal

from goodcall.language import Text
from outreach.decide import Decision
from serving.schemas.offers import ChannelVerdict, Failing, RankedAction
from serving.schemas.shared import Words
from serving.weighing import Option

NOTHING = Text("leave the customer alone for now", "暂不联系")
Withheld = Literal["blocked", "not_recommended", "no_score", "no_reason"]
WITHHELD: Mapping[Withheld, Text] = {
    "blocked": Text("The contact policy does not allow it.", "联络规则不允许。"),
    "not_recommended": Text("It is not recommended at present.", "目前不建议。"),
    "no_score": Text("No model has scored it.", "没有模型对其评分。"),
    "no_reason": Text("No reason can be given for it.", "无法给出理由。"),
}
NO_ACTION = RankedAction(
    rank=1,
    action="nothing",
    offer_code=None,
    family=None,
    name=Words.of(NOTHING),
    value_cents=0,
    label=None,
    probability=None,
    channel=None,
    channels=(),
    reasons=(),
    effect=None,
    drop=None,
    effect_from=None,
    assumed=(),
    price=None,
)


def verdicts(option: Option) -> tuple[ChannelVerdict, ...]:
    """What the policy says of an option by each of its channels."""
    return tuple(
        _verdict(channel, decision)
        for channel, decision in zip(option.channels, option.decisions, strict=True)
    )


def _verdict(channel: str, decision: Decision) -> ChannelVerdict:
    return ChannelVerdict(
        channel=channel,
        verdict=decision.verdict,
        until=decision.until,
        failing=tuple(
            Failing(rule=check.rule, because=check.verdict.because)
            for check in decision.checks
            if not check.verdict.passes
        ),
    )
