"""What customers prefer: hints for the ranking, the clock and the colleague, never a rule."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from goodcall.profile import Profile


def prefers_channel(profile: Profile, channel: str) -> bool:
    """Whether the customer likes to be reached by a channel."""
    return any(channel in wish.prefers_channels for wish in profile.preferences)


def preferred_staff(profile: Profile) -> tuple[int, ...]:
    """The colleagues whom the customer likes to speak to, by staff id, the last named first."""
    named = (wish.prefers_staff for wish in reversed(profile.preferences))
    return tuple(each for each in named if each is not None)


def best_hours(
    profile: Profile, day: date, clock: ZoneInfo, allowed_from: datetime
) -> tuple[datetime, datetime] | None:
    """From when to when the customer likes to be reached that day, as far as it is allowed.

    The earliest such hours; None where none are named, or all are over when it is first allowed.
    """
    spans = sorted(
        (_at(day, wish.prefers_from, clock), _at(day, wish.prefers_to, clock))
        for wish in profile.preferences
        if wish.prefers_from is not None and wish.prefers_to is not None
    )
    return next(
        ((max(begins, allowed_from), ends) for begins, ends in spans if ends > allowed_from), None
    )


def _at(day: date, said: str, clock: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(said), tzinfo=clock)
