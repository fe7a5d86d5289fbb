"""What an offer would meet with as tables: funnel, purchases by group and channel, segments."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from goodcall.effect import Origin
from goodcall.language import Text
from goodcall.vocabulary import CHANNEL_NAMES, FAMILY_NAMES
from outreach import Offer
from reports.acceptance import Acceptance, Expected, Group, Segment
from reports.demand import DIMENSIONS
from reports.demand_page import KIND_NAMES
from reports.pages import Cell, Column, Named, Page, Sheet

GROUPS: dict[Group, Text] = {
    "eligible": Text("the offer fits them", "符合条件与适当性"),
    "allowed": Text("may be contacted", "允许联系"),
    "listed": Text("on the day's lists", "列入当日名单"),
}
_DIMENSIONS = DIMENSIONS | {"tier": Text("tier", "客户等级")}
_NOBODY = Named(None, Text("left alone", "不联系"))


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a plan's codes: its steps, its reasons, and how an effect is known."""

    steps: Mapping[str, Text]
    reason: Callable[[str], Text]
    origins: Mapping[str, Text]


def acceptance_page(found: Acceptance, offer: Offer, day: date, currency: str, words: Said) -> Page:
    """What an offer would meet with, as tables with the notes that are needed to read them."""
    return Page(
        Text(
            f"What offer {offer.code} would meet with from {day}",
            f"产品{offer.code}自{day}起的预计接受度",
        ),
        currency,
        (_funnel(found, words), _expected(found, words), _segments(found), _windows(found)),
        tuple(_notes(found, offer)),
        {
            "offer": offer.code,
            "family": offer.family,
            "day": day,
            "population": found.funnel.population,
            "listed": found.funnel.listed,
            "unscored": found.unscored,
            "ratio": found.trust.ratio,
            "ratio_doubt": found.trust.doubt,
            "margin_assumed": "margin" in offer.assumed,
        },
    )


def _notes(found: Acceptance, offer: Offer) -> Iterator[Text]:
    family, ratio = FAMILY_NAMES[offer.family], found.trust.ratio
    yield Text(
        f"purchases are first ones of {family.en} within 90 days, of this or any other product of "
        "the family; who holds one is not counted",
        f"成交指90天内首次购买{family.zh}类产品(不限本产品);已持有者不计",
    )
    yield Text(
        f"without contact: the model's chances times {ratio:.3f}, which is what earlier 90 days "
        "came to of customers whom nobody contacted about it; the interval of 95 % holds who "
        "happens to buy and how far 90 days lie apart, as all families tell",
        f"不联系:模型概率乘以{ratio:.3f}(以往各90天内未就此类产品被联系客户的实际与预期之比);"
        "95%区间含购买的偶然性与各期差异(由全部产品类估计)",
    )
    if len(found.windows) == 1:
        yield Text(
            "only one earlier window is there, so that no interval knows how seasons differ",
            "仅有一个回溯期,区间未含季节差异",
        )
    yield Text(
        "with contact: what it adds is checked by no earlier days; its range goes from nothing to "
        "twice what is said, so start small and hold some out",
        "联系后:联系的增量无历史可验,区间取零至两倍;宜先小范围试行并留对照",
    )
    if "margin" in offer.assumed:
        yield Text("the margin of a purchase is assumed", "每笔成交的利润为假设值")
    if found.unscored:
        yield Text(
            f"{found.unscored:,} whom it fits have no score and count as none who buys",
            f"{found.unscored:,}名符合条件的客户无评分,按不购买计",
        )


def _funnel(found: Acceptance, words: Said) -> Sheet:
    columns = {
        "step": Column(Text("step", "环节")),
        "entered": Column(Text("came so far", "进入"), "count"),
        "reason": Column(Text("left out for", "剔除原因")),
        "dropped": Column(Text("left out", "剔除"), "count"),
    }
    rows: list[tuple[Cell, ...]] = []
    for step in found.funnel.steps:
        named = Named(step.name, words.steps[step.name])
        drops = step.drops or ((None, 0),)
        for why, count in drops:
            reason = None if why is None else Named(why, words.reason(why))
            rows.append((named, step.entered, reason, count))
    rows.append((Named("listed", words.steps["listed"]), found.funnel.listed, None, 0))
    return Sheet("funnel", Text("From all customers to the day's lists", "决策漏斗"), columns, rows)


