"""What is already used of each volume when a day begins, counted as the ledger counts it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from goodcall.profile import PastContact, Profile
from outreach.contact_events import EVENTS, contacts_in
from outreach.decide import instant_text
from outreach.limits import Place
from outreach.offer import Offer
from outreach.policy import Policy, Rule
from outreach.request import Facts, Request
from outreach.rules.volumes import Unit, VolumeTerms, dated_by, unit_of
from outreach.rules.windows import Rolling
from outreach.schema import CONTACT_EVENTS, CONTACTS
from outreach.states import as_at

# A calendar period that began this long ago at the most may still hold what is asked for now.
LONGEST_PERIOD = timedelta(days=367)
_NOBODY = Profile(0, datetime.min.replace(tzinfo=UTC), "retail", "active", "UTC")


def spent(
    connection: Connection, policy: Policy, offers: Mapping[str, Offer], at: datetime
) -> dict[Place, int]:
    """What is used of each rule's volume, by its branches, teams or managers, as known before `at`.

    The window of a rolling volume ends at `at`; that of a calendar volume is the period that holds
    it.
    """
    found: dict[Place, int] = {}
    for rule in policy.rules:
        if isinstance(rule.terms, VolumeTerms):
            found |= _of_rule(connection, rule, offers, at)
    return found


def _of_rule(
    connection: Connection, rule: Rule, offers: Mapping[str, Offer], at: datetime
) -> dict[Place, int]:
    terms: VolumeTerms = rule.terms
    window = terms.window
    since = at - (window.span if isinstance(window, Rolling) else LONGEST_PERIOD)
    rows = connection.execute(
        EVENTS.where(
            CONTACTS.c.happened_at > instant_text(since),
            CONTACT_EVENTS.c.recorded_at < instant_text(at),
        )
    ).all()
    made = contacts_in(rows)
    units = {row.contact_id: unit_of(terms, row.branch_id, row.manager_id) for row in rows}
    of_unit: dict[Unit, list[PastContact]] = {}
    for contact_id, unit in units.items():
        if unit is not None or terms.within == "bank":
            of_unit.setdefault(unit, []).append(as_at(made[contact_id], at))
    request = Request("planned", 0, "phone")
    return {
        (rule.id, unit): window.most(
            dated_by(request, _facts(contacts, offers), terms), at, terms.bank_zone
        )
        for unit, contacts in of_unit.items()
    }


def _facts(contacts: Sequence[PastContact], offers: Mapping[str, Offer]) -> Facts:
    """Contacts of whomever as if they were one customer's, for a count of all of them."""
    return Facts(replace(_NOBODY, contacts=tuple(contacts)), offers)
