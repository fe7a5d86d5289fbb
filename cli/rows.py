"""One row of a list at a manager's desk: opened, reserved, dialled; and promises kept by hand."""

from dataclasses import dataclass
from datetime import date

from cli.lists import counter_of
from cli.records import audit_of
from goodcall import Workspace
from outreach import Card, Counter, Decision, ListedRow, OutreachError, Taken, in_force


@dataclass(frozen=True, slots=True)
class Spot:
    """A row of a list, and the staff id of who is at it."""

    day: date
    list_id: int
    rank: int
    agent: int


def open_row(place: Workspace, spot: Spot) -> Card:
    """The card of a row, judged this moment; opening it is audited."""
    with counter_of(place) as counter:
        listed = _audited(place, counter, spot, "open row")
        return counter.card(listed, in_force(place, counter.ledger, spot.day).day)


def reserve_row(place: Workspace, spot: Spot, *, dial: bool = False) -> Taken:
    """The decision on contacting a row's customer now, and the contact's number where allowed."""
    with counter_of(place) as counter:
        listed = _audited(place, counter, spot, "reserve", dial=dial)
        return counter.take(listed, spot.agent, dial=dial)


def keep_promise(place: Workspace, contact_id: int, agent: int, *, dial: bool = False) -> Taken:
    """The decision on keeping now what was promised in a contact, on a list or on none."""
    audit_of(place).record(f"staff {agent}", "keep promise", f"contact {contact_id}", dial=dial)
    with counter_of(place) as counter:
        return counter.keep(counter.promise(contact_id), agent, dial=dial)


def foreseen(place: Workspace, contact_id: int) -> Decision | None:
    """What keeping a promise would be answered at its moment as things stand now, if it is open."""
    with counter_of(place) as counter:
        return counter.foreseen(contact_id)


def family_of(place: Workspace, spot: Spot) -> str | None:
    """The family of a row's offer, None where it has none or the offer is no longer on sale."""
    with counter_of(place) as counter:
        return counter.family(row_at(place, counter, spot))


def row_at(place: Workspace, counter: Counter, spot: Spot) -> ListedRow:
    """A row of the list in force; NotFound where the list has none of that rank."""
    day = in_force(place, counter.ledger, spot.day).day
    return counter.row(day, spot.list_id, spot.rank)


def _audited(
    place: Workspace, counter: Counter, spot: Spot, action: str, **facts: object
) -> ListedRow:
    """The row that something is about to be done with, noted first; so is one that is not there."""
    audit, actor = audit_of(place), f"staff {spot.agent}"
    try:
        listed = row_at(place, counter, spot)
    except OutreachError as error:
        row = f"row {spot.rank} of list {spot.list_id} on {spot.day}"
        audit.record(actor, action, row, refused=str(error), **facts)
        raise
    audit.record(actor, action, listed.row.request_id, customer=listed.row.customer_id, **facts)
    return listed
