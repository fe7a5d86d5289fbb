"""Effects against the hold-out as a table, each with its interval and what it shows."""

from collections.abc import Iterable

from goodcall.language import Text
from outreach.ab_report import Verdict
from reports.arms import Effect
from reports.pages import Cell, Column, Figure, Named, Sheet

VERDICTS: dict[Verdict, Text] = {
    "insufficient": Text("too few to tell", "样本不足"),
    "not_shown": Text("not shown: the interval holds zero", "未显示:区间包含零"),
    "more": Text("more where contacted", "联系组更高"),
    "less": Text("less where contacted", "联系组更低"),
}
MEASURES = {
    "bought": Column(Text("purchases, a customer", "人均成交笔数"), "fine"),
    "cross_sold": Column(Text("share cross-sold to", "交叉销售客户占比"), "share"),
    "ended": Column(Text("products ended early, a customer", "人均提前结束产品数"), "fine"),
    "products": Column(Text("products held at the end, a customer", "期末户均产品数"), "fine"),
    "families": Column(Text("families first opened, a customer", "人均首次购买产品类数"), "fine"),
    "left": Column(Text("share whose money left", "资金流失占比"), "share"),
    "value": Column(Text("value, a customer", "人均价值"), "price"),
    "net_flow": Column(Text("net flow, a flagged customer", "预警客户人均净流入"), "price"),
    "stayed": Column(Text("share of the flagged who stayed", "预警客户留存占比"), "share"),
}

# Said beneath effects over days that somebody chooses.
ONE_LOOK = Text(
    "these intervals hold for one look, at days chosen beforehand: who looks every day and stops "
    "at the first difference finds one too often; `goodcall outreach holdout effect BANK --looks "
    "N` may be looked at N times",
    "上述区间仅对事先选定日期的一次查看有效;逐日查看并在首次出现差异时停止会增加误报;"
    "多次查看请用`goodcall outreach holdout effect BANK --looks N`",
)


def effects_sheet(effects: Iterable[Effect], title: Text | None = None) -> Sheet:
    """What contacting changed, contacted less held, with intervals of 95 % by households."""
    columns = {
        "name": Column(Text("measure", "指标")),
        "contacted": Column(Text("contacted", "联系组"), "number"),
        "held": Column(Text("hold-out", "对照组"), "number"),
        "difference": Column(Text("difference, 95 %", "差异(95%)"), "number"),
        "relative": Column(Text("change of the hold-out's, 95 %", "相对对照组变化(95%)"), "share"),
        "verdict": Column(Text("verdict", "结论")),
    }
    rows = [_row(each, MEASURES[each.name]) for each in effects]
    name = Text("Whole base against the hold-out", "全部客户与对照组比较")
    return Sheet("effects", title or name, columns, rows)


def _row(effect: Effect, measure: Column) -> tuple[Cell, ...]:
    figures = (effect.contacted, effect.held, effect.difference)
    return (
        Named(effect.name, measure.title),
        *(Figure(each, measure.kind) for each in figures),
        effect.relative,
        Named(effect.verdict, VERDICTS[effect.verdict]),
    )
