"""The kinds of rules a policy file may use: the step of each, its function, and its parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from goodcall.calendar import WorkingDays
from goodcall.section import Section
from outreach.builtin import MARKETING, OPEN_CATEGORIES, RESERVED_IDS
from outreach.policy import Channel, Rule
from outreach.request import Facts, Request, Verdict
from outreach.rules import caps, consent, cooloff, hours, no_answer, sequence, suppression, volumes
from outreach.rules.answers import Place


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule: its step, its function, how its parameters read, what they look at.

    Only a kind with `other_categories` may also bind service requests. One that is `whole` judges
    all channels of a request at once, others each channel by itself.
    """

    step: int
    check: Callable[[Request, Facts, datetime, Any], Verdict]
    read: Callable[[Section, Place], Any]
    reads: Callable[[Any], tuple[str, ...]]
    other_categories: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Bank:
    """What the rules of one policy file share: channels, zone, working days, teams, tags."""

    channels: Mapping[str, Channel]
    zone: str
    days: WorkingDays
    team_of: Mapping[int, str]
    tags: tuple[str, ...]


def read_rule(section: Section, bank: Bank) -> Rule:
    """One [[rule]] of a policy file."""
    name = section.text("id")
    if name in RESERVED_IDS:
        raise section.refuse(
            f"id {name!r} belongs to a built-in check that no file can replace",
            f"choose another; taken are: {', '.join(sorted(RESERVED_IDS))}",
            key="id",
        )
    kind = KINDS[section.text("kind", KINDS)]
    categories = frozenset(
        section.optional("categories", partial(section.texts, among=OPEN_CATEGORIES)) or MARKETING
    )
    if categories != MARKETING and not kind.other_categories:
        raise section.refuse(
            "this kind of rule binds marketing only", "leave categories out", key="categories"
        )
    listed = section.optional("channels", partial(section.texts, among=bank.channels))
    bound = None if listed is None else frozenset(listed)
    minutes = {channel.id: channel.minutes for channel in bank.channels.values()}
    place = Place(bank.zone, bank.days, minutes, bank.team_of, categories, bound, bank.tags)
    terms = kind.read(section, place)
    rule = Rule(
        id=name,
        kind=section.text("kind"),
        step=kind.step,
        check=kind.check,
        terms=terms,
        reads=kind.reads(terms),
        categories=categories,
        channels=bound,
        owner=section.text("owner"),
        source=section.optional("source", section.text),
        expires=section.optional("expires", section.day),
        whole=kind.whole,
        offers=_offers_in(terms),
    )
    section.done()
    return rule


def _offers_in(terms: object) -> frozenset[str]:
    """The codes of the offers that a rule's terms name."""
    match terms:
        case caps.CapTerms() | caps.GapTerms() | volumes.VolumeTerms():
            return terms.counting.offers or frozenset()
        case sequence.NeverTerms() | sequence.AfterTerms():
            named = (terms.first.offers, terms.then.offers)
            return frozenset().union(*(codes for codes in named if codes))
        case _:
            return frozenset()


def _always(*fields: str) -> Callable[[Any], tuple[str, ...]]:
    return lambda _terms: fields


def _as_counted(*more: str) -> Callable[[Any], tuple[str, ...]]:
    return lambda terms: (*terms.counting.reads, *more)


def _by_scope(terms: suppression.SuppressionTerms) -> tuple[str, ...]:
    return () if terms.scope == "customer" else ("offer_code",)


_SEQUENCE = _always("offer_code", "channel", "request_id")

KINDS: Mapping[str, Kind] = {
    "consent": Kind(
        *(4, consent.consent, consent.read_consent, _always("channel", "purpose", "topic")),
    ),
    "complaint_cooloff": Kind(6, cooloff.complaint_cooloff, cooloff.read_days, _always()),
    "low_mood": Kind(6, cooloff.low_mood, cooloff.read_days, _always("purpose")),
    "quiet_hours": Kind(7, hours.quiet_hours, hours.read_hours, _always(), other_categories=True),
    "holidays": Kind(7, hours.holidays, hours.read_holidays, _always(), other_categories=True),
    "outcome_suppression": Kind(
        *(8, suppression.outcome_suppression, suppression.read_suppression, _by_scope),
        other_categories=True,
    ),
    "reject_cooloff": Kind(
        *(8, suppression.reject_cooloff, suppression.read_rejects, _always("offer_code")),
        other_categories=True,
    ),
    "already_holds": Kind(
        *(8, suppression.already_holds, suppression.read_holds, _always("offer_code")),
        other_categories=True,
    ),
    "no_answer_backoff": Kind(
        *(8, no_answer.no_answer_backoff, no_answer.read_no_answer, _always("lead_id")),
        other_categories=True,
    ),
    "frequency_cap": Kind(
        *(9, caps.frequency_cap, caps.read_cap, _as_counted()),
        other_categories=True,
        whole=True,
    ),
    "duplicate_offers": Kind(
        *(9, caps.frequency_cap, caps.read_duplicates, _as_counted()),
        other_categories=True,
        whole=True,
    ),
    "min_gap": Kind(
        *(9, caps.min_gap, caps.read_min_gap, _as_counted("answers")),
        other_categories=True,
        whole=True,
    ),
    "days_gap": Kind(
        *(9, caps.days_gap, caps.read_days_gap, _as_counted("answers")),
        other_categories=True,
        whole=True,
    ),
    "never_followed": Kind(
        *(10, sequence.never_followed, sequence.read_never_followed, _SEQUENCE),
        other_categories=True,
        whole=True,
    ),
    "only_after": Kind(
        *(10, sequence.only_after, sequence.read_only_after, _SEQUENCE),
        other_categories=True,
        whole=True,
    ),
    "volume": Kind(
        *(11, volumes.volume, volumes.read_volume, _as_counted("channel")),
        other_categories=True,
        whole=True,
    ),
}
