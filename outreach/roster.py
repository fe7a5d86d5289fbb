"""Whose list a customer stands on today: the own manager's, or a colleague's while that one is off.

A colleague of the same branch stands in, by rendezvous hashing in proportion to the colleagues'
minutes (Thaler and Ravishankar 1998): each customer of an absent manager goes to one colleague, to
the same one day after day, whoever else comes or goes; who prefers one of them goes to that one.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from goodcall.profile import Profile
from outreach.preferred import preferred_staff


@dataclass(frozen=True, slots=True)
class Roster:
    """Each customer's list, its minutes, and of whom a list stands in for another manager.

    A customer without a list is in none of them.
    """

    list_of: Mapping[int, int]
    minutes: Mapping[int, int]
    covered: Mapping[int, int]

    def served(self, people: Iterable[Profile]) -> list[Profile]:
        """Everyone as a customer of whoever serves them today, stand-ins in place of the absent."""
        return [
            replace(person, manager_id=self.list_of[person.customer_id])
            if person.customer_id in self.covered
            else person
            for person in people
        ]


@dataclass(frozen=True, slots=True)
class Staffing:
    """The minutes of those who work lists, 0 for one who is absent, and each manager's branch.

    `default_minutes` stand in where a list's own are not known.
    """

    minutes: Mapping[int, int]
    branch_of: Mapping[int, int]
    default_minutes: int


def roster_of(people: Iterable[Profile], staffing: Staffing, *, by_manager: bool) -> Roster:
    """The lists of a day, those of absent managers shared out among colleagues who are there."""
    present: dict[int, list[int]] = {}
    for manager, branch in sorted(staffing.branch_of.items()):
        if staffing.minutes.get(manager, staffing.default_minutes) > 0:
            present.setdefault(branch, []).append(manager)
    list_of: dict[int, int] = {}
    covered: dict[int, int] = {}
    for person in people:
        own = person.manager_id if by_manager else person.branch_id
        if own is None:
            continue
        list_of[person.customer_id] = own
        if by_manager and staffing.minutes.get(own) == 0:
            stand_in = _stand_in(person, own, present, staffing)
            if stand_in is not None:
                list_of[person.customer_id] = stand_in
                covered[person.customer_id] = own
    lists = sorted(set(list_of.values()))
    minutes = {name: staffing.minutes.get(name, staffing.default_minutes) for name in lists}
    return Roster(list_of, minutes, covered)


def _stand_in(
    person: Profile, absent: int, present: Mapping[int, list[int]], staffing: Staffing
) -> int | None:
    branch = staffing.branch_of.get(absent, person.branch_id)
    colleagues = () if branch is None else present.get(branch, ())
    liked = next((each for each in preferred_staff(person) if each in colleagues), None)
    if liked is not None:
        return liked

    def strength(manager: int) -> float:
        digest = hashlib.sha256(f"{person.customer_id}:{manager}".encode()).digest()
        share = (int.from_bytes(digest[:8], "big") + 0.5) / 2**64
        return -staffing.minutes.get(manager, staffing.default_minutes) / math.log(share)

    return max(colleagues, key=lambda manager: (strength(manager), manager), default=None)
