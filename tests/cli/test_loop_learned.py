"""Policies that learn: their formula for everyone at once is the one that a night weighs by."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from cli.loop.learned import Inactivity, Seen, learned_effect, propensity, propensity_value, taught
from goodcall.effect import NO_CHANGES, Changes
from goodcall.profile import Profile
from goodcall.vocabulary import FAMILIES
from models import Effects
from outreach import default_policy_text, parse_policy
from outreach.arbitrate import OFFER, RETENTION, care_action, harm_by_channel, offer_action
from outreach.offer import Offer
from training import default_labels

POLICY = parse_policy(default_policy_text())
SOMEBODY, NOW = (
    Profile(1, datetime(2026, 1, 1, tzinfo=UTC), "retail", "active", "UTC"),
    datetime(2026, 1, 1, tzinfo=UTC),
)
PEOPLE = 40


@pytest.fixture(scope="module")
def desk():
    """What the policies read of a desk: margins, channels and the shapes of what is open."""
    rng = np.random.default_rng(4)
    shape = (PEOPLE, len(FAMILIES), len(POLICY.channels))
    return SimpleNamespace(
        terms=SimpleNamespace(policy=POLICY),
        bank=SimpleNamespace(
            setting=SimpleNamespace(people=SimpleNamespace(customer_id=np.array([101])))
        ),
        margin_cents=rng.integers(10_000, 500_000, shape[:2]).astype(float),
        open_offers=np.ones(shape, dtype=bool),
        open_care=np.ones((PEOPLE, shape[2]), dtype=bool),
        channels=[0, 3, 1],
    )


@pytest.fixture(scope="module")
def seen():
    """Chances and effects of forty customers; one in ten was not scored for a family."""
    rng = np.random.default_rng(5)
    chance = rng.random((PEOPLE, len(FAMILIES))) * (rng.random((PEOPLE, len(FAMILIES))) > 0.1)
    labels = (
        *("buys:fund:phone", "leaves:offer:phone", "leaves:retention:branch"),
        *("opt_out:offer:sms", "complaint:retention:phone"),
    )
    effects = {label: rng.normal(0, 0.05, PEOPLE) for label in labels}
    return Seen(
        chance=chance,
        leaving=rng.random(PEOPLE),
        worth_cents=np.rint(rng.random(PEOPLE) * 1e6),
        effects=Effects(effects, dict.fromkeys(labels, "learned")),
    )


@pytest.mark.parametrize("wants", [propensity_value, learned_effect])
def test_a_contact_is_worth_what_a_night_reckons(desk, seen, wants):
    """Every offer and care call of every customer, to the cent, where nobody was contacted yet.

    Attention aside, which is Goodcall's own care.
    """
    wishes = wants(desk, seen)
    heedless = replace(POLICY, value=replace(POLICY.value, attention_cents=None))
    for who in range(PEOPLE):
        changes = NO_CHANGES
        if wants is learned_effect:
            by_label = {label: float(each[who]) for label, each in seen.effects.by_label.items()}
            changes = Changes(by_label, seen.effects.origins)
        common = {
            "policy": POLICY,
            "customer_id": 1,
            "changes": changes,
            "customer_value_cents": int(seen.worth_cents[who]),
        }
        harms = {
            purpose: harm_by_channel(SOMEBODY, heedless, NOW, changes=changes, purpose=purpose)
            for purpose in (OFFER, RETENTION)
        }
        for place, channel in enumerate(POLICY.channels):
            for number, family in enumerate(FAMILIES):
                chance = float(seen.chance[who, number])
                offer = an_offer(family, int(desk.margin_cents[who, number]))
                action = offer_action(
                    offer, channel, chance, harm=harms[OFFER][channel.id], **common
                )
                told = wishes.offers[who, number, place]
                assert told == (pytest.approx(action.value_cents, abs=1) if chance else 0)
            if channel.id in POLICY.value.save_rate:
                harm = harms[RETENTION][channel.id]
                action = care_action(channel, float(seen.leaving[who]), harm=harm, **common)
                assert wishes.care[who, place] == pytest.approx(action.value_cents, abs=1)
            else:
                assert not wishes.care[:, place].any()


def test_propensity_goes_by_the_chance_alone(desk, seen):
    """By phone, and nobody is called to care."""
    wishes = propensity(desk, seen)
    ranked = wishes.offers[:, :, 0].ravel().argsort()
    assert (np.diff(seen.chance.ravel()[ranked]) >= 0).all()
    assert not wishes.offers[:, :, 1:].any()
    assert not wishes.care.any()


def test_the_rule_calls_the_silent_alone_the_richest_first(desk):
    """Who gave a sign of life within 90 days is left alone; never having given one is silence."""
    features = pa.table(
        {
            "customer_id": [104, 101, 103, 102],
            "assets_mean_90d": [5e6, 9e6, None, 1e6],
            "days_since_login_180d": [None, 90.0, 95.0, 12.0],
            "days_since_own_transaction_180d": [170.0, 91.0, None, None],
        }
    )
    care = Inactivity(workshop=None).wishes(desk, features).care[:, 0]
    assert np.flatnonzero(care > 0).tolist() == [0, 2, 3]
    assert care.argsort()[::-1][:3].tolist() == [0, 3, 2]


def test_only_who_goes_by_effects_learns_them():
    """Chances are learned by all; growth decides nothing here."""
    chances = [each.name for each in taught(default_labels())]
    assert chances == ["churn", "next_product"]
    effects = [each.name for each in taught(default_labels(), effects=True)][2:]
    assert effects == ["effect:buys", "effect:leaves", "effect:opt_out", "effect:complaint"]


def an_offer(family, margin_cents):
    """An offer on sale to everybody."""
    return Offer(
        code="X",
        product_id=1,
        family=family,
        name=SOMEBODY.name,
        margin_cents=margin_cents,
        kinds=("retail",),
    )
