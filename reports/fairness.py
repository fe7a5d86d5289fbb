"""Who is contacted by age, sex and region, how fast requests are met, whose access was refused."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

import numpy as np

from features.asof import connect, known_before
from features.bank import Bank
from features.tables import TABLES
from goodcall.calendar import start_of_day
from goodcall.language import Text
from outreach import Span
from reports.apart import VERDICTS, Apart, Dimension, Question, Words, set_apart
from reports.demand import DIMENSIONS, dimension_of
from reports.pages import ALL, Cell, Column, Named, Page, Sheet
from reports.standing import Standings

SEX = "sex"
_NAMES = DIMENSIONS | {SEX: Text("sex", "性别")}
_SEXES = {"F": Text("female", "女"), "M": Text("male", "男")}
RIGHTS = {
    "view": Text("see what is kept", "查阅"),
    "correct": Text("have it put right", "更正"),
    "delete": Text("have it erased", "删除"),
    "object": Text("object", "拒绝"),
    "explain": Text("have a decision explained", "说明决策"),
}


@dataclass(frozen=True, slots=True)
class Right:
    """A customer's request: the right that was asked for, and how it stands.

    `days` are those that it took, None while it is open; `late` says that it is, or was, answered
    after its deadline.
    """

    kind: str
    days: float | None
    late: bool


@dataclass(frozen=True, slots=True)
class FairnessReport:
    """Treatment by group against all others, a span's requests, refusals by action and actor."""

    first: date
    last: date
    treated: tuple[Apart, ...]
    rights: tuple[Right, ...]
    refused: Mapping[tuple[str, str], int]


def treatment(bank: Bank, people: Standings, span: Span) -> tuple[Apart, ...]:
    """Which ages, sexes and regions are contacted more than others of their kind, beyond chance.

    `people` are everybody known when the span began; false discoveries are held at 5 % over all.
    """
    made = {each.customer_id for each in span.made}
    happened = np.isin(people.customer, sorted(made))
    sexes = Dimension(SEX, _sexes(bank, people, span.first), people.stratum)
    by = (dimension_of(people, "age"), sexes, dimension_of(people, "region"))
    return set_apart([Question(("contacted",), happened, people.home, by)])


def fairness_page(report: FairnessReport, currency: str) -> Page:
    """A report of fairness and privacy as tables."""
    return Page(
        Text(
            f"Fairness and privacy, {report.first} to {report.last}",
            f"公平与隐私,{report.first}至{report.last}",
        ),
        currency,
        (_treated(report.treated), _rights(report.rights), _refused(report.refused)),
        (
            Text(
                "a group is compared with all others of the same kind of customers, so that shares "
                "need not be what the counts alone give; of those that are shown at most 5 % may "
                "be expected to be chance",
                "各组与同类其他客户比较,占比未必等于人数直接相除;显示的结果中预期至多5%出于偶然",
            ),
        ),
        {"from": report.first, "to": report.last},
    )


def _sexes(bank: Bank, people: Standings, day: date) -> Words:
    """Each row's sex as known before a day, "" where it is not."""
    at = start_of_day(day, bank.manifest.zone)
    known = known_before(bank, connect(), TABLES["customers"], at).select("customer_id", SEX)
    said = known.to_pyarrow().to_pydict()
    sex = dict(zip(said["customer_id"], said[SEX], strict=True))
    return np.array([sex.get(who) or "" for who in people.customer.tolist()])


def _treated(found: Iterable[Apart]) -> Sheet:
    columns = {
        "dimension": Column(Text("by", "维度")),
        "group": Column(Text("group", "分组")),
        "customers": Column(Text("customers", "客户数"), "count"),
        "contacted": Column(Text("contacted", "被联系"), "count"),
        "share": Column(Text("share", "占比"), "share"),
        "elsewhere": Column(Text("elsewhere", "其他"), "share"),
        "difference": Column(Text("difference", "差异"), "share"),
        "verdict": Column(Text("verdict", "结论")),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            *(Named(each.dimension, _NAMES[each.dimension]), _group(each)),
            *(each.rows, each.counted, each.share, each.elsewhere, each.difference),
            Named(each.verdict, VERDICTS[each.verdict]),
        )
        for each in found
    ]
    return Sheet("treatment", Text("Who is contacted", "联系覆盖"), columns, rows)


def _group(found: Apart) -> Cell:
    known = _SEXES.get(found.group) if found.dimension == SEX else None
    return found.group if known is None else Named(found.group, known)


def _rights(rights: Sequence[Right]) -> Sheet:
    columns = {
        "right": Column(Text("right", "权利")),
        "asked": Column(Text("asked", "申请"), "count"),
        "open": Column(Text("open", "未办结"), "count"),
        "late": Column(Text("late", "逾期"), "count"),
        "mean_days": Column(Text("days to close", "平均办结天数"), "number"),
        "most_days": Column(Text("at most", "最长天数"), "number"),
    }
    kinds: dict[str, list[Right]] = defaultdict(list)
    for each in rights:
        kinds[each.kind].append(each)
    groups = [(Named(kind, RIGHTS[kind]), mine) for kind, mine in sorted(kinds.items())]
    rows: list[tuple[Cell, ...]] = []
    for name, group in (*groups, (ALL, rights)):
        days = [each.days for each in group if each.days is not None]
        rows.append(
            (
                *(name, len(group), len(group) - len(days), sum(each.late for each in group)),
                *(fmean(days) if days else None, max(days, default=None)),
            )
        )
    return Sheet("rights", Text("Customers' requests", "客户权利申请"), columns, rows)


def _refused(refused: Mapping[tuple[str, str], int]) -> Sheet:
    columns = {
        "action": Column(Text("action", "操作")),
        "actor": Column(Text("who", "操作者")),
        "lines": Column(Text("refused", "被拒次数"), "count"),
    }
    order = sorted(Counter(refused).items(), key=lambda each: (-each[1], each[0]))
    rows: list[tuple[Cell, ...]] = [(*who, count) for who, count in order]
    rows.append((ALL, None, sum(refused.values())))
    return Sheet("refused", Text("Access that was refused", "被拒访问"), columns, rows)
