"""An action put into its rank: earlier answers, context weights, levers, and its price."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from goodcall.calendar import local_date
from goodcall.profile import Profile
from outreach.arbitrate import Action
from outreach.arbitration import Arbitration
from outreach.customer_facts import Subject
from outreach.decide import Decision
from outreach.influence import NO_SWAY, Sway, Trace, sway_of
from outreach.levers import pulling
from outreach.offer import Offer
from outreach.policy import Policy
from outreach.price_bands import price_of
from outreach.priority import ranked
from outreach.waiting import Patience, Prospect, WaitTerms, patience_of


@dataclass(frozen=True, slots=True)
class Ranker:
    """Ranks one customer's actions on one day; `traces` are the answers that still bear on them."""

    arbitration: Arbitration
    who: Subject
    traces: tuple[Trace, ...] = ()

    def sway(self, offer: Offer) -> Sway:
        """What earlier answers do to the propensity of an offer."""
        return sway_of(self.traces, offer) if self.traces else NO_SWAY

    def rank(self, action: Action, offer: Offer | None) -> Action:
        """The action with its weights and its price, as it is where the policy has neither."""
        terms = self.arbitration
        price = None
        if offer is not None and terms.bands:
            price = price_of(terms.bands, offer, self.who)
        if terms.plain:
            return action if price is None else replace(action, price=price)
        sway = NO_SWAY if offer is None else self.sway(offer)
        weights = ranked(
            terms.formula,
            action.value_cents,
            propensity=min(1.0, action.probability * sway.factor),
            worth_cents=action.customer_value_cents if offer is None else action.margin_cents,
            contexts=[each for each in terms.contexts if each.weighs(offer, self.who)],
            levers=pulling(terms.levers, offer, action.channel, self.who),
            influence=sway.factor,
            traces=sway.traces,
        )
        return replace(action, weights=weights, price=price)


def patience_for(
    profile: Profile, policy: Policy, terms: WaitTerms, now: datetime, zone: str
) -> Patience:
    """What the later days bring one customer, by the policy's figures."""
    value = policy.value
    return patience_of(
        *(profile, terms, now, zone),
        discount=value.discount.amount,
        fatigue_cents=value.fatigue_cents.amount,
        fatigue_days=value.fatigue_days.amount,
    )


def prospect_of(
    action: Action, offer: Offer | None, decision: Decision, today: date, zone: str
) -> Prospect | None:
    """What an action could be worth later; None where the rules block it for good."""
    from_day = 0
    if decision.verdict != "allow":
        if decision.until is None:
            return None
        from_day = (local_date(decision.until, zone) - today).days
    return Prospect(
        offer_code=action.offer_code,
        family=None if offer is None else offer.family,
        channel=action.channel,
        gain_cents=action.value_cents + action.cost_cents + action.harm_cents,
        cost_cents=action.cost_cents,
        harm_cents=action.harm_cents,
        from_day=from_day,
    )
