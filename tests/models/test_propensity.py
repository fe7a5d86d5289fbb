"""Laws of the ranking of products: what is open shares the chance, and reasons add up."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from learned import a_card
from numpy.testing import assert_allclose

from models.boosted import Boosted
from models.calibration import Platt
from models.errors import BrokenModel
from models.model import load_model, save_model, sealed_model
from models.propensity import CLOSED, Counter, Ranker, Shelf, read_ranker

FEATURES = ("income", "visits", "holds_fund", "holds_loan", "is_private", "is_business")
LABELS = ("buys:fund", "buys:loan", "buys:card")
CARD = a_card(
    label="next_product", labels=LABELS, kind="ranker", features=FEATURES, params={"rounds": 40}
)


def some_customers(rng, rows):
    """Incomes and visits with gaps, and flags of 0, 1 or missing."""
    matrix = rng.normal(size=(rows, len(FEATURES)))
    matrix[:, 2:] = rng.choice([0.0, 1.0, np.nan], p=[0.7, 0.25, 0.05], size=(rows, 4))
    matrix[rng.random(rows) < 0.1, 0] = np.nan
    return matrix


def a_booster(rng):
    """Three classes that lean on income and visits: nothing, fund, loan."""
    matrix = some_customers(rng, 3_000)
    lean = np.column_stack([np.zeros(3_000), 1.5 * matrix[:, 0], -1.5 * matrix[:, 1]])
    bought = np.argmax(np.nan_to_num(lean) + rng.gumbel(size=lean.shape), axis=1)
    params = {"objective": "multiclass", "num_class": 3, "num_leaves": 6, "verbosity": -1}
    data = lightgbm.Dataset(matrix, bought, feature_name=list(FEATURES))
    return lightgbm.train(params | {"num_threads": 1, "seed": 3}, data, 40)


def shelves():
    """Fund ranks calibrated, loans are for business only, cards have a base rate."""
    everyone = ("retail", "private", "business")
    return (
        Shelf("buys:fund", 2, everyone, Platt(0.8, -0.3), 1, -1.0),
        Shelf("buys:loan", 3, ("business",), Platt(1.0, 0.0), 2, -2.0),
        Shelf("buys:card", 3, everyone, Platt(0.0, -2.5), None),
    )


BOOSTER = a_booster(np.random.default_rng(1))
RANKER = Ranker(Boosted(BOOSTER.model_to_string()), Counter(shelves(), (4, 5)))
MATRIX = some_customers(np.random.default_rng(2), 300)


def is_open(row, shelf):
    """Whether a customer can still buy a family, told flag by flag."""
    _, _, _, _, private, business = row
    if row[shelf.holds] == 1:
        return False
    if np.isnan(private) or np.isnan(business):
        return True
    group = "business" if business == 1 else "private" if private == 1 else "retail"
    return group in shelf.groups


def log_odds_by_hand(scores, row, shelf):
    """Log-odds of a class among the open ones, calibrated, for one row of raw scores."""
    if shelf.place is None:
        return shelf.line.intercept
    chances = {0: np.exp(scores[0])}
    for each in shelves():
        if each.place is not None and is_open(row, each):
            chances[each.place] = np.exp(scores[each.place] + each.start)
    own = chances.pop(shelf.place)
    return shelf.line.slope * np.log(own / sum(chances.values())) + shelf.line.intercept


def test_the_open_families_share_the_chance():
    """Each family's log-odds are those of its share of exp(score) among what is open."""
    scores = BOOSTER.predict(MATRIX, raw_score=True)
    raw = RANKER.raw(MATRIX)
    closed = 0
    for place, shelf in enumerate(shelves()):
        for row, said, found in zip(MATRIX, scores, raw[:, place], strict=True):
            if is_open(row, shelf):
                assert found == pytest.approx(log_odds_by_hand(said, row, shelf), abs=1e-9)
            else:
                closed += 1
                assert found == CLOSED
    assert closed > 200


def test_what_is_held_has_no_chance():
    """A family that a customer holds has a probability of 0 but for rounding."""
    model = sealed_model(CARD, RANKER)
    held = MATRIX[:, 2] == 1
    chance = model.predict(MATRIX)[:, 0]
    assert chance[held].max() < 1e-14
    assert chance[~held].min() > 1e-4


