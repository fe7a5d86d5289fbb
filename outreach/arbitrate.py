"""What each action is worth in cents: every offer by every channel, every care call, and nothing.

value = effect x margin x (1 - cannibalisation) + drop x customer value - cost - harm
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from goodcall.profile import Profile
from goodcall.vocabulary import COUNTED_STATES
from outreach.offer import Offer
from outreach.policy import Channel, Parameter, Policy, Value

CHURN = "churn"
RETENTION = "retention"
_CHURN_HORIZON_MONTHS = 3
_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do for a customer, with every factor of its value; money in cents.

    A care call has no offer and purpose `retention`. `probability` is the score that the action
    rests on, `effect` what the contact adds to a purchase, `drop` what it takes from leaving.
    """

    customer_id: int
    offer_code: str | None
    channel: str
    minutes: int
    label: str
    probability: float
    effect: float
    margin_cents: int
    cannibalisation: float
    drop: float
    customer_value_cents: int
    cost_cents: float
    harm_cents: float
    value_cents: int
    assumed: tuple[str, ...]

    @property
    def purpose(self) -> str:
        """What the contact is for, in the words of consent."""
        return RETENTION if self.offer_code is None else "marketing"

    @property
    def tie_key(self) -> tuple[int, int, str, str]:
        """The order in which equal actions are taken: value, customer, offer, channel."""
        return (-self.value_cents, self.customer_id, self.offer_code or "", self.channel)


@dataclass(frozen=True, slots=True)
class Harm:
    """What one more contact may spoil, in cents, and which figures of it are assumed."""

    cents: float
    assumed: tuple[str, ...]


def buys(family: str) -> str:
    """The label of the score that a family's offers rest on."""
    return f"buys:{family}"


def offer_action(
    offer: Offer,
    channel: Channel,
    probability: float,
    *,
    harm: Harm,
    policy: Policy,
    customer_id: int,
) -> Action:
    """What proposing an offer by a channel is worth, for a propensity in [0, 1].

    The effect is p x (ratio - 1), held so that p + effect stays within [0, 1].
    """
    value = policy.value
    ratio = value.lift_ratio[channel.id]
    effect = min(probability * (ratio.amount - 1), 1 - probability)
    gain = effect * offer.margin_cents * (1 - value.cannibalisation.amount)
    assumed = [
        *offer.assumed,
        *_assumed(("lift_ratio", ratio), ("cannibalisation", value.cannibalisation)),
        *_assumed(("cost", channel.cost_cents)),
        *harm.assumed,
    ]
    return Action(
        customer_id=customer_id,
        offer_code=offer.code,
        channel=channel.id,
        minutes=channel.minutes,
        label=buys(offer.family),
        probability=probability,
        effect=effect,
        margin_cents=offer.margin_cents,
        cannibalisation=value.cannibalisation.amount,
        drop=0.0,
        customer_value_cents=0,
        cost_cents=channel.cost_cents.amount,
        harm_cents=harm.cents,
        value_cents=round(gain - channel.cost_cents.amount - harm.cents),
        assumed=tuple(assumed),
    )


def care_action(
    channel: Channel,
    churn: float,
    *,
    customer_value_cents: int,
    harm: Harm,
    policy: Policy,
    customer_id: int,
) -> Action:
    """What a care call is worth for a probability of leaving in [0, 1]."""
    rate = policy.value.save_rate[channel.id]
    drop = churn * rate.amount
    gain = drop * customer_value_cents
    return Action(
        customer_id=customer_id,
        offer_code=None,
        channel=channel.id,
        minutes=channel.minutes,
        label=CHURN,
        probability=churn,
        effect=0.0,
        margin_cents=0,
        cannibalisation=0.0,
        drop=drop,
        customer_value_cents=customer_value_cents,
        cost_cents=channel.cost_cents.amount,
        harm_cents=harm.cents,
        value_cents=round(gain - channel.cost_cents.amount - harm.cents),
        assumed=(
            *_assumed(("save_rate", rate), ("customer_value", policy.value.deposit_margin_bps)),
            *_assumed(("cost", channel.cost_cents)),
            *harm.assumed,
        ),
    )


def harm_by_channel(profile: Profile, policy: Policy, now: datetime) -> Mapping[str, Harm]:
    """What one more contact by each channel may spoil.

    The price of an opt-out and of a complaint, each by its probability, and fatigue for every
    counted contact of the last days.
    """
    value = policy.value
    since = now - timedelta(days=value.fatigue_days.amount)
    recent = sum(
        contact.state in COUNTED_STATES
        and contact.direction == "outbound"
        and since < contact.happened_at <= now
        for contact in profile.contacts
    )
    return {channel.id: _harm(channel.id, recent, value) for channel in policy.channels}


def customer_value_cents(assets_cents: float, churn: float, value: Value) -> int:
    """What a customer's assets earn over the policy's months, in cents of today.

    A month earns a twelfth of the deposit margin on the mean assets; the customer is still there
    after k months with probability (1 - churn) ** (k / 3), churn being the 90-day probability of
    leaving; later months are discounted at the yearly rate.
    """
    monthly = assets_cents * value.deposit_margin_bps.amount / _BASIS_POINTS / 12
    stays = (1 - churn) ** (1 / _CHURN_HORIZON_MONTHS)
    keeps: float = stays / (1 + value.discount.amount) ** (1 / 12)
    worth = monthly * sum(keeps**month for month in range(1, int(value.months.amount) + 1))
    return round(worth)


def _harm(channel: str, recent: int, value: Value) -> Harm:
    opt_out, complaint = value.opt_out_probability[channel], value.complaint_probability[channel]
    cents = (
        opt_out.amount * value.opt_out_cents.amount
        + complaint.amount * value.complaint_cents.amount
        + recent * value.fatigue_cents.amount
    )
    rests_on = (opt_out, value.opt_out_cents, complaint, value.complaint_cents, value.fatigue_cents)
    return Harm(cents, ("harm",) if any(part.assumed for part in rests_on) else ())


def _assumed(*named: tuple[str, Parameter]) -> tuple[str, ...]:
    return tuple(name for name, parameter in named if parameter.assumed)
