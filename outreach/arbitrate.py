"""What each action is worth in cents: every offer by every channel, every care call, and nothing.

value = effect x margin x (1 - cannibalisation) + drop x customer value - cost - harm

What a contact changes is what a lot taught; where none did, the policy's ratios stand in for it,
less what an earlier care talk has done already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypedDict

from goodcall.effect import NO_CHANGES, Changes, Origin
from goodcall.language import Text
from goodcall.profile import Profile
from goodcall.vocabulary import CONTACT_GROUP, COUNTED_STATES
from outreach.influence import NO_SWAY, Sway
from outreach.offer import Offer
from outreach.parameter import Parameter
from outreach.policy import Channel, Policy, Value
from outreach.price_bands import Price
from outreach.priority import Weights

CHURN = "churn"
RETENTION = "retention"
OFFER = "offer"
_CHURN_HORIZON_MONTHS = 3
_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do for a customer, with every factor of its value; money in cents.

    A care call has no offer and purpose `retention`. `probability` is the score that the action
    rests on, `effect` what the contact adds to a purchase, `drop` what it takes from leaving; below
    zero either does the contrary. `effect_from` and `drop_from` say whether a lot taught it for
    each customer (learned), it is an average that somebody measured, or it is assumed; empty where
    the action has no such factor. `weights` is None where an action ranks by its value alone;
    `price` is the band that the customer gets. `repeat` is the share of the policy's save rate that
    an earlier care talk left, None where none bears on the drop.
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
    effect_from: Origin | Literal[""] = ""
    drop_from: Origin | Literal[""] = ""
    weights: Weights | None = None
    price: Price | None = None
    repeat: float | None = None

    @property
    def rank_cents(self) -> int:
        """What the action is ranked by: its value, or what the policy's weights make of it."""
        return self.value_cents if self.weights is None else self.weights.priority_cents

    @property
    def base_cents(self) -> int:
        """What the action would be ranked by without levers."""
        return self.value_cents if self.weights is None else self.weights.base_cents

    @property
    def call_label(self) -> str | None:
        """The learned effect that says why this contact helps; None where none was learned."""
        if self.offer_code is not None and self.effect_from == "learned":
            return effect_label(self.label, self.channel)
        if self.offer_code is None and self.drop_from == "learned":
            return leaves(RETENTION, self.channel)
        return None

    @property
    def purpose(self) -> str:
        """What the contact is for, in the words of consent."""
        return RETENTION if self.offer_code is None else "marketing"

    @property
    def tie_key(self) -> tuple[int, int, str, str]:
        """The order in which actions are taken: rank, customer, offer, channel."""
        return (-self.rank_cents, self.customer_id, self.offer_code or "", self.channel)


@dataclass(frozen=True, slots=True)
class Harm:
    """What one more contact may spoil, in cents, and which figures of it are assumed."""

    cents: float
    assumed: tuple[str, ...]


class Common(TypedDict):
    """What the values of an offer and of a care call both rest on."""

    harm: Harm
    policy: Policy
    customer_id: int
    changes: Changes
    customer_value_cents: int


def buys(family: str) -> str:
    """The label of the score that a family's offers rest on."""
    return f"buys:{family}"


def effect_label(label: str, channel: str) -> str:
    """The label of what a contact by a channel changes about a purchase: buys:fund:phone."""
    return f"{label}:{channel}"


def leaves(purpose: str, channel: str) -> str:
    """The label of what a contact changes about leaving: leaves:retention:phone."""
    return f"leaves:{purpose}:{channel}"


