"""The comparison of policies in pictures."""

from collections.abc import Iterator

from cli.loop.judging import UNREAL, Judge, Told
from cli.loop.players import NOTHING, SHIPPED
from cli.loop.words import FIGURE_COLUMNS, MODE_WORDS, POLICY_WORDS, WORLD_WORDS
from goodcall import Text
from reports.pictures import Dot, Dots, Panel, Picture, Point, Scatter


def pictures_of(judge: Judge) -> list[Picture]:
    """Expected value, cross-sell against churn, contacts and opt-outs; a panel a world."""
    drawn = []
    for equal in judge.modes:
        words = MODE_WORDS[equal]
        drawn += [
            Picture(
                Text(
                    f"Expected value over nothing, 1,000 customers, {words.en}",
                    f"每千名客户期望价值(超出不联系),{words.zh}",
                ),
                [_value(judge, world, equal=equal) for world in judge.worlds],
            ),
            Picture(
                Text(
                    f"Purchases and churn against nothing, {words.en}",
                    f"购买与流失:相对不联系,{words.zh}",
                ),
                [_trade_off(judge, world, equal=equal) for world in judge.worlds],
            ),
            Picture(
                Text(
                    f"Contacts and opt-outs, 1,000 customers, {words.en}",
                    f"每千名客户联系次数与退订数,{words.zh}",
                ),
                [
                    _dots(judge, world, name, equal=equal)
                    for world in judge.worlds
                    for name in ("contacts", "opt_outs")
                ],
            ),
        ]
    return [picture for picture in drawn if any(panel.drawn for panel in picture.panels)]


def _dot(policy: str, told: Told) -> Iterator[Dot]:
    if told is not None:
        yield Dot(POLICY_WORDS[policy], told, ours=policy == SHIPPED, faint=policy in UNREAL)


def _value(judge: Judge, world: str, *, equal: bool) -> Panel:
    dots = [
        dot
        for policy in judge.policies(world, equal=equal)
        if policy != NOTHING
        for dot in _dot(policy, judge.level(world, policy, "expected_value", equal=equal))
    ]
    return Dots(WORLD_WORDS[world], dots, "money")


def _dots(judge: Judge, world: str, name: str, *, equal: bool) -> Panel:
    column, where = FIGURE_COLUMNS[name], WORLD_WORDS[world]
    title = Text(f"{where.en}: {column.title.en}", f"{where.zh}:{column.title.zh}")
    dots = [
        dot
        for policy in judge.policies(world, equal=equal)
        for dot in _dot(policy, judge.level(world, policy, name, equal=equal))
    ]
    return Dots(title, dots, column.kind)


def _trade_off(judge: Judge, world: str, *, equal: bool) -> Panel:
    points = []
    for policy in judge.policies(world, equal=equal):
        bought, left = (
            judge.relative(world, policy, NOTHING, name, equal=equal)
            for name in ("purchases", "churn")
        )
        if policy != NOTHING and bought is not None and left is not None:
            points.append(
                Point(
                    POLICY_WORDS[policy], bought, left,
                    ours=policy == SHIPPED, faint=policy in UNREAL,
                )
            )  # fmt: skip
    return Scatter(
        WORLD_WORDS[world],
        points,
        across=Text("purchases, against nothing", "购买(相对不联系)"),
        up=Text("churn, against nothing", "流失(相对不联系)"),
    )
