"""Whether models still hold: scores that moved, outcomes that disappoint, and what is said then."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from learned import a_card, a_table, drawn
from scipy.stats import ks_2samp

from features import CATALOG
from models import Estimate
from models.calibration import sigmoid
from training.evaluation.evaluate import evaluate
from training.monitoring.drift import drift
from training.monitoring.watch import alerts_of, seen_on

DAY = date(2026, 7, 1)
ROWS = 4_000
NO_DRIFT = drift(a_table(np.zeros((2, 1)), names=("logins_30d",)))


def world(*, shift=0.0, told=lambda log_odds: log_odds, seed=3):
    """Scores of one date, the reference that they are held against, and how they turned out."""
    rng = np.random.default_rng(seed)
    reference = sigmoid(rng.normal(-2, 1, ROWS))
    log_odds = rng.normal(-2 + shift, 1, ROWS)
    ids = pa.array(range(ROWS), pa.int64())
    days = pa.array([DAY] * ROWS, pa.date32())
    scores = pa.table({"customer_id": ids, "as_of": days, "churn": sigmoid(log_odds)})
    known = pa.table({"customer_id": ids, "as_of": days, "y": drawn(rng, told(log_odds))})
    return scores, reference, known


def card_of(reference):
    """The card of a model whose tested rows were as good as its scores said."""
    rng = np.random.default_rng(9)
    y = (rng.random(ROWS) < reference).astype(np.int8)
    return a_card(
        metrics=evaluate(y, reference, np.arange(ROWS), np.random.default_rng(1)),
        features=("logins_30d",),
    )


def alerts(scores, reference, known, drifts=NO_DRIFT):
    seen = seen_on("churn", scores, reference, known, seed=1)
    return alerts_of(card_of(reference), [seen], drifts, CATALOG)


def test_scores_that_lie_where_they_did_are_left_alone():
    """The same population with outcomes as promised calls for nothing."""
    assert alerts(*world()) == []


def test_the_distance_is_that_of_the_textbook():
    """The distance equals SciPy's, and the mean and rows are those of the date."""
    scores, reference, known = world(shift=0.4)
    seen = seen_on("churn", scores, reference, None, seed=1)
    now = scores["churn"].to_numpy()
    assert seen.distance == pytest.approx(ks_2samp(reference, now).statistic)
    assert (seen.rows, seen.mean) == (ROWS, pytest.approx(now.mean()))
    assert seen.outcome is None
    assert known.num_rows == ROWS


def test_scores_that_moved_are_told_before_any_outcome_is_known():
    """A population index beyond the noise is an alert that names what to do."""
    scores, reference, _ = world(shift=1.0)
    (alert,) = alerts(scores, reference, None)
    assert (alert.label, alert.as_of) == ("churn", DAY)
    assert "stability index" in alert.what.en
    assert "goodcall train" in alert.remedy.en
    assert "goodcall train" in alert.remedy.zh


def test_features_that_changed_are_named_with_their_tables():
    """Where scores moved, the changed features that the model reads are where to look."""
    scores, reference, _ = world(shift=1.0)
    rng = np.random.default_rng(1)
    before = a_table(rng.normal(0, 1, (ROWS, 1)), as_of=date(2026, 6, 1), names=("logins_30d",))
    after = a_table(rng.normal(3, 1, (ROWS, 1)), as_of=DAY, names=("logins_30d",))
    (alert,) = alerts(scores, reference, None, drift(pa.concat_tables([before, after])))
    assert "logins_30d" in alert.remedy.en
    assert "events" in alert.remedy.en
    assert "goodcall bank quality" in alert.remedy.en


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (lambda log_odds: np.full_like(log_odds, -2), "ranks worse"),
        (lambda log_odds: 0.3 * log_odds - 1.2, "too extreme"),
        (lambda log_odds: 2.5 * log_odds + 3, "too timid"),
        (lambda log_odds: log_odds + 1.5, "were expected"),
    ],
)
def test_outcomes_that_disappoint_are_told(told, said):
    """Ranking, calibration and level are each judged once outcomes are known."""
    found = alerts(*world(told=told))
    assert any(said in alert.what.en for alert in found)
    assert all(alert.remedy.en and alert.remedy.zh and alert.what.zh for alert in found)


def test_few_events_judge_nothing():
    """A handful of positives tells too little to accuse a model."""
    scores, reference, known = world(told=lambda log_odds: log_odds - 6)
    assert 0 < pa.compute.sum(known["y"]).as_py() < 20
    assert alerts(scores, reference, known) == []


def test_the_latest_date_of_a_fault_is_told_once():
    """A fault that lasts is one alert, of its latest date."""
    scores, reference, _ = world(shift=1.0)
    seen = [seen_on("churn", scores, reference, None, seed=1)]
    later = scores.set_column(1, "as_of", pa.array([date(2026, 8, 1)] * ROWS, pa.date32()))
    seen.append(seen_on("churn", later, reference, None, seed=1))
    (alert,) = alerts_of(a_card(metrics={"auc": Estimate(0.8, 0.7, 0.9)}), seen, NO_DRIFT, CATALOG)
    assert alert.as_of == date(2026, 8, 1)
