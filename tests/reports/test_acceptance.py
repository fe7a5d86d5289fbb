"""What earlier days say of chances, and what is expected of an offer, by hand."""

from datetime import date

import numpy as np
import pytest

from outreach.funnel import funnel_of
from reports import Audience, NotComparable, Way, acceptance, looked_back
from reports.acceptance import together, trust_of

DAY = date(2026, 1, 1)


def a_window(expected, observed, *, day=DAY, rows=1000):
    """Customers who live alone, all as likely to buy."""
    chance = np.full(rows, expected / rows)
    return looked_back(day, chance, np.arange(rows) < observed, np.arange(rows), learned=False)


def an_audience(chance, **facts):
    """Everyone is eligible and may be called, which adds half of the chance."""
    everyone = np.ones(len(chance), dtype=bool)
    plain = {
        "channel": "phone", "allowed": everyone, "listed": ~everyone, "effect": chance / 2,
        "opt_out": np.full(len(chance), 0.01), "complaint": np.full(len(chance), 0.001),
        "margin_cents": 1000.0, "cost_cents": 10.0, "origin": "assumed",
    }  # fmt: skip
    return Audience(everyone, chance, (Way(**plain | facts),), {})


def expected(audience, *windows):
    return acceptance(audience, {"fund": windows}, "fund", funnel_of([])).expected


def test_chances_are_corrected_by_what_they_came_to():
    """Half as many bought as was expected: half as many are expected to buy."""
    windows = [a_window(100.0, 50, day=date(2025, month, 1)) for month in (1, 4, 7, 10)]
    eligible, called = expected(an_audience(np.full(2000, 0.05)), *windows)
    assert eligible.alone.value == pytest.approx(50, rel=0.01)
    assert called.added.value == pytest.approx(25, rel=0.01)
    assert (called.added.low, called.added.high) == (0.0, pytest.approx(2 * called.added.value))
    assert called.margin_cents.value == pytest.approx(1000 * called.added.value)
    assert called.cost_cents == 20_000
    assert called.net_cents.value == pytest.approx(called.margin_cents.value - 20_000)
    assert (called.opt_outs, called.complaints) == (pytest.approx(20), pytest.approx(2))


def test_an_effect_that_was_learned_is_not_corrected():
    """It was learned as a difference, and not as a multiple of the chance."""
    windows = [a_window(100.0, 50)]
    _, called = expected(an_audience(np.full(2000, 0.05), origin="learned"), *windows)
    assert called.added.value == pytest.approx(50)


def test_days_that_lie_apart_widen_the_interval_for_every_family():
    """Chance alone leaves nothing between them; seasons of a third leave about a third."""
    months = (1, 4, 7, 10)
    steady = [a_window(400.0, 400, day=date(2025, month, 1)) for month in months]
    seasons = [
        a_window(400.0, seen, day=date(2025, month, 1))
        for month, seen in zip(months, (550, 280, 280, 550), strict=True)
    ]
    few = [a_window(10.0, 10, day=date(2025, month, 1)) for month in months]
    calm, rough = trust_of(few, together([few, steady])), trust_of(few, together([few, seasons]))
    assert calm.doubt == pytest.approx((10 * 0.99 / 10.5**2 / 4) ** 0.5, rel=0.01)
    assert 0.3 < rough.doubt < 0.5


@pytest.mark.parametrize("season", [0.0, 0.1, 0.3])
def test_the_interval_holds_what_comes_in_19_of_20_worlds(season):
    """Four windows and the 90 days to come, each with a season of its own, in 1,000 worlds.

    Where nothing sets the days apart the interval is wider than it need be.
    """
    rng, held = np.random.default_rng(5), 0
    for _ in range(1000):
        true = np.exp(season * rng.normal(size=5))
        families = {
            name: [
                a_window(40.0, rng.poisson(40 * of), day=date(2025, 3 * at + 1, 1))
                for at, of in enumerate(true[:4])
            ]
            for name in ("fund", "deposit", "wealth", "loan")
        }
        audience = an_audience(np.full(1000, 0.04))
        said, _ = acceptance(audience, families, "fund", funnel_of([])).expected
        held += said.alone.low <= rng.poisson(40 * true[4]) <= said.alone.high
    assert 0.94 <= held / 1000 <= 0.99


def test_households_that_buy_together_widen_the_interval():
    """Four at a time are a quarter as many."""
    chance, bought = np.full(400, 0.1), np.arange(400) < 40
    alone = looked_back(DAY, chance, bought, np.arange(400), learned=False)
    fours = looked_back(DAY, chance, bought, np.arange(400) // 4, learned=False)
    assert trust_of([fours], [fours]).common == pytest.approx(4, rel=0.1)
    assert trust_of([alone], [alone]).common == pytest.approx(1)


def test_without_a_past_nothing_is_told():
    """No chance is taken at its word."""
    with pytest.raises(NotComparable, match="no earlier 90 days"):
        expected(an_audience(np.full(10, 0.1)))
