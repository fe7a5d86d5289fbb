"""Every action that could be taken for one customer now: what the policy says, what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from goodcall.calendar import local_date
from goodcall.effect import Changes
from goodcall.profile import Profile
from outreach.arbitrate import (
    CHURN,
    OFFER,
    RETENTION,
    Action,
    Common,
    Harm,
    buys,
    care_action,
    harm_by_channel,
    left_of_care,
    offer_action,
)
from outreach.customer_facts import Row, Subject
from outreach.decide import Decision, Memo, decide
from outreach.influence import traces_of
from outreach.offer import Offer
from outreach.points import usable_points
from outreach.policy import Channel, Policy
from outreach.ranking import Ranker, patience_for, prospect_of
from outreach.request import Facts, History, Request, facts_of
from outreach.rules import local_zone
from outreach.waiting import best_wait


@dataclass(frozen=True, slots=True)
class Option:
    """An offer, or a care call where `offer` is None, by each channel asked for.

    `actions` holds what it is worth by channel, none where no score values it.
    """

    offer: Offer | None
    decisions: tuple[Decision, ...]
    channels: tuple[str, ...]
    actions: Mapping[str, Action]

    @property
    def code(self) -> str:
        """The offer's code; a care call has the empty one."""
        return "" if self.offer is None else self.offer.code

    @property
    def best(self) -> Action | None:
        """The action of the channel that is worth most among those that are not blocked."""
        open_ones = [
            self.actions[channel]
            for channel, decision in zip(self.channels, self.decisions, strict=True)
            if decision.verdict != "block" and channel in self.actions
        ]
        return min(open_ones, key=lambda action: action.tie_key, default=None)

    @property
    def blocked(self) -> bool:
        """Whether the policy blocks every channel."""
        return all(decision.verdict == "block" for decision in self.decisions)


@dataclass(frozen=True, slots=True)
class Weighing:
    """A customer's options, and what the best later contact is worth, 0 where nothing waits."""

    options: tuple[Option, ...]
    wait_cents: int

    def worth(self, option: Option) -> bool:
        """Whether an option is worth more than nothing, and no less than waiting."""
        best = option.best
        return best is not None and best.rank_cents > 0 and best.rank_cents >= self.wait_cents


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer with all that the options rest on at one moment."""

    facts: Facts
    probabilities: Mapping[str, float]
    worth_cents: int
    policy: Policy
    now: datetime
    harms: Mapping[str, Mapping[str, Harm]]
    changes: Changes
    ranker: Ranker
    memo: Memo
    selection: str


def weigh(
    profile: Profile,
    probabilities: Mapping[str, float],
    worth_cents: int,
    *,
    offers: Mapping[str, Offer],
    policy: Policy,
    history: History,
    channels: tuple[Channel, ...],
    changes: Changes,
    row: Row,
    now: datetime,
    selection: str = "personal",
) -> Weighing:
    """Every offer by code, then the care call, each by every channel given.

    `selection` says whether scores choose among them (`personal`) or nothing does (`general`).
    The hold-out is left out of what is judged here: whoever answers decides what to do with it.
    So are levers: their caps are over a day's lists, which one customer's answer cannot see.
    """
    facts = facts_of(profile, offers, holdout=False, history=history, row=row)
    harms = {
        purpose: harm_by_channel(facts.profile, policy, now, changes=changes, purpose=purpose)
        for purpose in (OFFER, RETENTION)
    }
    arbitration = replace(policy.arbitration, levers=())
    ranker = Ranker(
        arbitration,
        Subject(facts.profile, local_date(now, local_zone(facts.profile, policy.zone)), row),
        traces_of(facts, arbitration.influences, now),
    )
    standing = Standing(
        *(facts, probabilities, worth_cents, policy, now),
        *(harms, changes, ranker, Memo(), selection),
    )
    found = [_option(standing, offers[code], channels) for code in sorted(offers)]
    caring = tuple(channel for channel in channels if channel.id in policy.value.save_rate)
    if caring:
        found.append(_option(standing, None, caring))
    return Weighing(tuple(found), _wait_cents(standing, found))


def _wait_cents(standing: Standing, found: Sequence[Option]) -> int:
    """What the best later contact is worth today, where the policy lets actions wait."""
    terms, profile = standing.policy.arbitration.wait, standing.facts.profile
    if terms is None:
        return 0
    zone = local_zone(profile, standing.policy.zone)
    patience = patience_for(profile, standing.policy, terms, standing.now, zone)
    prospects = (
        prospect_of(option.actions[channel], option.offer, decision, patience.day, zone)
        for option in found
        for channel, decision in zip(option.channels, option.decisions, strict=True)
        if channel in option.actions
    )
    wait = best_wait([each for each in prospects if each is not None], patience)
    return 0 if wait is None else wait.value_cents


def _option(standing: Standing, offer: Offer | None, channels: tuple[Channel, ...]) -> Option:
    return Option(
        offer,
        tuple(_decision(standing, offer, channel) for channel in channels),
        tuple(channel.id for channel in channels),
        {
            channel.id: action
            for channel in channels
            if (action := _action(standing, offer, channel))
        },
    )


def _decision(standing: Standing, offer: Offer | None, channel: Channel) -> Decision:
    facts, policy, now = standing.facts, standing.policy, standing.now
    code = None if offer is None else offer.code
    points = usable_points(facts, channel.points, now, policy.bank_terms) if channel.points else ()
    request = Request(
        request_id=f"ask:{facts.profile.customer_id}:{code or RETENTION}:{channel.id}",
        customer_id=facts.profile.customer_id,
        channel=channel.id,
        purpose=RETENTION if offer is None else None,
        offer_code=code,
        point_id=points[0].point_id if points else None,
        selection=standing.selection,
    )
    return decide(request, facts, policy, now, memo=standing.memo)


def _action(standing: Standing, offer: Offer | None, channel: Channel) -> Action | None:
    probability = standing.probabilities.get(CHURN if offer is None else buys(offer.family))
    if probability is None:
        return None
    common = Common(
        harm=standing.harms[RETENTION if offer is None else OFFER][channel.id],
        policy=standing.policy,
        customer_id=standing.facts.profile.customer_id,
        changes=standing.changes,
        customer_value_cents=standing.worth_cents,
    )
    ranker = standing.ranker
    if offer is None:
        repeat = left_of_care(standing.facts.profile, standing.policy.value, standing.now)
        return ranker.rank(care_action(channel, probability, **common, repeat=repeat), None)
    action = offer_action(offer, channel, probability, **common, sway=ranker.sway(offer))
    return ranker.rank(action, offer)
