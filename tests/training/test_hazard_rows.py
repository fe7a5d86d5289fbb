"""Rows watched for a while: what counts of them, and the periods that teach."""

from datetime import date, timedelta

import numpy as np
import pytest
from happening import FIRST, PERIODS, some_events
from scipy.stats import norm

from training.hazards.cells import cell_folds, cells_of
from training.hazards.rows import life_table


def day(number):
    return FIRST + timedelta(days=number)


@pytest.fixture
def watched():
    """Rows of which the later dates are watched in part only."""
    events, _ = some_events(np.random.default_rng(1), until=day(275))
    return events


@pytest.mark.parametrize("on", [31, 60, 89, 90, 91, 200, 275, 400])
def test_only_what_had_ended_is_known(on):
    """As of a day each row is watched for the periods that ended by it, and no event is later."""
    events, _ = some_events(np.random.default_rng(2))
    known = events.until(day(on))
    expected = []
    for customer, begins, period in zip(
        events.data.customer_id, events.data.as_of, events.period, strict=True
    ):
        ended = [k for k in range(1, PERIODS + 1) if begins.item() + timedelta(30 * k) <= day(on)]
        if ended:
            expected.append((customer, begins.item(), period * (period in ended), len(ended)))
    found = zip(
        known.data.customer_id, known.data.as_of.tolist(), known.period, known.observed, strict=True
    )
    assert list(found) == expected
    assert (known.data.y == (known.period > 0)).all()


def test_a_horizon_counts_rows_watched_for_so_long(watched):
    """The outcome within a horizon is told of rows watched throughout, and of no others."""
    data = watched.by(3)
    expected = [
        (customer, begins, int(0 < period <= 3))
        for customer, begins, period, observed in zip(
            watched.data.customer_id,
            watched.data.as_of,
            watched.period,
            watched.observed,
            strict=True,
        )
        if observed >= 3
    ]
    assert list(zip(data.customer_id, data.as_of, data.y, strict=True)) == expected
    assert 0 < len(data.y) < len(watched.period)


def test_the_life_table_counts_row_by_row(watched):
    """The share by each period is one less the product of the shares spared among those at risk."""
    spared, found = 1.0, life_table(watched)
    for period in range(1, PERIODS + 1):
        at_risk = happened = 0
        for seen, observed in zip(watched.period, watched.observed, strict=True):
            at_risk += observed >= period and not 0 < seen < period
            happened += seen == period
        spared *= 1 - happened / at_risk
        assert found[period - 1] == pytest.approx(1 - spared)


def by_hand(events):
    """Every (row, period) at risk with its outcome, one by one."""
    return {
        (row, period): int(seen == period)
        for row, (seen, observed) in enumerate(zip(events.period, events.observed, strict=True))
        for period in range(1, (seen or observed) + 1)
    }


def test_small_data_keep_every_period_at_risk(watched):
    """Where there are few, each period at risk stands for itself, once, in order."""
    cells = cells_of(watched, np.random.default_rng(3))
    expected = by_hand(watched)
    found = dict(
        zip(zip(cells.row.tolist(), cells.period.tolist(), strict=True), cells.y, strict=True)
    )
    assert found == expected
    assert list(found) == sorted(expected)
    assert len(cells.row) == len(expected)
    assert (cells.weight == 1).all()


@pytest.mark.parametrize("most", [500, 900])
def test_a_draw_stands_for_every_period_at_risk(watched, most):
    """Drawn cells weigh together as many event-free periods as there are, in each period."""
    cells = cells_of(watched, np.random.default_rng(4), most=most)
    expected = by_hand(watched)
    assert len(cells.row) == pytest.approx(max(most, 2 * cells.y.sum()), abs=PERIODS)
    pairs = list(zip(cells.row.tolist(), cells.period.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    for period in range(1, PERIODS + 1):
        here = cells.period == period
        spared = sum(1 for (_, p), y in expected.items() if p == period and not y)
        happened = sum(y for (_, p), y in expected.items() if p == period)
        assert cells.weight[here & (cells.y == 0)].sum() == pytest.approx(spared)
        assert cells.y[here].sum() == happened
    assert (cells.weight[cells.y == 1] == 1).all()
    assert all(expected[pair] == y for pair, y in zip(pairs, cells.y, strict=True))


def test_draws_estimate_what_all_periods_say(watched):
    """The weighted mean of a feature over draws centres on its mean over all periods at risk."""
    feature = np.nan_to_num(watched.data.matrix[:, 0])
    spared = [row for (row, _), y in by_hand(watched).items() if not y]
    truth = feature[spared].mean()
    means = []
    for seed in range(200):
        cells = cells_of(watched, np.random.default_rng(seed), most=500)
        free = cells.y == 0
        means.append(np.average(feature[cells.row[free]], weights=cells.weight[free]))
    error = np.std(means) / np.sqrt(len(means))
    assert abs(np.mean(means) - truth) < norm.ppf(0.9995) * error


def test_what_teaches_had_ended_before_what_is_tested(watched):
    """In every fold no teaching period ends after the first date tested; tested dates part."""
    cells = cells_of(watched, np.random.default_rng(5))
    found = cell_folds(watched, cells, np.random.default_rng(5))
    folds = found.cells
    begins = watched.data.as_of[cells.row]
    ends = begins + 30 * cells.period.astype(int)
    assert len(folds) == 3
    dates = [set(begins[test].tolist()) for _, test in folds]
    assert len(set.union(*dates)) == sum(map(len, dates))
    assert max(dates[0]) == max(begins.tolist())
    for (teach, test), rows in zip(folds, found.rows, strict=True):
        assert rows.tolist() == np.flatnonzero(np.isin(watched.data.as_of, begins[test])).tolist()
        assert ends[teach].max() <= begins[test].min()
        assert len(teach) == (ends <= begins[test].min()).sum()


def test_few_dates_are_folded_by_customer():
    """With one date, all cells of a customer test together, and each tests once."""
    events, _ = some_events(np.random.default_rng(6), dates=1, customers=400)
    cells = cells_of(events, np.random.default_rng(6))
    folds = cell_folds(events, cells, np.random.default_rng(6)).cells
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(len(cells.row)))
    for teach, test in folds:
        assert not set(cells.row[teach]) & set(cells.row[test])
        assert cells.y[test].sum() > 0
    assert isinstance(events.data.as_of[0].item(), date)
