"""Figures by group: fairlearn's, our own of each group alone, and intervals over customers."""

import numpy as np
import pyarrow as pa
import pytest
from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate
from sklearn.metrics import roc_auc_score

from models.calibration import expected_calibration_error, sigmoid
from training.errors import BadGroups
from training.evaluation.by_group import evaluate_groups, listed_rows


def a_tested(rows=3_000, seed=0, *, unfair=0.0):
    """Tested rows of two dates, and groups of which one may be scored too low."""
    rng = np.random.default_rng(seed)
    as_of = np.datetime64("2026-01-01") + 31 * np.sort(rng.integers(0, 2, rows))
    sex = rng.choice(["F", "M", "unknown"], rows, p=[0.48, 0.5, 0.02])
    truth = rng.normal(-1.5, 1.2, rows)
    y = (rng.random(rows) < sigmoid(truth)).astype(np.int8)
    p = np.round(sigmoid(truth + rng.normal(0, 0.5, rows) - unfair * (sex == "F")), 2)
    who = rng.integers(0, rows // 2, rows)
    table = pa.table({"customer_id": who, "as_of": pa.array(as_of), "y": y, "probability": p})
    region = rng.choice(["north", "south", "islet"], rows, p=[0.5, 0.49, 0.01])
    nothing = ["unknown"] * rows
    groups = {"tier": nothing, "region": region, "age_band": nothing, "sex": sex}
    return table, pa.table({"customer_id": who, "as_of": pa.array(as_of), **groups})


def rows_tested(table, capacity):
    """The rows of a tested table, the best of each date listed."""
    names = ("y", "probability", "customer_id", "as_of")
    return listed_rows(*(table[name].to_numpy() for name in names), capacity)


def test_figures_of_a_group_are_those_of_its_rows_alone():
    """Against scikit-learn, fairlearn's own metrics and plain means of the group's rows."""
    table, groups = a_tested()
    rows = rows_tested(table, 200)
    by_name = {each.name: each for each in evaluate_groups(rows, groups, 1, repetitions=10)}
    assert list(by_name) == ["region", "sex"]
    sex = groups["sex"].to_numpy(zero_copy_only=False).astype(str)
    frame = MetricFrame(
        metrics={"selection_rate": selection_rate, "tpr": true_positive_rate},
        y_true=rows.y,
        y_pred=rows.listed.astype(int),
        sensitive_features=sex,
    )
    for group in by_name["sex"].groups:
        mine = sex == group.name
        y, p = rows.y[mine], rows.probability[mine]
        told = {name: figure.value for name, figure in group.figures.items()}
        assert (group.rows, group.positives) == (mine.sum(), y.sum())
        assert told["auc"] == pytest.approx(roc_auc_score(y, p))
        assert told["ece"] == pytest.approx(expected_calibration_error(p, y))
        for name in ("selection_rate", "tpr"):
            assert told[name] == pytest.approx(frame.by_group.loc[group.name, name])


def test_lists_hold_the_best_rows_of_each_date():
    """As many a date as the capacity says, none below one that is left out; a tenth by default."""
    table, _ = a_tested()
    rows = rows_tested(table, 120)
    for day in np.unique(rows.as_of):
        mine = rows.as_of == day
        assert rows.listed[mine].sum() == 120
        assert (
            rows.probability[mine & rows.listed].min()
            >= rows.probability[mine & ~rows.listed].max()
        )
    assert rows_tested(table, None).listed.sum() == pytest.approx(len(rows.y) / 10, abs=2)


def test_only_groups_that_are_known_and_large_enough_are_compared():
    """A group with few positives and the unknown have figures, but no say in the difference."""
    table, groups = a_tested()
    region, sex = evaluate_groups(rows_tested(table, 200), groups, 1, repetitions=10)
    judged = {group.name: group.judged for group in (*region.groups, *sex.groups)}
    assert judged == {
        "north": True,
        "south": True,
        "islet": False,
        "F": True,
        "M": True,
        "unknown": False,
    }
    north, south = (group.figures["tpr"].value for group in region.groups if group.name != "islet")
    assert region.differences["tpr"].value == pytest.approx(abs(north - south))
    large = groups["region"].to_numpy(zero_copy_only=False) != "islet"
    rows = rows_tested(table, 200)
    frame = MetricFrame(
        metrics=true_positive_rate,
        y_true=rows.y[large],
        y_pred=rows.listed[large],
        sensitive_features=groups["region"].to_numpy(zero_copy_only=False)[large],
    )
    assert region.differences["tpr"].value == pytest.approx(frame.difference())
    none = evaluate_groups(rows_tested(table, 200), groups, 1, enough=10**6, repetitions=2)
    assert all(attribute.differences == {} for attribute in none)


def test_a_model_that_scores_one_sex_too_low_is_seen():
    """Its lists miss their positives: the difference's interval lies above a fair model's."""
    fair, unfair = (
        evaluate_groups(rows_tested(table, 200), groups, 1)[1].differences["tpr"]
        for table, groups in (a_tested(), a_tested(unfair=1.0))
    )
    assert unfair.low > fair.high
    assert unfair.value > 0.15


def test_a_group_without_a_positive_has_no_true_positive_rate():
    """It is not zero: nothing can be said; and nothing warns."""
    table, groups = a_tested()
    y = table["y"].to_numpy().copy()
    y[groups["region"].to_numpy(zero_copy_only=False) == "islet"] = 0
    table = table.set_column(2, "y", pa.array(y))
    region, _ = evaluate_groups(rows_tested(table, 200), groups, 1, repetitions=10)
    islet = next(group for group in region.groups if group.name == "islet")
    assert np.isnan(islet.figures["tpr"].value)
    assert np.isnan(islet.figures["auc"].value)
    assert islet.figures["selection_rate"].value > 0


def test_groups_of_other_rows_are_refused():
    """Groups must stand row by row beside the tested."""
    table, groups = a_tested()
    with pytest.raises(BadGroups, match=r"groups_of\(bank, tested\)"):
        evaluate_groups(rows_tested(table, 200), groups.slice(1), 1)
    with pytest.raises(BadGroups, match="another order"):
        evaluate_groups(rows_tested(table, 200), groups.take(np.arange(len(groups))[::-1]), 1)


def test_a_difference_that_a_lot_would_give_is_within_chance():
    """Groups that mean nothing differ by no more than chance; an unfair model by far more."""
    table, groups = a_tested()
    fair = evaluate_groups(rows_tested(table, 200), groups, 1)
    assert all(each.differences["tpr"].value <= each.chance["tpr"] for each in fair)
    table, groups = a_tested(unfair=1.0)
    region, sex = evaluate_groups(rows_tested(table, 200), groups, 1)
    assert sex.differences["tpr"].value > 2 * sex.chance["tpr"]
    assert region.differences["tpr"].value < 2 * region.chance["tpr"]


def test_without_draws_figures_stand_alone():
    """Neither intervals nor what chance can do are told, and nothing else changes."""
    table, groups = a_tested()
    rows = rows_tested(table, 200)
    for bare, whole in zip(
        evaluate_groups(rows, groups, 1, repetitions=0, lots=0),
        evaluate_groups(rows, groups, 1, repetitions=10, lots=10),
        strict=True,
    ):
        assert bare.chance == {}
        assert set(whole.chance) == set(bare.differences)
        for figure, told in bare.differences.items():
            assert told.value == whole.differences[figure].value
            assert np.isnan([told.low, told.high]).all()
