"""What a manager should see of a customer at a glance, before any word is said."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from goodcall.calendar import start_of_day
from goodcall.language import Text
from goodcall.profile import PastContact, Profile
from outreach.request import Facts, outcome_moment
from outreach.rules import local_zone

BADGES = {
    "complaint": Text("complaint", "有投诉"),
    "mood": Text("low spirits", "情绪低落"),
    "senior": Text("65+", "65岁以上"),
    "assessment": Text("risk assessment expiring", "风险评估将到期"),
    "hold": Text("hold", "停止联系"),
}
_OF_LATE = timedelta(days=30)
_SENIOR = 65
_MOODS = ("LOW_MOOD", "DEFER_MOOD")
_MADE = ("attempted", "delivered", "connected")


def badges_of(facts: Facts, day: date, zone: str) -> tuple[str, ...]:
    """The badges of a customer on a day, in the order of BADGES.

    A complaint that is open or was settled within 30 days; low spirits noticed within 30 days; age
    65 or more; a risk assessment that is over or ends within 30 days; a hold, whatever its kind.
    """
    profile = facts.profile
    midnight = start_of_day(day, local_zone(profile, zone))
    shown = {
        "complaint": any(
            case.kind == "complaint"
            and (case.closed_at is None or case.closed_at > midnight - _OF_LATE)
            for case in profile.cases
        ),
        "mood": any(at > midnight - _OF_LATE for at in _low_moods(facts)),
        "senior": (_age(profile, day) or 0) >= _SENIOR,
        "assessment": profile.assessment is not None
        and profile.assessment.expires_on <= day + _OF_LATE,
        "hold": any(hold.ended_at is None or hold.ended_at > midnight for hold in profile.holds),
    }
    return tuple(name for name in BADGES if shown[name])


def last_contacts(facts: Facts, most: int) -> tuple[PastContact, ...]:
    """The last contacts with a customer by anyone, the newest first."""
    made = [contact for contact in facts.profile.contacts if contact.state in _MADE]
    made.sort(key=lambda contact: (contact.happened_at, contact.contact_id), reverse=True)
    return tuple(made[:most])


def _low_moods(facts: Facts) -> Iterable[datetime]:
    for contact in facts.outcomes:
        if contact.outcome in _MOODS:
            yield outcome_moment(contact)
    for case in facts.profile.cases:
        if case.mood == "low":
            yield case.happened_at


def _age(profile: Profile, day: date) -> int | None:
    """Whole years on a day, as the birth date or else the customer's own word tells."""
    born = profile.birth_date
    if born is None:
        return profile.stated_age
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
