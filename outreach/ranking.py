"""An action put into its rank: earlier answers, context weights, levers, and its price."""

from dataclasses import dataclass, replace

from outreach.arbitrate import Action
from outreach.arbitration import Arbitration
from outreach.customer_facts import Subject
from outreach.influence import NO_SWAY, Sway, Trace, sway_of
from outreach.levers import pulling
from outreach.offer import Offer
from outreach.price_bands import price_of
from outreach.priority import ranked


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
            levers=pulling(terms.levers, offer, self.who),
            influence=sway.factor,
            traces=sway.traces,
        )
        return replace(action, weights=weights, price=price)
