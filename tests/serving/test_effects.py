"""What contacts change, as the service answers it: used, explained, and kept apart from chances."""

from dataclasses import replace

import numpy as np
import pytest
from lots import a_lot
from served import CUSTOMERS, NOW, WITHOUT_CONSENT, held_out, promote, talking_to

from features.catalog import CATALOG
from models.matrix import matrix_of
from models.model import sealed_model
from training.definitions.effects import EffectLabel
from training.effects.effect import EffectSettings, learn_effect
from training.effects.lot import Arm
from training.effects.taught import effect_card

DEPOSIT = "buys:deposit:phone"


def a_taught_model(features):
    """An effect that a lot really taught: the richer a customer, the more a call about deposits
    helps, and the poorer are driven away.
    """  # noqa: D205 - one sentence
    matrix = matrix_of(features, CATALOG.names)
    rng = np.random.default_rng(5)
    rows = rng.integers(0, len(matrix), 4_000)
    rich = rows / len(matrix)
    treated = rng.random(len(rows)) < 0.5
    y = (rng.random(len(rows)) < 0.3 + treated * (0.6 * rich - 0.3)).astype(np.int8)
    plain, _ = a_lot(len(rows))
    data = replace(
        plain,
        features=CATALOG.names,
        fingerprint=CATALOG.fingerprint,
        matrix=matrix[rows],
        treated=treated,
        y=y,
        arms=(Arm("deposit", "phone"),),
        arm=np.zeros(len(rows), dtype=np.int64),
    )
    learned = learn_effect(data, EffectSettings(0, ("S-learner, lines",), repeats=1))
    return sealed_model(effect_card(data, learned, EffectLabel("buys"), NOW), learned.scorer)


@pytest.fixture(scope="module")
def model(features):
    found = a_taught_model(features)
    assert found.learned
    return found


@pytest.fixture
def asking(workspace, model):
    promote(workspace, model)
    with talking_to(workspace) as (client, _desk):

        def ask(path, **body):
            answer = client.post(path, json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        yield ask


def some(wanted):
    """Customers who may be called, the richest or the poorest first."""
    able = [who for who in CUSTOMERS if not held_out(who) and who != WITHOUT_CONSENT]
    return able[::-1] if wanted == "rich" else able


def test_why_flagged_and_why_a_call_helps_are_two_answers(asking):
    """A probability's reasons speak of the flag, those of the contact's effect of the call."""
    who = some("rich")[0]
    said = asking("/v1/explain", customer_id=who, label="buys:deposit")
    assert {why["about"] for why in said["reasons"]} <= {"flagged"}
    (contact,) = said["contacts"]
    assert (contact["label"], contact["known"]) == (DEPOSIT, "learned")
    assert contact["change"] > 0
    assert contact["reasons"]
    assert {why["about"] for why in contact["reasons"]} == {"call"}
    assert asking("/v1/explain", customer_id=who, label="churn")["contacts"] == []


def test_an_effect_is_no_probability(asking):
    """Scores hold chances only; the effect's version stands with the offers that rest on it."""
    who = some("rich")[0]
    assert DEPOSIT not in asking("/v1/score", customer_id=who)["probabilities"]
    offers = asking("/v1/next_best_offers", customer_id=who)
    assert DEPOSIT in offers["model_versions"]


def test_an_offer_by_phone_rests_on_the_learned_effect(asking):
    """The answer names the effect, that it was learned, and why the call helps."""
    found = []
    for who in some("rich")[:20]:
        said = asking("/v1/next_best_offers", customer_id=who, channel="phone")
        found += [each for each in said["actions"] if each["offer_code"] == "D1"]
    assert found, said["withheld"]
    for action in found:
        assert action["effect_from"] == "learned"
        assert action["effect"] > 0
        assert "lift_ratio" not in action["assumed"]
        assert "call" in {why["about"] for why in action["reasons"]}


def test_who_a_call_drives_away_is_not_offered_it(asking):
    """The poorest are likeliest to buy, but a call lowers their chance: nothing is proposed."""
    for who in some("poor")[:10]:
        said = asking("/v1/next_best_offers", customer_id=who, channel="phone")
        assert all(each["offer_code"] != "D1" for each in said["actions"])
        (withheld,) = [each for each in said["withheld"] if each["offer_code"] == "D1"]
        assert withheld["because"] == "not_recommended"
