"""The day's call list of a manager or branch, masked, in two languages, and its files."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from goodcall.cells import inert
from goodcall.language import Language, Text
from goodcall.outcome_words import outcome_words
from goodcall.ports import Masker
from goodcall.reason import LEAD_INS, Reason
from goodcall.vocabulary import CHANNEL_NAMES
from outreach.badges import BADGES, badges_of, last_contacts
from outreach.errors import RequestError
from outreach.planned import PlannedRow
from outreach.points import is_doubtful
from outreach.policy import Policy
from outreach.request import Facts
from outreach.row_states import ListedRow
from outreach.rules import local_zone

BANDS = {
    "promised": Text("promised", "已约定"),
    "save": Text("save", "挽留"),
    "grow": Text("grow", "增长"),
}
STATES = {
    "planned": Text("to do", "待处理"),
    "withheld": Text("must wait", "暂不可联系"),
    "reserved": Text("reserved", "已预留"),
    "expired": Text("to do, reservation ran out", "待处理(预留已过期)"),
    "attempted": Text("tried", "已尝试"),
    "delivered": Text("sent", "已送达"),
    "connected": Text("spoken to", "已接通"),
    "failed": Text("failed", "联系失败"),
    "cancelled": Text("withdrawn", "已撤下"),
    "set_aside": Text("set aside", "已搁置"),
    "rolled_over": Text("left for the next day", "顺延至次日"),
}
HEADERS: Mapping[str, tuple[Text, int]] = {
    "rank": (Text("rank", "序号"), 6),
    "customer_id": (Text("customer", "客户编号"), 14),
    "name": (Text("name", "姓名"), 14),
    "band": (Text("band", "类别"), 8),
    "reasons": (Text("why", "理由"), 60),
    "offer": (Text("offer", "推荐"), 28),
    "channel": (Text("channel", "渠道"), 14),
    "value": (Text("value", "预期价值"), 12),
    "allowed_from": (Text("allowed from", "可联系时间"), 18),
    "phone": (Text("number", "号码"), 16),
    "assumed": (Text("assumed", "假设"), 40),
    "state": (Text("state", "状态"), 18),
    "because": (Text("what came of it", "结果"), 24),
    "rolled_over": (Text("left over from", "顺延自"), 12),
    "badges": (Text("mind", "提示"), 20),
    "last_contact": (Text("last contact", "上次联系"), 18),
}
PROMISED = {
    "CONNECTED_CALLBACK": Text("call back", "回电"),
    "CONNECTED_APPT": Text("appointment", "到店"),
}
ASSUMED = {
    "margin": Text("margin", "产品贡献"),
    "lift_ratio": Text("effect of the contact", "联系效果"),
    "save_rate": Text("effect of the care call", "关怀效果"),
    "customer_value": Text("value of the customer", "客户价值"),
    "cannibalisation": Text("cannibalisation", "替代效应"),
    "cost": Text("cost of the contact", "联系成本"),
    "harm": Text("price of annoyance", "打扰代价"),
    "number": Text("that the number is still theirs", "号码仍为本人使用"),
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line as a person reads it; money in cents, times on the customer's clock.

    `band` and `state` are codes, with words in BANDS and STATES; `because` says what came of the
    row or stands against it, `code` the same as the ledger has it. `rolled_over` is the day whose
    list left the row over.
    """

    rank: int
    customer_id: int
    name: str | None
    band: str
    reasons: tuple[Text, ...]
    offer: Text
    channel: Text
    value_cents: int
    allowed_from: datetime
    phone: str | None
    assumed: tuple[Text, ...]
    state: str = "planned"
    because: Text | None = None
    code: str | None = None
    rolled_over: date | None = None
    badges: tuple[Text, ...] = ()
    last_contact: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutreachList:
    """The rows of one list on one day, promises first; `published` ones change no more.

    `banner` is what a reader must know before the first of them, in every form of the list.
    """

    day: date
    list_id: int
    currency: str
    rows: tuple[ListRow, ...]
    published: bool = False
    banner: Text | None = None


def outreach_list(
    rows: Iterable[ListedRow],
    people: Mapping[int, Facts],
    *,
    day: date,
    list_id: int,
    policy: Policy,
    masker: Masker,
    says: Callable[[str], Text] = outcome_words,
    banner: Text | None = None,
) -> OutreachList:
    """The list as its reader may see it: names and numbers masked, no other personal value.

    `people` brings what is known of each customer on it; `says` puts outcomes and rules into words.
    """
    mine = (listed for listed in rows if listed.row.list_id == list_id)
    shown = sorted(mine, key=lambda listed: listed.row.rank)
    look = _Look(people, day, policy, masker, says)
    rows_shown = tuple(_shown(each, look) for each in shown)
    return OutreachList(day, list_id, policy.currency, rows_shown, banner=banner)


