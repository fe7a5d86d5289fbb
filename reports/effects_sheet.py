"""Effects against the hold-out as a table, each with its interval and what it shows."""

from collections.abc import Iterable

from goodcall.language import Text
from outreach.ab_report import Verdict
from reports.arms import Effect
from reports.pages import Column, Named, Sheet

VERDICTS: dict[Verdict, Text] = {
    "insufficient": Text("too few to tell", "样本不足"),
    "not_shown": Text("not shown: the interval holds zero", "未显示:区间包含零"),
    "more": Text("more where contacted", "联系组更高"),
    "less": Text("less where contacted", "联系组更低"),
}
MEASURES = {
    "bought": Text("purchases, a customer", "人均成交笔数"),
    "families": Text("families first opened, a customer", "人均首次购买产品类数"),
    "left": Text("share whose money left", "资金流失占比"),
    "value": Text("value in cents, a customer", "人均价值(分)"),
    "net_flow": Text("net flow in cents, a flagged customer", "预警客户人均净流入(分)"),
    "stayed": Text("share of the flagged who stayed", "预警客户留存占比"),
}


def effects_sheet(effects: Iterable[Effect], title: Text | None = None) -> Sheet:
    """What contacting changed, contacted less held, with intervals of 95 % by households."""
    columns = {
        "name": Column(Text("measure", "指标")),
        "contacted": Column(Text("contacted", "联系组"), "number"),
        "held": Column(Text("hold-out", "对照组"), "number"),
        "difference": Column(Text("difference, 95 %", "差异(95%)"), "number"),
        "relative": Column(Text("of the hold-out", "相对对照组"), "share"),
        "verdict": Column(Text("verdict", "结论")),
    }
    rows = [
        (
            Named(each.name, MEASURES[each.name]),
            *(each.contacted, each.held, each.difference, each.relative),
            Named(each.verdict, VERDICTS[each.verdict]),
        )
        for each in effects
    ]
    name = Text("The whole base against the hold-out", "全部客户与对照组比较")
    return Sheet("effects", title or name, columns, rows)
