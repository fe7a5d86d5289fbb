"""The comparison of policies as a report: verdicts, differences, figures, pictures."""

from collections.abc import Iterator, Mapping, Sequence

from cli.loop.comparison import Run
from cli.loop.course import AFTER_MONTHS
from cli.loop.judging import FIGURES, UNREAL, Judge
from cli.loop.players import CEILING, NOTHING, ORACLE, PUSH, SHIPPED
from cli.loop.policies_pictures import pictures_of
from cli.loop.words import (
    FIGURE_COLUMNS,
    MODE_WORDS,
    POLICY_WORDS,
    VERDICT_WORDS,
    WORLD_WORDS,
)
from cli.loop.zero_page import zero_sheets
from goodcall import Text
from reports.pages import Cell, Column, Named, Page, Sheet

_WORLD = Column(Text("world", "世界"))
_POLICY = Column(Text("policy", "策略"))
_MODE = Column(Text("limit", "限制"))
_SEEDS = Column(Text("seeds", "种子数"), "count")
_FIRST = {"world": _WORLD, "limit": _MODE, "policy": _POLICY, "seeds": _SEEDS}
# What contacts were worth: in expectation, by which verdicts go, and as luck had it.
_WORTH = ("expected_value", "net_value")
# What is compared with doing nothing; contacts per caused sale have no such difference.
_HARM = ("opt_outs", "complaints")
_DIFFERENCES = ("purchases", "churn", *_WORTH, *_HARM)


def policies_page(
    judge: Judge,
    missing: Sequence[Run],
    *,
    currency: str,
    facts: Mapping[str, object],
    idle: Sequence[str],
    uniform: Sequence[str],
) -> Page:
    """What a comparison's runs came to; `missing` are those that are not finished.

    Contacts change nothing in the `idle` worlds, and the same for everybody in the `uniform` ones.
    """
    return Page(
        title=Text("Policies compared in made-up banks", "虚拟银行中的策略比较"),
        currency=currency,
        sheets=[
            _verdicts(judge),
            *zero_sheets(judge, idle, uniform),
            _against_push(judge),
            _shares(judge),
            _against_nothing(judge),
            _levels(judge),
            _missing(missing),
        ],
        notes=[*_notes(judge, facts), *_absent(judge, missing)],
        facts=dict(facts),
        pictures=pictures_of(judge),
    )


def _rows(judge: Judge, *, but: Sequence[str] = ()) -> Iterator[tuple[str, bool, str]]:
    """World, whether contacts are equal, policy: for every policy that ran, `but` some."""
    for world in judge.worlds:
        for equal in judge.modes:
            for policy in judge.policies(world, equal=equal):
                if policy not in but:
                    yield world, equal, policy


def _named(world: str, policy: str, *, equal: bool) -> tuple[Cell, ...]:
    return (
        Named(world, WORLD_WORDS[world]),
        Named("equal" if equal else "capacity", MODE_WORDS[equal]),
        Named(policy, POLICY_WORDS[policy]),
    )


def _above(name: str) -> Column:
    column = FIGURE_COLUMNS[name]
    title = Text(f"Goodcall's {column.title.en}, above its", f"Goodcall{column.title.zh}之差")
    return Column(title, column.kind)


def _verdicts(judge: Judge) -> Sheet:
    columns = _FIRST | {
        **{name: _above(name) for name in _WORTH},
        "verdict": Column(Text("Goodcall is, by expected value", "Goodcall(按期望价值)")),
        "net_verdict": Column(Text("by net value as it came", "按实际净价值")),
    }
    rows: list[Sequence[Cell]] = []
    for world, equal, policy in _rows(judge, but=(SHIPPED, *UNREAL)):
        verdicts = [judge.verdict(world, policy, equal=equal, by=value) for value in _WORTH]
        told = [Named(each, VERDICT_WORDS[each]) for each in verdicts if each is not None]
        if told:
            rows.append(
                (
                    *_named(world, policy, equal=equal),
                    len(judge.seeds(world, SHIPPED, policy, equal=equal)),
                    *(judge.above(world, SHIPPED, policy, name, equal=equal) for name in _WORTH),
                    *told,
                )
            )
    return Sheet(
        "verdicts",
        Text("Goodcall against each policy that a bank could have", "Goodcall与各可行策略"),
        columns,
        rows,
    )


def _against_push(judge: Judge) -> Sheet:
    columns = _FIRST | {
        "cross_sell": Column(Text("purchases", "购买"), "share"),
        "churn": Column(Text("churn", "流失"), "share"),
        **{name: FIGURE_COLUMNS[name] for name in _HARM},
    }
    rows = [
        (
            *_named(world, policy, equal=equal),
            len(judge.seeds(world, policy, PUSH, equal=equal)),
            judge.relative(world, policy, PUSH, "purchases", equal=equal),
            judge.relative(world, policy, PUSH, "churn", equal=equal),
            *(judge.above(world, policy, PUSH, name, equal=equal) for name in _HARM),
        )
        for world, equal, policy in _rows(judge, but=(PUSH,))
        if judge.seeds(world, policy, PUSH, equal=equal)
    ]
    title = Text(
        "Cross-sell, churn and harm above those of product push",
        "交叉销售、流失与打扰:相对产品推销的变化",
    )
    return Sheet("push", title, columns, rows)


