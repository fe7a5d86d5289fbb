"""The day's call list as files: CSV and XLSX for people, JSON for programs."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time

from goodcall.cells import inert
from goodcall.language import Language, Text
from outreach.lists import BANDS, STATES, ListRow, OutreachList

HEADERS: Mapping[str, tuple[Text, int]] = {
    "rank": (Text("rank", "序号"), 6),
    "customer_id": (Text("customer", "客户编号"), 14),
    "name": (Text("name", "姓名"), 14),
    "tier": (Text("tier", "等级"), 12),
    "band": (Text("band", "类别"), 8),
    "reasons": (Text("why", "理由"), 60),
    "offer": (Text("offer", "推荐"), 28),
    "channel": (Text("channel", "渠道"), 14),
    "value": (Text("value", "预期价值"), 12),
    "allowed_from": (Text("allowed from", "可联系时间"), 18),
    "best_time": (Text("best time", "适宜时间"), 14),
    "phone": (Text("number", "号码"), 16),
    "assumed": (Text("assumed", "假设"), 40),
    "state": (Text("state", "状态"), 18),
    "because": (Text("what came of it", "结果"), 24),
    "rolled_over": (Text("left over from", "顺延自"), 12),
    "badges": (Text("mind", "提示"), 20),
    "last_contact": (Text("last contact", "上次联系"), 18),
}


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
                "tier": None if row.tier is None else row.tier.code,
                "band": row.band,
                "reasons": [reason.to(language) for reason in row.reasons],
                "offer": row.offer.to(language),
                "channel": row.channel.to(language),
                "value_cents": row.value_cents,
                "allowed_from": row.allowed_from.isoformat(),
                "best_time": None
                if row.best_time is None
                else [each.isoformat() for each in row.best_time],
                "prefers_staff": list(row.prefers_staff),
                "phone": row.phone,
                "assumed": [note.to(language) for note in row.assumed],
                "state": row.state,
                "because": row.code,
                "until": None if row.until is None else row.until.isoformat(),
                "rolled_over": None if row.rolled_over is None else row.rolled_over.isoformat(),
                "badges": [badge.to(language) for badge in row.badges],
                "last_contact": None if row.last_contact is None else row.last_contact.isoformat(),
            }
            for row in outreach.rows
        ],
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def best_time_words(row: ListRow) -> str:
    """The hours that a row's customer prefers, such as 18:00-20:00; empty where none are known."""
    return "" if row.best_time is None else "-".join(f"{each:%H:%M}" for each in row.best_time)


def _cells(row: ListRow, language: Language) -> Sequence[str | float]:
    """The cells of a line in the order of HEADERS; ids are text, for Excel rounds long numbers."""
    join = "；" if language == "zh" else "; "
    return (
        row.rank,
        str(row.customer_id),
        row.name or "",
        "" if row.tier is None else row.tier.name.to(language),
        BANDS[row.band].to(language),
        join.join(reason.to(language) for reason in row.reasons),
        row.offer.to(language),
        row.channel.to(language),
        row.value_cents / 100,
        row.allowed_from.strftime("%Y-%m-%d %H:%M"),
        best_time_words(row),
        row.phone or "",
        join.join(note.to(language) for note in row.assumed),
        STATES[row.state].to(language),
        "" if row.because is None else row.because.to(language),
        "" if row.rolled_over is None else row.rolled_over.isoformat(),
        join.join(badge.to(language) for badge in row.badges),
        "" if row.last_contact is None else row.last_contact.strftime("%Y-%m-%d %H:%M"),
    )
