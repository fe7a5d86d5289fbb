"""Features of contacting: who spoke to the customer, what came of it, and complaints."""

import ibis.expr.types as ir

from features.feature import feature
from features.tables import CASES, CONTACTS


def _ours(rows: ir.Table) -> ir.BooleanValue:
    reached = rows.state.isin(("reserved", "attempted", "delivered", "connected"))
    return (rows.direction == "outbound") & (rows.category == "marketing") & reached


@feature(CONTACTS, windows=(30, 90, 365), zh="营销联系次数", concept="contacts", unit="count")
def contacts(rows: ir.Table) -> ir.Value:
    """Marketing contacts."""
    return rows.count(where=_ours(rows))


@feature(CONTACTS, windows=(90,), zh="电话营销次数", concept="contacts", unit="count")
def contacts_by_phone(rows: ir.Table) -> ir.Value:
    """Marketing calls."""
    return rows.count(where=_ours(rows) & (rows.channel == "phone"))


@feature(CONTACTS, windows=(365,), zh="距上次营销联系天数", concept="contacts", unit="days")
def days_since_contact(rows: ir.Table) -> ir.Value:
    """Days since the last marketing contact, looking back {days} days."""
    return rows.days_ago.min(where=_ours(rows))


@feature(CONTACTS, windows=(365,), zh="表示有意向次数", concept="interest shown", unit="count")
def interest_shown(rows: ir.Table) -> ir.Value:
    """Contacts in which the customer was interested."""
    interested = ("CONNECTED_INTERESTED", "CONNECTED_APPT", "ACCEPTED", "APPLIED", "PURCHASED")
    return rows.count(where=rows.outcome.isin((*interested, "CLICK")))


@feature(CONTACTS, windows=(365,), zh="表示无兴趣或拒绝次数", concept="refusals", unit="count")
def refusals(rows: ir.Table) -> ir.Value:
    """Contacts in which the customer was not interested or refused."""
    refused = ("NOT_INTERESTED_OFFER", "REFUSED_CHANNEL", "REFUSED_ALL", "UNSUBSCRIBE")
    return rows.count(where=rows.outcome.isin(refused))


@feature(CONTACTS, windows=(90,), zh="未接通次数", concept="unanswered calls", unit="count")
def unanswered_calls(rows: ir.Table) -> ir.Value:
    """Calls that nobody answered."""
    return rows.count(where=rows.outcome.isin(("NO_ANSWER", "BUSY", "VOICEMAIL", "POWER_OFF")))


@feature(CASES, windows=(90, 365), zh="投诉次数", concept="complaints", unit="count")
def complaints(rows: ir.Table) -> ir.Value:
    """Complaints."""
    return rows.count(where=rows.kind == "complaint")


@feature(CASES, windows=(365,), zh="距上次投诉天数", concept="complaints", unit="days")
def days_since_complaint(rows: ir.Table) -> ir.Value:
    """Days since the last complaint, looking back {days} days."""
    return rows.days_ago.min(where=rows.kind == "complaint")


@feature(CASES, zh="未结工单数", concept="open cases", unit="count")
def open_cases(rows: ir.Table) -> ir.Value:
    """Cases still open."""
    return rows.count(where=rows.closed_at.isnull() | (rows.closed_at >= rows.as_of_at))


FEATURES = (
    *contacts,
    *contacts_by_phone,
    *days_since_contact,
    *interest_shown,
    *refusals,
    *unanswered_calls,
    *complaints,
    *days_since_complaint,
    *open_cases,
)
