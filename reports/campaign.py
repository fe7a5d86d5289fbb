"""A campaign's figures by offer and channel, and what the whole base shows against the hold-out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from goodcall.language import Text
from goodcall.vocabulary import CHANNEL_NAMES
from outreach import Listed, LoggedContact, Span
from reports.answers import answers_of
from reports.arms import Effect
from reports.effects_sheet import ONE_LOOK, effects_sheet
from reports.pages import ALL, Cell, Column, Named, Page, Sheet
from reports.purchases import Credit
from reports.settings import Settings

CARE = Named(None, Text("care call", "关怀联系"))
Place = tuple[str | None, str | None]
_PLACE = {"offer_code": Column(Text("offer", "产品")), "channel": Column(Text("channel", "渠道"))}
_CONTACTS = _PLACE | {
    "listed": Column(Text("listed", "入名单"), "count"),
    "attempted": Column(Text("attempted", "已联系"), "count"),
    "connected": Column(Text("connected", "已接通"), "count"),
    "conversations": Column(Text("conversations", "有效沟通"), "count"),
    "interested": Column(Text("interested", "有意向"), "count"),
    "appointments": Column(Text("appointments", "预约"), "count"),
    "refusals": Column(Text("refusals", "拒绝"), "count"),
    "complaints": Column(Text("complaints", "投诉"), "count"),
    "complaints_per_1000": Column(Text("per 1,000 contacts", "每千次联系投诉"), "number"),
}
_PURCHASES = _PLACE | {
    "asked": Column(Text("customers asked", "推荐客户"), "count"),
    "buyers": Column(Text("of whom bought", "其中成交客户"), "count"),
    "conversion": Column(Text("conversion", "转化率"), "share"),
    "purchases": Column(Text("purchases", "成交"), "count"),
    "amount_cents": Column(Text("amount", "金额"), "money"),
    "watched": Column(Text("old enough to tell", "已满观察期"), "count"),
    "lasted": Column(Text("lasted", "仍持有"), "count"),
    "persistence": Column(Text("persistence", "留存率"), "share"),
}


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """What came of an offer through a channel; None of both stands for everything together.

    A care call has no offer. `listed` are rows of lists; `attempted` to `complaints` are contacts,
    listed or not; `asked` are customers whom a contact of the line proposed a product to, once
    each, `buyers` those of them with a purchase that counts for one. `purchases` count for a
    contact of the line, `amount_cents` is theirs as far as the bank says, `watched` are those of
    which it is known whether they `lasted`.
    """

    offer_code: str | None
    channel: str | None
    listed: int
    attempted: int
    connected: int
    conversations: int
    interested: int
    appointments: int
    refusals: int
    complaints: int
    asked: int
    buyers: int
    purchases: int
    amount_cents: int
    watched: int
    lasted: int

    @property
    def complaints_per_1000(self) -> float | None:
        """Complaints per 1,000 contacts; None without a contact."""
        return 1000 * self.complaints / self.attempted if self.attempted else None

    @property
    def conversion(self) -> float | None:
        """The share of customers asked who bought; None where nobody was asked."""
        return self.buyers / self.asked if self.asked else None

    @property
    def persistence(self) -> float | None:
        """The share of purchases that lasted; None where none is known."""
        return self.lasted / self.watched if self.watched else None


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """The lines of a span of days by offer and channel, all of them together, and the effects.

    `until` is the last day that the bank tells of. `effects` are of the whole base against the
    hold-out, contacted or not; none where nothing can be compared, for which `missing` says why.
    """

    first: date
    last: date
    until: date
    settings: Settings
    lines: tuple[CampaignLine, ...]
    total: CampaignLine
    effects: tuple[Effect, ...]
    missing: tuple[Text, ...] = ()


def campaign_report(
    span: Span,
    credits_: Sequence[Credit],
    settings: Settings,
    until: date,
    *,
    effects: Iterable[Effect] = (),
    missing: Iterable[Text] = (),
) -> CampaignReport:
    """What came of a span's rows and contacts; `credits_` are the purchases that count for them."""
    rows: dict[Place, list[Listed]] = defaultdict(list)
    for each in span.rows:
        rows[each.listed.row.offer_code, each.listed.row.channel].append(each)
    made: dict[Place, list[LoggedContact]] = defaultdict(list)
    for contact in span.made:
        made[contact.offer_code, contact.channel].append(contact)
    bought: dict[Place, list[Credit]] = defaultdict(list)
    for credit in credits_:
        bought[credit.contact.offer_code, credit.contact.channel].append(credit)
    places = sorted({*rows, *made, *bought}, key=lambda place: (place[0] or "~", place[1]))

    line = partial(_line, days=settings.attribution.persistence_days, until=until)
    lines = tuple(line(place, rows[place], made[place], bought[place]) for place in places)
    total = line((None, None), span.rows, span.made, credits_)
    return CampaignReport(
        *(span.first, span.last, until, settings, lines, total),
        tuple(effects),
        tuple(missing),
    )


