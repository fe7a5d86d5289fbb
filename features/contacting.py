"""Features of contacting: who spoke to the customer, how often, and what came of it."""

import ibis.expr.types as ir

from features.feature import derived, feature
from features.formula import against_pace
from features.tables import CONSENTS, CONTACTS
from goodcall.language import Text
from goodcall.vocabulary import COUNTED_STATES

_CHANNELS = {
    "phone": Text("by phone", "电话"),
    "sms": Text("by text message", "短信"),
    "app": Text("in the app", "手机银行"),
    "branch": Text("at the branch", "网点"),
}
_INTERESTED = (
    *("CONNECTED_INTERESTED", "CONNECTED_APPT", "ACCEPTED", "APPLIED", "PURCHASED", "CLICK"),
)
_REFUSED = ("NOT_INTERESTED_OFFER", "REFUSED_CHANNEL", "REFUSED_ALL", "UNSUBSCRIBE")
_UNANSWERED = ("NO_ANSWER", "BUSY", "VOICEMAIL", "POWER_OFF")
_TAKEN_BACK = ("revoke", "dnc")


def _reached(rows: ir.Table) -> ir.BooleanValue:
    reached = rows.state.isin(COUNTED_STATES)
    return (rows.direction == "outbound") & reached


def _ours(rows: ir.Table) -> ir.BooleanValue:
    return _reached(rows) & (rows.category == "marketing")


@feature(
    CONTACTS,
    windows=(30, 90, 365),
    zh="营销联系次数",
    concept="contact pressure",
    unit="count",
    purpose="pressure",
)
def contacts(rows: ir.Table) -> ir.Value:
    """Marketing contacts."""
    return rows.count(where=_ours(rows))


@feature(
    CONTACTS,
    windows=(90,),
    zh="{each}营销次数",
    concept="contact pressure",
    unit="count",
    purpose="pressure",
    each=_CHANNELS,
)
def contacts_by(rows: ir.Table, channel: str) -> ir.Value:
    """Marketing contacts {each}."""
    return rows.count(where=_ours(rows) & (rows.channel == channel))


@feature(
    CONTACTS,
    windows=(365,),
    zh="距上次营销联系天数(回看{days}天)",
    concept="contact pressure",
    unit="days",
    purpose="pressure",
)
def days_since_contact(rows: ir.Table) -> ir.Value:
    """Days since the last marketing contact, looking back {days} days."""
    return rows.days_ago.min(where=_ours(rows))


@derived(
    contacts,
    windows=(365,),
    zh="近30天营销联系较{days}天自身平均水平",
    concept="contact pressure",
    unit="change",
    purpose="pressure",
)
def contacts_against_own_pace(row: ir.Table, days: int) -> ir.Value:
    """Marketing contacts of the last 30 days against the customer's own pace over {days} days."""
    return against_pace(row.contacts_30d, row.contacts_365d, days / 30)


@feature(
    CONTACTS,
    windows=(90,),
    zh="服务及其他非营销联系次数",
    concept="contact pressure",
    unit="count",
    purpose="service",
)
def service_contacts(rows: ir.Table) -> ir.Value:
    """Contacts of ours for service, risk or regulation."""
    return rows.count(where=_reached(rows) & (rows.category != "marketing"))


@feature(
    CONTACTS,
    windows=(90,),
    zh="客户主动联系次数",
    concept="response to contacts",
    unit="count",
    purpose="service",
)
def inbound_contacts(rows: ir.Table) -> ir.Value:
    """Contacts that the customer began."""
    return rows.count(where=rows.direction == "inbound")


@feature(
    CONTACTS,
    windows=(365,),
    zh="表示有意向次数",
    concept="response to contacts",
    unit="count",
    purpose="pressure",
)
def interest_shown(rows: ir.Table) -> ir.Value:
    """Contacts in which the customer was interested."""
    return rows.count(where=rows.outcome.isin(_INTERESTED))


@feature(
    CONTACTS,
    windows=(365,),
    zh="表示无兴趣或拒绝次数",
    concept="response to contacts",
    unit="count",
    purpose="pressure",
)
def refusals(rows: ir.Table) -> ir.Value:
    """Contacts in which the customer was not interested or refused."""
    return rows.count(where=rows.outcome.isin(_REFUSED))


@feature(
    CONTACTS,
    windows=(365,),
    zh="距上次无兴趣或拒绝天数(回看{days}天)",
    concept="response to contacts",
    unit="days",
    purpose="pressure",
)
def days_since_refusal(rows: ir.Table) -> ir.Value:
    """Days since the customer last was not interested or refused, looking back {days} days."""
    return rows.days_ago.min(where=rows.outcome.isin(_REFUSED))


@feature(
    CONTACTS,
    windows=(90,),
    zh="未接通次数",
    concept="response to contacts",
    unit="count",
    purpose="pressure",
)
def unanswered_calls(rows: ir.Table) -> ir.Value:
    """Calls that nobody answered."""
    return rows.count(where=rows.outcome.isin(_UNANSWERED))


@feature(
    CONTACTS,
    windows=(365,),
    zh="营销电话接通率",
    concept="response to contacts",
    unit="share",
    purpose="pressure",
)
def answered_share(rows: ir.Table) -> ir.Value:
    """Share of marketing calls that the customer answered."""
    called = _ours(rows) & (rows.channel == "phone")
    return rows.count(where=called & (rows.state == "connected")) / rows.count(where=called)


@feature(
    CONTACTS,
    windows=(365,),
    zh="表示要离开本行次数",
    concept="response to contacts",
    unit="count",
    purpose="retention",
)
def said_leaving(rows: ir.Table) -> ir.Value:
    """Contacts in which the customer said they were leaving."""
    return rows.count(where=rows.outcome == "LEAVING_CONFIRMED")


@feature(
    CONTACTS,
    windows=(365,),
    zh="联系中情绪低落次数",
    concept="mood",
    unit="count",
    purpose="service",
)
def low_mood_contacts(rows: ir.Table) -> ir.Value:
    """Contacts in which the customer's mood was low."""
    return rows.count(where=rows.outcome.isin(("LOW_MOOD", "DEFER_MOOD")))


@feature(
    CONSENTS,
    windows=(365,),
    zh="撤回授权或要求勿扰次数",
    concept="response to contacts",
    unit="count",
    purpose="pressure",
)
def opt_outs(rows: ir.Table) -> ir.Value:
    """Times that the customer took consent back or asked not to be contacted."""
    return rows.count(where=rows.action.isin(_TAKEN_BACK))


@feature(
    CONSENTS,
    zh="最近一次授权表态为撤回或勿扰",
    concept="response to contacts",
    unit="flag",
    purpose="pressure",
)
def last_word_was_no(rows: ir.Table) -> ir.Value:
    """The customer's latest word on being contacted was no."""
    return rows.action.isin(_TAKEN_BACK).cast("int64").argmax(rows.happened_at)


FEATURES = (
    *contacts,
    *contacts_by,
    *days_since_contact,
    *contacts_against_own_pace,
    *service_contacts,
    *inbound_contacts,
    *interest_shown,
    *refusals,
    *days_since_refusal,
    *unanswered_calls,
    *answered_share,
    *said_leaving,
    *low_mood_contacts,
    *opt_outs,
    *last_word_was_no,
)