def offer_action(
    offer: Offer,
    channel: Channel,
    probability: float,
    *,
    harm: Harm,
    policy: Policy,
    customer_id: int,
    changes: Changes = NO_CHANGES,
    customer_value_cents: int = 0,
    sway: Sway = NO_SWAY,
) -> Action:
    """What proposing an offer by a channel is worth, for a propensity in [0, 1].

    The effect is the one that `changes` tells, else p x (ratio - 1), held so that p + effect stays
    within [0, 1], where p is the propensity times what earlier answers do to it. Where a lot taught
    what an offer does to leaving, that counts too.
    """
    likely = min(1.0, probability * sway.factor)
    value = policy.value
    ratio = value.lift_ratio[channel.id]
    told = changes.of(effect_label(buys(offer.family), channel.id))
    effect, effect_from = told or (likely * (ratio.amount - 1), _origin(ratio))
    effect = max(-likely, min(effect, 1 - likely))
    drop, drop_from = _drop(changes, OFFER, channel.id) or (0.0, "")
    gain = effect * offer.margin_cents * (1 - value.cannibalisation.amount)
    gain += drop * customer_value_cents
    assumed = [
        *offer.assumed,
        *(() if told else _assumed(("lift_ratio", ratio))),
        *(("influence",) if sway.assumed and not told else ()),
        *(_worth_assumed(value) if drop_from else ()),
        *_assumed(("cannibalisation", value.cannibalisation)),
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
        drop=drop,
        customer_value_cents=customer_value_cents if drop_from else 0,
        cost_cents=channel.cost_cents.amount,
        harm_cents=harm.cents,
        value_cents=round(gain - channel.cost_cents.amount - harm.cents),
        assumed=tuple(assumed),
        effect_from=effect_from,
        drop_from=drop_from,
    )


def care_action(
    channel: Channel,
    churn: float,
    *,
    customer_value_cents: int,
    harm: Harm,
    policy: Policy,
    customer_id: int,
    changes: Changes = NO_CHANGES,
    repeat: float | None = None,
) -> Action:
    """What a care call is worth for a probability of leaving in [0, 1].

    The drop is what `changes` tells, else the policy's share of that probability, of which an
    earlier care talk left `repeat` (`left_of_care`), all of it where that is None.
    """
    rate, fading = policy.value.save_rate[channel.id], policy.value.repeated_care
    told = _drop(changes, RETENTION, channel.id)
    repeat = None if told else repeat
    left = 1.0 if repeat is None else repeat
    drop, drop_from = told or (churn * rate.amount * left, _origin(rate))
    guessed = repeat is not None and fading is not None and fading.assumed
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
            *(() if told else _assumed(("save_rate", rate))),
            *(("repeated_care",) if guessed else ()),
            *_worth_assumed(policy.value),
            *_assumed(("cost", channel.cost_cents)),
            *harm.assumed,
        ),
        drop_from=drop_from,
        repeat=repeat,
    )


def left_of_care(profile: Profile, value: Value, now: datetime) -> float | None:
    """The share of its effect that a care call still has after the last talk of that sort.

    A talk goes on working: until what it did has faded, another one finds less to do. Only talks
    that reached the customer count. None where there was none, or the policy values every care
    call like a first.
    """
    if value.repeated_care is None:
        return None
    talks = (
        contact.happened_at
        for contact in profile.contacts
        if contact.purpose == RETENTION
        and contact.outcome in CONTACT_GROUP
        and contact.happened_at <= now
    )
    last = max(talks, default=None)
    return None if last is None else value.repeated_care.at(now - last)


def harm_by_channel(
    profile: Profile,
    policy: Policy,
    now: datetime,
    *,
    changes: Changes = NO_CHANGES,
    purpose: str = OFFER,
) -> Mapping[str, Harm]:
    """What one more contact by each channel may spoil, for an offer or for retention.

    The price of an opt-out and of a complaint, each by the probability that the contact adds,
    fatigue for every counted contact of the last days, and the attention that any contact takes. A
    contact never spoils less than nothing.
    """
    value = policy.value
    since = now - timedelta(days=value.fatigue_days.amount)
    recent = sum(
        contact.state in COUNTED_STATES
        and contact.direction == "outbound"
        and since < contact.happened_at <= now
        for contact in profile.contacts
    )
    return {
        channel.id: _harm(channel.id, recent, value, changes, purpose)
        for channel in policy.channels
    }


