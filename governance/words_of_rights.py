"""What the columns of customers' requests mean, for the dictionary."""

from goodcall.language import Text

_TABLE = "rights_requests"
_COLUMNS: dict[str, Text] = {
    "asked_at": Text("when the customer asked, in UTC", "客户提出时刻(UTC)"),
    "customer_id": Text("the customer; below zero once erased", "客户编号(删除后为负数化名)"),
    "due_at": Text("until when it must be done, in UTC", "办理期限(UTC)"),
    "handled_at": Text("when it was done, in UTC", "办结时刻(UTC)"),
    "handled_by": Text("who did it", "办理人"),
    "kind": Text("what was asked for", "请求类型"),
    "request_id": Text("number of the request", "请求编号"),
    "said": Text("what came of it", "办理结果"),
    "state": Text("open or done", "状态:未办结或已办结"),
}


def meaning_of(table: str, column: str) -> Text | None:
    """What a column of customers' requests means; None of one that nobody has described."""
    return _COLUMNS.get(column) if table == _TABLE else None
