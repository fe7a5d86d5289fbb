"""Leaving by place and its causes as a page."""

from collections.abc import Iterator
from typing import Any

from features import Manifest
from goodcall.language import Text
from reports.apart import VERDICTS
from reports.churn import PLACES, ChurnCauses
from reports.excess import Excess, Explained
from reports.met import SORTS
from reports.pages import Cell, Column, Named, Page, Sheet

_CAUSE_VERDICTS = {
    "insufficient": Text("too few to tell", "样本不足"),
    "not_shown": Text("not shown: the interval holds zero", "未显示:区间包含零"),
    "explains": Text("explains some of it", "可解释一部分"),
    "hides": Text("hides some of it", "掩盖一部分"),
}
_NOTES = (
    Text(
        "Customers are looked at on the first of each month, and count as left where their money "
        "goes in the 90 days after it. Of all intervals that are shown together at most 5 % may be "
        "expected to be shown by chance (Benjamini and Hochberg).",
        "于每月首日观察客户,其后90天内资金流失者计为流失。同时给出的全部区间中,预期至多5%因偶然"
        "而显示(Benjamini-Hochberg)。",
    ),
    Text(
        "A cause explains as much of the excess as it is more frequent there, all others held "
        "equal. It goes together with leaving in the quarter before; whether it is why must be "
        "tried.",
        "在其他因素相同的情况下,某原因在当地更常见的程度即其可解释的部分。它与此前一个季度的流失相"
        "伴出现;是否确为原因须经试验。",
    ),
)


def churn_page(found: ChurnCauses, manifest: Manifest, facts: dict[str, Any]) -> Page:
    """The report as tables: every place, then the causes of those that are above the rest."""
    sheets = [_places(found)]
    if found.excesses:
        sheets.append(_causes(found))
    return Page(
        Text(
            f"Leaving by {found.by}: causes, {facts['from']} to {facts['to']}",
            f"流失原因:按{PLACES[found.by].zh},{facts['from']}至{facts['to']}",
        ),
        manifest.currency,
        sheets,
        (*_said(found), *_NOTES),
        {
            "by": found.by,
            "customers": found.customers,
            "customer_months": found.rows,
            "left": found.left,
            **facts,
        },
    )


def _said(found: ChurnCauses) -> Iterator[Text]:
    """What was found, a sentence for each place that is above the rest."""
    if not found.excesses:
        yield Text(
            f"No {found.by} is shown to be above the rest, so no causes are compared.",
            f"没有{PLACES[found.by].zh}的流失率显示高于其他,故不比较原因。",
        )
    for excess in found.excesses:
        shown = [each for each in excess.causes if each.shown]
        if not shown:
            yield Text(
                f"{excess.place} is above the rest; no cause is shown.",
                f"{excess.place}高于其他;未显示原因。",
            )
            continue
        sorts = dict.fromkeys(each.cause.sort for each in shown)
        en = ", ".join(each.cause.words.en for each in shown)
        zh = "、".join(each.cause.words.zh for each in shown)
        yield Text(
            f"{excess.place} is above the rest, shown to be explained by "
            f"{' and '.join(SORTS[sort].en for sort in sorts)}: {en}.",
            f"{excess.place}高于其他,显示的原因属于{'、'.join(SORTS[sort].zh for sort in sorts)}:"
            f"{zh}。",
        )


def _places(found: ChurnCauses) -> Sheet:
    columns = {
        "place": Column(PLACES[found.by]),
        "customer_months": Column(Text("customer months", "客户月数"), "count"),
        "left": Column(Text("left", "流失"), "count"),
        "share": Column(Text("rate", "流失率"), "share"),
        "elsewhere": Column(Text("elsewhere", "其他"), "share"),
        "difference": Column(Text("difference", "差异"), "share"),
        "times": Column(Text("times elsewhere", "为其他的倍数"), "number"),
        "verdict": Column(Text("verdict", "结论")),
    }
    rows = [
        (
            *(each.group, each.rows, each.counted, each.share, each.elsewhere),
            *(each.difference, each.times, Named(each.verdict, VERDICTS[each.verdict])),
        )
        for each in found.places
    ]
    return Sheet("places", Text("Leaving", "流失"), columns, rows)


def _causes(found: ChurnCauses) -> Sheet:
    columns = {
        "place": Column(PLACES[found.by]),
        "rank": Column(Text("rank", "序号"), "count"),
        "cause": Column(Text("cause", "原因")),
        "sort": Column(Text("sort", "类别")),
        "there": Column(Text("met there", "当地占比"), "share"),
        "elsewhere": Column(Text("met elsewhere", "其他占比"), "share"),
        "adds": Column(Text("adds to leaving", "流失率增加"), "share"),
        "part": Column(Text("explains, points", "可解释(百分点)"), "share"),
        "of_excess": Column(Text("of the excess", "占超出部分"), "share"),
        "verdict": Column(Text("verdict", "结论")),
    }
    rows = [row for excess in found.excesses for row in _of_place(excess)]
    return Sheet("causes", Text("Causes", "原因"), columns, rows)


def _of_place(excess: Excess) -> Iterator[tuple[Cell, ...]]:
    for rank, each in enumerate(excess.causes, start=1):
        yield (
            *(excess.place, rank, Named(each.cause.code, each.cause.words)),
            Named(each.cause.sort, SORTS[each.cause.sort]),
            *(each.there, each.elsewhere, each.adds, each.part, excess.share(each)),
            Named(_verdict(each), _CAUSE_VERDICTS[_verdict(each)]),
        )
    rest = Named("rest", Text("explained by none of these", "以上均不能解释"))
    yield (excess.place, None, rest, None, None, None, None, excess.rest, None, None)


def _verdict(explained: Explained) -> str:
    part = explained.part
    if part is None:
        return "insufficient"
    if not part.shown:
        return "not_shown"
    return "explains" if part.value > 0 else "hides"
