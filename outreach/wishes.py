"""What a customer asks for about being contacted: ways, hours, a colleague, how often, a pause.

A wish only ever tightens the bank's own rules. A later wish about the same thing takes the earlier
one's place, and one that is taken back binds nobody any more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from goodcall.language import Text
from goodcall.profile import Pause, Preference, Profile
from outreach.errors import RequestError
from outreach.spelling import check_words

T = TypeVar("T")
# What a wish can be about; those of preferences are their ids, and `only_channel` and `own_cap`
# the rules that they make.
ONLY, AT_MOST, PREFERS, HOURS, STAFF, PAUSE = (
    *("only_channel", "own_cap", "prefers_channels", "prefers_hours", "prefers_staff"),
    "pause",
)
SUBJECTS: Mapping[str, Text] = {
    ONLY: Text("only by these ways", "仅限以下渠道"),
    AT_MOST: Text("at most so often", "最多联系次数"),
    PREFERS: Text("rather by these ways", "偏好渠道"),
    HOURS: Text("rather at these hours", "偏好时段"),
    STAFF: Text("rather by this colleague", "偏好客户经理"),
    PAUSE: Text("a pause", "暂停联系"),
}


@dataclass(frozen=True, slots=True)
class WishEnded:
    """The customer's word that what was wished for about a subject no longer holds."""

    subject: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asks for in one go; what is left out stays as it was.

    `hours` are two times on the customer's clock, such as 18:00 and 20:00; `at_most` is how many
    contacts in how many days; the pause's days are both included, and no channel means all.
    `ended` are the subjects that are taken back. RequestError of what cannot be wished for, or
    where nothing is.
    """

    only: tuple[str, ...] = ()
    prefers: tuple[str, ...] = ()
    hours: tuple[str, str] | None = None
    staff: int | None = None
    at_most: tuple[int, int] | None = None
    pause: tuple[date, date] | None = None
    pause_channel: str | None = None
    ended: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for subject in self.ended:
            if subject not in SUBJECTS:
                raise RequestError(
                    f"nothing can be taken back of {subject!r}; choose of: {', '.join(SUBJECTS)}"
                )
        said = tuple(self._said())
        if not (said or self.ended):
            raise RequestError(
                "nothing is wished for; say which ways, hours, colleague, number of contacts or "
                "pause, or what is taken back"
            )
        if self.pause_channel is not None and self.pause is None:
            raise RequestError("the pause has a channel and no days; say from when to when it is")
        for each in said:
            check_words(each, "the wish")

    def notes(self, now: datetime) -> tuple[Preference | Pause | WishEnded, ...]:
        """The notes that say it, what ends first."""
        return (*(WishEnded(subject, now) for subject in self.ended), *self._said())

    @property
    def facts(self) -> dict[str, object]:
        """What is wished for, by the service's names of it: what a line of the audit log tells."""
        most, days = self.at_most or (None, None)
        begins, ends = self.hours or (None, None)
        first, last = self.pause or (None, None)
        told = {
            "only_channels": self.only,
            "at_most": most,
            "days": days,
            "pause_from": first,
            "pause_to": last,
            "pause_channel": self.pause_channel,
            "prefers_channels": self.prefers,
            "prefers_from": begins,
            "prefers_to": ends,
            "prefers_staff": self.staff,
            "take_back": self.ended,
        }
        return {name: value for name, value in told.items() if value not in (None, ())}

    def _said(self) -> Iterator[Preference | Pause]:
        if self.only:
            yield Preference(ONLY, only_channels=self.only)
        if self.at_most is not None:
            yield Preference(AT_MOST, at_most=self.at_most[0], days=self.at_most[1])
        if self.prefers:
            yield Preference(PREFERS, prefers_channels=self.prefers)
        if self.hours is not None:
            yield Preference(HOURS, prefers_from=self.hours[0], prefers_to=self.hours[1])
        if self.staff is not None:
            yield Preference(STAFF, prefers_staff=self.staff)
        if self.pause is not None:
            yield Pause(*self.pause, self.pause_channel)


def standing(notes: Iterable[T]) -> list[T]:
    """The notes in their order, without the wishes that a later note took back."""
    kept: list[T] = []
    for note in notes:
        if isinstance(note, WishEnded):
            kept = [each for each in kept if subject_of(each) != note.subject]
        else:
            kept.append(note)
    return kept


def wishes_of(profile: Profile, today: date) -> tuple[Preference | Pause, ...]:
    """What a customer wishes on a day of the customer's clock; pauses that are not over come last.

    The profile is one with the ledger's history: the bank's tables tell of no wishes.
    """
    return (*profile.preferences, *(each for each in profile.pauses if each.to_on >= today))


def subject_of(said: object) -> str | None:
    """What a preference or a pause is about; None of anything else, and of what has no subject."""
    if isinstance(said, Pause):
        return PAUSE
    return said.id if isinstance(said, Preference) else None


def words_of(said: Preference | Pause) -> Text:
    """A wish in words."""
    if isinstance(said, Pause):
        by = said.channel
        return Text(
            f"no marketing{f' by {by}' if by else ''} from {said.from_on} to {said.to_on}",
            f"{said.from_on}至{said.to_on}暂停{by or ''}营销",
        )
    told = []
    if said.only_channels:
        ways = ", ".join(said.only_channels)
        told.append(Text(f"only by {ways}", f"仅限{ways}"))
    if said.at_most is not None:
        told.append(
            Text(
                f"at most {said.at_most} contacts in {said.days} days",
                f"{said.days}天内最多联系{said.at_most}次",
            )
        )
    if said.prefers_channels:
        ways = ", ".join(said.prefers_channels)
        told.append(Text(f"rather by {ways}", f"偏好{ways}"))
    if said.prefers_from is not None:
        hours = f"{said.prefers_from}–{said.prefers_to}"
        told.append(Text(f"rather at {hours}", f"偏好{hours}"))
    if said.prefers_staff is not None:
        told.append(
            Text(f"rather by colleague {said.prefers_staff}", f"偏好工号{said.prefers_staff}")
        )
    return Text("; ".join(t.en for t in told), ";".join(t.zh for t in told))
