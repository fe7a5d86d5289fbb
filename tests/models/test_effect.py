"""The effect of a contact as a scorer: what it adds up from, and what a folder keeps of it."""

import json
from dataclasses import replace
from itertools import pairwise

import lightgbm
import numpy as np
import pytest
from learned import NAMES, a_card, some_rows

from models.boosted import Boosted
from models.effect import EFFECT, EffectScorer, Part, StraightLine, read_effect
from models.errors import BrokenModel

LABELS = ("buys:fund:phone", "buys:fund:sms")
WIDTH = len(NAMES) + 2
ARMS = np.eye(2)


def a_line(seed, *, width=WIDTH):
    rng = np.random.default_rng(seed)
    columns = (rng.normal(size=width), rng.uniform(0.5, 2, width), *rng.normal(size=(2, width)))
    return StraightLine(float(rng.normal()), *columns)


def trees(seed, objective, *, width=WIDTH):
    """A booster that learned a little of everything, missing values among it."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(800, width))
    target = np.nansum(matrix[:, :3], axis=1) + rng.normal(size=800)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    y = target if objective == "regression" else (target > 0).astype(float)
    params = {"objective": objective, "num_leaves": 6, "verbosity": -1, "num_threads": 1}
    return Boosted(lightgbm.train(params, lightgbm.Dataset(matrix, y), 15).model_to_string())


def a_contrast():
    """The chance with a contact less that without, by two lines."""
    with_it = Part(a_line(1), (1.0, 1.0), probability=True)
    return EffectScorer((with_it, Part(a_line(2), (-1.0, -1.0), probability=True)), ARMS)


def a_mixture():
    """Every sort of part at once, each label with weights of its own."""
    return EffectScorer(
        (
            Part(a_line(3), (1.2, 0.1), probability=True),
            Part(a_line(4), (0.3, -0.2), probability=False),
            Part(trees(5, "binary"), (-1.0, 0.5), probability=True),
            Part(trees(6, "regression"), (0.1, 0.7), probability=False),
        ),
        ARMS,
    )


def slow_line(line, values):
    """What a line says of one row, value by value."""
    total = line.constant
    for place, value in enumerate(values):
        if np.isnan(value):
            total += line.gap[place]
        else:
            log = np.copysign(np.log(1 + abs(value)), value)
            standard = (log - line.middle[place]) / line.spread[place]
            total += line.slope[place] * max(-5.0, min(5.0, standard))
    return total


def chance(log_odds):
    return 1 / (1 + np.exp(-log_odds))


def rows_of(count=200, seed=0):
    return some_rows(np.random.default_rng(seed), count)[0] * 3


def test_an_effect_is_the_chance_with_a_contact_less_that_without():
    """Reckoned row by row, missing and extreme values included, for each arm."""
    scorer, matrix = a_contrast(), rows_of(50)
    matrix[0, 0], matrix[1, 1] = 1e12, -1e12
    for place, arm in enumerate(ARMS):
        slow = [
            chance(slow_line(scorer.parts[0].body, [*row, *arm]))
            - chance(slow_line(scorer.parts[1].body, [*row, *arm]))
            for row in matrix
        ]
        assert scorer.raw(matrix)[:, place] == pytest.approx(np.array(slow), abs=1e-12)


def test_parts_add_up_by_their_weights():
    """A label's effect is the weighted sum of what each part says alone."""
    scorer, matrix = a_mixture(), rows_of()
    alone = [EffectScorer((replace(part, weights=(1.0, 1.0)),), ARMS) for part in scorer.parts]
    for place in range(2):
        total = sum(
            part.weights[place] * each.raw(matrix)[:, place]
            for part, each in zip(scorer.parts, alone, strict=True)
        )
        assert scorer.raw(matrix)[:, place] == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("place", [0, 1])
def test_contributions_and_one_constant_make_the_effect(place):
    """With lines what the contributions leave is the effect upon the average customer."""
    scorer, matrix = a_contrast(), rows_of()
    left = scorer.raw(matrix)[:, place] - scorer.contributions(matrix, place).sum(axis=1)
    average = np.array([np.copysign(np.expm1(abs(m)), m) for m in scorer.parts[0].body.middle])
    begun = chance(slow_line(scorer.parts[0].body, [*average[: len(NAMES)], *ARMS[place]]))
    assert np.ptp(left) < 1e-12
    other = scorer.parts[1].body
    own = np.array([np.copysign(np.expm1(abs(m)), m) for m in other.middle])
    begun -= chance(slow_line(other, [*own[: len(NAMES)], *ARMS[place]]))
    assert left[0] == pytest.approx(begun, abs=1e-12)


