"""What each manager's minutes and contacts came to, how lists were kept to, and who was right."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from operator import eq

from goodcall.language import Text
from goodcall.outcome_words import OUTCOME_WORDS, outcome_words
from outreach import Listed, LoggedContact, Span
from reports.adoption import Adoption, adoption
from reports.campaign import attribution_facts, attribution_note
from reports.pages import ALL, Cell, Column, Named, Page, Sheet
from reports.purchases import Credit, Purchase
from reports.settings import Settings

UNITS = {"manager": Text("manager", "客户经理"), "branch": Text("branch", "网点")}


@dataclass(frozen=True, slots=True)
class Override:
    """A listed row that its manager set aside by own judgement; `code` is the word that was said.

    `right` says that the customer bought nothing of the row's family within the attribution window,
    None where the window is not over or the row was for no product.
    """

    unit_id: int
    code: str
    right: bool | None


@dataclass(frozen=True, slots=True)
class Work:
    """What one manager did, or one branch where lists are by branch; `unit_id` None stands for all.

    `from_list` are the contacts that were for a listed row, `untimed` those by channels that the
    policy gives no minutes.
    """

    unit_id: int | None
    contacts: int
    minutes: int
    untimed: int
    from_list: int
    sales: int
    rows: Adoption
    overrides: tuple[Override, ...]

    @property
    def minutes_per_contact(self) -> float | None:
        """Minutes of the contacts that take any, each; None without one."""
        timed = self.contacts - self.untimed
        return self.minutes / timed if timed else None

    @property
    def contacts_per_sale(self) -> float | None:
        """How many contacts there were for each purchase that counts; None without one."""
        return self.contacts / self.sales if self.sales else None

    @property
    def adherence(self) -> float | None:
        """The share of contacts that were for a listed row; None without a contact."""
        return self.from_list / self.contacts if self.contacts else None

    @property
    def override_share(self) -> float | None:
        """Rows set aside by own judgement, of rows listed; None without rows."""
        return len(self.overrides) / self.rows.listed if self.rows.listed else None


@dataclass(frozen=True, slots=True)
class ManagersReport:
    """The work of a span by manager or branch, and of all of them together."""

    first: date
    last: date
    until: date
    unit: str
    settings: Settings
    works: tuple[Work, ...]
    total: Work


def managers_report(
    span: Span,
    credits_: Sequence[Credit],
    bought: Iterable[Purchase],
    settings: Settings,
    until: date,
    *,
    unit: str,
    minutes: Mapping[str, int],
    families: Mapping[str, str],
) -> ManagersReport:
    """The work of a span's rows and contacts by `unit`, what lists are made for.

    `bought` is what anybody bought up to the end of the last day's window; `minutes` gives those of
    a channel for contacts without a row, `families` the family of each offer.
    """
    opened: dict[tuple[int, str], list[date]] = {}
    for each in bought:
        opened.setdefault((each.customer_id, each.family), []).append(each.opened_on)

    def right(row: Listed) -> bool | None:
        ends = row.day + timedelta(settings.attribution.days)
        family = families.get(row.listed.row.offer_code or "")
        if family is None or ends > until:
            return None
        days = opened.get((row.listed.row.customer_id, family), ())
        return not any(row.day <= day <= ends for day in days)

    def work(unit_id: int | None, ours: Callable[[int | None], bool]) -> Work:
        made = [each for each in span.made if ours(_unit(each, unit))]
        rows = [each for each in span.rows if ours(each.listed.row.list_id)]
        taken = [minutes.get(c.channel, 0) if c.minutes is None else c.minutes for c in made]
        return Work(
            *(unit_id, len(made), sum(taken), taken.count(0)),
            sum(each.minutes is not None for each in made),
            sum(ours(_unit(each.contact, unit)) for each in credits_),
            adoption(rows),
            tuple(
                Override(each.listed.row.list_id, each.listed.word, right(each))
                for each in rows
                if each.listed.word is not None and OUTCOME_WORDS[each.listed.word][0] == "override"
            ),
        )

    units = {_unit(each, unit) for each in span.made}
    units |= {each.listed.row.list_id for each in span.rows}
    works = tuple(
        work(one, partial(eq, one)) for one in sorted(each for each in units if each is not None)
    )
    return ManagersReport(
        *(span.first, span.last, until, unit, settings, works), work(None, lambda _: True)
    )


def managers_page(report: ManagersReport, currency: str) -> Page:
    """A report of managers' work as tables: the work, and the rows set aside by word."""
    days = report.settings.attribution.days
    return Page(
        Text(
            f"Managers' work, {report.first} to {report.last}",
            f"客户经理效率,{report.first}至{report.last}",
        ),
        currency,
        (_works(report), _overrides(report)),
        (
            attribution_note(report.settings, report.last, report.until),
            Text(
                f"setting a row aside was right where the customer bought nothing of its family in "
                f"the {days} days from its day on, whoever sold it",
                f"搁置正确:自当日起{days}天内该客户未购买同类产品(不论由谁销售)",
            ),
        ),
        {
            "from": report.first,
            "to": report.last,
            "until": report.until,
            "unit": report.unit,
            "attribution": attribution_facts(report.settings),
        },
    )


