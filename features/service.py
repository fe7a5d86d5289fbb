"""Features of service: complaints and cases, how long they take, and the mood noted in them."""

import ibis.expr.types as ir

from features.feature import feature
from features.tables import CASES

_DAY_SECONDS = 86_400


def _open(rows: ir.Table) -> ir.BooleanValue:
    return rows.closed_at.isnull() | (rows.closed_at >= rows.as_of_at)


def _seconds(instant: ir.TimestampValue) -> ir.IntegerValue:
    return instant.truncate("s").epoch_seconds()


@feature(
    CASES,
    windows=(90, 365),
    zh="投诉次数",
    concept="complaints and service",
    unit="count",
    purpose="service",
)
def complaints(rows: ir.Table) -> ir.Value:
    """Complaints."""
    return rows.count(where=rows.kind == "complaint")


@feature(
    CASES,
    windows=(365,),
    zh="距上次投诉天数(回看{days}天)",
    concept="complaints and service",
    unit="days",
    purpose="service",
)
def days_since_complaint(rows: ir.Table) -> ir.Value:
    """Days since the last complaint, looking back {days} days."""
    return rows.days_ago.min(where=rows.kind == "complaint")


@feature(
    CASES,
    windows=(365,),
    zh="服务工单数",
    concept="complaints and service",
    unit="count",
    purpose="service",
)
def service_cases(rows: ir.Table) -> ir.Value:
    """Service cases."""
    return rows.count(where=rows.kind == "service")


@feature(CASES, zh="未结工单数", concept="complaints and service", unit="count", purpose="service")
def open_cases(rows: ir.Table) -> ir.Value:
    """Cases still open."""
    return rows.count(where=_open(rows))


@feature(
    CASES,
    zh="未结工单最长等待天数",
    concept="complaints and service",
    unit="days",
    purpose="service",
)
def longest_open_case(rows: ir.Table) -> ir.Value:
    """Days for which the oldest open case has waited."""
    return rows.days_ago.max(where=_open(rows))


@feature(
    CASES,
    windows=(365,),
    zh="工单平均结案天数",
    concept="complaints and service",
    unit="days",
    purpose="service",
)
def days_to_settle(rows: ir.Table) -> ir.Value:
    """Average days until a case was settled."""
    return (_seconds(rows.closed_at) - _seconds(rows.happened_at)).mean() / _DAY_SECONDS


@feature(
    CASES, windows=(365,), zh="情绪低落工单数", concept="mood", unit="count", purpose="service"
)
def low_mood_cases(rows: ir.Table) -> ir.Value:
    """Cases in which the customer's mood was low."""
    return rows.count(where=rows.mood == "low")


@feature(
    CASES,
    windows=(365,),
    zh="最近一次记录的情绪为低落(回看{days}天)",
    concept="mood",
    unit="flag",
    purpose="service",
)
def latest_mood_low(rows: ir.Table) -> ir.Value:
    """The mood noted last was low, looking back {days} days."""
    return (rows.mood == "low").cast("int64").argmax(rows.happened_at)


FEATURES = (
    *complaints,
    *days_since_complaint,
    *service_cases,
    *open_cases,
    *longest_open_case,
    *days_to_settle,
    *low_mood_cases,
    *latest_mood_low,
)
