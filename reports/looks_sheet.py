"""The looks at a test for people and programs: which it is of how many, what each showed."""

from collections.abc import Mapping
from typing import Any

from goodcall.language import Text
from outreach.ab_report import Verdict
from reports.effects_sheet import MEASURES, VERDICTS
from reports.looks import spent
from reports.pages import Cell, Column, Figure, Named, Sheet
from reports.said import Kind
from reports.sample_size import ALARM
from reports.watch import Schedule, Watch

_LOST = Text(
    "no look counts until it is found out which customers were lost",
    "在查明样本缺失原因之前,任何查看均不作数",
)


def looks_note(schedule: Schedule, watch: Watch | None, *, sound: bool = True) -> Text:
    """Which look this is, what may be spent by now, and whether the test may stop, in words.

    Where its sides are not `sound`, because customers were lost, no look says that it may.
    """
    plan, number = schedule.plan, schedule.number
    state = _state(schedule, watch) if sound or not number else _LOST
    if not number:
        return state
    share, used, most = 100 * schedule.through[-1], 100 * schedule.spent, 100 * ALARM
    return Text(
        f"look {number} of {plan.looks}, of {schedule.due[number - 1]}, at {share:.0f} % of the "
        f"{plan.days} days: {used:.2f} of the {most:g} % of false alarms may be spent by now, and "
        f"the interval holds for all looks together; {state.en}",
        f"第{number}次查看(共{plan.looks}次,{schedule.due[number - 1]}),已过{plan.days}天的"
        f"{share:.0f}%:累计可用误报{used:.2f}%(总计{most:g}%),区间对全部查看同时有效;{state.zh}",
    )


def looks_facts(schedule: Schedule, watch: Watch | None, *, sound: bool = True) -> dict[str, Any]:
    """The same as JSON values; `may_stop` where a look has shown a difference or was the last."""
    shown = None if watch is None else watch.shown_at
    number = schedule.number
    return {
        "look": number,
        "of": schedule.plan.looks,
        "days": schedule.plan.days,
        "due": schedule.due[number - 1] if number else None,
        "through": schedule.through[-1] if number else 0.0,
        "spent": schedule.spent,
        "limit": watch.sights[-1].limit if watch and watch.sights else None,
        "shown_at": shown,
        "may_stop": sound and (shown is not None or schedule.next is None),
        "next": schedule.next,
    }


def looks_sheet(
    watch: Watch, measure: Column | None = None, verdicts: Mapping[Verdict, Text] = VERDICTS
) -> Sheet:
    """Every look that was planned; those to come have no figures yet.

    `measure` is the column of a measure that is none against the hold-out.
    """
    measure = measure or MEASURES[watch.sights[-1].effect.name]
    columns = {
        "look": Column(Text("look", "查看"), "count"),
        "due": Column(Text("data until", "数据截至")),
        "through": Column(Text("of the days", "已过比例"), "share"),
        "spent": Column(Text("false alarms spent by then", "累计可用误报"), "share"),
        "limit": Column(Text("limit in standard errors", "界限(标准误)"), "number"),
        "difference": Column(
            Text("difference, for all looks together", "差异(全部查看同时有效)"), "number"
        ),
        "verdict": Column(Text("shows", "结论")),
    }
    number = len(watch.sights)
    title = Text(
        f"Looks: {measure.title.en}; {number} of {watch.schedule.plan.looks}",
        f"历次查看:{measure.title.zh}({number}/{watch.schedule.plan.looks})",
    )
    return Sheet("looks", title, columns, _rows(watch, measure.kind, verdicts))


def _rows(watch: Watch, kind: Kind, verdicts: Mapping[Verdict, Text]) -> list[tuple[Cell, ...]]:
    schedule = watch.schedule
    planned = [passed / schedule.plan.days for passed in schedule.plan.ends]
    shares = [*schedule.through, *planned[schedule.number : len(schedule.due)]]
    rows: list[tuple[Cell, ...]] = []
    for place, (due, share) in enumerate(zip(schedule.due, shares, strict=True)):
        head: tuple[Cell, ...] = (place + 1, due, share, spent(share))
        if place >= len(watch.sights):
            rows.append((*head, None, None, None))
            continue
        sight = watch.sights[place]
        effect = sight.effect
        verdict = Named(effect.verdict, verdicts[effect.verdict])
        rows.append((*head, sight.limit, Figure(effect.difference, kind), verdict))
    return rows


def _state(schedule: Schedule, watch: Watch | None) -> Text:
    """Whether the test may stop, in words."""
    coming = schedule.next
    if not schedule.number:
        return Text(
            f"look 1 of {schedule.plan.looks} is due on {coming}, and nothing is told before",
            f"首次查看(共{schedule.plan.looks}次)为{coming},此前不显示结果",
        )
    shown = None if watch is None else watch.shown_at
    if shown is not None:
        return Text(
            f"the test may stop, for look {shown} showed a difference",
            f"第{shown}次查看已显示差异,可以停止",
        )
    if coming is None:
        return Text(
            "it was the last, and no look showed a difference", "此为最后一次查看,历次均未显示差异"
        )
    return Text(
        f"no look has shown a difference; the next is due on {coming}",
        f"历次查看均未显示差异;下次查看为{coming}",
    )
