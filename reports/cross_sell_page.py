"""Cross-selling as a page: what is held, the rates, the offers, and both sides of the hold-out."""

from collections.abc import Mapping

from goodcall.language import Text
from goodcall.vocabulary import FAMILY_NAMES
from reports.campaign import attribution_facts, attribution_note, effect_note
from reports.cross_sell import CrossSellReport, OfferLine
from reports.effects_sheet import VERDICTS, effects_sheet
from reports.pages import ALL, Cell, Column, Named, Page, Sheet
from reports.pictures import Dot, Dots, Picture
from reports.stock import Held

_HELD: Mapping[str, Column] = {
    "day": Column(Text("as the day begins", "当日开始时")),
    "customers": Column(Text("customers", "客户数"), "count"),
    "holders": Column(Text("hold something", "持有产品客户"), "count"),
    "products": Column(Text("products held", "持有产品数"), "count"),
    "per_customer": Column(Text("products a customer", "户均产品数"), "number"),
    "several": Column(Text("hold two families or more", "持有两类以上客户"), "count"),
    "several_share": Column(Text("of customers", "占客户"), "share"),
}
_RATES: Mapping[str, Column] = {
    "family": Column(Text("family", "产品大类")),
    "could": Column(Text("held others, not it", "持有他类而未持有"), "count"),
    "crossed": Column(Text("began to hold it", "新增持有"), "count"),
    "share": Column(Text("cross-sell rate", "交叉销售率"), "share"),
}
_OFFERS: Mapping[str, Column] = {
    "offer_code": Column(Text("offer", "产品")),
    "family": Column(Text("family", "产品大类")),
    "asked": Column(Text("customers asked", "推荐客户"), "count"),
    "buyers": Column(Text("of whom bought", "其中成交客户"), "count"),
    "conversion": Column(Text("conversion", "转化率"), "share"),
    "crossed": Column(Text("of whom held only others", "其中交叉销售客户"), "count"),
    "purchases": Column(Text("purchases", "成交"), "count"),
    "replaced": Column(Text("replaced another", "替代他品"), "count"),
    "replaced_share": Column(Text("cannibalisation", "替代率"), "share"),
    "watched": Column(Text("old enough to tell", "已满观察期"), "count"),
    "lasted": Column(Text("lasted", "仍持有"), "count"),
    "persistence": Column(Text("persistence", "留存率"), "share"),
}
_FAMILIES: Mapping[str, Column] = {
    "family": Column(Text("family", "产品大类")),
    "contacted": Column(Text("contacted", "联系组"), "share"),
    "held": Column(Text("hold-out", "对照组"), "share"),
    "difference": Column(Text("difference, all families together", "差异(各类合并校正)"), "share"),
    "verdict": Column(Text("verdict", "结论")),
}
_INCREMENTAL = Text("Customers who bought, by family", "成交客户占比:按产品大类")


def cross_sell_page(report: CrossSellReport, currency: str) -> Page:
    """A report of cross-selling as tables, with a picture of what contacting added by family."""
    against = (effect_note(report.first, report.last),) if report.effects else ()
    note = attribution_note(report.settings, report.last, report.until)
    return Page(
        Text(
            f"Cross-selling, {report.first} to {report.last}",
            f"交叉销售,{report.first}至{report.last}",
        ),
        currency,
        (
            Sheet("held", Text("What is held", "持有情况"), _HELD, _rows(report.held, _HELD)),
            _rates(report),
            _offers(report),
            _families(report),
            effects_sheet(report.effects),
        ),
        (*_notes(report), note, *report.missing, *against),
        {
            "from": report.first,
            "to": report.last,
            "until": report.until,
            "attribution": attribution_facts(report.settings),
        },
        [_picture(report)] if report.incremental else (),
    )


def _notes(report: CrossSellReport) -> tuple[Text, ...]:
    days = report.settings.attribution.days
    return (
        Text(
            f"cross-sold: who held a product as {report.first} began, and by {report.last} began "
            "to hold one of a family of which there was none; whether contacted or not",
            f"交叉销售:{report.first}开始时已持有产品、至{report.last}新增未曾持有的产品大类的客户,"
            "不论是否联系",
        ),
        Text(
            f"a purchase replaced another where its customer ended an older product before it was "
            f"due, at most {days} days before or after; some would have ended it anyway, so what "
            "contacting changed about products ended, and about products held, stands by the "
            "hold-out",
            f"替代:该客户在成交前后{days}天内提前结束了更早持有的产品;部分本会结束,"
            "因此提前结束与持有数的变化另与对照组比较",
        ),
    )


def _rows(lines: tuple[Held, ...], columns: Mapping[str, Column]) -> list[list[Cell]]:
    return [[getattr(each, name) for name in columns] for each in lines]


def _rates(report: CrossSellReport) -> Sheet:
    rows: list[tuple[Cell, ...]] = [
        (_family(each.family), each.could, each.crossed, each.share) for each in report.rates
    ]
    return Sheet("rates", Text("Cross-sell rate by family", "交叉销售率:按产品大类"), _RATES, rows)


def _offers(report: CrossSellReport) -> Sheet:
    rows = [_cells(each) for each in (*report.offers, report.total)]
    return Sheet("offers", Text("Conversion by offer", "转化率:按产品"), _OFFERS, rows)


def _cells(line: OfferLine) -> list[Cell]:
    found: dict[str, Cell] = {
        "offer_code": line.offer_code or ALL,
        "family": None if line.family is None else _family(line.family),
    }
    return [found[name] if name in found else getattr(line, name) for name in _OFFERS]


def _families(report: CrossSellReport) -> Sheet:
    rows: list[tuple[Cell, ...]] = [
        (
            *(_family(each.name), each.contacted, each.held, each.difference),
            Named(each.verdict, VERDICTS[each.verdict]),
        )
        for each in report.incremental
    ]
    return Sheet("incremental", _INCREMENTAL, _FAMILIES, rows)


def _family(family: str | None) -> Named:
    return ALL if family is None else Named(family, FAMILY_NAMES[family])


def _picture(report: CrossSellReport) -> Picture:
    title = Text(
        "What contacting added: share of customers who bought", "联系带来的变化:成交客户占比"
    )
    dots = [Dot(FAMILY_NAMES[each.name], each.difference) for each in report.incremental]
    return Picture(title, [Dots(_INCREMENTAL, dots, "share")])
