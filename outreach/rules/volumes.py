"""Volumes: how many contacts the whole bank, a branch or a manager may make in a period."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from goodcall.section import Section
from outreach.request import PASS, Facts, Request, Verdict
from outreach.rules.answers import Place
from outreach.rules.counting import Counting, adds, concerns, counted, read_counting
from outreach.rules.windows import Window, read_window

# A branch or a manager by number, a team by name; None for the whole bank.
Unit = int | str | None
_WITHIN = ("bank", "branch", "team", "manager")


@dataclass(frozen=True, slots=True)
class VolumeTerms:
    """At most so many counted contacts, or minutes of them, in each window within the bank.

    `within` is the whole bank, or each branch, team or manager; `minutes` is what a contact takes
    by each channel where minutes are counted, None where contacts are; `team_of` names the team of
    each manager who is in one.
    """

    rule: str
    at_most: int
    window: Window
    counting: Counting
    within: str
    minutes: Mapping[str, int] | None
    bank_zone: str
    team_of: Mapping[int, str]


def read_volume(section: Section, place: Place) -> VolumeTerms:
    """The terms of a volume."""
    window = read_window(section, kinds=("rolling", "calendar"), otherwise=None)
    unit = section.optional("unit", partial(section.text, among=("contacts", "minutes")))
    return VolumeTerms(
        rule=section.text("id"),
        at_most=section.whole("at_most", 1),
        window=window,
        counting=read_counting(section, place, scopes=("customer",)),
        within=section.optional("within", partial(section.text, among=_WITHIN)) or "bank",
        minutes=place.minutes if unit == "minutes" else None,
        bank_zone=place.zone,
        team_of=place.team_of,
    )


def unit_of(terms: VolumeTerms, branch_id: int | None, manager_id: int | None) -> Unit:
    """Whose volume a contact with a customer of a branch and manager takes from.

    None for the whole bank's, and where the customer has no such branch, team or manager.
    """
    match terms.within:
        case "branch":
            return branch_id
        case "manager":
            return manager_id
        case "team":
            return None if manager_id is None else terms.team_of.get(manager_id)
        case _:
            return None


def volume(request: Request, facts: Facts, now: datetime, terms: VolumeTerms) -> Verdict:
    """Whether what is used of the volume leaves room; without a count nothing is said against.

    The ledger counts under its lock, for the other customers' contacts are not in the facts.
    """
    said = facts.volumes.get(terms.rule)
    if said is None or not concerns(request, facts, terms.counting):
        return PASS
    left = max(said.limit - said.used, 0)
    fits = said.used + size(request, terms) <= said.limit
    if fits or (said.frees_at is not None and now >= said.frees_at):
        return Verdict(passes=True, counted=said.used, left=left)
    return Verdict(passes=False, until=said.frees_at, counted=said.used, left=left)


def size(request: Request, terms: VolumeTerms) -> int:
    """How much of the volume a request takes: contacts, or a manager's minutes."""
    if terms.minutes is None:
        return adds(request, terms.counting)
    bound = (
        leg.channel
        for leg in request.legs
        if terms.counting.channels is None or leg.channel in terms.counting.channels
    )
    return sum(terms.minutes[channel] for channel in bound)


def dated_by(request: Request, everyone: Facts, terms: VolumeTerms) -> list[datetime]:
    """When each contact was made that counts, as many times as it took minutes."""
    if terms.minutes is None:
        return counted(request, everyone, terms.counting)
    found: list[datetime] = []
    for channel, minutes in terms.minutes.items():
        mine = tuple(c for c in everyone.profile.contacts if c.channel == channel)
        some = replace(everyone, profile=replace(everyone.profile, contacts=mine))
        found += counted(request, some, terms.counting) * minutes
    return sorted(found)
