"""What contacts would change for each customer: held by the chance, learned or measured."""

from dataclasses import replace

import numpy as np
import pytest
from learned import AS_OF, NAMES, ACatalog, a_card, a_table, some_rows

from models.batch import REASONS, score_batches, thresholds_of
from models.card import Estimate
from models.contact import effects_of, effects_of_row
from models.effect import EffectScorer, Part, StraightLine
from models.model import load_model, save_model, sealed_model
from models.score import TableExplainer, explain_row, score_row, score_table

PHONE = "buys:fund:phone"
FROM = {"signal": True, "reasons": True, "wanted": True}


def slope(column, size=1.0):
    """A line that rises with one column and lies at zero where it is missing."""
    rising = np.zeros(len(NAMES))
    rising[column] = size
    none = np.zeros(len(NAMES))
    return StraightLine(0.0, none, np.ones(len(NAMES)), rising, none)


def a_teller(label=PHONE, *, size=0.02, ratio=None, column=0, **params):
    """A model whose effect is 0.02 times a column's signed logarithm."""
    part = Part(slope(column, size), (1.0,), probability=False)
    card = a_card(
        label=f"effect:{label.split(':')[0]}",
        labels=(label,),
        unit="difference",
        kind="effect",
        params=FROM | params,
        metrics={f"ratio:{label}": Estimate(ratio, ratio, ratio)} if ratio else {},
    )
    return sealed_model(card, EffectScorer((part,), np.empty((1, 0))))


def rows(count=60):
    return some_rows(np.random.default_rng(3), count, missing=0.0)[0] * 2


def by_hand(matrix, size=0.02):
    """The effect of each row, reckoned value by value."""
    return np.array(
        [size * float(np.clip(np.sign(x) * np.log1p(abs(x)), -5, 5)) for x in matrix[:, 0]]
    )


