"""The churn board: whom scores of a day warned of, who worked it, and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from goodcall.language import Text
from outreach import Span
from reports.assets import Assets
from reports.churn import PLACES
from reports.pages import ALL, Cell, Column, Named, Page, Sheet
from reports.saved import leavers, retained, saves_of
from reports.saves import FATES, likeliest
from reports.settings import Settings

NO_PLACE = Text("not known", "未知")
# Scores of a day stand at its midnight: 48 hours end with the next day.
_WORKED_DAYS = 2


@dataclass(frozen=True, slots=True)
class Alarm:
    """A customer whom the scores of a day warned of, and what came of it.

    `worked` says that a contact was attempted within 48 hours, `contacted` that one was made to
    keep the customer, `saved` that one of those saved. `fate` is one of `FATES`; `lead_days` are
    those from the warning to the first day without the share of assets that stays, None where there
    is none.
    """

    customer_id: int
    place: str
    assets_cents: int
    worked: bool
    contacted: bool
    saved: bool
    fate: str
    flow_cents: int | None
    lead_days: int | None

    @property
    def false(self) -> bool | None:
        """Whether nothing was to fear; None where it is not known or a contact may have helped."""
        return None if self.contacted or self.fate == "open" else self.fate == "stayed"


@dataclass(frozen=True, slots=True)
class ChurnBoard:
    """The warnings of a day; `scored` are the customers of each place who have a score."""

    day: date
    until: date
    by: str
    settings: Settings
    scored: Mapping[str, int]
    alarms: tuple[Alarm, ...]


def churn_board(
    scores: Mapping[int, float],
    place_of: Mapping[int, str],
    span: Span,
    assets: Assets,
    settings: Settings,
    *,
    by: str,
) -> ChurnBoard:
    """What came of the warnings of the span's first day, by place.

    The span's days are those over which assets are watched, with contacts of the attribution window
    after them; `assets` are those of everybody warned of.
    """
    saving, day = settings.saving, span.first
    early = {e.customer_id for e in span.made if e.day < day + timedelta(_WORKED_DAYS)}
    kept = {each.customer_id for each in retained(span)}
    saved = {each.customer_id for each in saves_of(span, settings.attribution.days)}
    gone, found = leavers(span), []
    for who in likeliest(scores, saving.flagged_share):
        had = assets.of(who, day) or 0
        has = assets.of(who, day + timedelta(saving.after_days[-1]))
        found.append(
            Alarm(
                who,
                place_of.get(who, ""),
                had,
                worked=who in early,
                contacted=who in kept,
                saved=who in saved,
                fate=_fate(had, has, saving.kept_share, told=who in gone),
                flow_cents=None if has is None else has - had,
                lead_days=_lead(assets, who, day, saving.after_days[-1], saving.kept_share * had),
            )
        )
    scored: dict[str, int] = {}
    for who in scores:
        place = place_of.get(who, "")
        scored[place] = scored.get(place, 0) + 1
    return ChurnBoard(day, assets.until, by, settings, scored, tuple(found))


def churn_board_page(board: ChurnBoard, currency: str) -> Page:
    """A churn board as tables: the places, and every warning."""
    saving = board.settings.saving
    days, keeps = saving.after_days[-1], f"{saving.kept_share:.0%}"
    share = f"{saving.flagged_share:.1%}"
    return Page(
        Text(f"Churn board of {board.day}", f"流失看板,{board.day}"),
        currency,
        (_places(board), _alarms(board)),
        (
            Text(
                f"warned of: the {share} of everybody scored who are likeliest to leave; lost: had "
                f"less than {keeps} of the day's assets {days} days later, or said so (settings "
                f"{board.settings.version})",
                f"预警:评分最高的{share}客户;流失:{days}天后资产低于当日的{keeps}"
                f"或客户确认转出(设置{board.settings.version})",
            ),
            Text(
                "a false alarm is told of those whom nobody contacted to be kept: of the others a "
                "contact may be why they stayed",
                "误报只统计未做挽留联系的客户:其余客户可能因联系而留下",
            ),
            Text(
                "why a place loses more than the others is told by the report churn-causes",
                "各地流失原因见churn-causes报表",
            ),
        ),
        {
            "day": board.day,
            "until": board.until,
            "by": board.by,
            "settings": board.settings.version,
        },
    )


def _fate(had: int, has: int | None, share: float, *, told: bool) -> str:
    if told:
        return "left"
    if has is None or had <= 0:
        return "open"
    return "stayed" if has >= share * had else "left"


def _lead(assets: Assets, who: int, day: date, days: int, least: float) -> int | None:
    """How many days after a day the assets are first below the least that stays."""
    for number in range(1, days + 1):
        has = assets.of(who, day + timedelta(number))
        if has is not None and has < least:
            return number
    return None


def _places(board: ChurnBoard) -> Sheet:
    columns = {
        "place": Column(PLACES[board.by]),
        "customers": Column(Text("customers scored", "评分客户"), "count"),
        "warnings": Column(Text("warnings", "预警"), "count"),
        "assets_cents": Column(Text("assets at risk", "风险资产"), "money"),
        "worked": Column(Text("worked in 48 h", "48小时内处理"), "count"),
        "contacted": Column(Text("contacted to keep", "挽留联系"), "count"),
        "saved": Column(Text("saved", "挽留成功"), "count"),
        "lost": Column(Text("lost", "流失"), "count"),
        "open": Column(Text("not known", "未知"), "count"),
        "net_flow_cents": Column(Text("net flow", "净流入"), "money"),
        "false_alarms": Column(Text("false alarms", "误报"), "count"),
        "false_share": Column(Text("of those left alone", "占未联系"), "share"),
        "lead_days": Column(Text("lead time, days", "提前天数"), "number"),
    }
    rows = [
        _line(
            place or Named("", NO_PLACE),
            customers,
            [each for each in board.alarms if each.place == place],
        )
        for place, customers in sorted(
            board.scored.items(), key=lambda each: (not each[0], each[0])
        )
    ]
    rows.append(_line(ALL, sum(board.scored.values()), board.alarms))
    return Sheet("places", Text("Warnings and what came of them", "预警与结果"), columns, rows)


def _line(place: Cell, customers: int, alarms: Sequence[Alarm]) -> tuple[Cell, ...]:
    told = [each.false for each in alarms if each.false is not None]
    leads = [each.lead_days for each in alarms if each.fate == "left" and each.lead_days]
    return (
        *(place, customers, len(alarms), sum(each.assets_cents for each in alarms)),
        sum(each.worked for each in alarms),
        sum(each.contacted for each in alarms),
        sum(each.saved for each in alarms),
        sum(each.fate == "left" for each in alarms),
        sum(each.fate == "open" for each in alarms),
        _flow(alarms),
        sum(told),
        sum(told) / len(told) if told else None,
        fmean(leads) if leads else None,
    )


def _flow(alarms: Iterable[Alarm]) -> int | None:
    """The net flow of all of them, None where one's is not known."""
    flows = [each.flow_cents for each in alarms]
    return None if None in flows else sum(flow for flow in flows if flow is not None)


def _alarms(board: ChurnBoard) -> Sheet:
    columns = {
        "customer_id": Column(Text("customer", "客户编号")),
        "place": Column(PLACES[board.by]),
        "assets_cents": Column(Text("assets", "资产"), "money"),
        "worked": Column(Text("worked in 48 h", "48小时内处理")),
        "contacted": Column(Text("contacted to keep", "挽留联系")),
        "saved": Column(Text("saved", "挽留成功")),
        "fate": Column(Text("fate", "结果")),
        "net_flow_cents": Column(Text("net flow", "净流入"), "money"),
        "lead_days": Column(Text("lead time, days", "提前天数"), "count"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            *(each.customer_id, each.place, each.assets_cents),
            *(each.worked, each.contacted, each.saved),
            Named(each.fate, FATES[each.fate]),
            *(each.flow_cents, each.lead_days),
        )
        for each in board.alarms
    ]
    return Sheet("warnings", Text("Warning by warning", "逐户预警"), columns, rows)
