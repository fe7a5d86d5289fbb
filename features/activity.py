"""Features of activity: what customers do by themselves, how often, where, and when they stop."""

import ibis
import ibis.expr.types as ir

from features.digital import days_since_login, logins
from features.feature import derived, feature
from features.formula import against_pace, change, where_known, yes
from features.tables import EVENTS, TRANSACTIONS

_SILENT_DAYS = 180
_CHANNELS = ("mobile", "web", "branch", "atm", "pos")


def _own(rows: ir.Table) -> ir.BooleanValue:
    return rows.initiated_by == "customer"


@feature(
    TRANSACTIONS,
    windows=(30, 90, 180),
    zh="自主交易笔数",
    concept="own activity",
    unit="count",
    purpose="retention",
)
def own_transactions(rows: ir.Table) -> ir.Value:
    """Transactions made by the customer."""
    return rows.count(where=_own(rows))


@feature(
    TRANSACTIONS,
    windows=(180,),
    zh="距上次自主交易天数(回看{days}天)",
    concept="own activity",
    unit="days",
    purpose="retention",
)
def days_since_own_transaction(rows: ir.Table) -> ir.Value:
    """Days since the customer's last own transaction, looking back {days} days."""
    return rows.days_ago.min(where=_own(rows))


@feature(
    TRANSACTIONS,
    windows=(30, 90, 365),
    zh="有交易的天数",
    concept="own activity",
    unit="days",
    purpose="retention",
)
def active_days(rows: ir.Table) -> ir.Value:
    """Days on which the customer made a transaction."""
    return rows.days_ago.nunique(where=_own(rows))


@derived(
    own_transactions,
    windows=(90,),
    zh="近30天自主交易较{days}天自身平均水平",
    concept="own activity",
    unit="change",
    purpose="retention",
)
def activity_against_own_pace(row: ir.Table, _: int) -> ir.Value:
    """Own transactions of the last 30 days against the customer's own pace over {days} days."""
    return against_pace(row.own_transactions_30d, row.own_transactions_90d, 3)


@derived(
    own_transactions,
    windows=(180,),
    zh="近{days}天内后90天自主交易较前90天变化",
    concept="own activity",
    unit="change",
    purpose="retention",
)
def activity_against_quarter_before(row: ir.Table, _: int) -> ir.Value:
    """Own transactions of the last 90 days against the 90 before, {days} days in all."""
    before = row.own_transactions_180d - row.own_transactions_90d
    return change(row.own_transactions_90d, before)


@derived(
    active_days,
    windows=(365,),
    zh="近30天有交易的天数较{days}天自身平均水平",
    concept="own activity",
    unit="change",
    purpose="retention",
)
def active_days_against_own_pace(row: ir.Table, days: int) -> ir.Value:
    """Active days of the last 30 against the customer's own pace over {days} days."""
    return against_pace(row.active_days_30d, row.active_days_365d, days / 30)


@derived(
    days_since_own_transaction,
    active_days,
    windows=(365,),
    zh="距上次自主交易的天数相当于近{days}天自身通常间隔的",
    concept="inactivity",
    unit="share",
    purpose="retention",
)
def transaction_silence(row: ir.Table, days: int) -> ir.Value:
    """Days since the last own transaction against the usual gap between them over {days} days."""
    since = ibis.coalesce(row.days_since_own_transaction_180d, float(_SILENT_DAYS))
    return since / (float(days) / row.active_days_365d)


@derived(
    own_transactions,
    logins,
    windows=(90,),
    zh="无登录且无自主交易",
    concept="inactivity",
    unit="flag",
    purpose="retention",
)
def inactive(row: ir.Table, _: int) -> ir.Value:
    """No login and no own transaction.

    The rule of three months without a sign of life; missing where the bank has no record of the one
    or the other.
    """
    acts, seen = row.own_transactions_90d, row.logins_90d
    return where_known((acts == 0) & (seen == 0), acts, seen)


@derived(
    days_since_own_transaction,
    days_since_login,
    own_transactions,
    logins,
    windows=(180,),
    zh="距上次登录或自主交易天数(回看{days}天)",
    concept="inactivity",
    unit="days",
    purpose="retention",
)
def days_since_sign_of_life(row: ir.Table, _: int) -> ir.Value:
    """Days since the last login or own transaction, looking back {days} days.

    Missing where the bank has no record of the one or the other.
    """
    since = ibis.least(row.days_since_own_transaction_180d, row.days_since_login_180d)
    return where_known(since, row.own_transactions_90d, row.logins_90d)


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="柜面与自助机交易占比",
    concept="channels used",
    unit="share",
    purpose="retention",
)
def branch_and_machine_share(rows: ir.Table) -> ir.Value:
    """Share of transactions made in a branch or at a machine."""
    return rows.count(where=rows.channel.isin(("branch", "atm"))) / rows.count()


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="自主交易中手机渠道占比",
    concept="channels used",
    unit="share",
    purpose="retention",
)
def mobile_share(rows: ir.Table) -> ir.Value:
    """Share of own transactions made in the mobile bank."""
    return rows.count(where=_own(rows) & (rows.channel == "mobile")) / rows.count(where=_own(rows))


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="自主交易使用的渠道数",
    concept="channels used",
    unit="count",
    purpose="retention",
)
def channels_used(rows: ir.Table) -> ir.Value:
    """Channels in which the customer made a transaction."""
    used = [yes(rows.count(where=_own(rows) & (rows.channel == name)) > 0) for name in _CHANNELS]
    return sum(used[1:], used[0])


@feature(
    EVENTS,
    windows=(90,),
    zh="到访网点次数",
    concept="channels used",
    unit="count",
    purpose="retention",
)
def branch_visits(rows: ir.Table) -> ir.Value:
    """Visits to a branch."""
    return rows.count(where=rows.kind == "visit")


@feature(
    EVENTS,
    windows=(365,),
    zh="距上次到访网点天数(回看{days}天)",
    concept="channels used",
    unit="days",
    purpose="retention",
)
def days_since_visit(rows: ir.Table) -> ir.Value:
    """Days since the last visit to a branch, looking back {days} days."""
    return rows.days_ago.min(where=rows.kind == "visit")


FEATURES = (
    *own_transactions,
    *days_since_own_transaction,
    *active_days,
    *activity_against_own_pace,
    *activity_against_quarter_before,
    *active_days_against_own_pace,
    *transaction_silence,
    *inactive,
    *days_since_sign_of_life,
    *branch_and_machine_share,
    *mobile_share,
    *channels_used,
    *branch_visits,
    *days_since_visit,
)
