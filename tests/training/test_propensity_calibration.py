"""Laws of honest odds: products with few purchases lean on the others, and by how much."""

import numpy as np
import pytest

from models.calibration import Platt, fit_platt, logit, sigmoid
from training.products.calibration import (
    AS_IS,
    ENOUGH,
    Unlearned,
    base_rate_line,
    lines_of,
    shift_of,
    spread_of,
)


def a_product(rng, rows, *, rate=-3.0, shift=0.0, each=1):
    """Scores that are right but for a shift, and purchases drawn by the truth."""
    log_odds = rate + rng.normal(size=rows // each)
    y = (rng.random(rows // each) < sigmoid(log_odds + shift)).astype(np.int8)
    customers = np.arange(rows // each)
    return Unlearned(*(np.repeat(column, each) for column in (log_odds, y, customers)))


def log_posterior(product, shift, spread):
    """What the most likely shift makes greatest, term by term."""
    chance = sigmoid(product.log_odds + shift)
    told = np.where(product.y == 1, np.log(chance), np.log1p(-chance)).sum()
    return told / product.repeats - shift**2 / (2 * spread)


@pytest.mark.parametrize("each", [1, 3])
def test_a_shift_is_the_most_likely_one(each):
    """No other shift on a fine grid has a greater posterior, however often rows repeat."""
    product = a_product(np.random.default_rng(4), 3_000, shift=0.7, each=each)
    grid = np.linspace(-2, 2, 4_001)
    best = grid[np.argmax([log_posterior(product, shift, 0.05) for shift in grid])]
    found = shift_of(product, AS_IS, 0.05)
    assert found == pytest.approx(best, abs=1e-3)
    assert 0.1 < found < shift_of(product, AS_IS, 100.0)


def test_telling_the_same_thrice_proves_no_more():
    """Rows that repeat a customer's purchase move the shift no further than one of each would."""
    once = a_product(np.random.default_rng(5), 1_500, shift=0.7)
    thrice = Unlearned(*(np.repeat(c, 3) for c in (once.log_odds, once.y, once.customer_id)))
    assert shift_of(thrice, AS_IS, 0.05) == pytest.approx(shift_of(once, AS_IS, 0.05), abs=1e-6)


def test_products_that_differ_by_chance_alone_are_not_shifted():
    """Over many draws of alike products the spread is about nothing."""
    rng = np.random.default_rng(6)
    found = [spread_of(AS_IS, [a_product(rng, 800) for _ in range(6)]) for _ in range(60)]
    assert np.median(found) < 0.005


def test_the_spread_finds_how_much_products_differ():
    """Where shifts have variance .25, the mean spread found is near it."""
    rng = np.random.default_rng(7)
    found = [
        spread_of(AS_IS, [a_product(rng, 4_000, shift=s) for s in rng.normal(0, 0.5, 8)])
        for _ in range(60)
    ]
    assert np.mean(found) == pytest.approx(0.25, abs=0.08)


def test_purchases_enough_have_a_line_of_their_own():
    """A product with 300 purchases and a calibration error beyond .02 gets its Platt line."""
    rng = np.random.default_rng(8)
    off = a_product(rng, 6_000, rate=-1.0, shift=1.0)
    fine = a_product(rng, 6_000, rate=-1.0)
    assert min(off.positives, fine.positives) >= ENOUGH
    assert lines_of([off, fine]) == (fit_platt(off.log_odds, off.y), AS_IS)


def test_few_purchases_share_the_slope():
    """A sparse product has the slope of all together and its own, shrunken, intercept."""
    rng = np.random.default_rng(9)
    many = [a_product(rng, 8_000, rate=-1.0, shift=s) for s in (0.8, 1.2)]
    few = a_product(rng, 300, rate=-1.0, shift=3.0)
    assert few.positives < ENOUGH
    line = lines_of([*many, few])[2]
    shared = fit_platt(
        np.concatenate([each.log_odds for each in (*many, few)]),
        np.concatenate([each.y for each in (*many, few)]),
    )
    assert line.slope == shared.slope
    assert line.intercept > shared.intercept + 0.2


def test_a_line_without_rows_changes_nothing():
    """Where nothing is known, the odds stay as they are."""
    nothing = Unlearned(np.empty(0), np.empty(0, np.int8), np.empty(0, np.int64))
    assert lines_of([nothing]) == (AS_IS,)


@pytest.mark.parametrize("rows", [10, 1_000, 100_000])
def test_what_nobody_bought_stays_below_the_rule_of_three(rows):
    """Without a purchase the rate is above zero and below 3 / rows and the pooled rate."""
    line = base_rate_line(0, rows, 0.03)
    rate = float(sigmoid(np.array([line.intercept]))[0])
    assert line.slope == 0
    assert 0 < rate < min(3 / rows, 0.03)


def test_a_base_rate_tends_to_what_was_seen():
    """With many rows the pooled rate no longer counts; with none it is all there is."""
    assert base_rate_line(4_000, 100_000, 0.9).intercept == pytest.approx(
        float(logit(np.array([0.04]))[0]), abs=1e-3
    )
    alone = base_rate_line(0, 0, 0.03)
    assert alone == Platt(0.0, pytest.approx(float(logit(np.array([0.03]))[0])))
