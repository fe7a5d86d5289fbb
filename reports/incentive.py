"""What counts for each manager, contact by contact, and how much of it contacting brought about."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from goodcall.language import Text
from goodcall.vocabulary import CHANNEL_NAMES
from outreach import LoggedContact, Span
from outreach.ab_report import Verdict
from outreach.replay import Gain
from reports.arms import Effect
from reports.campaign import attribution_facts, attribution_note, effect_note
from reports.drawn import Drawn
from reports.effects_sheet import ONE_LOOK, VERDICTS
from reports.pages import ALL, Cell, Column, Named, Page, Sheet
from reports.purchases import Credit, Purchase
from reports.saved import saves_of
from reports.settings import Settings

_MORE = Text(
    "an incremental share above 100 % says that contacting also sold what no contact proposed",
    "增量占比超过100%,说明联系还带来了未经推荐的成交",
)
NOBODY = Named(None, Text("no manager", "无客户经理"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One result that counts for a manager: the contact, and the purchase or, without one, a save.

    `manager_id` is None of a contact that was nobody's.
    """

    manager_id: int | None
    contact: LoggedContact
    purchase: Purchase | None


@dataclass(frozen=True, slots=True)
class Credited:
    """What counts for a manager; `contacts` are the ids that prove it, each once."""

    manager_id: int | None
    purchases: int
    amount_cents: int
    saves: int
    contacts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """How many purchases contacting brought about, and which share of those that count it is.

    By the whole base against the hold-out; `credited` are the purchases of the same days that
    count, whenever their contacts began, of customers whom the draw knows. A share above 1 says
    that contacting also sold what no contact proposed; one below 1 that some would have bought
    anyway.
    """

    purchases: Gain
    credited: int
    verdict: Verdict

    @property
    def share(self) -> Gain | None:
        """The incremental share, None where nothing counts."""
        if not self.credited:
            return None
        every = (self.purchases.value, self.purchases.low, self.purchases.high)
        return Gain(*(each / self.credited for each in every))


@dataclass(frozen=True, slots=True)
class IncentiveReport:
    """The managers of a span, all of them together, and the evidence of each result.

    `due` is None where the hold-out cannot tell; `missing` says why.
    """

    first: date
    last: date
    until: date
    settings: Settings
    managers: tuple[Credited, ...]
    total: Credited
    evidence: tuple[Evidence, ...]
    due: Due | None
    missing: tuple[Text, ...] = ()


def due_of(base: Drawn | None, effect: Effect | None, credits_: Iterable[Credit]) -> Due | None:
    """What contacting brought about, as the effect on purchases of the whole base says.

    `credits_` are those of all purchases of the effect's days.
    """
    if base is None or effect is None:
        return None
    known = sum(credit.purchase.customer_id in base.held for credit in credits_)
    return Due(base.in_all(effect), known, effect.verdict)


def incentive_report(
    span: Span,
    credits_: Sequence[Credit],
    settings: Settings,
    until: date,
    *,
    due: Due | None = None,
    missing: Iterable[Text] = (),
) -> IncentiveReport:
    """What counts for each manager: purchases, each for one contact, and contacts that saved.

    `span` has the contacts of the attribution window after its last day.
    """
    bought = [Evidence(each.contact.manager_id, each.contact, each.purchase) for each in credits_]
    saved = [
        Evidence(contact.manager_id, contact, None)
        for contact in saves_of(span, settings.attribution.days)
    ]
    evidence = tuple(sorted((*bought, *saved), key=_order))
    mine: dict[int | None, list[Evidence]] = defaultdict(list)
    for each in evidence:
        mine[each.manager_id].append(each)
    managers = tuple(_credited(who, found) for who, found in mine.items())
    total = _credited(None, evidence)
    return IncentiveReport(
        *(span.first, span.last, until, settings, managers, total, evidence, due),
        tuple(missing),
    )


