"""From a lot to a champion that tells effects: its card, its gates, its report, its errors."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from called import MORNING, PEOPLE, a_bank_of, a_holding, a_lot_of_calls
from learned import NOW, ACatalog
from lots import a_lot, a_plain_lot

from goodcall.workspace import Workspace
from models import load_champions
from models.model import sealed_model
from training import (
    EffectLabel,
    GateClosed,
    NotRandomised,
    default_gates,
    list_models,
    promote,
    register,
    report_facts,
    report_html,
    train,
)
from training.effects.contacts import cohort_of, lot_of
from training.effects.effect import EffectSettings, learn_effect
from training.effects.taught import effect_card
from training.gates.effects import judge_effects
from training.gates.evidence import Evidence
from training.registry.read import evidence_of
from training.trained import Trained

QUICK = EffectSettings(0, ("S-learner, lines",), repeats=1)
BUYS = EffectLabel("buys")
GATES = default_gates()


def taught(data):
    """A model of what a lot taught, as training hands it over."""
    learned = learn_effect(data, QUICK)
    card = effect_card(data, learned, BUYS, NOW)
    return Trained(sealed_model(card, learned.scorer), BUYS, learned.tested)


@pytest.fixture(scope="module")
def moving():
    """Customers are moved differently."""
    return taught(a_lot(3_000, strength=0.2, arms=2)[0])


@pytest.fixture(scope="module")
def plain():
    """Everyone's chance is multiplied alike."""
    return taught(a_plain_lot(3_000, arms=2)[0])


def evidence(trained, **facts):
    told = Evidence(trained.model.card, {"name": "effect:buys"}, trained.tested, NOW.date())
    return replace(told, **facts)


def test_a_card_tells_what_was_found_on_rows_unseen(moving):
    """Labels one an arm, a unit, Qini beside random scores, and what a contact does on average."""
    card = moving.model.card
    assert (card.label, card.kind, card.unit) == ("effect:buys", "effect", "difference")
    assert card.labels == ("buys:fund:app", "buys:fund:phone")
    assert (card.rows, card.positives) == (3_000, int(card.positives))
    assert card.params["signal"]
    assert moving.model.explains
    assert card.metrics["qini"].value > card.metrics["qini_random"].high
    assert card.metrics["qini_over_response"].low > 0
    assert {"auuc", "uplift_10", "uplift_30", "ratio:buys:fund:phone"} <= card.metrics.keys()
    assert not card.limits


def test_no_signal_is_said_in_both_languages(plain):
    """The card says so, nothing is explained, and the average ratio is near the true 1.4."""
    card = plain.model.card
    assert not card.params["signal"]
    assert not plain.model.explains
    assert card.limits[0].en.startswith("no signal:")
    assert card.limits[0].zh.startswith("无信号")
    assert card.metrics["ratio:buys:fund:app"].low < 1.4 < card.metrics["ratio:buys:fund:app"].high


def gates_of(ours, theirs):
    return {each.gate: each.passed for each in judge_effects(ours, theirs, GATES)}


def test_what_ranks_better_on_the_same_rows_replaces_the_champion(moving):
    """The learned effect beats one drawn at random, and neither beats itself."""
    drawn = np.random.default_rng(1).normal(size=moving.tested.num_rows)
    place = moving.tested.column_names.index("used")
    blind = moving.tested.set_column(place, "used", [drawn])
    ours, weak = evidence(moving), evidence(moving, tested=blind)
    assert gates_of(ours, weak) == {"signal": True, "same rows": True, "better": True}
    assert gates_of(ours, ours) == {"signal": True, "same rows": True, "better": False}
    assert gates_of(weak, ours)["better"] is False


def test_a_learned_effect_without_a_signal_is_kept_out(moving):
    """A card that claims a signal which its own figures deny closes the gate."""
    card = moving.model.card
    band = replace(card.metrics["qini_random"], high=0.9)
    loud = replace(card, metrics={**card.metrics, "qini_random": band})
    assert gates_of(evidence(moving, card=loud), evidence(moving))["signal"] is False


def test_the_average_takes_over_from_a_champion_that_lost_its_signal(plain):
    """Where the champion ranks no better than random scores any more, it gives way; else not."""
    card = plain.model.card
    claims = replace(card, params=card.params | {"signal": True})
    place = plain.tested.column_names.index("used")
    drawn = np.random.default_rng(2).normal(size=plain.tested.num_rows)
    lost = evidence(plain, card=claims, tested=plain.tested.set_column(place, "used", [drawn]))
    assert gates_of(evidence(plain), lost)["better"] is True
    assert gates_of(evidence(plain), evidence(plain, card=claims))["better"] is False


