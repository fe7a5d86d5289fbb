"""The kinds of rules a policy file may use: the step of each, its function, and its parameters."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from goodcall.section import Section
from goodcall.vocabulary import CATEGORIES, EXEMPT, FAMILIES
from outreach import builtin, rules
from outreach.hours import MIDNIGHT, WEEKDAYS, Window
from outreach.points import BankTerms
from outreach.policy import Channel, Rule
from outreach.request import Facts, Request, Verdict

_CLOCK = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
_MARKETING = frozenset({"marketing"})
_OPEN_CATEGORIES = ("marketing", "service")

# What a kind of rule reads from its table; `zone` is the bank's.
ReadTerms = Callable[[Section, str, frozenset[str], frozenset[str] | None], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule: its step, its function, how its parameters read, what they look at.

    Only a kind with `other_categories` may also bind service requests.
    """

    step: int
    check: Callable[[Request, Facts, datetime, Any], Verdict]
    read: ReadTerms
    reads: tuple[str, ...]
    other_categories: bool = False


def read_rule(section: Section, channels: Mapping[str, Channel], bank_zone: str) -> Rule:
    """One [[rule]] of a policy file."""
    name = section.text("id")
    if name in builtin.RESERVED_IDS:
        raise section.refuse(
            f"id {name!r} belongs to a built-in check that no file can replace",
            f"choose another; taken are: {', '.join(sorted(builtin.RESERVED_IDS))}",
            key="id",
        )
    kind = KINDS[section.text("kind", KINDS)]
    categories = frozenset(
        section.optional("categories", partial(section.texts, among=_OPEN_CATEGORIES)) or _MARKETING
    )
    if categories != _MARKETING and not kind.other_categories:
        raise section.refuse(
            "this kind of rule binds marketing only", "leave categories out", key="categories"
        )
    listed = section.optional("channels", partial(section.texts, among=channels))
    bound = None if listed is None else frozenset(listed)
    rule = Rule(
        id=name,
        kind=section.text("kind"),
        step=kind.step,
        check=kind.check,
        terms=kind.read(section, bank_zone, categories, bound),
        reads=kind.reads,
        categories=categories,
        channels=bound,
        owner=section.text("owner"),
        expires=section.optional("expires", section.day),
    )
    section.done()
    return rule


def builtin_rules(terms: BankTerms) -> tuple[Rule, ...]:
    """The checks that every policy starts from, in evaluation order."""
    everybody, offering = frozenset(CATEGORIES), frozenset(_OPEN_CATEGORIES)
    listed: tuple[
        tuple[str, int, Callable[[Request, Facts, datetime, Any], Verdict], tuple[str, ...], Any],
        ...,
    ] = (
        ("identity", 1, builtin.identity, ("channel", "point_id"), everybody),
        ("exempt_offer", 1, builtin.exempt_offer, ("offer_code",), frozenset(EXEMPT)),
        ("legal_hold", 2, builtin.legal_hold, (), everybody),
        ("dnc", 3, builtin.dnc, ("channel", "point_id"), _MARKETING),
        ("profiling", 4, builtin.profiling, (), _MARKETING),
        ("eligibility", 5, builtin.eligibility, ("offer_code",), offering),
        ("suitability", 5, builtin.suitability, ("offer_code",), offering),
        ("stop", 6, builtin.stop, ("offer_code",), _MARKETING),
        ("holdout", 12, builtin.holdout, (), _MARKETING),
    )
    return tuple(
        Rule(name, name, step, check, terms, reads, categories)
        for name, step, check, reads, categories in listed
    )


def _consent(
    section: Section, zone: str, _categories: frozenset[str], _channels: frozenset[str] | None
) -> rules.ConsentTerms:
    mode = section.text("mode", ("restrictive", "non_restrictive"))
    covers = section.optional("marketing_covers", partial(section.texts, among=("retention",)))
    return rules.ConsentTerms(mode == "restrictive", covers or (), zone)


def _complaint(
    section: Section, _zone: str, _categories: frozenset[str], _channels: frozenset[str] | None
) -> rules.ComplaintTerms:
    return rules.ComplaintTerms(timedelta(days=section.whole("days", 1)))


def _hours(
    section: Section, _zone: str, _categories: frozenset[str], _channels: frozenset[str] | None
) -> rules.HoursTerms:
    release = section.optional("release", partial(section.text, among=("queue", "discard")))
    windows = tuple(_window(table) for table in section.tables("allowed"))
    if not windows:
        raise section.refuse(
            "no hours are allowed",
            'add allowed = [{ days = ["mon"], from = "09:00", to = "20:00" }], or take the '
            "channel out of the policy",
            key="allowed",
        )
    return rules.HoursTerms(windows, release != "discard")


def _window(section: Section) -> Window:
    days = frozenset(WEEKDAYS.index(day) for day in section.texts("days", WEEKDAYS))
    window = Window(days, _minute(section, "from"), _minute(section, "to"))
    section.done()
    if window.opens == window.closes:
        raise section.refuse(
            "from and to are the same time",
            'write from = "00:00", to = "24:00" for a day',
            key="from",
        )
    return window


def _minute(section: Section, key: str) -> int:
    said = section.text(key)
    if key == "to" and said == "24:00":
        return MIDNIGHT
    if not (clock := _CLOCK.match(said)):
        raise section.refuse(
            f"{key} {said!r} is no time of day",
            'write one such as "09:00"; a day ends "24:00"',
            key=key,
        )
    return int(clock[1]) * 60 + int(clock[2])


def _holds(
    section: Section, zone: str, _categories: frozenset[str], _channels: frozenset[str] | None
) -> rules.HoldsTerms:
    days = partial(section.whole, least=1)
    accepted = section.optional("accepted_days", days)
    return rules.HoldsTerms(
        section.optional("families", partial(section.texts, among=FAMILIES)),
        section.optional("days_before_maturity", days) or 0,
        None if accepted is None else timedelta(days=accepted),
        zone,
    )


def _rejects(
    section: Section, _zone: str, _categories: frozenset[str], _channels: frozenset[str] | None
) -> rules.RejectTerms:
    return rules.RejectTerms(
        offer=timedelta(days=section.whole("offer_days", 1)),
        family_rejects=section.whole("family_rejects", 1),
        family_within=timedelta(days=section.whole("family_within_days", 1)),
        family=timedelta(days=section.whole("family_days", 1)),
    )


def _cap(
    section: Section, _zone: str, categories: frozenset[str], channels: frozenset[str] | None
) -> rules.CapTerms:
    days = section.optional("days", partial(section.whole, least=1))
    hours = section.optional("hours", partial(section.whole, least=1))
    if (days is None) == (hours is None):
        raise section.refuse(
            "the window of the cap is " + ("given twice" if days else "missing"),
            "write either days = 7 or hours = 24",
            key="days" if days else None,
        )
    window = timedelta(days=days or 0, hours=hours or 0)
    return rules.CapTerms(section.whole("at_most", 1), window, channels, categories)


KINDS: Mapping[str, Kind] = {
    "consent": Kind(4, rules.consent, _consent, ("channel", "purpose")),
    "complaint_cooloff": Kind(6, rules.complaint_cooloff, _complaint, ()),
    "quiet_hours": Kind(7, rules.quiet_hours, _hours, (), other_categories=True),
    "already_holds": Kind(8, rules.already_holds, _holds, ("offer_code",), other_categories=True),
    "reject_cooloff": Kind(
        8, rules.reject_cooloff, _rejects, ("offer_code",), other_categories=True
    ),
    "frequency_cap": Kind(9, rules.frequency_cap, _cap, (), other_categories=True),
}
