"""Features of digital life: logins, pages looked at, applications, signals from outside."""

import ibis
import ibis.expr.types as ir

from features.feature import derived, feature
from features.formula import against_pace
from features.tables import EVENTS
from goodcall.vocabulary import FAMILY_NAMES

_SILENT_DAYS = 180


@feature(
    EVENTS, windows=(7, 30, 90), zh="登录次数", concept="logins", unit="count", purpose="retention"
)
def logins(rows: ir.Table) -> ir.Value:
    """Logins to the mobile or web bank."""
    return rows.count(where=rows.kind == "login")


@feature(
    EVENTS,
    windows=(180,),
    zh="距上次登录天数(回看{days}天)",
    concept="logins",
    unit="days",
    purpose="retention",
)
def days_since_login(rows: ir.Table) -> ir.Value:
    """Days since the last login, looking back {days} days."""
    return rows.days_ago.min(where=rows.kind == "login")


@feature(
    EVENTS, windows=(365,), zh="有登录的天数", concept="logins", unit="days", purpose="retention"
)
def login_days(rows: ir.Table) -> ir.Value:
    """Days on which the customer logged in."""
    return rows.days_ago.nunique(where=rows.kind == "login")


@derived(
    logins,
    windows=(90,),
    zh="近30天登录较{days}天自身平均水平",
    concept="logins",
    unit="change",
    purpose="retention",
)
def logins_against_own_pace(row: ir.Table, _: int) -> ir.Value:
    """Logins of the last 30 days against the customer's own pace over {days} days."""
    return against_pace(row.logins_30d, row.logins_90d, 3)


@derived(
    days_since_login,
    login_days,
    windows=(365,),
    zh="距上次登录的天数相当于近{days}天自身通常间隔的",
    concept="inactivity",
    unit="share",
    purpose="retention",
)
def login_silence(row: ir.Table, days: int) -> ir.Value:
    """Days since the last login against the usual gap between logins over {days} days."""
    since = ibis.coalesce(row.days_since_login_180d, float(_SILENT_DAYS))
    return since / (float(days) / row.login_days_365d)


@feature(
    EVENTS,
    windows=(90,),
    zh="登录中网页渠道占比",
    concept="channels used",
    unit="share",
    purpose="retention",
)
def web_share(rows: ir.Table) -> ir.Value:
    """Share of logins made on the web rather than the mobile bank."""
    login = rows.kind == "login"
    return rows.count(where=login & (rows.channel == "web")) / rows.count(where=login)


@feature(
    EVENTS,
    windows=(7, 30, 90),
    zh="浏览产品页次数",
    concept="product interest",
    unit="count",
    purpose="offers",
)
def page_views(rows: ir.Table) -> ir.Value:
    """Product pages looked at."""
    return rows.count(where=rows.kind == "page_view")


@derived(
    page_views,
    windows=(90,),
    zh="近30天产品页浏览较{days}天自身平均水平",
    concept="product interest",
    unit="change",
    purpose="offers",
)
def page_views_against_own_pace(row: ir.Table, _: int) -> ir.Value:
    """Product pages of the last 30 days against the customer's own pace over {days} days."""
    return against_pace(row.page_views_30d, row.page_views_90d, 3)


@feature(
    EVENTS,
    windows=(30, 90),
    zh="浏览{each}页面次数",
    concept="product interest",
    unit="count",
    purpose="offers",
    each=FAMILY_NAMES,
)
def page_views_of(rows: ir.Table, family: str) -> ir.Value:
    """Pages about {each} looked at."""
    return rows.count(where=(rows.kind == "page_view") & (rows.topic == family))


@feature(
    EVENTS,
    windows=(90,),
    zh="提交的业务申请数",
    concept="applications",
    unit="count",
    purpose="offers",
)
def applications(rows: ir.Table) -> ir.Value:
    """Applications handed in."""
    return rows.count(where=rows.kind == "application")


@feature(
    EVENTS,
    windows=(90,),
    zh="中途放弃的申请数",
    concept="applications",
    unit="count",
    purpose="offers",
)
def abandoned_applications(rows: ir.Table) -> ir.Value:
    """Applications begun and left."""
    return rows.count(where=rows.kind == "application_abandoned")


@feature(
    EVENTS,
    windows=(90,),
    zh="中途放弃的{each}申请数",
    concept="applications",
    unit="count",
    purpose="offers",
    each=FAMILY_NAMES,
)
def abandoned_applications_of(rows: ir.Table, family: str) -> ir.Value:
    """Applications for {each} begun and left."""
    return rows.count(where=(rows.kind == "application_abandoned") & (rows.topic == family))


@feature(
    EVENTS,
    windows=(180,),
    zh="距上次中途放弃申请天数(回看{days}天)",
    concept="applications",
    unit="days",
    purpose="offers",
)
def days_since_abandoned(rows: ir.Table) -> ir.Value:
    """Days since the last application was begun and left, looking back {days} days."""
    return rows.days_ago.min(where=rows.kind == "application_abandoned")


@feature(
    EVENTS,
    windows=(90,),
    zh="合作方推送的事件数",
    concept="outside signals",
    unit="count",
    purpose="offers",
)
def partner_events(rows: ir.Table) -> ir.Value:
    """Events that a partner told of."""
    return rows.count(where=rows.kind == "partner")


@feature(
    EVENTS,
    windows=(90,),
    zh="政务推送的事件数",
    concept="outside signals",
    unit="count",
    purpose="offers",
)
def government_events(rows: ir.Table) -> ir.Value:
    """Events that a public office told of."""
    return rows.count(where=rows.kind == "government")


FEATURES = (
    *logins,
    *days_since_login,
    *login_days,
    *logins_against_own_pace,
    *login_silence,
    *web_share,
    *page_views,
    *page_views_against_own_pace,
    *page_views_of,
    *applications,
    *abandoned_applications,
    *abandoned_applications_of,
    *days_since_abandoned,
    *partner_events,
    *government_events,
)
