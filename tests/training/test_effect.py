"""Effects are used where they prove themselves on unseen rows, and only there."""

from dataclasses import replace

import numpy as np
import pytest
from lots import a_lot, a_plain_lot

from models.card import Estimate
from training.effects.average import average_effects, average_parts, pool
from training.effects.effect import NO_SIGNAL, EffectSettings, Gate, choose, learn_effect
from training.effects.learners import said_of, scorer_of
from training.effects.lot import Arm
from training.effects.uplift import Band
from training.errors import TrainingError

LINES = ("S-learner, lines", "T-learner, lines")
QUICK = EffectSettings(0, learners=LINES[:1], repeats=1)


def test_a_true_difference_opens_the_gate():
    """Where customers are moved differently the learned effect is used, and ranks them so."""
    data, truth = a_lot(3_000, strength=0.2)
    learned = learn_effect(data, QUICK)
    assert learned.gate.opens
    assert learned.learner == LINES[0]
    assert np.corrcoef(learned.scorer.raw(data.matrix)[:, 0], truth)[0, 1] > 0.8


def test_one_ratio_for_all_leaves_the_gate_shut():
    """Where a contact multiplies every chance alike, the effect is the chance times ratio - 1.

    Ranking by such an effect does beat random scores, as ranking by the chance does: only the
    second condition tells that nothing was learned.
    """
    data, base = a_plain_lot(12_000)
    learned = learn_effect(data, QUICK)
    assert learned.gate.above_random
    assert not learned.gate.opens
    assert learned.learner == NO_SIGNAL
    said = learned.scorer.raw(data.matrix)[:, 0]
    assert np.corrcoef(said, base)[0, 1] > 0.98
    assert said.mean() == pytest.approx(0.4 * base.mean(), rel=0.2)


@pytest.mark.slow
def test_no_effect_at_all_leaves_the_gate_shut_in_many_worlds():
    """Of twenty lots without any effect, none or one is mistaken for a signal."""
    opened = 0
    for seed in range(20):
        data, _ = a_lot(1_500, seed)
        rng = np.random.default_rng(seed + 50)
        y = (rng.random(1_500) < 0.2 + 0.1 * (data.matrix[:, 0] > 0)).astype(np.int8)
        opened += learn_effect(replace(data, y=y), QUICK).gate.opens
    assert opened <= 1


@pytest.mark.parametrize(
    ("learned", "lead", "opens"),
    [(0.05, 0.01, True), (0.05, -0.01, False), (0.01, 0.01, False)],
)
def test_the_gate_asks_for_both(learned, lead, opens):
    """Above what random scores reach, and above what would stand in its place."""
    over = Estimate(lead + 0.01, lead, lead + 0.02)
    figure = Estimate(learned, learned - 0.01, learned + 0.01)
    assert Gate(figure, figure, over, Band(-0.02, 0.02)).opens is opens


def test_an_outcome_to_prevent_is_ranked_by_how_much_it_falls():
    """Learned of leaving, best is who leaves least for the contact; effects keep their sign."""
    data, truth = a_lot(3_000, strength=0.2)
    leaving = replace(data, outcome="churn", wanted=False, y=(1 - data.y).astype(np.int8))
    learned = learn_effect(leaving, QUICK)
    assert learned.gate.opens
    assert np.corrcoef(learned.scorer.raw(data.matrix)[:, 0], -truth)[0, 1] > 0.8
    other = learn_effect(data, QUICK)
    assert learned.metrics["qini"].value == pytest.approx(other.metrics["qini"].value, rel=0.25)


def test_with_many_dates_the_test_is_out_of_time():
    """Tested rows come after an embargo of the horizon, and no row is tested twice."""
    as_of = np.sort(np.random.default_rng(0).integers(0, 500, 6_000))
    data, _ = a_lot(6_000, as_of=np.datetime64("2024-01-01") + as_of)
    learned = learn_effect(data, QUICK)
    assert "out of time" in learned.measured.en
    assert len(learned.chosen) == 1
    tested = learned.tested["as_of"].to_numpy()
    assert tested.min() >= np.quantile(data.as_of.astype(int), 0.8).astype("datetime64[D]")
    assert len(np.unique(learned.tested["customer_id"])) == learned.tested.num_rows


def test_without_dates_every_row_is_tested_once_a_repeat():
    """Cross-fitting scores each row by models that did not see its customer."""
    data, _ = a_lot(1_000)
    learned = learn_effect(data, replace(QUICK, repeats=2))
    assert "cross-fitted" in learned.measured.en
    assert (np.bincount(learned.tested["customer_id"].to_numpy()) == 2).all()


def test_tested_rows_never_teach():
    """Turning the outcomes of one fold's rows round changes nothing that is said of them."""
    data, _ = a_lot(2_000)
    once = learn_effect(data, QUICK).tested
    first = once["test"].to_numpy() == 0
    rows = once["customer_id"].to_numpy()[first]
    parts = choose(data.of(np.setdiff1d(np.arange(2_000), rows)), QUICK)[1]
    assert once["effect"].to_numpy()[first] == pytest.approx(said_of(data.of(rows), parts))