def attribution_facts(settings: Settings) -> Mapping[str, object]:
    """The attribution window and its version as JSON values."""
    return {
        "days": settings.attribution.days,
        "persistence_days": settings.attribution.persistence_days,
        "version": settings.version,
    }


def attribution_note(settings: Settings, last: date, until: date) -> Text:
    """How purchases count, in words; that some may be still to come, where they may."""
    days, keeps = settings.attribution.days, settings.attribution.persistence_days
    open_until = (until - last).days
    more = Text("", "")
    if open_until < days:
        more = Text(
            f"; the bank tells of {until} at the latest, so purchases may still come",
            f";银行数据截至{until},后续成交可能未计入",
        )
    return Text(
        f"a purchase counts for the last contact that reached its customer about that family, on "
        f"its day or up to {days} days before (settings {settings.version}); it lasted when it was "
        f"held for {keeps} days or to its own end{more.en}",
        f"成交计入当日或此前{days}天内最后一次触达该客户且同类产品的联系"
        f"(设置{settings.version});持有满{keeps}天或到期视为留存{more.zh}",
    )


def effect_note(first: date, last: date) -> Text:
    """Which purchases are set against the hold-out's, in words."""
    return Text(
        f"against the hold-out stand purchases made from {first} to {last}, in whichever span a "
        "contact began",
        f"与对照组比较的是{first}至{last}的成交,不论联系始于何时",
    )


def campaign_page(report: CampaignReport, currency: str) -> Page:
    """A campaign report as tables."""
    lines = (*report.lines, report.total)
    sheets = [
        Sheet(name, title, columns, [_cells(each, columns) for each in lines])
        for name, title, columns in (
            ("contacts", Text("Contacts by offer and channel", "按产品与渠道:联系"), _CONTACTS),
            ("purchases", Text("Purchases by offer and channel", "按产品与渠道:成交"), _PURCHASES),
        )
    ]
    note = attribution_note(report.settings, report.last, report.until)
    against = (effect_note(report.first, report.last), ONE_LOOK) if report.effects else ()
    return Page(
        Text(
            f"Campaign, {report.first} to {report.last}", f"营销活动,{report.first}至{report.last}"
        ),
        currency,
        (*sheets, effects_sheet(report.effects)),
        (note, *report.missing, *against),
        {
            "from": report.first,
            "to": report.last,
            "until": report.until,
            "attribution": attribution_facts(report.settings),
        },
    )


def _cells(line: CampaignLine, columns: Iterable[str]) -> list[Cell]:
    found: dict[str, Cell] = {
        "offer_code": line.offer_code or (ALL if line.channel is None else CARE),
        "channel": Named(line.channel, CHANNEL_NAMES.get(line.channel or "", Text("", ""))),
    }
    return [found[name] if name in found else getattr(line, name) for name in columns]


def _line(
    place: Place,
    rows: Sequence[Listed],
    made: Sequence[LoggedContact],
    bought: Sequence[Credit],
    *,
    days: int,
    until: date,
) -> CampaignLine:
    said = answers_of(made)
    lasted = [credit.purchase.lasted(days, until) for credit in bought]
    return CampaignLine(
        *place,
        listed=len(rows),
        attempted=len(made),
        connected=said["connected"],
        conversations=said["conversations"],
        interested=said["interested"],
        appointments=said["appointments"],
        refusals=said["refusals"],
        complaints=said["complaints"],
        asked=len({contact.customer_id for contact in made if contact.family is not None}),
        buyers=len({credit.purchase.customer_id for credit in bought}),
        purchases=len(bought),
        amount_cents=sum(credit.purchase.amount_cents or 0 for credit in bought),
        watched=sum(each is not None for each in lasted),
        lasted=sum(each is True for each in lasted),
    )
