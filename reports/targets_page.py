"""Targets as a page: the value, the pace and how each stands."""

from collections.abc import Iterable, Iterator
from datetime import date

from goodcall.language import Text
from reports.campaign import attribution_facts
from reports.pages import Cell, Column, Figure, Named, Page, Sheet
from reports.settings import Settings
from reports.targets import MEASURES, STATES, Progress


def targets_page(progress: Iterable[Progress], on: date, settings: Settings, currency: str) -> Page:
    """The targets as a table, each with its value, its pace and how it stands."""
    columns = {
        "measure": Column(Text("measure", "指标")),
        "branch_id": Column(Text("branch", "网点")),
        "manager_id": Column(Text("manager", "客户经理")),
        "from": Column(Text("from", "起")),
        "by": Column(Text("by", "止")),
        "goal": Column(Text("goal", "目标"), "number"),
        "value": Column(Text("so far", "当前"), "number"),
        "expected": Column(Text("enough by now", "应达"), "number"),
        "projected": Column(Text("at this pace", "预计"), "number"),
        "passed": Column(Text("days passed", "时间进度"), "share"),
        "state": Column(Text("state", "状态")),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            Named(each.target.measure, MEASURES[each.target.measure].words),
            *(each.target.branch_id, each.target.manager_id, each.target.first, each.target.by),
            *_figures(each),
            each.passed,
            Named(each.state, STATES[each.state]),
        )
        for each in progress
    ]
    sheet = Sheet("targets", Text("Progress and pace", "进度与节奏"), columns, rows)
    days = settings.attribution.days
    return Page(
        Text(f"Targets on {on}", f"目标进度,{on}"),
        currency,
        (sheet,),
        (
            Text(
                "pace goes by days: a sum is enough by now when it is the goal's share of the days "
                "passed; a rate is measured as it stands",
                "进度按天数计:累计类指标应达目标乘以时间进度,比率类指标按当前值",
            ),
            Text(
                f"what was recorded later than {on} is not seen; contacts of the target's days "
                f"count, and purchases and saves of theirs up to {days} days after (settings "
                f"{settings.version})",
                f"不含{on}之后记录的内容;计入目标期内的联系及其后{days}天内的成交与挽留"
                f"(设置{settings.version})",
            ),
        ),
        {"on": on, "attribution": attribution_facts(settings)},
    )


def _figures(progress: Progress) -> Iterator[Figure]:
    """The goal, the value, what is enough and where it leads; half a row is told as a half."""
    kind = MEASURES[progress.target.measure].kind
    for each in (
        *(progress.target.goal, progress.value),
        *(progress.expected, progress.projected),
    ):
        parted = kind == "count" and each is not None and each % 1
        yield Figure(each, "number" if parted else kind)
