"""Policies that choose by features and models, with the bank's formula of value or without it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from banks import PHONE, Flags, Floats, Simulation
from cli.loop.desk import Desk, Wishes
from cli.loop.own import Own
from cli.loop.tabled import Tabled, column, places_of
from cli.loop.workshop import Workshop
from cli.planning import champions_of, of_unit
from goodcall.calendar import start_of_day
from goodcall.vocabulary import FAMILIES
from models import Effects, effects_of, score_table
from outreach import Policy, customer_value_cents
from outreach.arbitrate import CHURN, OFFER, RETENTION, buys, effect_label, leaves
from training import Definition, EffectLabel, Horizon
from training.definitions.definition import GrowthLabel

_ASSETS = "assets_mean_90d"
_LOGIN, _MOVED = "days_since_login_180d", "days_since_own_transaction_180d"
_SILENT_DAYS = 90.0
_SCALE = 1e6
_EFFECTS = (
    EffectLabel("buys", Horizon(90)),
    EffectLabel("leaves", Horizon(90)),
    EffectLabel("opt_out", Horizon(30)),
    EffectLabel("complaint", Horizon(30)),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What models and features say of everyone as of a day, a row a customer of the simulation.

    `chance` (n, families) of buying within 90 days and `leaving` are 0 for who was not scored;
    `worth_cents` is what the customer's staying is worth; `effects` are labels' changes (n,).
    """

    chance: Floats
    leaving: Floats
    worth_cents: Floats
    effects: Effects


class Learned(Tabled):
    """A policy that goes by models, which it trains when they are due."""

    def __init__(self, workshop: Workshop, policy: str) -> None:
        super().__init__(workshop)
        self._worth = LEARNED[policy]

    def wishes(self, desk: Desk, features: pa.Table) -> Wishes:
        """What contacts are worth by the champions' scores."""
        bank = self._workshop.bank
        self._workshop.learn(bank, desk.day, start_of_day(desk.day, bank.manifest.zone))
        return self._worth(desk, self._seen(desk, features))

    def heard(self, bank: Simulation, month: int) -> dict[str, Any]:
        """The tables grow by the month; told is whether models were trained before it, and why."""
        super().heard(bank, month)
        return self._workshop.told(bank.setting.calendar.first_of(month))

    def own(self, _bank: Simulation) -> Own:
        """What the gate of effects let pass; nobody is held out."""
        return Own(self._workshop.proved(), {})

    def _seen(self, desk: Desk, features: pa.Table) -> Seen:
        models = champions_of(self._workshop.place)
        scores = score_table(of_unit(models, "probability"), features)
        chances = {label: scores[label].to_numpy() for label in scores.column_names[2:]}
        effects = effects_of(of_unit(models, "difference"), features, chances)
        count, at = desk.bank.setting.people.count, places_of(desk, features)

        def spread(values: Floats | None) -> Floats:
            told = np.zeros(count)
            if values is not None:
                told[at] = values
            return told

        leaving, assets = spread(chances.get(CHURN)), spread(column(features, _ASSETS, 0.0))
        value = desk.terms.policy.value
        return Seen(
            chance=np.column_stack([spread(chances.get(buys(each))) for each in FAMILIES]),
            leaving=leaving,
            worth_cents=np.array(
                [customer_value_cents(a, p, value) for a, p in zip(assets, leaving, strict=True)],
                dtype=np.float64,
            ),
            effects=Effects(
                {label: spread(change) for label, change in effects.by_label.items()},
                effects.origins,
            ),
        )


class Inactivity(Tabled):
    """Care calls by phone to who neither logged in nor paid for 90 days, the richest first.

    It is the rule of thumb that models must beat, and needs none.
    """

    def wishes(self, desk: Desk, features: pa.Table) -> Wishes:
        """Each silent customer's assets, and nothing for anybody else."""
        care, phone = np.zeros(desk.open_care.shape), desk.channels.index(PHONE)
        assets = 1 + np.maximum(column(features, _ASSETS, 0.0), 0.0)
        care[places_of(desk, features), phone] = np.where(silent(features), assets, 0.0)
        return Wishes(np.zeros(desk.open_offers.shape), care)