def test_the_first_learner_stands_unless_another_is_shown_to_be_better():
    """Trees take over where only they can see who is moved; otherwise the plain line stays."""
    settings = EffectSettings(0, learners=("S-learner, lines", "T-learner, trees"), draws=1)
    assert choose(a_lot(3_000)[0], settings)[0] == "S-learner, lines"
    bent, _ = a_lot(8_000)
    rng = np.random.default_rng(1)
    moved = np.abs(bent.matrix[:, 1]) > 0.7
    y = (rng.random(8_000) < 0.2 + 0.3 * (bent.treated & moved)).astype(np.int8)
    assert choose(replace(bent, y=y), settings)[0] == "T-learner, trees"


def test_average_effects_are_the_difference_of_rates():
    """Each arm's rates and their difference as counted, with the truth inside the interval."""
    data, truth = a_lot(12_000, arms=3)
    for place, each in enumerate(average_effects(data, np.random.default_rng(0))):
        own = data.arm == place
        rates = [data.y[own & (data.treated == side)].mean() for side in (True, False)]
        assert each.difference.value == pytest.approx(rates[0] - rates[1])
        assert each.difference.low < truth[own].mean() < each.difference.high
        assert each.contacted + each.left == own.sum()
        assert each.ratio.low < rates[0] / rates[1] < each.ratio.high


def test_small_arms_lean_on_the_others():
    """Equal arms are drawn together whole, unlike ones keep their own; a sure arm stays put."""
    together, left = pool(np.array([0.4, 0.4, 0.4]), np.array([0.1, 0.2, 0.3]))
    assert together == pytest.approx([0.4] * 3)
    assert left == pytest.approx([1 / (10 + 5 + 10 / 3)] * 3)
    alone, _ = pool(np.array([0.7]), np.array([0.2]))
    assert alone == pytest.approx([0.7])
    drawn, _ = pool(np.array([-1.0, 0.0, 1.0]), np.array([0.01, 0.01, 0.5]))
    assert drawn[0] == pytest.approx(-1.0, abs=0.05)
    assert drawn[2] < 0.7


def test_arms_lean_only_on_those_alike():
    """A care call that keeps customers and an offer that drives them off are not drawn together.

    Alike by purpose, the two ratios stay on their own sides of 1; alike by channel, they meet.
    """
    arms = (Arm("offer", "phone"), Arm("retention", "phone"))
    data = replace(a_lot(2_000, arms=2)[0], arms=arms)
    y = np.zeros(2_000, np.int8)
    for arm, treated, rate in [(0, 0, 0.1), (0, 1, 0.11), (1, 0, 0.1), (1, 1, 0.09)]:
        rows = np.flatnonzero((data.arm == arm) & (data.treated == treated))
        y[rows[: round(rate * len(rows))]] = 1
    data = replace(data, y=y, alike="what")
    offer, care = (each.ratio.value for each in average_effects(data, np.random.default_rng(0)))
    assert offer > 1 > care
    met = average_effects(replace(data, alike="channel"), np.random.default_rng(0))
    assert met[0].ratio.value == pytest.approx(met[1].ratio.value)


def test_harm_is_added_to_everyone_alike():
    """Where hardly anyone left alone has the outcome no ratio tells: each arm adds its difference.

    It explains nobody, since it is the same for all.
    """
    data = replace(a_lot(6_000, arms=2)[0], wanted=False, alike="what", additive=True)
    rng = np.random.default_rng(3)
    y = (rng.random(6_000) < np.where(data.treated, 0.03, 0.0005)).astype(np.int8)
    data = replace(data, y=y, outcome="opt_out")
    averages = average_effects(data, np.random.default_rng(0))
    scorer = scorer_of(data, average_parts(data, averages, 0))
    assert scorer.raw(data.matrix).mean(axis=0) == pytest.approx([0.0295, 0.0295], abs=0.006)
    assert np.ptp(scorer.raw(data.matrix), axis=0).max() == 0
    assert not scorer.contributions(data.matrix, 1).any()
    for each in averages:
        assert each.added.low < 0.0295 < each.added.high
        assert each.added.value == pytest.approx(each.difference.value, abs=0.006)


def test_pooling_weighs_the_spread_between_arms_as_dersimonian_and_laird_do():
    """A worked example: variances of .04 and effects -.2, .2 and .8 leave .2133 between arms."""
    effects, variance = np.array([-0.2, 0.2, 0.8]), np.full(3, 0.04)
    between = ((effects - effects.mean()) ** 2).sum() / 2 - 0.04
    own = between / (between + 0.04)
    drawn, _ = pool(effects, variance)
    assert between == pytest.approx(0.2133, abs=1e-4)
    assert drawn == pytest.approx(own * effects + (1 - own) * effects.mean())


def test_an_unknown_learner_lists_the_known():
    """The error names what there is."""
    with pytest.raises(
        TrainingError, match="'W' is unknown; name one or more of: S-learner, lines"
    ):
        learn_effect(a_lot(500)[0], EffectSettings(0, learners=("W",)))


def test_equal_seeds_give_equal_effects():
    """Two runs agree in every byte and figure."""
    data, _ = a_lot(600)
    once, again = (learn_effect(data, QUICK) for _ in range(2))
    assert once.scorer.files() == again.scorer.files()
    assert (once.gate, once.metrics, once.averages) == (again.gate, again.metrics, again.averages)
