"""Instants as the store of access keeps them: UTC, to the second, in an order that texts keep."""

from datetime import UTC, datetime


def instant_text(at: datetime) -> str:
    """A moment as the store keeps it; ValueError for one without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no zone; give a moment in UTC")
    return at.astimezone(UTC).isoformat(timespec="seconds")


def instant_of(text: str | None) -> datetime | None:
    """The moment that the store kept; None where there was none."""
    return None if text is None else datetime.fromisoformat(text)


def whole_second(at: datetime) -> datetime:
    """A moment as the store gives it back."""
    return datetime.fromisoformat(instant_text(at))
