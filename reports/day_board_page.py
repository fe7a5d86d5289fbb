"""A daily board as a page: the lines by branch, manager, tier and offer, then row by row."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from goodcall.language import Text
from goodcall.outcome_words import outcome_words
from goodcall.vocabulary import CHANNEL_NAMES
from outreach import LoggedContact
from reports.campaign import CARE, attribution_facts, attribution_note
from reports.day import DAY_COLUMNS, part_of
from reports.day_board import DayBoard, DayLine, Key
from reports.pages import ALL, Cell, Column, Named, Page, Sheet

# The title of each table, its first column, and what stands where that is not known.
_BY = {
    "branch": (
        *(Text("By branch", "按网点"), Text("branch", "网点")),
        Named(None, Text("no branch", "无网点")),
    ),
    "manager": (
        *(Text("By manager", "按客户经理"), Text("manager", "客户经理")),
        Named(None, Text("no manager", "无客户经理")),
    ),
    "tier": (
        *(Text("By tier", "按客户等级"), Text("tier", "客户等级")),
        Named(None, Text("not known", "未知")),
    ),
    "offer": (Text("By offer", "按产品"), Text("offer", "产品"), CARE),
}
_FIGURES = {
    "listed": Column(Text("rows", "名单行数"), "count"),
    "worked": Column(Text("worked", "已处理"), "count"),
    "worked_share": Column(Text("of rows", "处理率"), "share"),
    "attempts": Column(Text("attempts", "联系次数"), "count"),
    "connected": Column(Text("connected", "已接通"), "count"),
    "contact_rate": Column(Text("contact rate", "接通率"), "share"),
    "conversations": Column(Text("conversations", "有效沟通"), "count"),
    "conversation_rate": Column(Text("conversation rate", "有效沟通率"), "share"),
    "appointments": Column(Text("appointments", "预约"), "count"),
    "sales": Column(Text("sales", "成交"), "count"),
    "amount_cents": Column(Text("amount", "金额"), "money"),
    "refusals": Column(Text("refusals", "拒绝"), "count"),
    "complaints": Column(Text("complaints", "投诉"), "count"),
    "complaints_per_1000": Column(Text("per 1,000", "每千次联系投诉"), "number"),
}
_WHOM = {
    "customer_id": Column(Text("customer", "客户编号")),
    "tier": Column(Text("tier", "客户等级")),
    "offer_code": Column(Text("offer", "产品")),
    "channel": Column(Text("channel", "渠道")),
}
_ROWS = {
    "list_id": Column(Text("list", "名单")),
    "rank": Column(Text("rank", "序号")),
    **_WHOM,
    "state": Column(Text("what became of it", "处理情况")),
    "outcome": Column(Text("outcome", "结果")),
}
_CONTACTS = {
    "contact_id": Column(Text("contact", "联系编号")),
    "manager_id": Column(Text("manager", "客户经理")),
    "branch_id": Column(Text("branch", "网点")),
    **_WHOM,
    "connected": Column(Text("connected", "已接通")),
    "outcomes": Column(Text("outcomes", "结果")),
    "sales": Column(Text("sales", "成交"), "count"),
    "amount_cents": Column(Text("amount", "金额"), "money"),
}


def day_board_page(
    board: DayBoard, currency: str, tiers: Mapping[str, Text], missing: tuple[Text, ...] = ()
) -> Page:
    """A daily board as tables; `tiers` are the words for tiers, in the order of their lines."""
    where = (
        Text("", "")
        if board.branch_id is None
        else Text(f", branch {board.branch_id}", f",网点{board.branch_id}")
    )
    return Page(
        Text(f"Day {board.day}{where.en}", f"日报,{board.day}{where.zh}"),
        currency,
        (
            *(_lines(board, by, tiers) for by in board.lines),
            _rows(board, tiers),
            _contacts(board, tiers),
        ),
        (
            Text(
                "attempts are all marketing contacts that began on the day, listed or not; both "
                "rates are shares of them",
                "联系次数为当日开始的全部营销联系(不论是否在名单内);两项比率均以此为分母",
            ),
            attribution_note(board.settings, board.day, board.until),
            *missing,
        ),
        {
            "day": board.day,
            "until": board.until,
            "branch_id": board.branch_id,
            "attribution": attribution_facts(board.settings),
        },
    )


def _lines(board: DayBoard, by: str, tiers: Mapping[str, Text]) -> Sheet:
    title, head, unknown = _BY[by]
    lines, names = board.lines[by], dict[Key, Cell]()
    if by == "tier":
        order = {name: place for place, name in enumerate(tiers)}
        lines = tuple(sorted(lines, key=lambda line: order.get(str(line.key), len(order))))
        names = {line.key: _tier(line.key, tiers) for line in lines if line.key is not None}
    rows = [
        *(_cells(names.get(line.key, line.key) or unknown, line) for line in lines),
        _cells(ALL, board.total),
    ]
    return Sheet(f"by_{by}", title, {by: Column(head), **_FIGURES}, rows)


def _cells(name: Cell, line: DayLine) -> list[Cell]:
    return [name, *(getattr(line, column) for column in _FIGURES)]


def _tier(tier: Key, tiers: Mapping[str, Text]) -> Cell:
    known = tiers.get(str(tier))
    return tier if known is None else Named(str(tier), known)


def _rows(board: DayBoard, tiers: Mapping[str, Text]) -> Sheet:
    rows: list[list[Cell]] = []
    for each in board.rows:
        row, part = each.listed.row, part_of(each.listed)
        said = each.listed.word or each.listed.outcome
        rows.append(
            [
                *(row.list_id, row.rank, row.customer_id),
                *_whom(board.tier_of.get(row.customer_id), row.offer_code, row.channel, tiers),
                Named(part, DAY_COLUMNS[part]),
                None if said is None else Named(said, outcome_words(said)),
            ]
        )
    return Sheet("rows", Text("Row by row", "逐行明细"), _ROWS, rows)


def _contacts(board: DayBoard, tiers: Mapping[str, Text]) -> Sheet:
    sales, cents = Counter[int](), defaultdict[int, int](int)
    for credit in board.credits:
        sales[credit.contact.contact_id] += 1
        cents[credit.contact.contact_id] += credit.purchase.amount_cents or 0
    rows: list[list[Cell]] = [
        [
            *(each.contact_id, each.manager_id, each.branch_id, each.customer_id),
            *_whom(board.tier_of.get(each.customer_id), each.offer_code, each.channel, tiers),
            *(each.connected, _said(each)),
            *(sales[each.contact_id], cents[each.contact_id]),
        ]
        for each in board.made
    ]
    return Sheet("contacts", Text("Contact by contact", "逐次联系"), _CONTACTS, rows)


def _whom(
    tier: str | None, offer_code: str | None, channel: str, tiers: Mapping[str, Text]
) -> tuple[Cell, Cell, Cell]:
    named = Named(channel, CHANNEL_NAMES[channel])
    return None if tier is None else _tier(tier, tiers), offer_code or CARE, named


def _said(contact: LoggedContact) -> Cell:
    """The outcomes of a contact in the order in which they were told."""
    words = [outcome_words(code) for code in contact.said]
    zh = "、".join(each.zh for each in words)
    return Named(" ".join(contact.said), Text(", ".join(each.en for each in words), zh))