def _unit(contact: LoggedContact, unit: str) -> int | None:
    return contact.manager_id if unit == "manager" else contact.branch_id


def _name(work: Work) -> Cell:
    return ALL if work.unit_id is None else work.unit_id


def _works(report: ManagersReport) -> Sheet:
    columns = {
        "unit_id": Column(UNITS[report.unit]),
        "contacts": Column(Text("contacts", "联系次数"), "count"),
        "minutes": Column(Text("minutes", "分钟"), "count"),
        "minutes_per_contact": Column(Text("minutes a contact", "每次分钟"), "number"),
        "sales": Column(Text("sales", "成交"), "count"),
        "contacts_per_sale": Column(Text("contacts a sale", "每单联系次数"), "number"),
        "from_list": Column(Text("contacts from the list", "名单内联系"), "count"),
        "adherence": Column(Text("list adherence", "名单遵循率"), "share"),
        "listed": Column(Text("rows listed", "入名单行数"), "count"),
        "worked": Column(Text("rows worked", "已处理行数"), "count"),
        "overrides": Column(Text("rows set aside", "自行搁置"), "count"),
        "override_share": Column(Text("of rows listed", "占名单"), "share"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            *(_name(each), each.contacts, each.minutes, each.minutes_per_contact),
            *(each.sales, each.contacts_per_sale, each.from_list, each.adherence),
            *(each.rows.listed, each.rows.worked, len(each.overrides), each.override_share),
        )
        for each in (*report.works, report.total)
    ]
    return Sheet("managers", Text("Minutes, contacts, sales", "分钟、联系与成交"), columns, rows)


def _overrides(report: ManagersReport) -> Sheet:
    columns = {
        "unit_id": Column(UNITS[report.unit]),
        "code": Column(Text("why", "原因")),
        "rows": Column(Text("rows set aside", "自行搁置"), "count"),
        "told": Column(Text("of which it is told", "可判断"), "count"),
        "right": Column(Text("right", "正确"), "count"),
        "right_share": Column(Text("of those told", "占可判断"), "share"),
    }
    rows: list[tuple[Cell, ...]] = []
    for work in (*report.works, report.total):
        for code, count in sorted(Counter(each.code for each in work.overrides).items()):
            told = [e.right for e in work.overrides if e.code == code and e.right is not None]
            rows.append(
                (
                    *(_name(work), Named(code, outcome_words(code)), count, len(told)),
                    *(sum(told), sum(told) / len(told) if told else None),
                )
            )
    return Sheet("overrides", Text("Own judgement by reason", "自行判断:按原因"), columns, rows)
