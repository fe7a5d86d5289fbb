"""Demand by segment or region as a page: what is shown, then all that was asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from features import Manifest
from goodcall.language import Text
from goodcall.vocabulary import FAMILY_NAMES
from reports.apart import VERDICTS, Apart
from reports.demand import DIMENSIONS, OUTCOMES
from reports.pages import Cell, Column, Named, Page, Sheet

KIND_NAMES = {
    "retail": Text("retail", "零售客户"),
    "private": Text("private banking", "私人银行客户"),
    "small_business": Text("small firms", "小微企业"),
    "corporate": Text("corporate", "对公客户"),
}
_COLUMNS = {
    "family": Column(Text("family", "产品大类")),
    "way": Column(Text("what they did", "行为")),
    "dimension": Column(Text("by", "维度")),
    "segment": Column(Text("segment", "客群")),
    "customers": Column(Text("customers", "客户数"), "count"),
    "counted": Column(Text("did it", "人数"), "count"),
    "share": Column(Text("share", "占比"), "share"),
    "elsewhere": Column(Text("elsewhere", "其他"), "share"),
    "difference": Column(Text("difference", "差异"), "share"),
    "times": Column(Text("times elsewhere", "为其他的倍数"), "number"),
    "at_least": Column(Text("times at least", "至少倍数"), "number"),
    "verdict": Column(Text("verdict", "结论")),
}


def demand_page(
    title: Text, found: Sequence[Apart], manifest: Manifest, facts: Mapping[str, Any]
) -> Page:
    """The report as two tables: `more`, what is shown to be wanted more, and `all`."""
    first, last = facts["from"], facts["to"]
    more = [each for each in found if each.verdict == "more"]
    return Page(
        Text(f"{title.en}, {first} to {last}", f"{title.zh},{first}至{last}"),
        manifest.currency,
        [
            Sheet("more", Text("Shown to want more", "显示需求较高"), _COLUMNS, _rows(more)),
            Sheet("all", Text("All that was asked", "全部比较"), _COLUMNS, _rows(found)),
        ],
        _notes(found),
        facts,
    )


def _notes(found: Sequence[Apart]) -> tuple[Text, ...]:
    counts = Counter(each.verdict for each in found)
    asked = len(found) - counts["insufficient"]
    return (
        Text(
            f"{asked:,} comparisons: {counts['more']:,} more, {counts['less']:,} less, "
            f"{counts['not_shown']:,} not shown; {counts['insufficient']:,} have too few to tell.",
            f"共{asked:,}项比较:{counts['more']:,}项较高,{counts['less']:,}项较低,"
            f"{counts['not_shown']:,}项未显示;另有{counts['insufficient']:,}项样本不足。",
        ),
        Text(
            "Of those that are shown at most 5 % may be expected to be chance (Benjamini and "
            "Hochberg over all comparisons). Customers are compared with others of their kind who "
            "held none of the family when the window began; who looked at pages, with those who "
            "looked at about as many. Shares are those of like customers, so that they need not be "
            "what the counts alone give.",
            "显示的结果中,预期至多5%出于偶然(对全部比较作Benjamini-Hochberg校正)。客户与期初同样未"
            "持有该类产品的同类客户比较;浏览页面者与浏览量相近者比较。占比按同类客户加权,未必等于人数直接相除。",
        ),
    )


def _rows(found: Sequence[Apart]) -> list[tuple[Cell, ...]]:
    return [
        (
            *(_named(each.outcome[0], FAMILY_NAMES), _named(each.outcome[1], OUTCOMES)),
            *(_named(each.dimension, DIMENSIONS), _segment(each)),
            *(each.rows, each.counted, each.share, each.elsewhere, each.difference),
            *(each.times, each.at_least, Named(each.verdict, VERDICTS[each.verdict])),
        )
        for each in found
    ]


def _named(code: str, words: Mapping[str, Text]) -> Named:
    return Named(code, words[code])


def _segment(apart: Apart) -> str | Named:
    return _named(apart.group, KIND_NAMES) if apart.dimension == "kind" else apart.group
