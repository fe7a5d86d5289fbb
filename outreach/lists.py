"""The day's call list of a manager or branch, masked, in two languages, and its files."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from goodcall.language import Language, Text
from goodcall.ports import Masker
from goodcall.profile import Profile
from goodcall.reason import LEAD_INS, Reason
from goodcall.vocabulary import CHANNEL_NAMES
from outreach.errors import RequestError
from outreach.planned import PlannedRow
from outreach.points import is_doubtful
from outreach.policy import Policy
from outreach.rules import local_zone

BANDS = {"save": Text("save", "挽留"), "grow": Text("grow", "增长")}
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
# A cell that begins like this is a formula to a spreadsheet that opens the file.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line as a person reads it; money in cents, the time on the customer's clock."""

    rank: int
    customer_id: int
    name: str | None
    band: Text
    reasons: tuple[Text, ...]
    offer: Text
    channel: Text
    value_cents: int
    allowed_from: datetime
    phone: str | None
    assumed: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class OutreachList:
    """The rows of one list on one day, best first."""

    day: date
    list_id: int
    currency: str
    rows: tuple[ListRow, ...]


def outreach_list(
    rows: Iterable[PlannedRow],
    profiles: Mapping[int, Profile],
    *,
    day: date,
    list_id: int,
    policy: Policy,
    masker: Masker,
) -> OutreachList:
    """The list as its reader may see it: names and numbers masked, no other personal value."""
    shown = sorted((row for row in rows if row.list_id == list_id), key=lambda row: row.rank)
    return OutreachList(
        day,
        list_id,
        policy.currency,
        tuple(_shown(row, profiles, masker, policy) for row in shown),
    )


def to_csv(outreach: OutreachList, language: Language) -> bytes:
    """The list as CSV that Excel opens in Chinese; no cell runs as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([header.to(language) for header, _ in HEADERS.values()])
    for row in outreach.rows:
        writer.writerow([_guarded(cell) for cell in _cells(row, language)])
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(outreach: OutreachList, language: Language) -> bytes:
    """The list as a workbook, its header frozen; equal lists give equal bytes."""
    import xlsxwriter  # noqa: PLC0415 - the service is installed without it and writes no workbook

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": datetime.combine(outreach.day, time(), tzinfo=UTC)})
    sheet = book.add_worksheet(outreach.day.isoformat())
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    for column, (header, width) in enumerate(HEADERS.values()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, header.to(language), bold)
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(outreach.rows, start=1):
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
        "rows": [
            {
                "rank": row.rank,
                "customer_id": row.customer_id,
                "name": row.name,
                "band": row.band.to(language),
                "reasons": [reason.to(language) for reason in row.reasons],
                "offer": row.offer.to(language),
                "channel": row.channel.to(language),
                "value_cents": row.value_cents,
                "allowed_from": row.allowed_from.isoformat(),
                "phone": row.phone,
                "assumed": [note.to(language) for note in row.assumed],
            }
            for row in outreach.rows
        ],
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def _shown(
    row: PlannedRow, profiles: Mapping[int, Profile], masker: Masker, policy: Policy
) -> ListRow:
    if row.customer_id not in profiles:
        raise RequestError(
            f"row {row.rank} is about customer {row.customer_id}, whose profile is not given; "
            "bring the profile of every customer on the list"
        )
    profile = profiles[row.customer_id]
    point = next((p for p in profile.points if p.point_id == row.point_id), None)
    doubtful = point and is_doubtful(point, profile, row.allowed_from, policy.bank_terms)
    assumed = (*row.assumed, "number") if doubtful else row.assumed
    return ListRow(
        rank=row.rank,
        customer_id=row.customer_id,
        name=None if profile.name is None else masker.name(profile.name),
        band=BANDS[row.band],
        reasons=tuple(_said(reason) for reason in row.reasons),
        offer=row.offer_name,
        channel=CHANNEL_NAMES[row.channel],
        value_cents=row.value_cents,
        allowed_from=row.allowed_from.astimezone(ZoneInfo(local_zone(profile, policy.zone))),
        phone=None if point is None else masker.number(point.value),
        assumed=tuple(ASSUMED[name] for name in assumed),
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
        row.band.to(language),
        join.join(reason.to(language) for reason in row.reasons),
        row.offer.to(language),
        row.channel.to(language),
        row.value_cents / 100,
        row.allowed_from.strftime("%Y-%m-%d %H:%M"),
        row.phone or "",
        join.join(note.to(language) for note in row.assumed),
    )


def _guarded(cell: str | float) -> str | float:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
