"""Features of activity: what customers do by themselves, how often, and what they look at."""

import ibis.expr.types as ir

from features.families import FAMILY_NAMES
from features.feature import feature
from features.tables import EVENTS, TRANSACTIONS


@feature(
    TRANSACTIONS, windows=(30, 90), zh="自主交易笔数", concept="own transactions", unit="count"
)
def own_transactions(rows: ir.Table) -> ir.Value:
    """Transactions made by the customer."""
    return rows.count(where=rows.initiated_by == "customer")


@feature(
    TRANSACTIONS, windows=(180,), zh="距上次自主交易天数", concept="own transactions", unit="days"
)
def days_since_own_transaction(rows: ir.Table) -> ir.Value:
    """Days since the customer's last own transaction, looking back {days} days."""
    return rows.days_ago.min(where=rows.initiated_by == "customer")


@feature(TRANSACTIONS, windows=(30, 90), zh="有交易的天数", concept="active days", unit="days")
def active_days(rows: ir.Table) -> ir.Value:
    """Days on which the customer made a transaction."""
    return rows.days_ago.nunique(where=rows.initiated_by == "customer")


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="近30天自主交易较{days}天自身平均水平",
    concept="own transactions",
    unit="change",
)
def activity_against_own_pace(rows: ir.Table) -> ir.Value:
    """Own transactions of the last 30 days against the customer's own pace over {days} days."""
    own = rows.initiated_by == "customer"
    recent = rows.count(where=own & (rows.days_ago < 30))  # noqa: PLR2004 - days
    return recent * 3 / rows.count(where=own).nullif(0) - 1


@feature(
    TRANSACTIONS, windows=(90,), zh="柜面与自助机交易占比", concept="channel mix", unit="share"
)
def branch_and_machine_share(rows: ir.Table) -> ir.Value:
    """Share of transactions made in a branch or at a machine."""
    return rows.count(where=rows.channel.isin(("branch", "atm"))) / rows.count().nullif(0)


@feature(EVENTS, windows=(30, 90), zh="登录次数", concept="logins", unit="count")
def logins(rows: ir.Table) -> ir.Value:
    """Logins to the mobile or web bank."""
    return rows.count(where=rows.kind == "login")


@feature(EVENTS, windows=(180,), zh="距上次登录天数", concept="logins", unit="days")
def days_since_login(rows: ir.Table) -> ir.Value:
    """Days since the last login, looking back {days} days."""
    return rows.days_ago.min(where=rows.kind == "login")


@feature(
    EVENTS, windows=(90,), zh="近30天登录较{days}天自身平均水平", concept="logins", unit="change"
)
def logins_against_own_pace(rows: ir.Table) -> ir.Value:
    """Logins of the last 30 days against the customer's own pace over {days} days."""
    login = rows.kind == "login"
    recent = rows.count(where=login & (rows.days_ago < 30))  # noqa: PLR2004 - days
    return recent * 3 / rows.count(where=login).nullif(0) - 1


@feature(EVENTS, windows=(30, 90), zh="浏览产品页次数", concept="page views", unit="count")
def page_views(rows: ir.Table) -> ir.Value:
    """Product pages looked at."""
    return rows.count(where=rows.kind == "page_view")


@feature(
    EVENTS,
    windows=(30,),
    zh="浏览{each}页面次数",
    concept="page views",
    unit="count",
    each=FAMILY_NAMES,
)
def page_views_of(rows: ir.Table, family: str) -> ir.Value:
    """Pages about {each} looked at."""
    return rows.count(where=(rows.kind == "page_view") & (rows.topic == family))


@feature(EVENTS, windows=(90,), zh="中途放弃的申请数", concept="applications", unit="count")
def abandoned_applications(rows: ir.Table) -> ir.Value:
    """Applications begun and left."""
    return rows.count(where=rows.kind == "application_abandoned")


@feature(EVENTS, windows=(90,), zh="到访网点次数", concept="branch visits", unit="count")
def branch_visits(rows: ir.Table) -> ir.Value:
    """Visits to a branch."""
    return rows.count(where=rows.kind == "visit")


FEATURES = (
    *own_transactions,
    *days_since_own_transaction,
    *active_days,
    *activity_against_own_pace,
    *branch_and_machine_share,
    *logins,
    *days_since_login,
    *logins_against_own_pace,
    *page_views,
    *page_views_of,
    *abandoned_applications,
    *branch_visits,
)