def _expected(found: Acceptance, words: Said) -> Sheet:
    columns = {
        "group": Column(Text("customers whom", "客户群")),
        "channel": Column(Text("by", "渠道")),
        "customers": Column(Text("customers", "客户数"), "count"),
        "alone": Column(Text("purchases left alone, 95 %", "不联系的成交(95%)"), "number"),
        "contacted": Column(Text("purchases contacted", "联系后的成交"), "number"),
        "added": Column(Text("contact adds", "联系增量"), "number"),
        "origin": Column(Text("what it adds is", "增量依据")),
        "margin_cents": Column(Text("margin added", "增量利润"), "money"),
        "cost_cents": Column(Text("cost", "成本"), "money"),
        "net_cents": Column(Text("net", "净额"), "money"),
        "opt_outs": Column(Text("opt-outs", "退订"), "number"),
        "complaints": Column(Text("complaints", "投诉"), "number"),
    }
    rows = [_row(each, words.origins) for each in found.expected]
    return Sheet("expected", Text("Purchases within 90 days", "90天内成交"), columns, rows)


def _row(each: Expected, origins: Mapping[str, Text]) -> tuple[Cell, ...]:
    channel, origin = each.channel, each.origin
    return (
        Named(each.group, GROUPS[each.group]),
        _NOBODY if channel is None else Named(channel, CHANNEL_NAMES[channel]),
        *(each.customers, each.alone, each.contacted, each.added),
        _origin(origin, origins),
        *(each.margin_cents, each.cost_cents, each.net_cents, each.opt_outs, each.complaints),
    )


def _origin(origin: Origin | None, origins: Mapping[str, Text]) -> Cell:
    return None if origin is None else Named(origin, origins[origin])


def _segments(found: Acceptance) -> Sheet:
    columns = {
        "dimension": Column(Text("by", "维度")),
        "segment": Column(Text("segment", "客群")),
        "customers": Column(Text("the offer fits", "符合条件"), "count"),
        "allowed": Column(Text("may be contacted", "允许联系"), "count"),
        "listed": Column(Text("listed", "列入名单"), "count"),
        "alone": Column(Text("purchases left alone, 95 %", "不联系的成交(95%)"), "number"),
        "share": Column(Text("share that buys", "购买占比"), "share"),
    }
    rows = [
        (
            Named(each.dimension, _DIMENSIONS[each.dimension]),
            *(_segment(each), each.customers, each.allowed, each.listed, each.alone, each.share),
        )
        for each in found.segments
    ]
    return Sheet("segments", Text("By segment", "按客群"), columns, rows)


def _segment(each: Segment) -> Cell:
    if not each.name:
        return Named(None, Text("not known", "未知"))
    return Named(each.name, KIND_NAMES[each.name]) if each.dimension == "kind" else each.name


def _windows(found: Acceptance) -> Sheet:
    columns = {
        "day": Column(Text("90 days from", "起始日")),
        "customers": Column(Text("left alone", "未被联系客户"), "count"),
        "expected": Column(Text("expected", "预期成交"), "number"),
        "observed": Column(Text("bought", "实际成交"), "count"),
        "ratio": Column(Text("ratio", "比值"), "number"),
        "learned": Column(Text("known to the model", "模型是否学习过")),
    }
    yes, no = Named("yes", Text("yes", "是")), Named("no", Text("no", "否"))
    rows = [
        (
            *(each.day, each.customers, each.expected, each.observed, each.ratio),
            yes if each.learned else no,
        )
        for each in found.windows
    ]
    return Sheet("windows", Text("How the chances held before", "概率回溯检验"), columns, rows)