def test_too_few_outcomes_in_common_close_the_gate(moving):
    """Fewer than the bank's bound of outcomes, and nothing else is judged."""
    assert gates_of(evidence(moving), evidence(moving, tested=moving.tested.slice(0, 100))) == {
        "signal": True,
        "same rows": False,
    }


def test_the_report_draws_the_curve_and_says_the_verdict(moving, plain):
    """In both languages, with the random orders behind it and every arm's average."""
    for trained, en, zh in (
        (moving, "Signal: the learned effect is used.", "有信号"),
        (plain, "No signal: the average effect is used.", "无信号"),
    ):
        facts = report_facts(evidence(trained))
        page = report_html(facts, "en")
        assert en in page
        assert zh in report_html(facts, "zh")
        assert "buys:fund:phone" in page
        assert 'id="qini-' in page
        effect = facts.effect
        assert (effect.low <= effect.high).all()
        assert effect.curves["effect"][-1] == pytest.approx(effect.curves["response"][-1])
    assert report_html(report_facts(evidence(plain)), "en") == page


def test_the_curve_ends_at_the_difference_of_all(moving):
    """Reaching everyone gains what those contacted gained beyond as many left alone."""
    effect = report_facts(evidence(moving)).effect
    tested = moving.tested.to_pandas()
    contacted, left = tested[tested.treated], tested[~tested.treated]
    gained = contacted.y.sum() - left.y.sum() * len(contacted) / len(left)
    assert effect.curves["effect"][-1] == pytest.approx(1_000 * gained / len(tested))


def test_versions_are_registered_listed_and_promoted_through_their_gates(tmp_path, moving):
    """The first is champion; the same again is no better; scores of effects are asked for apart."""
    place = Workspace(tmp_path)
    first = register(place, moving, now=NOW)
    again = register(place, moving, now=NOW)
    assert (first.role, again.role) == ("champion", "challenger")
    assert [each.version for each in list_models(place)] == [2, 1]
    with pytest.raises(GateClosed, match="Qini over the champion's, paired"):
        promote(place, "effect:buys", 2, now=NOW)
    assert evidence_of(place, "effect:buys", 2).tested.equals(moving.tested)
    catalog = ACatalog(names=moving.model.features)
    served = load_champions(
        place.models, moving.model.card.fingerprint, catalog.names, ("difference",)
    )
    assert set(served) == set(moving.model.labels)
    assert load_champions(place.models, moving.model.card.fingerprint, catalog.names) == {}


def features_of(bank):
    cohort = cohort_of(lot_of(bank))
    who = cohort["customer_id"].to_numpy().astype(float)
    return cohort.append_column("age", [who % 7])


def test_a_bank_without_a_lot_is_told_so_and_what_to_do(tmp_path):
    """Contacts that people chose teach nothing; the remedy is random contacts, and their others."""
    bank = a_bank_of(tmp_path, a_lot_of_calls(randomised=False, probability=None))
    with pytest.raises(NotRandomised, match="let a share of the capacity go at random, and keep"):
        train(bank, None, ACatalog(names=("age",)), BUYS, seed=1, now=NOW)


@pytest.mark.parametrize(
    ("definition", "label", "prefix"),
    [(BUYS, "buys:fund:phone", "ratio"), (EffectLabel("opt_out"), "opt_out:offer:phone", "added")],
)
def test_training_reads_the_lot_of_a_bank(tmp_path, definition, label, prefix):
    """Purchases and refusals of those called and of those left alone, as counted by hand."""
    contacts = a_lot_of_calls()
    for row in contacts[:60]:
        if row["customer_id"] % 2:
            row["outcome"] = "REFUSED_CHANNEL"
    holdings = [
        a_holding(who, MORNING + timedelta(days=3 + who % 40))
        for who in range(1, PEOPLE + 1)
        if who % 4 in (1, 2) and who % 3
    ]
    bank = a_bank_of(tmp_path, contacts, holdings=holdings)
    catalog = ACatalog(names=("age",))
    trained = train(bank, features_of(bank), catalog, definition, seed=1, now=NOW)
    card = trained.model.card
    assert card.labels == (label,)
    assert f"{prefix}:{label}" in card.metrics
    assert card.rows == PEOPLE
    expected = len(holdings) if prefix == "ratio" else 30
    assert card.positives == expected
    assert not trained.model.explains
