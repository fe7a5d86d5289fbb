"""Assets before and after a contact that was to keep a customer, and what the hold-out says."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from goodcall.language import Text
from outreach import LoggedContact, Span
from reports.arms import Effect
from reports.assets import Assets
from reports.drawn import Drawn
from reports.effects_sheet import ONE_LOOK, effects_sheet
from reports.pages import ALL, Cell, Column, Named, Page, Sheet
from reports.saved import leavers, retained, saves_of
from reports.settings import Saving, Settings

FATES = {
    "stayed": Text("stayed", "留存"),
    "left": Text("left", "流失"),
    "open": Text("not known", "未知"),
}


@dataclass(frozen=True, slots=True)
class Course:
    """A customer's assets around a day: so many days before, on it, and after; None is not known.

    `after` stands in the order of the settings' days.
    """

    before: int | None
    on: int | None
    after: tuple[int | None, ...]

    @property
    def flow(self) -> int | None:
        """What came or went from the day to the last one after it; None where that is not known."""
        last = self.after[-1]
        return None if last is None or self.on is None else last - self.on

    def kept(self, share: float) -> bool | None:
        """Whether at least a share of the day's assets is there at the last.

        None until that is known, and of who had nothing on the day.
        """
        if self.flow is None or self.on is None or self.on <= 0:
            return None
        return self.on + self.flow >= share * self.on


@dataclass(frozen=True, slots=True)
class Contacted:
    """A customer contacted to be kept, by the first such contact of the span, and what came of it.

    `fate` is `left` also where the customer said so, whatever the assets are. `saved_by` are the
    contacts that saved the customer, as `saves_of` counts them.
    """

    contact: LoggedContact
    course: Course
    fate: str
    saved_by: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SavesReport:
    """Who was contacted to be kept in a span, and the flagged of either side of the draw.

    `flagged` were likeliest to leave as scored on `scored_on`, contacted or not; `effects` compare
    those of them who might be contacted with those held out on `drawn_on`. None without scores or a
    hold-out.
    """

    first: date
    last: date
    until: date
    settings: Settings
    contacted: tuple[Contacted, ...]
    effects: tuple[Effect, ...]
    flagged: tuple[int, int]
    scored_on: date | None
    drawn_on: date | None
    missing: tuple[Text, ...] = ()

    def of(self, fate: str) -> tuple[Contacted, ...]:
        """Those with one fate."""
        return tuple(each for each in self.contacted if each.fate == fate)


@dataclass(frozen=True, slots=True)
class Flagged:
    """The customers of both sides who were flagged as likely to leave, by scores of one day."""

    base: Drawn
    day: date


def flagged_of(base: Drawn, scores: Mapping[int, float], day: date, share: float) -> Flagged:
    """The likeliest to leave of everybody scored whom the draw knows.

    Scores of the day of the draw, or earlier, do not depend on the side; later ones may, by what
    contacts since the draw changed.
    """
    return Flagged(base.among({*likeliest(scores, share)}), day)


def likeliest(scores: Mapping[int, float], share: float) -> tuple[int, ...]:
    """The share of everybody scored with the highest scores, ties by customer."""
    ranked = sorted(scores, key=lambda who: (-scores[who], who))
    return tuple(ranked[: round(share * len(ranked))])


def saves_report(
    span: Span,
    assets: Assets,
    settings: Settings,
    flagged: Flagged | None = None,
    missing: Iterable[Text] = (),
) -> SavesReport:
    """The assets of everybody contacted to be kept, and of the flagged against the hold-out's.

    `assets` are those of all of them.
    """
    gone, saved_by = leavers(span), defaultdict[int, list[int]](list)
    for contact in saves_of(span, settings.attribution.days):
        saved_by[contact.customer_id].append(contact.contact_id)
    contacted = tuple(
        _contacted(each, assets, settings.saving, saved_by[each.customer_id], gone)
        for each in retained(span)
    )
    return SavesReport(
        first=span.first,
        last=span.last,
        until=assets.until,
        settings=settings,
        contacted=contacted,
        effects=() if flagged is None else _effects(flagged, assets, settings.saving),
        flagged=(0, 0) if flagged is None else _sizes(flagged.base),
        scored_on=None if flagged is None else flagged.day,
        drawn_on=None if flagged is None else flagged.base.draw.day,
        missing=tuple(missing),
    )


def saves_page(report: SavesReport, currency: str) -> Page:
    """A report of saves as tables: the fates with their assets, the flagged, and every customer."""
    saving = report.settings.saving
    last, keeps = saving.after_days[-1], f"{saving.kept_share:.0%}"
    window = report.settings.attribution.days
    notes = [
        Text(
            f"stayed: had {last} days after the contact at least {keeps} of the assets of its day, "
            f"and did not say otherwise last, from that contact on; a save: told of a contact to "
            f"keep the customer, with nothing else told of leaving for {window} days (settings "
            f"{report.settings.version})",
            f"留存:联系后{last}天资产不低于联系当日的{keeps},且该联系之后客户最后未确认转出;"
            f"挽留成功:挽留联系记录为成功,且其后{window}天内无其他去留记录"
            f"(设置{report.settings.version})",
        )
    ]
    if report.scored_on is not None:
        contacted, held = report.flagged
        notes.append(
            Text(
                f"flagged on {report.scored_on}: {contacted:,} who might be contacted, {held:,} "
                "held out, contacted or not",
                f"{report.scored_on}预警客户:可联系{contacted:,}人,对照组{held:,}人(不论是否联系)",
            )
        )
    if report.scored_on != report.drawn_on:
        notes.append(
            Text(
                f"who is flagged was chosen after the draw of {report.drawn_on}: contacts until "
                f"{report.scored_on} may have changed the scores of those who may be contacted, so "
                "that the flagged of both sides need not be alike; scores of the day of the draw "
                "compare without this",
                f"预警客户选定于{report.drawn_on}抽取对照组之后:其间的联系可能已改变评分,"
                "两组预警客户未必可比;使用抽取当日评分可避免",
            )
        )
    against = Text("Flagged against the hold-out", "预警客户与对照组比较")
    return Page(
        Text(f"Saves, {report.first} to {report.last}", f"客户挽留,{report.first}至{report.last}"),
        currency,
        (_fates(report), effects_sheet(report.effects, against), _customers(report)),
        (*notes, *report.missing, *([ONE_LOOK] if report.effects else [])),
        {
            "from": report.first,
            "to": report.last,
            "until": report.until,
            "settings": report.settings.version,
            "scored_on": report.scored_on,
            "drawn_on": report.drawn_on,
            "flagged": dict(zip(("contacted", "held"), report.flagged, strict=True)),
        },
    )


def _course(assets: Assets, who: int, day: date, saving: Saving) -> Course:
    return Course(
        assets.of(who, day - timedelta(saving.before_days)),
        assets.of(who, day),
        tuple(assets.of(who, day + timedelta(days)) for days in saving.after_days),
    )


def _contacted(
    contact: LoggedContact,
    assets: Assets,
    saving: Saving,
    saved_by: Iterable[int],
    gone: Collection[int],
) -> Contacted:
    course = _course(assets, contact.customer_id, contact.day, saving)
    kept = False if contact.customer_id in gone else course.kept(saving.kept_share)
    fate = "open" if kept is None else "stayed" if kept else "left"
    return Contacted(contact, course, fate, tuple(saved_by))


def _sizes(base: Drawn) -> tuple[int, int]:
    return base.contacted, len(base.held) - base.contacted


def _effects(flagged: Flagged, assets: Assets, saving: Saving) -> tuple[Effect, ...]:
    courses = {who: _course(assets, who, flagged.day, saving) for who in flagged.base.held}
    flows = {who: float(each.flow) for who, each in courses.items() if each.flow is not None}
    kept = {who: each.kept(saving.kept_share) for who, each in courses.items()}
    stayed = {who: float(each) for who, each in kept.items() if each is not None}
    found = (
        flagged.base.among(flows.keys()).effect("net_flow", flows),
        flagged.base.among(stayed.keys()).effect("stayed", stayed),
    )
    return tuple(each for each in found if each is not None)


def _asset_columns(saving: Saving) -> dict[str, Column]:
    before = saving.before_days
    return {
        "before_cents": Column(Text(f"{before} days before", f"前{before}天"), "money"),
        "on_cents": Column(Text("at the contact", "联系当日"), "money"),
        **{
            f"after_{days}_cents": Column(Text(f"{days} days after", f"后{days}天"), "money")
            for days in saving.after_days
        },
        "net_flow_cents": Column(Text("net flow", "净流入"), "money"),
    }


def _fates(report: SavesReport) -> Sheet:
    columns = {
        "fate": Column(Text("fate", "结果")),
        "customers": Column(Text("customers", "客户数"), "count"),
        "saves": Column(Text("saves", "挽留成功"), "count"),
        **_asset_columns(report.settings.saving),
    }
    groups = [(Named(code, words), report.of(code)) for code, words in FATES.items()]
    groups.append((ALL, report.contacted))
    rows: list[tuple[Cell, ...]] = [
        (
            *(name, len(group), sum(len(each.saved_by) for each in group)),
            *_sums((each.course for each in group), report.settings.saving),
        )
        for name, group in groups
    ]
    return Sheet("fates", Text("Who was contacted to be kept", "挽留联系客户"), columns, rows)


def _customers(report: SavesReport) -> Sheet:
    columns = {
        "contact_id": Column(Text("contact", "联系编号")),
        "customer_id": Column(Text("customer", "客户编号")),
        "day": Column(Text("day", "日期")),
        "fate": Column(Text("fate", "结果")),
        "saved_by": Column(Text("contacts that saved", "挽留成功联系")),
        **_asset_columns(report.settings.saving),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            *(each.contact.contact_id, each.contact.customer_id, each.contact.day),
            Named(each.fate, FATES[each.fate]),
            each.saved_by,
            *_figures(each.course),
        )
        for each in report.contacted
    ]
    return Sheet("customers", Text("Customer by customer", "逐户明细"), columns, rows)


def _figures(course: Course) -> tuple[int | None, ...]:
    return (course.before, course.on, *course.after, course.flow)


def _sums(courses: Iterable[Course], saving: Saving) -> list[int | None]:
    """The sums of a group's figures, None of a day that is not known of all of them."""
    known = [_figures(each) for each in courses]
    columns = zip(*known, strict=True) if known else [()] * (3 + len(saving.after_days))
    return [_sum(column) for column in columns]


def _sum(figures: Iterable[int | None]) -> int | None:
    total = 0
    for each in figures:
        if each is None:
            return None
        total += each
    return total
