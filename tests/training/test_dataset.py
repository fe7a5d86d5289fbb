"""Training sets: features beside outcomes, and what is refused."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from learned import NAMES, ACatalog, a_table, drawn, some_rows

from training import (
    BadTrainingSet,
    ChurnLabel,
    ForbiddenColumn,
    LabelTable,
    Leak,
    MissingColumn,
    OneClass,
    TooFewRows,
    absent_columns,
    training_set,
)
from training.dataset import refuse_leaks

RNG = np.random.default_rng(0)
MATRIX, LOG_ODDS = some_rows(RNG, 200)
Y = drawn(RNG, LOG_ODDS)
TABLE = a_table(MATRIX)


def outcomes(y=Y, table=TABLE, *, excluded=None):
    keys = table.select(["customer_id", "as_of"])
    return LabelTable(ChurnLabel(), keys.append_column("y", pa.array(y, pa.int8())), excluded or {})


def test_rows_are_joined_by_customer_and_date():
    """Whatever the order of the two tables, each row keeps its own outcome."""
    order = np.random.default_rng(1).permutation(200)
    data = training_set(TABLE.take(order), ACatalog(), outcomes())
    assert data.customer_id.tolist() == list(range(1, 201))
    assert (data.y == Y).all()
    assert np.array_equal(data.matrix, MATRIX, equal_nan=True)
    assert data.positives == Y.sum()


def test_rows_without_an_outcome_do_not_teach():
    """Excluded rows stay out of the matrix; their counts are kept."""
    labels = outcomes(Y[50:], TABLE.slice(50), excluded={"censored": 50})
    data = training_set(TABLE, ACatalog(), labels)
    assert data.customer_id.tolist() == list(range(51, 201))
    assert data.excluded == {"censored": 50}


def test_a_column_without_a_value_may_be_absent_on_purpose():
    """A bank without a source trains once it says so; the training set remembers."""
    empty = a_table(np.where(np.arange(5) == 3, np.nan, MATRIX))
    assert absent_columns(empty, ACatalog()) == ("age_years",)
    data = training_set(empty, ACatalog(), outcomes(), absent=["age_years", "noise"])
    assert data.absent == ("age_years",)


def named(name):
    names = (*NAMES[:4], name)
    return a_table(MATRIX, names=names), ACatalog(names=names), outcomes()


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: named("duration"), ForbiddenColumn, "duration tells what came after"),
        (lambda: named("churned"), ForbiddenColumn, "churned tells what came after"),
        (lambda: named("sex"), ForbiddenColumn, "sex must never enter"),
        (lambda: named("is_Gender_m"), ForbiddenColumn, "must never enter"),
        (lambda: (TABLE.drop_columns("noise"), ACatalog(), outcomes()), MissingColumn, "noise"),
        (
            lambda: (a_table(np.where(np.arange(5) == 4, np.nan, MATRIX)), ACatalog(), outcomes()),
            MissingColumn,
            "nothing at all is known in noise",
        ),
        (lambda: (TABLE, ACatalog(), outcomes(np.zeros(200))), OneClass, "has outcome 0"),
        (
            lambda: (TABLE, ACatalog(), outcomes([1], TABLE.slice(0, 1), excluded={"censored": 9})),
            TooFewRows,
            "left out: 9 censored",
        ),
        (
            lambda: (TABLE, ACatalog(), outcomes([1, 0], a_table(MATRIX[:2], first=900))),
            BadTrainingSet,
            "2 rows have a label but 0",
        ),
        (
            lambda: (pa.concat_tables([TABLE, TABLE]), ACatalog(), outcomes()),
            BadTrainingSet,
            "each once",
        ),
    ],
)
def test_what_cannot_teach_is_refused(build, error, message):
    """Each unfit input is an error that names what is wrong."""
    table, catalog, labels = build()
    with pytest.raises(error, match=message):
        training_set(table, catalog, labels)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_feature_that_tells_alone_is_a_leak(sign):
    """A column that nearly is the outcome is refused by name, forwards or backwards."""
    telling = MATRIX.copy()
    telling[:, 3] = sign * Y + np.random.default_rng(2).normal(0, 0.2, 200)
    with pytest.raises(Leak, match="age_years"):
        refuse_leaks(training_set(a_table(telling), ACatalog(), outcomes()))


def test_a_gap_that_tells_is_a_leak():
    """A column that is missing exactly for those who leave is refused too."""
    telling = MATRIX.copy()
    telling[:, 4] = np.where(Y == 1, np.nan, RNG.normal(size=200))
    with pytest.raises(Leak, match="noise"):
        refuse_leaks(training_set(a_table(telling), ACatalog(), outcomes()))


def test_honest_features_are_no_leak():
    """Features that merely help pass."""
    refuse_leaks(training_set(TABLE, ACatalog(), outcomes()))


def test_dates_stay_apart():
    """The same customer at two dates is two rows, in the order of the dates."""
    both = pa.concat_tables([TABLE, a_table(MATRIX + 1, as_of=date(2026, 5, 1))])
    labels = outcomes(np.concatenate([Y, 1 - Y]), both)
    data = training_set(both, ACatalog(), labels)
    assert (data.y == np.concatenate([1 - Y, Y])).all()
    assert np.array_equal(data.matrix[:200], MATRIX + 1, equal_nan=True)
