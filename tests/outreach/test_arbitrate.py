"""The value of an action against the sum worked by hand, and the hold-out's draw."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from outreach import (
    Draw,
    ExperimentError,
    care_action,
    customer_value_cents,
    customer_value_words,
    harm_by_channel,
    in_holdout,
    offer_action,
)
from outreach.arbitrate import worth_cents

NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
KEY = b"a key of sixteen bytes or more"


def test_an_offers_value_is_the_sum_worked_by_hand(a):
    """Propensity 0.10, ratio 1.5, margin 1,000.00, a quarter cannibalised, cost 10.00."""
    policy = a.policy()
    spoken = tuple(a.contact(f"2026-06-0{day} 10:00") for day in (1, 2))
    profile = a.customer(contacts=spoken)
    harm = harm_by_channel(profile, policy, NOW)["phone"]
    assert harm.cents == pytest.approx(0.01 * 20_000 + 0.002 * 50_000 + 2 * 300)
    action = offer_action(
        a.offer(), policy.channel("phone"), 0.10, harm=harm, policy=policy, customer_id=1
    )
    assert action.effect == pytest.approx(0.05)
    assert action.value_cents == round(0.05 * 100_000 * 0.75 - 1000 - 900)
    assert action.assumed == ("lift_ratio", "cost", "harm")


def test_an_effect_never_lifts_a_probability_beyond_one(a):
    """Propensity 0.9 at ratio 2 adds a tenth, not nine tenths."""
    policy = a.policy()
    harm = harm_by_channel(a.customer(), policy, NOW)["branch"]
    action = offer_action(
        a.offer(), policy.channel("branch"), 0.9, harm=harm, policy=policy, customer_id=1
    )
    assert action.effect == pytest.approx(0.1)


def test_a_care_calls_value_is_what_it_keeps(a):
    """Leaving 0.3, a fifth of it saved, a customer worth 5,000.00."""
    policy = a.policy()
    harm = harm_by_channel(a.customer(), policy, NOW)["phone"]
    action = care_action(
        *(policy.channel("phone"), 0.3),
        customer_value_cents=500_000,
        harm=harm,
        policy=policy,
        customer_id=1,
    )
    assert action.drop == pytest.approx(0.06)
    assert action.value_cents == round(0.06 * 500_000 - 1000 - 300)
    assert (action.offer_code, action.purpose) == (None, "retention")


def test_only_recent_counted_outbound_contacts_tire(a):
    """Thirty days back, half-open; what failed or came from the customer tires nobody."""
    told = (
        a.contact("2026-05-09 10:00"),
        a.contact("2026-05-09 10:00:01"),
        a.contact("2026-06-01 10:00", state="failed"),
        a.contact("2026-06-01 10:00", direction="inbound"),
    )
    quiet = harm_by_channel(a.customer(), a.policy(), NOW)["sms"].cents
    tired = harm_by_channel(a.customer(contacts=told), a.policy(), NOW)["sms"].cents
    assert tired - quiet == pytest.approx(300)


def test_any_contact_takes_attention_where_the_policy_prices_it(a):
    """Each channel alike, for an offer and for care; assumed as the other figures of harm are."""
    priced = a.policy(
        head=a.head.replace("[value]\n", '[value]\nattention_cents = { is = 500, source = "x" }\n')
    )
    for purpose in ("offer", "retention"):
        plain, dearer = (
            harm_by_channel(a.customer(), each, NOW, purpose=purpose)
            for each in (a.policy(), priced)
        )
        assert {
            channel: harm.cents - plain[channel].cents for channel, harm in dearer.items()
        } == pytest.approx({"phone": 500, "sms": 500, "branch": 500})
    action = offer_action(
        *(a.offer(), priced.channel("sms"), 0.10),
        harm=harm_by_channel(a.customer(), priced, NOW)["sms"],
        policy=priced,
        customer_id=1,
    )
    assert action.value_cents == round(0.01 * 100_000 * 0.75 - 10 - action.harm_cents)
    assert action.harm_cents > 500


def test_a_customers_value_is_the_discounted_sum_of_months(a):
    """Against a loop over 36 months of survival and discount."""
    value, assets, churn = a.policy().value, 10_000_000, 0.07
    by_hand = sum(
        assets * 0.012 / 12 * (1 - churn) ** (month / 3) / 1.08 ** (month / 12)
        for month in range(1, 37)
    )
    assert customer_value_cents(assets, churn, value) == round(by_hand)
    assert customer_value_cents(assets, 1.0, value) == 0


def test_who_is_kept_counts_with_the_chance_of_leaving_that_the_policy_says(a):
    """However likely they were to leave before, certain leavers too."""
    said = 'kept_churn = { is = 0.03, source = "assumed" }\n'
    value = a.policy(head=a.head.replace("[value]\n", f"[value]\n{said}")).value
    worth = worth_cents(10_000_000, 0.03, value)
    for churn in (0.0, 0.03, 0.9, 1.0):
        assert customer_value_cents(10_000_000, churn, value) == worth
    assert "97.0%" in customer_value_words(0.9, value).en
    assert worth > customer_value_cents(10_000_000, 0.07, a.policy().value)


@pytest.mark.parametrize("source", ["assumed", "study 4"])
def test_a_value_rests_on_what_is_assumed_of_who_is_kept(a, source):
    """A margin that was measured does not hide it."""
    said = f'kept_churn = {{ is = 0.03, source = "{source}" }}\n'
    policy = a.policy(head=a.head.replace("[value]\n", f"[value]\n{said}"))
    measured = replace(policy.value.deposit_margin_bps, source="accounts")
    policy = replace(policy, value=replace(policy.value, deposit_margin_bps=measured))
    harm = harm_by_channel(a.customer(), policy, NOW)["branch"]
    care = care_action(
        policy.channel("branch"),
        0.2,
        customer_value_cents=1,
        harm=harm,
        policy=policy,
        customer_id=1,
    )
    assert ("customer_value" in care.assumed) is (source == "assumed")


def test_the_formula_of_a_value_is_told_with_its_figures(a):
    """Margin, years, staying and discount of the policy stand in both languages."""
    told = customer_value_words(0.07, a.policy().value)
    for figure in ("1.20%", "93.0%", "8.0%"):
        assert figure in told.en
        assert figure in told.zh
    assert "over 3 years" in told.en


def test_the_holdout_is_drawn_by_household_with_a_keyed_hash(a):
    """HMAC-SHA256 over the household, its first 8 bytes as a fraction, below the share."""
    for household in range(200):
        digest = hmac.new(KEY, f"household:{household}".encode(), hashlib.sha256).digest()
        expected = int.from_bytes(digest[:8], "big") < 0.1 * 2**64
        for who in (1, 2):
            member = a.customer(customer_id=who, household_id=household)
            assert in_holdout(member, KEY, Draw(0.1)) is expected


def test_a_tenth_is_held_out_and_another_key_draws_others(a):
    """The share comes out within four standard errors; keys disagree."""
    alone = [a.customer(customer_id=who) for who in range(5000)]
    one = [in_holdout(who, KEY, Draw(0.1)) for who in alone]
    other = [in_holdout(who, KEY[::-1], Draw(0.1)) for who in alone]
    assert abs(sum(one) - 500) < 4 * (5000 * 0.09) ** 0.5
    assert sum(x and y for x, y in zip(one, other, strict=True)) < 150


def test_a_short_key_is_refused(a):
    """A key that could be guessed draws nothing."""
    with pytest.raises(ExperimentError, match="has 5 bytes; give a secret of 16 or more"):
        in_holdout(a.customer(), b"short", Draw(0.1))