def taught(labels: Sequence[Definition], *, effects: bool = False) -> tuple[Definition, ...]:
    """What policies learn of some labels: chances, and `effects` where they go by them.

    Effects that the labels lack are added, with the horizons of all_labels.toml.
    """
    known = {each.name: each for each in _EFFECTS}
    known |= {each.name: each for each in labels if isinstance(each, EffectLabel)}
    chances = (e for e in labels if not isinstance(e, EffectLabel | GrowthLabel))
    return (*chances, *(known.values() if effects else ()))


def propensity(desk: Desk, seen: Seen) -> Wishes:
    """The likeliest purchase of everyone, by phone, whatever a contact changes about it."""
    offers, phone = np.zeros(desk.open_offers.shape), desk.channels.index(PHONE)
    offers[:, :, phone] = seen.chance * _SCALE
    return Wishes(offers, np.zeros(desk.open_care.shape))


def propensity_value(desk: Desk, seen: Seen) -> Wishes:
    """What contacts are worth by the contact policy's assumed ratios."""
    return _valued(desk, seen, Effects({}, {}))


def learned_effect(desk: Desk, seen: Seen) -> Wishes:
    """What contacts are worth by what lots taught of their effects, assumed where none did."""
    return _valued(desk, seen, seen.effects)


def _valued(desk: Desk, seen: Seen, effects: Effects) -> Wishes:
    """The bank's formula of value (`outreach.arbitrate`) for everyone at once."""
    policy = desk.terms.policy
    value, told = policy.value, effects.by_label
    offers, care = np.zeros(desk.open_offers.shape), np.zeros(desk.open_care.shape)
    keeps = 1 - value.cannibalisation.amount
    for place, channel in enumerate(policy.channels):
        cost = channel.cost_cents.amount
        ratio = value.lift_ratio[channel.id].amount - 1
        drop = -told.get(leaves(OFFER, channel.id), np.zeros(len(care)))
        spoils = cost + _harm(policy, channel.id, OFFER, told) - drop * seen.worth_cents
        for number, family in enumerate(FAMILIES):
            chance = seen.chance[:, number]
            change = told.get(effect_label(buys(family), channel.id), chance * ratio)
            gain = np.clip(change, -chance, 1 - chance) * desk.margin_cents[:, number] * keeps
            offers[:, number, place] = np.where(chance > 0, gain - spoils, 0.0)
        if channel.id in value.save_rate:
            assumed = seen.leaving * value.save_rate[channel.id].amount
            learned = told.get(leaves(RETENTION, channel.id))
            saved = assumed if learned is None else -learned
            harm = cost + _harm(policy, channel.id, RETENTION, told)
            care[:, place] = saved * seen.worth_cents - harm
    return Wishes(offers, care)


def _harm(policy: Policy, channel: str, purpose: str, told: Mapping[str, Floats]) -> Floats | float:
    """What one more contact may spoil, as `outreach.arbitrate` reckons it.

    Fatigue and attention aside.
    """
    value = policy.value
    found: Floats | float = 0.0
    for kind, chances, price in (
        ("opt_out", value.opt_out_probability, value.opt_out_cents),
        ("complaint", value.complaint_probability, value.complaint_cents),
    ):
        learned = told.get(f"{kind}:{purpose}:{channel}")
        chance = chances[channel].amount if learned is None else np.maximum(learned, 0.0)
        found = found + chance * price.amount
    return found


def silent(features: pa.Table) -> Flags:
    """Who showed no sign of life for 90 days; who showed none in the window has no such day."""
    long_ago = [column(features, name, np.inf) >= _SILENT_DAYS for name in (_LOGIN, _MOVED)]
    found: Flags = np.logical_and.reduce(long_ago)
    return found


LEARNED: Mapping[str, Callable[[Desk, Seen], Wishes]] = {
    "propensity": propensity,
    "propensity_value": propensity_value,
    "learned_effect": learned_effect,
}
