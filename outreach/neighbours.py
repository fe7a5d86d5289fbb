"""Who shares a number or a household with whom, among customers whose profiles are all at hand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from goodcall.profile import PastContact, Profile
from goodcall.vocabulary import DEAD_FOR_ALL, REFUSALS
from outreach.request import PointMark, outcome_moment

_MARKING = (*REFUSALS, *DEAD_FOR_ALL)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with the earlier outcomes of the contacts that later outcomes followed."""

    profile: Profile
    heard: tuple[PastContact, ...]

    def at(self, number: str) -> frozenset[int]:
        """The customer's own ids of the points behind which a number or address stands."""
        return frozenset(p.point_id for p in self.profile.points if p.number == number)


class Neighbours:
    """What others did and said that the rules ask about: on one's numbers, in one's household."""

    def __init__(self, people: Iterable[Person]) -> None:
        """Take every customer that there is."""
        self._at_number: dict[str, list[Person]] = {}
        self._at_home: dict[int, list[tuple[int, PastContact]]] = {}
        for person in people:
            for number in {point.number for point in person.profile.points}:
                self._at_number.setdefault(number, []).append(person)
            for contact in person.profile.contacts:
                for home in {person.profile.household_id, contact.household_id}:
                    if home is not None:
                        pair = (person.profile.customer_id, contact)
                        self._at_home.setdefault(home, []).append(pair)

    def household(self, profile: Profile) -> tuple[PastContact, ...]:
        """Contacts with others of the household: of then, by the contact, or of now."""
        if profile.household_id is None:
            return ()
        there = self._at_home.get(profile.household_id, ())
        return tuple(contact for who, contact in there if who != profile.customer_id)

    def shared(self, profile: Profile) -> tuple[PastContact, ...]:
        """Contacts with others on this customer's numbers, under this customer's point ids."""
        return tuple(
            replace(contact, point_id=point_id)
            for point_id, number, other in self._others(profile)
            for contact in other.profile.contacts
            if contact.point_id in other.at(number)
        )

    def marks(self, profile: Profile) -> tuple[PointMark, ...]:
        """What others said, or was found with them, on this customer's numbers."""
        found = []
        for point_id, number, other in self._others(profile):
            own = other.at(number)
            who = other.profile.customer_id
            found += [
                PointMark(point_id, who, c.channel, str(c.outcome), outcome_moment(c))
                for c in (*other.profile.contacts, *other.heard)
                if c.outcome in _MARKING and c.point_id in own
            ]
            found += [
                PointMark(point_id, who, word.channel, "DNC_LIFTED", word.happened_at)
                for word in other.profile.consents
                if word.action == "dnc_lifted" and word.evidence_source and word.text_version
            ]
        return tuple(found)

    def _others(self, profile: Profile) -> Iterator[tuple[int, str, Person]]:
        """Each of a customer's points, with everyone else at the same number."""
        for point in profile.points:
            for other in self._at_number[point.number]:
                if other.profile.customer_id != profile.customer_id:
                    yield point.point_id, point.number, other