def worth_cents(assets_cents: float, churn: float, value: Value) -> int:
    """What assets earn over the policy's months, in cents of today.

    A month earns a twelfth of the deposit margin on the mean assets; the customer is still there
    after k months with probability (1 - churn) ** (k / 3), churn being the 90-day probability of
    leaving; later months are discounted at the yearly rate.
    """
    monthly = assets_cents * value.deposit_margin_bps.amount / _BASIS_POINTS / 12
    stays = (1 - churn) ** (1 / _CHURN_HORIZON_MONTHS)
    keeps: float = stays / (1 + value.discount.amount) ** (1 / 12)
    worth = monthly * sum(keeps**month for month in range(1, int(value.months.amount) + 1))
    return round(worth)


def customer_value_cents(assets_cents: float, churn: float, value: Value) -> int:
    """What a customer is worth to the bank once kept from leaving, in cents of today.

    It is `worth_cents` at the policy's `kept_churn`; at the customer's own `churn` where the policy
    has none, as if whoever was kept would go on being as likely to leave.
    """
    return worth_cents(assets_cents, _once_kept(churn, value), value)


def customer_value_words(churn: float, value: Value) -> Text:
    """The formula of `customer_value_cents` with its figures, for one probability of leaving."""
    rate, years = value.deposit_margin_bps.amount / _BASIS_POINTS, value.months.amount / 12
    discount, stays = value.discount.amount, 1 - _once_kept(churn, value)
    return Text(
        f"mean assets of 90 days at {rate:.2%} a year, a twelfth a month over {years:g} years, x "
        f"the probability of staying ({stays:.1%} after 90 days, and so on), discounted at "
        f"{discount:.1%} a year",
        f"近90天日均资产,按年贡献率{rate:.2%}逐月计{years:g}年,乘以留存概率"
        f"(90天后{stays:.1%},此后同比递减),年折现率{discount:.1%}",
    )


def _worth_assumed(value: Value) -> tuple[str, ...]:
    """The name of a customer's value where a figure that it rests on is assumed."""
    rests_on = (value.deposit_margin_bps, value.kept_churn)
    guessed = any(each.assumed for each in rests_on if each is not None)
    return ("customer_value",) if guessed else ()


def _once_kept(churn: float, value: Value) -> float:
    """The 90-day probability of leaving that is counted on once a customer is kept."""
    return churn if value.kept_churn is None else value.kept_churn.amount


def _harm(channel: str, recent: int, value: Value, changes: Changes, purpose: str) -> Harm:
    cents = recent * value.fatigue_cents.amount
    rests_on = [value.fatigue_cents]
    if value.attention_cents is not None:
        cents += value.attention_cents.amount
        rests_on.append(value.attention_cents)
    for kind, chances, price in (
        ("opt_out", value.opt_out_probability, value.opt_out_cents),
        ("complaint", value.complaint_probability, value.complaint_cents),
    ):
        told = changes.of(f"{kind}:{purpose}:{channel}")
        chance = chances[channel].amount if told is None else max(0.0, told[0])
        cents += chance * price.amount
        rests_on += [price] if told else [price, chances[channel]]
    return Harm(cents, ("harm",) if any(part.assumed for part in rests_on) else ())


def _drop(changes: Changes, purpose: str, channel: str) -> tuple[float, Origin] | None:
    """By how much a contact lowers the probability of leaving, where a lot taught it."""
    told = changes.of(leaves(purpose, channel))
    return None if told is None else (-told[0], told[1])


def _origin(parameter: Parameter) -> Origin:
    return "assumed" if parameter.assumed else "measured"


def _assumed(*named: tuple[str, Parameter]) -> tuple[str, ...]:
    return tuple(name for name, parameter in named if parameter.assumed)