@pytest.mark.parametrize("place", [0, 1])
def test_reasons_are_the_integrated_gradients_of_the_classes_trees(place):
    """Against a sum over 4,000 steps, with TreeSHAP of every class by LightGBM."""
    shelf = shelves()[place]
    open_to = RANKER.counter.open_to(MATRIX)
    shares = BOOSTER.predict(MATRIX, pred_contrib=True).reshape(len(MATRIX), 3, -1)
    found = RANKER.contributions(MATRIX, place)
    for number in np.flatnonzero(open_to[:, place])[:8]:
        classes = [0] + [s.place for i, s in enumerate(shelves()[:2]) if open_to[number, i]]
        starts = np.array([0.0, *(s.start for s in shelves()[:2])])
        before = starts + shares[number, :, -1]
        after = before + shares[number, :, :-1].sum(axis=1)
        rest = [each for each in classes if each != shelf.place]
        pull = np.zeros(3)
        for step in (np.arange(4_000) + 0.5) / 4_000:
            chance = np.exp((before + step * (after - before))[rest])
            pull[rest] -= chance / chance.sum() / 4_000
        pull[shelf.place] = 1.0
        expected = shelf.line.slope * pull @ shares[number, :, :-1]
        assert_allclose(found[number], expected, atol=1e-6)


def test_reasons_add_up_from_a_base_that_only_what_is_open_moves():
    """Log-odds less contributions are one number for all to whom the same families are open."""
    open_to = RANKER.counter.open_to(MATRIX)[:, :2]
    for place in (0, 1):
        left = RANKER.raw(MATRIX)[:, place] - RANKER.contributions(MATRIX, place).sum(axis=1)
        for same in np.unique(open_to[open_to[:, place]], axis=0):
            assert np.ptp(left[(open_to == same).all(axis=1)]) < 1e-6


def test_taking_the_strongest_reason_away_lowers_the_score():
    """Where a feature raises the log-odds most, its median value in its place lowers them."""
    rows = np.flatnonzero(RANKER.counter.open_to(MATRIX)[:, 0])
    shares = RANKER.contributions(MATRIX, 0)[rows]
    strongest = shares[:, :2].argmax(axis=1)
    strong = shares[np.arange(len(rows)), strongest] > 0.3
    asked = MATRIX[rows[strong]].copy()
    asked[np.arange(len(asked)), strongest[strong]] = 0.0
    fell = RANKER.raw(asked)[:, 0] < RANKER.raw(MATRIX)[rows[strong], 0]
    assert strong.sum() > 50
    assert fell.mean() > 0.95


def test_a_family_with_a_base_rate_gives_no_reasons():
    """Whom it is open to has the rate, and nothing moves it; nor is anything said of the closed."""
    assert not RANKER.contributions(MATRIX, 2).any()
    assert set(RANKER.raw(MATRIX)[:, 2]) == {-2.5, CLOSED}
    held = MATRIX[:, 2] == 1
    assert not RANKER.contributions(MATRIX[held], 0).any()


def test_no_rows_have_no_scores():
    """An empty matrix gives empty answers."""
    assert RANKER.raw(MATRIX[:0]).shape == (0, 3)
    assert RANKER.contributions(MATRIX[:0], 0).shape == (0, 6)


def test_a_ranker_comes_back_from_its_folder(tmp_path):
    """Written and read, it scores to the bit as before, and so do its reasons."""
    model = sealed_model(CARD, RANKER)
    save_model(model, tmp_path / "model")
    back = load_model(tmp_path / "model")
    assert (back.raw(MATRIX) == model.raw(MATRIX)).all()
    found = back.contributions(MATRIX, "buys:loan")
    assert (found == model.contributions(MATRIX, "buys:loan")).all()


@pytest.mark.parametrize(
    ("card", "files", "words"),
    [
        (CARD, {"ranker.json": b"{"}, "do not read as a ranker"),
        (CARD, {"ranker.json": b'{"shelves": [{"line": 1}], "kind_flags": null}'}, "KeyError"),
        (CARD, {}, "do not read as a ranker"),
        (replace(CARD, labels=LABELS[::-1]), RANKER.files(), "other labels than its card"),
    ],
)
def test_a_broken_ranker_is_refused(card, files, words):
    """Files that do not read, or rank other labels, are named."""
    with pytest.raises(BrokenModel, match=words):
        read_ranker(card, files)
