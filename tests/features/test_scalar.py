"""One row's arithmetic on plain numbers is what the arrays' arithmetic says."""

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.arithmetic import _OPERATIONS, evaluate, guarded
from features.scalar import OneRow, scalar

X = ibis.table({"a": "float64", "b": "float64", "c": "float64"}, name="x")
FORMULAS = {
    "sums": X.a + X.b - X.c * 2,
    "ratio": X.a / X.b.nullif(0),
    "signs": (-X.a).abs() + X.b.sign(),
    "roots": X.a.sqrt() + X.b.ln(),
    "first": ibis.coalesce(X.a, X.b, 7.0),
    "most": ibis.greatest(X.a, X.b, X.c) - ibis.least(X.a, X.b),
    "either": ibis.ifelse((X.a < X.b) | (X.c >= 0), X.a, X.b),
    "both": ibis.ifelse((X.a <= X.b) & (X.c != 0), 1.0, X.c),
    "known": X.a.isnull().cast("float64") + X.b.notnull().cast("float64"),
    "equal": ((X.a == X.b) | (X.a > X.c)).cast("float64"),
    "cases": ibis.cases((X.a > 1, X.b), (X.b > 1, X.c), else_=-1.0),
}
NUMBERS = st.sampled_from([float("nan"), 0.0, -0.0, 1.0, -1.0, 2.5, -3.75, 1e9, 1e-9])


@pytest.mark.parametrize("name", FORMULAS)
@settings(max_examples=60)
@given(values=st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_one_rows_arithmetic_is_the_arrays(name, values):
    """Every operation agrees on missing, zero, negative and ordinary numbers."""
    node = guarded(FORMULAS[name])
    place = {"a": 0, "b": 1, "c": 2}

    def of_row(each):
        if type(each).__name__ != "Field":
            return None
        where = place[each.name]
        return lambda row: row.features[where]

    def of_array(each):
        return np.array([values[place[each.name]]]) if type(each).__name__ == "Field" else None

    found = scalar(node, of_row)(OneRow(list(values), [], 0.0))
    wanted = evaluate(node, of_array)
    assert float(found) == pytest.approx(float(np.broadcast_to(wanted, 1)[0]), nan_ok=True)


def test_every_operation_that_a_feature_may_use_is_tried():
    """What the arrays compute, one row computes, and the formulas above hold all of it."""
    tried = set()
    for value in FORMULAS.values():
        tried |= {type(node) for node in guarded(value).find(tuple(_OPERATIONS))}
    assert set(_OPERATIONS) - tried == set()