def test_a_model_of_effects_outlives_its_folder(tmp_path):
    """Saved and loaded it tells the same differences, and both its kind and its unit."""
    model, matrix = a_teller(), rows()
    save_model(model, tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert (again.card.kind, again.card.unit, again.version) == (
        "effect",
        "difference",
        model.version,
    )
    assert again.predict(matrix)[:, 0] == pytest.approx(by_hand(matrix), abs=1e-12)


def test_a_learned_change_stays_within_what_the_chance_leaves():
    """No chance falls below 0 or above 1; one who cannot buy is not moved."""
    matrix = rows()
    chance = np.linspace(0, 1, len(matrix))
    told = effects_of({PHONE: a_teller(size=0.5)}, a_table(matrix), {"buys:fund": chance})
    expected = [
        0.0 if p == 0 else min(max(effect, -p), 1 - p)
        for p, effect in zip(chance, by_hand(matrix, 0.5), strict=True)
    ]
    assert told.by_label[PHONE] == pytest.approx(np.array(expected), abs=1e-12)
    assert told.origins == {PHONE: "learned"}
    assert (np.array(expected) != by_hand(matrix, 0.5)).any()


def test_an_average_change_goes_by_each_customers_own_chance():
    """Without a signal it is p x (measured ratio - 1), whatever the lot's own line says."""
    matrix = rows()
    chance = np.linspace(0.01, 0.9, len(matrix))
    models = {PHONE: a_teller(ratio=1.4, signal=False)}
    told = effects_of(models, a_table(matrix), {"buys:fund": chance})
    expected = [min(p * 0.4, 1 - p) for p in chance]
    assert told.by_label[PHONE] == pytest.approx(np.array(expected))
    assert told.origins == {PHONE: "measured"}
    alone = effects_of(models, a_table(matrix), {})
    assert alone.by_label[PHONE] == pytest.approx(by_hand(matrix), abs=1e-12)


def average(kind, low, high):
    """A model without a signal whose average has an interval."""
    middle = (low + high) / 2
    model = a_teller(signal=False)
    card = replace(model.card, metrics={f"{kind}:{PHONE}": Estimate(middle, low, high)})
    return replace(model, card=card)


@pytest.mark.parametrize(
    ("kind", "low", "high", "told"),
    [
        ("ratio", 1.01, 5.0, True),
        ("ratio", 0.3, 0.99, True),
        ("ratio", 0.99, 1.30, False),
        ("ratio", 0.92, 1.08, True),
        ("added", 0.001, 0.04, True),
        ("added", -0.04, -0.001, True),
        ("added", -0.001, 0.004, False),
        ("added", -0.001, 0.002, True),
    ],
)
def test_an_average_that_is_not_shown_is_left_to_the_policy(kind, low, high, told):
    """It is told where its interval leaves no change out, or lies closely around it."""
    models, matrix = {PHONE: average(kind, low, high)}, rows()
    chances = {"buys:fund": np.full(len(matrix), 0.1)}
    found = effects_of(models, a_table(matrix), chances)
    assert (PHONE in found.by_label) is told
    row = dict(zip(NAMES, matrix[0].tolist(), strict=True))
    assert (PHONE in effects_of_row(models, 1, AS_OF, row, {}).by_label) is told


def test_leaving_is_held_by_the_chance_of_churn_and_one_row_is_told_alike():
    """The endpoint's single row and the night's table give each customer the same change."""
    matrix, label = rows(), "leaves:retention:phone"
    churn = np.linspace(0, 0.05, len(matrix))
    models = {label: a_teller(label, size=0.3, wanted=False)}
    told = effects_of(models, a_table(matrix), {"churn": churn})
    assert (told.by_label[label] >= -churn).all()
    for place, (changes, values) in enumerate(zip(told.rows(), matrix, strict=True)):
        row = dict(zip(NAMES, values.tolist(), strict=True))
        alone = effects_of_row(models, place + 1, AS_OF, row, {"churn": float(churn[place])})
        assert alone == changes


def test_reasons_of_an_effect_say_why_a_call_helps():
    """They name what raises the effect; for leaving, what makes a contact lower the chance."""
    matrix = np.zeros((2, len(NAMES)))
    matrix[0, 0], matrix[1, 0] = 5.0, -5.0
    buys, stays = a_teller(), a_teller("leaves:retention:phone", wanted=False)
    models = {PHONE: buys, "leaves:retention:phone": stays}
    explainer = TableExplainer(models, a_table(matrix), ACatalog())
    told = explainer.reasons(PHONE, [1, 2])
    assert [(r.feature, r.about) for r in told[1]] == [("cash_in_30d", "call")]
    assert told[2] == ()
    told = explainer.reasons("leaves:retention:phone", [1, 2])
    assert told[1] == ()
    assert [(r.feature, r.about, r.contribution > 0) for r in told[2]] == [
        ("cash_in_30d", "call", True)
    ]


@pytest.mark.parametrize("params", [{"signal": False}, {"reasons": False}])
def test_an_average_effect_and_a_harm_give_no_reasons(params):
    """Where nothing was learned of the customer, nothing is said of why a call helps."""
    model, matrix = a_teller(ratio=1.2, **params), np.full((1, len(NAMES)), 5.0)
    assert TableExplainer({PHONE: model}, a_table(matrix), ACatalog()).reasons(PHONE, [1]) == {
        1: ()
    }
    row = dict(zip(NAMES, matrix[0].tolist(), strict=True))
    (score,) = score_row({PHONE: model}, 1, AS_OF, row, ACatalog())
    assert score.reasons == ()


def test_an_effect_taken_apart_adds_up_to_the_difference():
    """Base and concepts are on the scale of the effect itself, below zero too."""
    row = dict.fromkeys(NAMES, 0.0) | {"cash_in_30d": -5.0}
    found = explain_row({PHONE: a_teller()}, PHONE, 1, AS_OF, row, phrasebook=ACatalog())
    assert found.log_odds == found.score.probability == pytest.approx(-0.02 * np.log(6))
    assert found.base + sum(share for _, share in found.concepts) == pytest.approx(found.log_odds)


def test_a_batch_explains_those_whom_a_contact_helps_most():
    """Of a purchase the highest, of leaving the lowest; each reason says what it answers."""
    matrix, label = rows(), "leaves:retention:phone"
    models = {PHONE: a_teller(), label: a_teller(label, wanted=False)}
    table = a_table(matrix)
    thresholds = thresholds_of(models, score_table(models, table), 5)
    batches = table.to_batches()
    (scored,) = score_batches(models, batches, phrasebook=ACatalog(), thresholds=thresholds)
    told = [
        {each["label"] for each in said or [] if each["about"] == "call"}
        for said in scored.column(REASONS).to_pylist()
    ]
    ranked = np.argsort(by_hand(matrix), kind="stable")
    assert {place for place, labels in enumerate(told) if PHONE in labels} == set(ranked[-5:])
    assert {place for place, labels in enumerate(told) if label in labels} == set(ranked[:5])
