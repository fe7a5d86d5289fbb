"""A contact policy: channels, an ordered list of rules, and the figures that value an action.

The business edits one TOML file; `outreach.loading` turns it into a Policy or says what is wrong.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from outreach.arbitration import Arbitration
from outreach.experiment import Band, Draw
from outreach.lineage import codes_in
from outreach.offer import Offer
from outreach.parameter import Fading, Parameter
from outreach.points import BankTerms
from outreach.request import Facts, Request, Verdict

# Quiet hours, frequency caps and the hold-out are about contacts that the bank begins.
_OUTBOUND_STEPS = frozenset({7, 9, 12})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it binds, and the function and terms that answer.

    `step` is its place in the evaluation order; `reads` names the fields of a request, besides
    category, direction and selection, that its answer depends on; a rule with `expires` holds to
    the end of that day in the bank's zone. One that is `whole` judges all channels of a request at
    once; `offers` are the codes that its terms name; one that is `built_in` holds for every bank.
    """

    id: str
    kind: str
    step: int
    check: Callable[[Request, Facts, datetime, Any], Verdict]
    terms: Any
    reads: tuple[str, ...]
    categories: frozenset[str]
    channels: frozenset[str] | None = None
    owner: str = "goodcall"
    source: str | None = None
    expires: date | None = None
    whole: bool = False
    offers: frozenset[str] = frozenset()
    built_in: bool = False

    @property
    def since(self) -> datetime | None:
        """From when on the rule counts contacts, None where it counts all that there were."""
        counting = getattr(self.terms, "counting", None)
        return None if counting is None else counting.since

    def binds(self, request: Request) -> bool:
        """Whether a request is one that this rule is about."""
        return (
            request.category in self.categories
            and (
                self.channels is None
                or request.channel in self.channels
                or any(leg.channel in self.channels for leg in request.also)
            )
            and not (request.direction == "inbound" and self.step in _OUTBOUND_STEPS)
        )


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach customers: a manager's minutes, its cost, and the points it needs, if any.

    A reservation that nobody uses within `hold_minutes` gives its place back; None where one keeps
    it until something is told.
    """

    id: str
    minutes: int
    cost_cents: Parameter
    points: str | None
    hold_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """The figures that turn scores into cents; those by channel are keyed by channel id.

    `repeated_care` is what a care talk leaves for another one to do, None where the policy values
    every care call like a first; `attention_cents` what any contact takes of a customer's
    attention, None where the policy counts no such thing; `kept_churn` the probability of leaving
    within 90 days that is counted on once a customer is kept, None for the customer's own.
    """

    lift_ratio: Mapping[str, Parameter]
    save_rate: Mapping[str, Parameter]
    opt_out_probability: Mapping[str, Parameter]
    complaint_probability: Mapping[str, Parameter]
    opt_out_cents: Parameter
    complaint_cents: Parameter
    fatigue_cents: Parameter
    fatigue_days: Parameter
    cannibalisation: Parameter
    deposit_margin_bps: Parameter
    months: Parameter
    discount: Parameter
    repeated_care: Fading | None = None
    attention_cents: Parameter | None = None
    kept_churn: Parameter | None = None


@dataclass(frozen=True, slots=True)
class Minimum:
    """Contacts a day that the business wants made at the least, of some offers by some channels.

    None stands for all offers, or all channels. It is met only from contacts that are allowed and
    worth more than nothing, within every capacity; what is short is reported.
    """

    id: str
    at_least: int
    owner: str
    offers: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    expires: date | None = None

    def wants(self, offer_code: str | None, channel: str) -> bool:
        """Whether a contact counts towards it."""
        return (self.offers is None or offer_code in self.offers) and (
            self.channels is None or channel in self.channels
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that holds together; `version` is the hash of the text it was read from.

    `rules` are the built-in checks and the file's rules, by step and then by place in the file;
    `tags` gives the codes of the offers that bear each tag. `explore_share` is the share of
    each list's minutes that goes by lot to any allowed contact, so that effects can be learned.
    `holdout_bands` are the bands of assets with a share of the hold-out of their own.
    """

    version: str
    text: str
    zone: str
    currency: str
    channels: tuple[Channel, ...]
    rules: tuple[Rule, ...]
    value: Value
    default_minutes: int
    lists_by: Literal["manager", "branch"]
    minimums: tuple[Minimum, ...]
    holdout_share: float
    holdout_bands: tuple[Band, ...]
    explore_share: float
    bank_terms: BankTerms
    offers: tuple[Offer, ...]
    tags: Mapping[str, frozenset[str]]
    arbitration: Arbitration

    @property
    def undrawn(self) -> Draw:
        """The hold-out where none is drawn yet: everyone is a newcomer."""
        return Draw(self.holdout_share, bands=self.holdout_bands)

    def offers_named(self) -> Iterator[tuple[str, Collection[str]]]:
        """The offers that rules, tags, terms, prices, levers and the like name, and where."""
        for rule in self.rules:
            yield f"[[rule]] {rule.id}", rule.offers
        for tag, codes in self.tags.items():
            yield f"[tags] {tag}", codes
        for minimum in self.minimums:
            yield f"[[minimum]] {minimum.id}", minimum.offers or ()
        for term in self.bank_terms.offer_terms:
            yield f"[[offer_terms]] {term.id}", term.scope.offers
        yield "[[lineage]]", frozenset(codes_in(self.bank_terms.lineages))
        for where, scope in self.arbitration.scopes():
            yield where, scope.offers

    def rule(self, name: str) -> Rule | None:
        """The rule of that id, None where there is none."""
        return next((rule for rule in self.rules if rule.id == name), None)

    def channel(self, name: str) -> Channel | None:
        """The channel of that id, None where the policy does not use it."""
        return next((channel for channel in self.channels if channel.id == name), None)
