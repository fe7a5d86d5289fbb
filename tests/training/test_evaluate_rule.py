"""The rule of thumb beside a model on its card, and lists of the bank's real capacity."""

from dataclasses import replace

import numpy as np
import pytest
from learned import NOW
from sklearn.metrics import roc_auc_score
from small_sets import a_set

from goodcall.language import Text
from models.calibration import sigmoid
from training.definitions.definition import ChurnLabel
from training.evaluation import measure
from training.evaluation.evaluate import Use, list_words
from training.evaluation.measure import Unseen, measured_card

MEASURED = Text("tested", "已评估")


@pytest.fixture(scope="module")
def unseen():
    """Rows of leaving with a rule that sees some of it, all tested, by scores that see more."""
    data = replace(a_set(rows=900, missing=0.0, dates=3), definition=ChurnLabel())
    rng = np.random.default_rng(1)
    matrix = data.matrix.copy()
    matrix[:, 0] = (data.y + rng.normal(0, 1, 900) > 1).astype(float)
    matrix[:9, 0] = np.nan
    named = replace(data, matrix=matrix, features=("inactive_90d", *data.features[1:]))
    told = data.y + rng.normal(0, 1, 900)
    return named, Unseen(np.arange(900), told - 1, told - 1 + rng.normal(0, 1, 900))


def card_of(data, tested, use):
    return measured_card(data, tested, NOW, 1, MEASURED, use=use)


def test_the_card_has_the_rule_beside_the_model_and_their_paired_difference(unseen):
    """AUC, lift and precision of the rule are told with intervals, and so is the gain over it."""
    data, tested = unseen
    figures = card_of(data, tested, Use(40)).metrics
    said = np.nan_to_num(data.matrix[:, 0])
    own = roc_auc_score(data.y, tested.log_odds)
    assert figures["auc_rule"].value == pytest.approx(roc_auc_score(data.y, said))
    assert figures["auc_over_rule"].value == pytest.approx(own - roc_auc_score(data.y, said))
    lifts = figures["lift_10"].value - figures["lift_10_rule"].value
    assert figures["lift_10_over_rule"].value == pytest.approx(lifts)
    for name in ("auc_rule", "lift_10_rule", "precision_at_capacity_rule", "auc_over_rule"):
        assert figures[name].low < figures[name].value < figures[name].high
    width = {name: figures[name].high - figures[name].low for name in figures}
    assert width["auc_over_rule"] < width["auc"] + width["auc_rule"]


def test_tested_rows_keep_what_the_rule_says_or_nothing(unseen):
    """Where it applies the column is the rule's warnings; elsewhere it is null in every row."""
    data, tested = unseen
    table = measure.tested_table(data, tested)
    assert table["rule"].to_pylist() == np.nan_to_num(data.matrix[:, 0]).tolist()
    other = a_set(rows=900, dates=3)
    assert measure.tested_table(other, tested)["rule"].null_count == 900
    assert not [name for name in card_of(other, tested, Use()).metrics if "rule" in name]


def test_precision_is_that_of_lists_of_the_real_capacity(unseen):
    """With room for forty a date, precision is the rate among the forty best of each date."""
    data, tested = unseen
    card = card_of(data, tested, Use(40))
    score, hits, listed = sigmoid(tested.log_odds), 0, 0
    for day in np.unique(data.as_of):
        rows = np.flatnonzero(data.as_of == day)
        best = rows[np.argsort(-score[rows])[:40]]
        hits, listed = hits + int(data.y[best].sum()), listed + len(best)
    found = card.metrics["precision_at_capacity"]
    assert found.value == pytest.approx(hits / listed)
    assert found.low < found.value < found.high
    assert card.measured == Text(
        "tested; a list is the best 40 rows of a date, the capacity, out of 300",
        "已评估;名单为每个日期得分最高的40行(产能),每日期共300行",
    )


def test_a_list_without_a_capacity_is_a_tenth_and_one_too_long_holds_everyone():
    """The words say which of the three it is."""
    days = np.repeat(np.array(["2026-01-01", "2026-02-01"], "datetime64[D]"), 200)
    assert list_words(days, Use()).en == "a list is the best tenth of a date's rows"
    assert list_words(days, Use(200)).en.endswith("a date has 200: everyone is on it")
    assert "best 199 rows" in list_words(days, Use(199)).en
