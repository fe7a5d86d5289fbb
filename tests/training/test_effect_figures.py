"""Figures that a policy assumes, measured: reach times what changes, drawn towards the guess."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from called import MORNING, a_bank_of, a_contact, a_holding, left_alone

from training.effects.figures import Trial, effects, figures_of, harm, seen_of, trial_of

REACH = {"phone": 0.5, "branch": 1.0, "sms": 0.9}
GUESS = {"phone": 0.4, "branch": 0.4, "sms": 0.1}


def told(guess, trials=None, *, lowers=False):
    """The measured effects of some channels, without their intervals."""
    found = effects(guess, REACH, trials or {}, lowers=lowers)
    return {channel: each.value for channel, each in found.items()}


@pytest.mark.parametrize("lowers", [False, True])
def test_talks_that_reach_change_alike_and_messages_are_another_matter(lowers):
    """What was guessed of phone and branch is nearly shared out by how often each reaches."""
    measured = told(GUESS, lowers=lowers)
    assert measured["branch"] / measured["phone"] == pytest.approx(2, rel=0.15)
    assert 0.4 < measured["branch"] < 0.8
    assert 0.2 < measured["phone"] < 0.4
    assert measured["sms"] == pytest.approx(0.1, rel=0.1)


def test_a_channel_without_another_like_it_keeps_its_guess_until_a_lot_says_more():
    """Nothing is learned of nothing; a sharp lot outweighs every guess, a dull one none."""
    assert told({"phone": 0.3})["phone"] == pytest.approx(0.3, rel=0.05)
    sharp = Trial(9000, 9000, float(np.log(2.0)), 0.01)
    dull = Trial(9, 9, float(np.log(2.0)), 3.0)
    assert told({"phone": 0.3}, {"phone": sharp})["phone"] == pytest.approx(1.0, abs=0.05)
    assert told({"phone": 0.3}, {"phone": dull})["phone"] == pytest.approx(0.3, rel=0.05)


def test_what_one_channel_shows_counts_for_the_other_talk_and_for_no_message():
    """A lot at the branch alone moves the phone, too."""
    shown = {"branch": Trial(4000, 4000, float(np.log(2.4)), 0.1)}
    before, after = told(GUESS), told(GUESS, shown)
    assert after["branch"] > before["branch"] * 1.5
    assert after["phone"] > before["phone"] * 1.3
    assert after["sms"] == pytest.approx(before["sms"], rel=0.02)


def test_a_lot_that_shows_nothing_shrinks_what_was_guessed():
    """Where contacts do nothing, a large lot takes the figure towards none, never below."""
    nothing = {each: Trial(50_000, 50_000, 0.0, 0.01) for each in ("phone", "branch")}
    measured = told(GUESS, nothing)
    assert 0 < measured["phone"] < 0.02
    assert 0 < measured["branch"] < 0.04
    assert max(told({"phone": 0.45}, nothing, lowers=True).values()) < 0.05


@pytest.mark.parametrize("lowers", [False, True])
def test_intervals_cover_what_banks_draw_from_the_same_beliefs(lowers):
    """Of 400 made-up banks whose effects and lots are drawn as assumed, 95 % lie inside."""
    rng, inside, banks = np.random.default_rng(7), 0, 400
    for _ in range(banks):
        common = np.log(0.25) + rng.normal(0, 0.5)
        own = np.exp(common + rng.normal(0, 0.25, 2))
        own = own / (1 + own) if lowers else own
        truth = dict(zip(("branch", "phone"), own, strict=True))
        guess = {
            each: REACH[each] * _moved(effect, rng.normal(0, np.log(2)), lowers=lowers)
            for each, effect in truth.items()
        }
        sign = -1 if lowers else 1
        trials = {
            each: Trial(
                1000, 1000, float(np.log1p(sign * REACH[each] * effect) + rng.normal(0, 0.2)), 0.2
            )
            for each, effect in truth.items()
        }
        found = effects(guess, REACH, trials, lowers=lowers)
        inside += found["branch"].low <= truth["branch"] * REACH["branch"] <= found["branch"].high
    assert 0.92 <= inside / banks <= 0.98


def _moved(effect, by, *, lowers):
    odds = effect / (1 - effect) if lowers else effect
    moved = odds * np.exp(by)
    return moved / (1 + moved) if lowers else moved


def test_harm_is_what_was_assumed_until_contacts_say_more():
    """No contact leaves the guess; many take the share that they ended in."""
    assert harm(0.004, 0, 0).value == pytest.approx(0.004)
    much = harm(0.004, 1000, 100_000)
    assert much.value == pytest.approx(0.01, rel=0.01)
    assert much.low < 0.01 < much.high
    assert harm(0.004, 0, 5000).value < 0.001


def rows_of(treated, probability, y, customer):
    """Rows of a lot."""
    return pa.table(
        {
            "treated": pa.array(treated.astype(bool)),
            "probability": probability,
            "y": pa.array(y.astype(np.int8)),
            "customer_id": customer,
        }
    )


def test_a_trial_of_several_probabilities_is_weighed_by_them():
    """Who is drawn more often buys more often here; unweighed, the contact would seem to help."""
    off, naive = [], []
    for lot in range(40):
        rng, count = np.random.default_rng([3, lot]), 20_000
        eager = rng.random(count) < 0.5
        chance = np.where(eager, 0.8, 0.2)
        y = rng.random(count) < np.where(eager, 0.30, 0.05)
        treated = rng.random(count) < chance
        trial = trial_of(rows_of(treated, chance, y, np.arange(count)))
        assert trial.made + trial.left == count
        off.append(trial.log_ratio / trial.error)
        naive.append(np.log(y[treated].mean() / y[~treated].mean()) / trial.error)
    assert abs(np.mean(off)) < 3 / np.sqrt(40)
    assert 0.7 < np.std(off) < 1.4
    assert np.min(naive) > 5


def test_rows_of_one_customer_are_not_so_many_witnesses():
    """A customer who fares alike in every row counts about once."""
    rng, count, times = np.random.default_rng(5), 4000, 10
    treated, y = rng.random(count) < 0.5, rng.random(count) < 0.1
    once = trial_of(rows_of(treated, np.full(count, 0.5), y, np.arange(count)))
    again = trial_of(
        rows_of(
            *(np.repeat(each, times) for each in (treated, np.full(count, 0.5), y)),
            np.repeat(np.arange(count), times),
        )
    )
    assert again.error == pytest.approx(once.error, rel=0.1)


def test_reach_counts_the_contacts_that_were_made(tmp_path):
    """Left alone, set aside or begun by the customer is no attempt; the latest word counts.

    What was told after the bank's tables end is not known yet.
    """
    rows = [
        a_contact(1, 1),
        a_contact(2, 2, state="attempted", outcome="NO_ANSWER"),
        a_contact(3, 3, state="cancelled", outcome="NOT_WORKED"),
        left_alone(4, 4),
        a_contact(5, 5, direction="inbound"),
        a_contact(6, 6, state="attempted", outcome="BUSY"),
        a_contact(6, 6, outcome="REFUSED_ALL", known_at=MORNING + timedelta(days=1)),
        a_contact(7, 7, known_at=MORNING + timedelta(days=3650)),
    ]
    seen = seen_of(a_bank_of(tmp_path, rows))["phone"]
    assert (seen.made, seen.reached) == (3, 2)
    assert seen.heard == {"opt_out_probability": 1, "complaint_probability": 0}
    assert seen.reach == pytest.approx(3 / 5)


def test_figures_of_a_bank_leave_out_what_no_contact_tells(tmp_path):
    """No message was sent, and an effect assumed to be none has no size to be measured."""
    rows = [a_contact(each, each) if each % 2 else left_alone(each, each) for each in range(1, 9)]
    bank = a_bank_of(tmp_path, rows, holdings=[a_holding(1, MORNING + timedelta(days=3))])
    found = figures_of(
        bank,
        {
            "lift_ratio": {"phone": 1.6, "sms": 1.1},
            "save_rate": {"phone": 0.0},
            "complaint_probability": {"phone": 0.001, "sms": 0.001},
        },
    )
    assert [(each.kind, each.channel) for each in found] == [
        ("lift_ratio", "phone"),
        ("complaint_probability", "phone"),
    ]
    assert found[0].drawn == 8
    assert found[0].made == 4
    assert found[0].measured.low < 1.6 < found[0].measured.high


def test_without_a_lot_reach_alone_speaks(tmp_path):
    """A bank that draws none has its guesses shared out, and nothing drawn by lot."""
    rows = [
        a_contact(each, each, randomised=False, probability=None, channel=channel, **ended)
        for each, (channel, ended) in enumerate(
            [("phone", {"state": "attempted", "outcome": "NO_ANSWER"})] * 3
            + [("branch", {})] * 3
            + [("phone", {})],
            start=1,
        )
    ]
    found = figures_of(a_bank_of(tmp_path, rows), {"save_rate": {"phone": 0.15, "branch": 0.15}})
    phone = {each.channel: each for each in found}["phone"]
    branch = {each.channel: each for each in found}["branch"]
    assert phone.drawn == branch.drawn == 0
    assert phone.measured.value < 0.15 < branch.measured.value
