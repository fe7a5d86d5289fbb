"""Worlds where contacts change nothing, or the same for all: what policies and their own reports
say there.
"""  # noqa: D205 - one sentence

from collections.abc import Iterator, Sequence

from cli.loop.instruments import OUTCOMES, held_out, passed
from cli.loop.judging import ZERO_FIGURES, Judge
from cli.loop.players import BY_EFFECT, BY_VALUE, NOTHING, SHIPPED
from cli.loop.words import (
    CHANCE_WORDS,
    FIGURE_COLUMNS,
    HARM_WORDS,
    MODE_WORDS,
    OUTCOME_WORDS,
    POLICY_WORDS,
    VERDICT_WORDS,
    WORLD_WORDS,
    ZERO_WORDS,
)
from goodcall import Text
from reports.pages import Cell, Column, Named, Sheet

_WORLD = Column(Text("world", "世界"))
_MODE = Column(Text("limit", "限制"))
_SEEDS = Column(Text("seeds", "种子数"), "count")
_NOT_KEPT = Column(Text("runs of which it is not kept", "未保留的运行数"), "count")


def zero_sheets(judge: Judge, idle: Sequence[str], uniform: Sequence[str]) -> tuple[Sheet, ...]:
    """Tables of the worlds where contacts change nothing (`idle`), or the same for everybody."""
    return (
        _zeros(judge, idle),
        _holdouts(judge, idle),
        _uniform(judge, uniform),
        _gates(judge, uniform),
    )


def _zeros(judge: Judge, worlds: Sequence[str]) -> Sheet:
    """What contacts cost where they change nothing."""
    names = (*ZERO_FIGURES, "cost")
    columns = {
        "world": _WORLD,
        "seeds": _SEEDS,
        **{name: FIGURE_COLUMNS[name] for name in names},
        "verdict": Column(Text("verdict", "结论")),
        "harms": Column(Text("harm", "损害")),
    }
    rows: list[Sequence[Cell]] = []
    for world in worlds:
        told = judge.zero(world)
        if told is not None:
            rows.append(
                (
                    Named(world, WORLD_WORDS[world]),
                    len(judge.seeds(world, SHIPPED, NOTHING, equal=False)),
                    *(judge.above(world, SHIPPED, NOTHING, name, equal=False) for name in names),
                    Named(told.verdict, ZERO_WORDS[told.verdict]),
                    _harms(told.harms),
                )
            )
    title = Text(
        "Where contacts change nothing: Goodcall above nothing",
        "联系毫无作用的世界:Goodcall与不联系之差",
    )
    return Sheet("zero", title, columns, rows)


def _harms(names: Sequence[str]) -> Cell:
    if not names:
        return None
    words = [HARM_WORDS[name] for name in names]
    return Named(
        ", ".join(names),
        Text("; ".join(each.en for each in words), ";".join(each.zh for each in words)),
    )


def _holdouts(judge: Judge, worlds: Sequence[str]) -> Sheet:
    """What Goodcall's own hold-out report said where contacts change nothing."""
    columns = {
        "world": _WORLD,
        "outcome": Column(Text("outcome", "结果指标")),
        "gain": Column(Text("runs that showed a gain", "显示收益的运行数"), "count"),
        "loss": Column(Text("that showed a loss", "显示损失"), "count"),
        "not_shown": Column(Text("that showed nothing", "未显示"), "count"),
        "untold": Column(Text("too few to tell", "样本不足"), "count"),
        "not_kept": _NOT_KEPT,
        "verdict": Column(Text("verdict", "结论")),
    }
    rows = []
    for world in worlds:
        own = judge.own(world, SHIPPED, equal=False)
        for outcome in OUTCOMES if own else ():
            told = held_out(own, outcome)
            rows.append(
                (
                    Named(world, WORLD_WORDS[world]),
                    Named(outcome, OUTCOME_WORDS[outcome]),
                    *(told.gain, told.loss, told.not_shown, told.untold, told.not_kept),
                    Named(told.chance, CHANCE_WORDS[told.chance]),
                )
            )
    title = Text(
        "Goodcall's own hold-out report, where contacts change nothing",
        "Goodcall自身对照组报告:联系毫无作用的世界",
    )
    return Sheet("holdout", title, columns, rows)


def _uniform(judge: Judge, worlds: Sequence[str]) -> Sheet:
    """What learned effects came to where there is nothing to be learned."""
    names = ("expected_value", "net_value")
    columns = {
        "world": _WORLD,
        "limit": _MODE,
        "seeds": _SEEDS,
        **{name: FIGURE_COLUMNS[name] for name in names},
        "verdict": Column(Text("learned effects are", "学得效果")),
    }
    rows: list[Sequence[Cell]] = []
    for world, equal in _places(judge, worlds):
        verdict = judge.verdict(world, BY_VALUE, equal=equal, policy=BY_EFFECT)
        if verdict is not None:
            rows.append(
                (
                    Named(world, WORLD_WORDS[world]),
                    _mode(equal=equal),
                    len(judge.seeds(world, BY_EFFECT, BY_VALUE, equal=equal)),
                    *(judge.above(world, BY_EFFECT, BY_VALUE, each, equal=equal) for each in names),
                    Named(verdict, VERDICT_WORDS[verdict]),
                )
            )
    title = Text(
        "Learned effects above propensity by value, where contacts do the same to all",
        "学得效果与倾向乘价值之差:联系对人人作用相同的世界",
    )
    return Sheet("uniform", title, columns, rows)


def _gates(judge: Judge, worlds: Sequence[str]) -> Sheet:
    """Which models of effects proved themselves where customers do not differ in them."""
    columns = {
        "world": _WORLD,
        "limit": _MODE,
        "policy": Column(Text("policy", "策略")),
        "runs": Column(Text("runs", "运行数"), "count"),
        "models": Column(Text("models of effects in them", "其中效果模型数"), "count"),
        "proved": Column(Text("that told customers apart", "通过门槛的模型数"), "count"),
        "runs_with_proof": Column(Text("runs with such a model", "有此类模型的运行数"), "count"),
        "not_kept": _NOT_KEPT,
    }
    rows: list[Sequence[Cell]] = []
    for world, equal in _places(judge, worlds):
        for policy in (SHIPPED, BY_EFFECT):
            own = judge.own(world, policy, equal=equal)
            if own:
                told = passed(own)
                rows.append(
                    (
                        Named(world, WORLD_WORDS[world]),
                        _mode(equal=equal),
                        Named(policy, POLICY_WORDS[policy]),
                        *(told.runs, told.models, told.proved, told.runs_with_proof, told.not_kept),
                    )
                )
    title = Text(
        "The gate of effects, where contacts do the same to all",
        "效果门槛放行情况:联系对人人作用相同的世界",
    )
    return Sheet("gates", title, columns, rows)


def _places(judge: Judge, worlds: Sequence[str]) -> Iterator[tuple[str, bool]]:
    return ((world, equal) for world in worlds for equal in judge.modes)


def _mode(*, equal: bool) -> Named:
    return Named("equal" if equal else "capacity", MODE_WORDS[equal])
