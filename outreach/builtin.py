"""The checks that hold for every bank: no policy file can switch them off or take their ids."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from goodcall.profile import Profile
from goodcall.vocabulary import CATEGORIES, EXEMPT
from outreach.errors import RequestError
from outreach.points import BankTerms
from outreach.policy import Rule
from outreach.request import Facts, Request, Verdict
from outreach.rules.caps import CapTerms, frequency_cap
from outreach.rules.counting import Counting
from outreach.rules.fitness import applicability, eligibility, stop, suitability
from outreach.rules.identity import exempt_offer, identity, legal_hold
from outreach.rules.queueing import queue_age, wall_once
from outreach.rules.refusals import dnc, holdout, never_offer, only_channel, pause, profiling
from outreach.rules.snoozes import snoozed
from outreach.rules.windows import Rolling

MARKETING = frozenset({"marketing"})
OPEN_CATEGORIES = ("marketing", "service")

_EVERYBODY, _OFFERING = frozenset(CATEGORIES), frozenset(OPEN_CATEGORIES)
_Check = Callable[[Request, Facts, datetime, Any], Verdict]
# By step: id, step, function, the fields of a request that it reads, the categories that it binds.
_CHECKS: tuple[tuple[str, int, _Check, tuple[str, ...], frozenset[str]], ...] = (
    ("identity", 1, identity, ("channel", "point_id"), _EVERYBODY),
    ("exempt_offer", 1, exempt_offer, ("offer_code",), frozenset(EXEMPT)),
    ("legal_hold", 2, legal_hold, (), _EVERYBODY),
    ("dnc", 3, dnc, ("channel", "point_id"), _OFFERING),
    ("pause", 3, pause, ("channel",), MARKETING),
    ("profiling", 4, profiling, (), MARKETING),
    ("eligibility", 5, eligibility, ("offer_code",), _OFFERING),
    ("applicability", 5, applicability, ("offer_code",), MARKETING),
    ("suitability", 5, suitability, ("offer_code",), _OFFERING),
    ("stop", 6, stop, ("offer_code",), MARKETING),
    ("queue_age", 7, queue_age, ("queued_at",), MARKETING),
    ("wall_once", 7, wall_once, ("at_local", "offer_code", "channel"), MARKETING),
    ("never_offer", 8, never_offer, ("offer_code",), MARKETING),
    ("snoozed", 8, snoozed, ("proactive", "direction"), MARKETING),
    ("holdout", 12, holdout, ("proactive",), MARKETING),
)
# What a customer's own wishes are called where they have no id.
_ONLY_CHANNEL, OWN_CAP = "only_channel", "own_cap"
OWN_KINDS = (_ONLY_CHANNEL, OWN_CAP)
RESERVED_IDS = (*(name for name, *_ in _CHECKS), *OWN_KINDS)


def builtin_rules(terms: BankTerms) -> tuple[Rule, ...]:
    """The checks that every policy starts from, in evaluation order."""
    return tuple(
        Rule(name, name, step, check, terms, reads, categories, built_in=True)
        for name, step, check, reads, categories in _CHECKS
    )


def own_rules(profile: Profile, bank_zone: str, taken: frozenset[str]) -> tuple[Rule, ...]:
    """The rules that a customer's own wishes make, beside those of the bank.

    `taken` are the ids of the policy's rules, which no wish may have.
    """
    found = []
    for wish in profile.preferences:
        if wish.id in taken:
            raise RequestError(
                f"customer {profile.customer_id}: preference id {wish.id!r} is that of a rule of "
                "the policy; give it another"
            )
        if wish.only_channels:
            name, channels = wish.id or _ONLY_CHANNEL, frozenset(wish.only_channels)
            found.append(
                Rule(name, _ONLY_CHANNEL, 3, only_channel, channels, ("channel",), MARKETING)
            )
        if wish.at_most is not None and wish.days is not None:
            cap = CapTerms(
                wish.at_most, Rolling(timedelta(days=wish.days)), Counting(MARKETING), bank_zone
            )
            name = wish.id or OWN_CAP
            found.append(Rule(name, OWN_CAP, 9, frequency_cap, cap, (), MARKETING, whole=True))
    return tuple(found)