def _shares(judge: Judge) -> Sheet:
    best = {
        CEILING: Column(Text("of the observable ceiling", "占可观测上限"), "share"),
        ORACLE: Column(Text("of the oracle", "占先知"), "share"),
    }
    rows: list[Sequence[Cell]] = []
    for world, equal, policy in _rows(judge, but=(NOTHING,)):
        shares = [judge.reached(world, policy, each, equal=equal) for each in best]
        if any(share is not None for share in shares):
            seeds = len(judge.seeds(world, policy, equal=equal))
            rows.append((*_named(world, policy, equal=equal), seeds, *shares))
    title = Text(
        "Expected value, as a share of what was possible",
        "期望价值占可能值的比例",
    )
    return Sheet("shares", title, _FIRST | best, rows)


def _against_nothing(judge: Judge) -> Sheet:
    columns = _FIRST | {name: FIGURE_COLUMNS[name] for name in _DIFFERENCES}
    rows = [
        (
            *_named(world, policy, equal=equal),
            len(judge.seeds(world, policy, NOTHING, equal=equal)),
            *(judge.above(world, policy, NOTHING, name, equal=equal) for name in _DIFFERENCES),
        )
        for world, equal, policy in _rows(judge, but=(NOTHING,))
        if judge.seeds(world, policy, NOTHING, equal=equal)
    ]
    return Sheet("nothing", Text("Above doing nothing", "相对不联系之差"), columns, rows)


def _levels(judge: Judge) -> Sheet:
    columns = _FIRST | {name: FIGURE_COLUMNS[name] for name in FIGURES}
    rows = [
        (
            *_named(world, policy, equal=equal),
            len(judge.seeds(world, policy, equal=equal)),
            *(judge.level(world, policy, name, equal=equal) for name in FIGURES),
        )
        for world, equal, policy in _rows(judge)
    ]
    return Sheet("levels", Text("What came of each policy", "各策略结果"), columns, rows)


def _missing(missing: Sequence[Run]) -> Sheet:
    columns = {
        "world": _WORLD,
        "limit": _MODE,
        "policy": _POLICY,
        "seed": Column(Text("seed", "种子")),
    }
    rows = [(*_named(run.world, run.policy, equal=run.equal), str(run.seed)) for run in missing]
    return Sheet("missing", Text("Runs that are missing", "缺少的运行"), columns, rows)


def _notes(judge: Judge, facts: Mapping[str, object]) -> Iterator[Text]:
    """What must be known to read the report."""
    months, customers = facts["months"], facts["customers"]
    yield Text(
        "Every customer here is made up: simulated banks whose truth is known. What holds in them "
        "need not hold in a real bank.",
        "这里的客户全部为虚构:模拟银行的真相已知。模拟中的结论在真实银行未必成立。",
    )
    yield Text(
        f"{customers:,} customers a bank, {months} months of contacts and {AFTER_MONTHS} after. "
        "Under one seed every policy meets the same customers with the same luck; intervals are of "
        "95 % over seeds, paired. Of one seed there is no interval and no verdict.",
        f"每家银行{customers:,}名客户,联系{months}个月及其后{AFTER_MONTHS}个月。同一种子下各策略"
        "面对同样的客户与同样的运气;区间为跨种子配对的95%区间。只有一个种子时没有区间,也没有结论。",
    )
    yield Text(
        "Expected value is what a policy's contacts could be expected to bring over doing nothing, "
        "by each world's truth: net value without the luck of who bought or left. Shares go by it. "
        "Net value as it came, of which there is a verdict too, hangs on whether a few very rich "
        "customers left.",
        "期望价值是按各世界真相、某策略的联系相对不联系预期带来的净价值,不含谁购买或流失的运气;"
        "占比以此为准。实际净价值另作结论,但取决于少数巨富客户是否流失。",
    )
    if False in judge.modes:
        yield Text(
            "Equal capacity: everybody has the managers' minutes.",
            "同等产能:各策略都有客户经理的工作分钟数。",
        )
    if True in judge.modes:
        yield Text(
            "Equal contacts: in no month more contacts than Goodcall made, and no more minutes; "
            "fewer where a policy wants fewer.",
            "同等联系次数:每月不超过Goodcall的联系次数,也不超过工作分钟数;策略可以更少。",
        )
    yield Text(
        "Oracle and observable ceiling see what no bank sees; no verdict is given on them. "
        "Goodcall alone obeys its whole contact policy: hold-out, hours, caps and cool-offs.",
        "先知与可观测上限能看到银行看不到的内容,不对其作结论。只有Goodcall遵守全部联系政策:对照组、"
        "时段、上限与冷却期。",
    )
    verdicts = sum(
        judge.verdict(world, policy, equal=equal) not in (None, "one_seed")
        for world, equal, policy in _rows(judge, but=(SHIPPED, *UNREAL))
    )
    if verdicts:
        yield Text(
            f"Of {verdicts} verdicts by either value about 1 in 20 would show a difference where "
            "there is none.",
            f"两种价值各{verdicts}个结论,若本无差异,约每20个会有1个误报。",
        )


def _absent(judge: Judge, missing: Sequence[Run]) -> Iterator[Text]:
    """What cannot be told, and why."""
    policies = {
        policy
        for world in judge.worlds
        for mode in judge.modes
        for policy in judge.policies(world, equal=mode)
    }
    for other in (NOTHING, PUSH):
        if other not in policies:
            name = POLICY_WORDS[other]
            yield Text(
                f"There are no runs of {name.en}, so nothing is told against it.",
                f"没有“{name.zh}”的运行,因此不与其比较。",
            )
    if missing:
        yield Text(
            f"Runs that are missing: {len(missing)}, named at the end; comparisons use the seeds "
            "under which both policies ran.",
            f"缺少{len(missing)}个运行,列于文末;比较只用两种策略都已运行的种子。",
        )
