"""Which of a customer's numbers and addresses may be used: living, not changed, not too old."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from goodcall.calendar import local_date
from goodcall.profile import PastContact, Point, Profile
from goodcall.vocabulary import DEAD_FOR_ALL, DEAD_FOR_ONE
from outreach.lineage import Lineages
from outreach.offer_terms import OfferTerm
from outreach.request import Facts, outcome_moment
from outreach.rules import local_zone

DEAD, BOUNCED = "dead_contact_point", "bounced_contact_point"
REPLACED, UNVERIFIED = "replaced_contact_point", "unverified_contact_point"
NO_POINT, DOUBTFUL = "no_contact_point", "doubtful_contact_point"


@dataclass(frozen=True, slots=True)
class BankTerms:
    """What the built-in checks take from the policy: the bank's zone, what they ask of points.

    `points` is the kind of point that each channel needs. After `doubtful_after_days` without a
    verification a point is shown as doubtful, after `max_age_days` it is not used. `offer_terms`
    and `lineages` say to whom offers are open, and in which order.
    """

    bank_zone: str
    points: Mapping[str, str | None]
    doubtful_after_days: int | None = None
    max_age_days: int | None = None
    offer_terms: tuple[OfferTerm, ...] = ()
    lineages: Lineages = field(default_factory=dict)


def usable_points(facts: Facts, kind: str, now: datetime, terms: BankTerms) -> tuple[Point, ...]:
    """A customer's points of a kind that may be used, last verified first, then newest."""
    usable = [p for p in _of_kind(facts, kind) if against(p, facts, now, terms) is None]
    return tuple(
        sorted(
            usable,
            key=lambda p: (-(p.verified_on or date.min).toordinal(), *_newest_first(p)),
        )
    )


def why_none(facts: Facts, kind: str, now: datetime, terms: BankTerms) -> str:
    """Why a request names no point of a kind: what speaks against the newest, if anything does."""
    newest = min(_of_kind(facts, kind), key=_newest_first, default=None)
    return NO_POINT if newest is None else against(newest, facts, now, terms) or NO_POINT


def against(point: Point, facts: Facts, now: datetime, terms: BankTerms) -> str | None:
    """What speaks against using a point, None where nothing does.

    A number found wrong, or from which a message bounced, is dead for its customer, an invalid or
    disconnected one for everybody. One that a newer, valid point of its kind has replaced is not
    used even where the newer one proves dead. Both until verified on a later day, or until the
    customer says at a later second that the point is right.
    """
    if not point.valid:
        return DEAD
    zone = local_zone(facts.profile, terms.bank_zone)
    if (found := _found_dead(point, facts, now, terms)) and not _verified_after(
        point, found[0], facts, now, zone
    ):
        return BOUNCED if found[1] == "BOUNCE" else DEAD
    successors = _successors(point, facts, now)
    if any(not _verified_after(point, at, facts, now, zone) for at in successors):
        return REPLACED
    if _older(point, now, zone, terms.max_age_days):
        return UNVERIFIED
    return None


def is_doubtful(point: Point, profile: Profile, now: datetime, terms: BankTerms) -> bool:
    """Whether nobody verified a point for longer than the policy trusts it."""
    zone = local_zone(profile, terms.bank_zone)
    return _older(point, now, zone, terms.doubtful_after_days)


def _of_kind(facts: Facts, kind: str) -> list[Point]:
    return [point for point in facts.profile.points if point.channel == kind]


def _newest_first(point: Point) -> tuple[float, int]:
    return (0.0 if point.since is None else -point.since.timestamp(), point.point_id)


def _found_dead(
    point: Point, facts: Facts, now: datetime, terms: BankTerms
) -> tuple[datetime, str] | None:
    """When the number behind a point was last found dead, and how."""
    same = {p.point_id for p in _of_kind(facts, point.channel) if p.number == point.number}
    own = [
        (outcome_moment(contact), contact.outcome)
        for contact in facts.outcomes
        if contact.outcome in (*DEAD_FOR_ONE, *DEAD_FOR_ALL)
        and _was_at(contact, point, same, terms)
    ]
    marked = [
        (mark.happened_at, mark.code)
        for mark in facts.marks
        if mark.point_id in same and mark.code in DEAD_FOR_ALL
    ]
    return max((found for found in (*own, *marked) if found[0] <= now), default=None)


def _was_at(contact: PastContact, point: Point, same: set[int], terms: BankTerms) -> bool:
    """Whether a contact went to a point; one that names none went to any that was there."""
    if contact.point_id is not None:
        return contact.point_id in same
    began = point.since is None or point.since <= outcome_moment(contact)
    return began and terms.points.get(contact.channel) == point.channel


def _successors(point: Point, facts: Facts, now: datetime) -> list[datetime]:
    """When valid points of the same kind with another number began, after this one."""
    return [
        other.since
        for other in _of_kind(facts, point.channel)
        if other.valid
        and other.number != point.number
        and other.since is not None
        and point.since is not None
        and point.since < other.since <= now
    ]


def _verified_after(point: Point, moment: datetime, facts: Facts, now: datetime, zone: str) -> bool:
    said = any(
        word.point_id == point.point_id and moment < word.happened_at <= now
        for word in facts.profile.verified
    )
    return said or (point.verified_on is not None and point.verified_on > local_date(moment, zone))


def _older(point: Point, now: datetime, zone: str, days: int | None) -> bool:
    """Whether the last verification, or else the beginning, is more than so many days ago."""
    if days is None:
        return False
    began = None if point.since is None else local_date(point.since, zone)
    last = point.verified_on or began
    return last is None or local_date(now, zone) - last > timedelta(days=days)
