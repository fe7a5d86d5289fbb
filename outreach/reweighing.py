"""What another policy would have chosen on a day that was planned, from the trails of that day.

Trails keep every factor of every action, so another policy's figures can be put in their place:
costs, minutes and channels, cannibalisation, ratios and save rates where the policy's own stood,
levers, context weights and the formula. Within the minutes that each list used, its contacts are
then allocated anew. What trails do not keep stays as it was judged that day: contact rules, terms
of offers, waiting, harm, learned effects, what an earlier care talk left, customer values, and
volumes. A lever or weight that is new and hangs on facts of the customer cannot be replayed, and is
refused.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import isclose
from typing import TypeVar

from outreach.allocate import allocate
from outreach.arbitrate import Action
from outreach.errors import PolicyError
from outreach.levers import Lever
from outreach.offer import Offer
from outreach.policy import Policy
from outreach.priority import ContextWeight, ranked
from outreach.scope import Scope
from outreach.trail import Attempt, Trail
from outreach.weighed import WAIT

Chosen = Mapping[int, Action]
Pull = TypeVar("Pull", Lever, ContextWeight)


class Reweigher:
    """Puts another policy's figures in the place of those that a day was planned by."""

    def __init__(self, old: Policy, new: Policy, offers: Mapping[str, Offer]) -> None:
        """Take both policies and the offers that levers are about; refuse what cannot be replayed.

        PolicyError for a lever or context weight that is new and hangs on facts of the customer.
        """
        self._old, self._new, self._offers = old, new, offers
        before, after = old.arbitration, new.arbitration
        self._levers = _sorted(before.levers, after.levers, _needs_facts)
        self._contexts = _sorted(before.contexts, after.contexts, lambda one: bool(one.when))

    def action(self, action: Action, trail: Trail) -> Action | None:
        """The action by the new figures; None where the new policy lacks the channel for it."""
        channel = self._new.channel(action.channel)
        care = action.offer_code is None
        if channel is None or (care and channel.id not in self._new.value.save_rate):
            return None
        effect, drop = self._moved(action)
        share = 0.0 if care else self._new.value.cannibalisation.amount
        gain = effect * action.margin_cents * (1 - share) + drop * action.customer_value_cents
        cost = channel.cost_cents.amount
        weighed = replace(
            action,
            minutes=channel.minutes,
            effect=effect,
            drop=drop,
            cannibalisation=share,
            cost_cents=cost,
            value_cents=round(gain - cost - action.harm_cents),
            weights=None,
        )
        return self._ranked(weighed, action, trail)

    def _moved(self, action: Action) -> tuple[float, float]:
        """What the contact changes about a purchase and about leaving.

        By the new policy's ratio or rate where the old policy's own stood; else as it was taught.
        """
        old, new, channel = self._old.value, self._new.value, action.channel
        sway = 1.0 if action.weights is None else action.weights.influence
        likely = min(1.0, action.probability * sway)
        if action.offer_code is None:
            rates = old.save_rate.get(channel), new.save_rate.get(channel)
            open_to_care = likely if action.repeat is None else likely * action.repeat
            if rates[0] and rates[1] and _is(action.drop, open_to_care * rates[0].amount):
                return action.effect, open_to_care * rates[1].amount
            return action.effect, action.drop
        ratios = old.lift_ratio.get(channel), new.lift_ratio.get(channel)
        if ratios[0] and ratios[1]:
            before, after = (_held(likely * (r.amount - 1), likely) for r in ratios if r)
            return (after if _is(action.effect, before) else action.effect), action.drop
        return action.effect, action.drop

    def _ranked(self, weighed: Action, before: Action, trail: Trail) -> Action:
        terms = self._new.arbitration
        if terms.plain:
            return weighed
        offer = self._offers.get(before.offer_code or "")
        old = before.weights
        levers, contexts = (old.levers, old.contexts) if old else ((), ())
        weights = ranked(
            terms.formula,
            weighed.value_cents,
            propensity=min(1.0, before.probability * (old.influence if old else 1.0)),
            worth_cents=(before.margin_cents if before.offer_code else before.customer_value_cents),
            contexts=_pulling(self._contexts, contexts, before, offer),
            levers=[
                lever
                for lever in _pulling(self._levers, levers, before, offer)
                if trail.day <= lever.expires
            ],
            influence=old.influence if old else 1.0,
            traces=old.traces if old else (),
        )
        return replace(weighed, weights=weights)


def best_use(trails: Iterable[Trail]) -> dict[int, Action]:
    """What the day's best use was, lots aside: what kept its place, and what a lot took it from."""
    found = {}
    for trail in trails:
        for attempt in trail.attempts:
            kept = attempt.step == "listed" and not trail.drawn
            if attempt.action is not None and (kept or attempt.reason == "lot"):
                found[trail.customer_id] = attempt.action
    return found


def chosen_by(reweigher: Reweigher, trails: Iterable[Trail]) -> Chosen:
    """What the new policy would have chosen, within the minutes that each list's best use took."""
    on_lists = [trail for trail in trails if trail.list_id is not None]
    list_of = {t.customer_id: t.list_id for t in on_lists if t.list_id is not None}
    minutes = dict.fromkeys(list_of.values(), 0)
    for who, action in best_use(on_lists).items():
        minutes[list_of[who]] += action.minutes
    actions = [
        weighed
        for trail in on_lists
        for attempt in trail.attempts
        if _open(attempt) and attempt.action is not None
        if (weighed := reweigher.action(attempt.action, trail)) is not None
    ]
    return allocate(actions, list_of, minutes).chosen


def _open(attempt: Attempt) -> bool:
    """Whether the day allowed it, and something says why."""
    judged = attempt.allowed_from is not None and attempt.action is not None
    return judged and attempt.step != "reasons" and attempt.reason != WAIT


def _sorted(
    old: Iterable[Pull], new: Iterable[Pull], hangs_on_facts: Callable[[Pull], bool]
) -> list[tuple[Pull, bool]]:
    """The new policy's levers or weights, and of each whether the old one had the very same."""
    known = {each.id: each for each in old}
    found = [(each, known.get(each.id) == each) for each in new]
    for each, same in found:
        if hangs_on_facts(each) and not same:
            raise PolicyError(
                f"{each.id!r} is not in the policy that the day was planned by and hangs on facts "
                "of the customer, which trails do not keep; take its conditions out, or plan a day "
                "by the new policy"
            )
    return found


def _needs_facts(lever: Lever) -> bool:
    return bool(lever.customers) or lever.preferred_channel


def _pulling(
    pulls: Iterable[tuple[Pull, bool]], stored: Iterable[str], action: Action, offer: Offer | None
) -> list[Pull]:
    """Those that move an action: by the trail where it knows them, else by what they are about."""
    names = set(stored)
    return [
        each
        for each, same in pulls
        if (each.id in names if same else _covers(each.scope, action, offer))
    ]


def _covers(scope: Scope, action: Action, offer: Offer | None) -> bool:
    if action.offer_code is None:
        return scope.care or scope == Scope()
    family = action.label.removeprefix("buys:") if offer is None else offer.family
    return scope.named(action.offer_code, family)


def _held(effect: float, likely: float) -> float:
    """An effect that leaves the probability within [0, 1]."""
    return max(-likely, min(effect, 1 - likely))


def _is(stored: float, expected: float) -> bool:
    return isclose(stored, expected, rel_tol=1e-9, abs_tol=1e-15)