def to_csv(outreach: OutreachList, language: Language) -> bytes:
    """The list as CSV that Excel opens in Chinese; no cell runs as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if outreach.banner is not None:
        writer.writerow([outreach.banner.to(language)])
    writer.writerow([header.to(language) for header, _ in HEADERS.values()])
    for row in outreach.rows:
        writer.writerow([inert(cell) for cell in _cells(row, language)])
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(outreach: OutreachList, language: Language) -> bytes:
    """The list as a workbook, its header frozen; equal lists give equal bytes."""
    import xlsxwriter  # noqa: PLC0415 - the service is installed without it and writes no workbook

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": datetime.combine(outreach.day, time(), tzinfo=UTC)})
    sheet = book.add_worksheet(outreach.day.isoformat())
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    top = 0 if outreach.banner is None else 1
    if outreach.banner is not None:
        warning = book.add_format({"bold": True, "font_color": "#C00000"})
        sheet.write_string(0, 0, outreach.banner.to(language), warning)
    for column, (header, width) in enumerate(HEADERS.values()):
        sheet.set_column(column, column, width)
        sheet.write_string(top, column, header.to(language), bold)
    sheet.freeze_panes(top + 1, 0)
    for line, row in enumerate(outreach.rows, start=top + 1):
        for column, cell in enumerate(_cells(row, language)):
            if isinstance(cell, str):
                sheet.write_string(line, column, cell, wrapped)
            else:
                sheet.write_number(line, column, cell, wrapped)
    book.close()
    return buffer.getvalue()


def to_json(outreach: OutreachList, language: Language) -> bytes:
    """The list as JSON for a program; money stays in cents and instants carry their zone."""
    said = {
        "day": outreach.day.isoformat(),
        "list_id": outreach.list_id,
        "currency": outreach.currency,
        "published": outreach.published,
        **({"banner": outreach.banner.to(language)} if outreach.banner else {}),
        "rows": [
            {
                "rank": row.rank,
                "customer_id": row.customer_id,
                "name": row.name,
                "band": row.band,
                "reasons": [reason.to(language) for reason in row.reasons],
                "offer": row.offer.to(language),
                "channel": row.channel.to(language),
                "value_cents": row.value_cents,
                "allowed_from": row.allowed_from.isoformat(),
                "phone": row.phone,
                "assumed": [note.to(language) for note in row.assumed],
                "state": row.state,
                "because": row.code,
                "rolled_over": None if row.rolled_over is None else row.rolled_over.isoformat(),
                "badges": [badge.to(language) for badge in row.badges],
                "last_contact": None if row.last_contact is None else row.last_contact.isoformat(),
            }
            for row in outreach.rows
        ],
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


@dataclass(frozen=True, slots=True)
class _Look:
    """What it takes to show a row: who is on the list, on which day, and what may be seen."""

    people: Mapping[int, Facts]
    day: date
    policy: Policy
    masker: Masker
    says: Callable[[str], Text]


def _shown(listed: ListedRow, look: _Look) -> ListRow:
    row, policy = listed.row, look.policy
    if row.customer_id not in look.people:
        raise RequestError(
            f"row {row.rank} is about customer {row.customer_id}, whose profile is not given; "
            "bring the profile of every customer on the list"
        )
    facts = look.people[row.customer_id]
    profile, clock = facts.profile, ZoneInfo(local_zone(facts.profile, policy.zone))
    point = next((p for p in profile.points if p.point_id == row.point_id), None)
    doubtful = point and is_doubtful(point, profile, row.allowed_from, policy.bank_terms)
    assumed = (*row.assumed, "number") if doubtful else row.assumed
    last = next(iter(last_contacts(facts, 1)), None)
    code = listed.outcome or listed.because
    return ListRow(
        rank=row.rank,
        customer_id=row.customer_id,
        name=None if profile.name is None else look.masker.name(profile.name),
        band=row.band,
        reasons=reasons_in_words(row, clock),
        offer=row.offer_name,
        channel=CHANNEL_NAMES[row.channel],
        value_cents=row.value_cents,
        allowed_from=row.allowed_from.astimezone(clock),
        phone=None if point is None else look.masker.number(point.value),
        assumed=tuple(ASSUMED[name] for name in dict.fromkeys(assumed)),
        state=listed.state,
        because=None if code is None else look.says(code),
        code=code,
        rolled_over=row.rolled_over,
        badges=tuple(BADGES[name] for name in badges_of(facts, look.day, policy.zone)),
        last_contact=None if last is None else last.happened_at.astimezone(clock),
    )


def reasons_in_words(row: PlannedRow, clock: ZoneInfo) -> tuple[Text, ...]:
    """Why a row is on the list: what was promised, on the customer's clock, then every reason."""
    said = tuple(_said(reason) for reason in row.reasons)
    if row.promise is None:
        return said
    due, given = row.promise.due_at.astimezone(clock), row.promise.given_at.astimezone(clock)
    what = PROMISED[row.promise.code]
    return (
        Text(
            f"{what.en} for {due:%Y-%m-%d %H:%M}, promised on {given:%Y-%m-%d}",
            f"{given:%Y-%m-%d}约定:{due:%Y-%m-%d %H:%M} {what.zh}",
        ),
        *said,
    )


def _said(reason: Reason) -> Text:
    """A reason in words; one that answers another question than why the flag says which."""
    if reason.about == "flagged":
        return reason.text
    lead = LEAD_INS[reason.about]
    return Text(f"{lead.en}: {reason.text.en}", f"{lead.zh}:{reason.text.zh}")


def _cells(row: ListRow, language: Language) -> Sequence[str | float]:
    """The cells of a line in the order of HEADERS; ids are text, for Excel rounds long numbers."""
    join = "；" if language == "zh" else "; "
    return (
        row.rank,
        str(row.customer_id),
        row.name or "",
        BANDS[row.band].to(language),
        join.join(reason.to(language) for reason in row.reasons),
        row.offer.to(language),
        row.channel.to(language),
        row.value_cents / 100,
        row.allowed_from.strftime("%Y-%m-%d %H:%M"),
        row.phone or "",
        join.join(note.to(language) for note in row.assumed),
        STATES[row.state].to(language),
        "" if row.because is None else row.because.to(language),
        "" if row.rolled_over is None else row.rolled_over.isoformat(),
        join.join(badge.to(language) for badge in row.badges),
        "" if row.last_contact is None else row.last_contact.strftime("%Y-%m-%d %H:%M"),
    )