def test_contributions_are_the_integrated_gradient():
    """Walking from the average to the customer in small steps gives each feature the same share."""
    scorer, matrix = a_contrast(), rows_of(20)
    found = scorer.contributions(matrix, 0)
    for row, values in enumerate(matrix):
        walked = np.zeros(len(NAMES))
        for part in scorer.parts:
            shares = part.body.shares(values[None, :])[0]
            begun = slow_line(part.body, [*values, *ARMS[0]]) - shares.sum()
            for here, there in pairwise(np.linspace(0, 1, 4001)):
                middle = chance(begun + shares.sum() * (here + there) / 2)
                walked += part.weights[0] * shares * middle * (1 - middle) * (there - here)
        assert found[row] == pytest.approx(walked, abs=1e-7)


def test_trees_of_one_arm_leave_one_constant():
    """Where there are no columns of arms, trees' contributions too add up but for a constant."""
    width = len(NAMES)
    parts = (
        Part(trees(7, "binary", width=width), (1.0,), probability=True),
        Part(trees(8, "binary", width=width), (-1.0,), probability=True),
        Part(trees(9, "regression", width=width), (0.5,), probability=False),
    )
    scorer, matrix = EffectScorer(parts, np.empty((1, 0))), rows_of()
    left = scorer.raw(matrix)[:, 0] - scorer.contributions(matrix, 0).sum(axis=1)
    assert np.ptp(left) < 1e-9
    assert np.ptp(scorer.raw(matrix)) > 0.1


def test_an_average_customer_moves_nothing():
    """A row at the middle of every column has no contributions, and no division by zero."""
    line = replace(a_line(1), middle=np.zeros(WIDTH))
    scorer = EffectScorer((Part(line, (1.0, 1.0), probability=True),), ARMS)
    assert not scorer.contributions(np.zeros((1, len(NAMES))), 0).any()


@pytest.mark.parametrize("scorer", [a_contrast(), a_mixture()])
def test_what_is_read_back_says_the_same(scorer):
    """Files give the same scores and the same bytes again; no rows give no scores."""
    matrix = rows_of()
    card = a_card(labels=LABELS, unit="difference", kind="effect")
    again = read_effect(card, scorer.files())
    assert again.files() == scorer.files()
    assert (again.raw(matrix) == scorer.raw(matrix)).all()
    assert (again.contributions(matrix, 1) == scorer.contributions(matrix, 1)).all()
    assert again.raw(matrix[:0]).shape == (0, 2)
    assert again.contributions(matrix[:0], 0).shape == (0, len(NAMES))


def _without(files, *path):
    said = json.loads(files[EFFECT])
    inner = said
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return files | {EFFECT: json.dumps(said).encode()}


def _damaged(files):
    yield {name: text for name, text in files.items() if name != EFFECT}
    yield {name: text for name, text in files.items() if name == EFFECT}
    yield files | {EFFECT: files[EFFECT][:100]}
    yield files | {"effect-2.txt": b"tree"}
    yield _without(files, "arms")
    yield _without(files, "arms", 0)
    yield _without(files, "parts", 0, "line", "slope")
    yield _without(files, "parts", 0, "line", "slope", 0)
    yield _without(files, "parts", 1, "weights", 0)
    yield files | {EFFECT: b'{"arms": [[1, 0], [0, 1]], "parts": []}'}


def test_damaged_files_are_told():
    """A file that is gone, cut short, or does not fit the card is a BrokenModel with a remedy."""
    card = a_card(labels=LABELS, unit="difference", kind="effect")
    tried = list(_damaged(dict(a_mixture().files())))
    for files in tried:
        with pytest.raises(BrokenModel, match="train again"):
            read_effect(card, files)
    assert len(tried) == 10


def test_a_card_of_fewer_features_is_told():
    """Lines and trees wider than the card's features are refused."""
    card = a_card(labels=LABELS, unit="difference", kind="effect", features=NAMES[:-1])
    for scorer in (a_contrast(), EffectScorer(a_mixture().parts[2:3], ARMS)):
        with pytest.raises(BrokenModel, match="does not fit"):
            read_effect(card, scorer.files())