def incentive_page(report: IncentiveReport, currency: str) -> Page:
    """An incentive report as tables: managers, what was due to contact, and the evidence."""
    due = () if report.due is None else (effect_note(report.first, report.last), ONE_LOOK, _MORE)
    return Page(
        Text(
            f"Results that count, {report.first} to {report.last}",
            f"营销业绩认定,{report.first}至{report.last}",
        ),
        currency,
        (_managers(report), _due(report.due), _evidence(report)),
        (attribution_note(report.settings, report.last, report.until), *report.missing, *due),
        {
            "from": report.first,
            "to": report.last,
            "until": report.until,
            "attribution": attribution_facts(report.settings),
        },
    )


def _credited(manager_id: int | None, evidence: Iterable[Evidence]) -> Credited:
    found = [*evidence]
    bought = [each.purchase for each in found if each.purchase is not None]
    return Credited(
        manager_id,
        purchases=len(bought),
        amount_cents=sum(each.amount_cents or 0 for each in bought),
        saves=len(found) - len(bought),
        contacts=tuple(sorted({each.contact.contact_id for each in found})),
    )


def _order(each: Evidence) -> tuple[bool, int, int, int]:
    """By manager, those of nobody last, then by contact and purchase."""
    holding = 0 if each.purchase is None else each.purchase.holding_id
    return (each.manager_id is None, each.manager_id or 0, each.contact.contact_id, holding)


def _manager(manager_id: int | None) -> Cell:
    return NOBODY if manager_id is None else manager_id


def _managers(report: IncentiveReport) -> Sheet:
    columns = {
        "manager_id": Column(Text("manager", "客户经理")),
        "purchases": Column(Text("purchases", "成交"), "count"),
        "amount_cents": Column(Text("amount", "金额"), "money"),
        "saves": Column(Text("saves", "挽留成功"), "count"),
        "contacts": Column(Text("contacts that prove it", "佐证联系数"), "count"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            *(_manager(each.manager_id), each.purchases, each.amount_cents, each.saves),
            len(each.contacts),
        )
        for each in report.managers
    ]
    whole = report.total
    rows.append((ALL, whole.purchases, whole.amount_cents, whole.saves, len(whole.contacts)))
    return Sheet("managers", Text("By manager", "按客户经理"), columns, rows)


def _due(due: Due | None) -> Sheet:
    columns = {
        "incremental": Column(
            Text("purchases that contact brought, 95 %", "联系带来的成交"), "count"
        ),
        "credited": Column(Text("purchases of these days that count", "期内认定成交"), "count"),
        "share": Column(Text("incremental share, 95 %", "增量占比(95%)"), "share"),
        "verdict": Column(Text("verdict", "结论")),
    }
    rows = (
        []
        if due is None
        else [(due.purchases, due.credited, due.share, Named(due.verdict, VERDICTS[due.verdict]))]
    )
    title = Text("Due to contact, by the hold-out", "联系带来的增量(对照组)")
    return Sheet("due_to_contact", title, columns, rows)


def _evidence(report: IncentiveReport) -> Sheet:
    columns = {
        "manager_id": Column(Text("manager", "客户经理")),
        "contact_id": Column(Text("contact", "联系编号")),
        "day": Column(Text("day", "日期")),
        "channel": Column(Text("channel", "渠道")),
        "customer_id": Column(Text("customer", "客户编号")),
        "result": Column(Text("result", "结果")),
        "holding_id": Column(Text("holding", "持有编号")),
        "opened_on": Column(Text("bought on", "成交日")),
        "amount_cents": Column(Text("amount", "金额"), "money"),
    }
    bought, saved = Text("purchase", "成交"), Text("save", "挽留成功")
    rows: list[tuple[Cell, ...]] = []
    for each in report.evidence:
        contact, purchase = each.contact, each.purchase
        channel = Named(contact.channel, CHANNEL_NAMES[contact.channel])
        who = (_manager(each.manager_id), contact.contact_id, contact.day, channel)
        if purchase is None:
            rows.append((*who, contact.customer_id, Named("save", saved), None, None, None))
        else:
            what = (purchase.holding_id, purchase.opened_on, purchase.amount_cents)
            rows.append((*who, contact.customer_id, Named("purchase", bought), *what))
    return Sheet("evidence", Text("Evidence", "佐证"), columns, rows)
