"""Scores of tables and of single rows, and the reasons for them."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from learned import AS_OF, NAMES, ACatalog, a_card, a_model, a_table, some_rows

from models import InSample, NoChampion, TableExplainer, WrongFeatures, score_row, score_table
from models.base_rate import BaseRate
from models.calibration import sigmoid
from models.held_out import held_out
from models.model import sealed_model

MATRIX = some_rows(np.random.default_rng(2), 30)[0]
TABLE = a_table(MATRIX)


def some_models():
    rare = a_card(label="buys:fund", kind="base_rate", rows=1_000, positives=10)
    return {"churn": a_model(), "buys:fund": sealed_model(rare, BaseRate((0.01,)))}


def a_row(number, matrix=MATRIX):
    values = dict(zip(NAMES, matrix[number].tolist(), strict=True))
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def test_a_table_gets_a_column_a_label():
    """Keys are kept in order; every probability is the model's own."""
    scores, models = score_table(some_models(), TABLE), some_models()
    assert scores.column_names == ["customer_id", "as_of", "buys:fund", "churn"]
    assert scores["customer_id"].equals(TABLE["customer_id"])
    assert scores["as_of"].type == pa.date32()
    assert (scores["churn"].to_numpy() == models["churn"].predict(MATRIX)[:, 0]).all()
    assert scores["buys:fund"].to_pylist() == pytest.approx([0.01] * 30)


def test_columns_are_found_by_name():
    """A table whose columns stand in another order is scored the same; nulls are missing."""
    shuffled = TABLE.select(["as_of", *reversed(NAMES), "customer_id"])
    again = score_table(some_models(), shuffled)
    assert again.equals(score_table(some_models(), TABLE))
    nulls = a_table(MATRIX)
    for place, name in enumerate(NAMES, start=2):
        column = pa.array([None if np.isnan(v) else v for v in MATRIX[:, place - 2]], pa.float64())
        nulls = nulls.set_column(place, name, column)
    assert score_table(some_models(), nulls).equals(score_table(some_models(), TABLE))


def test_a_row_scores_as_its_table_does():
    """The apps' door and the lists' door give the same probability."""
    scores = score_table(some_models(), TABLE)
    for number in range(10):
        fund, churn = score_row(some_models(), number + 1, AS_OF, a_row(number))
        assert (fund.label, churn.label) == ("buys:fund", "churn")
        assert churn.probability == scores["churn"][number].as_py()
        assert fund.probability == scores["buys:fund"][number].as_py()
        assert churn.model_version == some_models()["churn"].version
        assert churn.reasons == ()


def test_a_row_is_explained_as_its_table_is():
    """Reasons are the same at both doors; a base rate has none."""
    models, book = some_models(), ACatalog()
    explained = TableExplainer(models, TABLE, book).reasons("churn", [3, 1])
    assert list(explained) == [3, 1]
    fund, churn = score_row(models, 3, AS_OF, a_row(2), book)
    assert fund.reasons == ()
    assert TableExplainer(models, TABLE, book).reasons("buys:fund", [3]) == {3: ()}
    for ours, theirs in zip(churn.reasons, explained[3], strict=True):
        assert ours == theirs
        assert theirs.value == a_row(2)[theirs.feature]


def test_the_truth_is_among_the_reasons():
    """Where cash is what drives the truth, a customer with much of it hears of cash first."""
    matrix = np.zeros((1, 5))
    matrix[0, 0] = 2.5
    (told,) = TableExplainer(some_models(), a_table(matrix), ACatalog()).reasons("churn", [1])[1][
        :1
    ]
    assert (told.concept, told.feature, told.value) == ("cash", "cash_in_30d", 2.5)


def cross_fitted(ids, day, log_odds):
    own = held_out(
        np.array(ids),
        np.full(len(ids), np.datetime64(day)),
        np.array(log_odds)[:, None],
        np.eye(5)[: len(ids)][:, None],
    )
    return {"churn": a_model(held_out=own, trained_as_of=(date(2026, 6, 1),))}


def test_rows_learned_from_get_their_out_of_fold_scores():
    """Lists on the training rows use scores of models that never saw them; other rows do not."""
    models = cross_fitted([5, 2, 9], AS_OF, [0.5, -1.0, 2.0])
    scores = score_table(models, TABLE)["churn"].to_numpy()
    fresh = models["churn"].predict(MATRIX)[:, 0]
    assert scores[[4, 1, 8]] == pytest.approx(sigmoid(np.array([0.5, -1.0, 2.0])))
    others = np.setdiff1d(np.arange(30), [4, 1, 8])
    assert (scores[others] == fresh[others]).all()
    (single,) = score_row(models, 2, AS_OF, a_row(1), ACatalog(silent=("noise",)))
    assert single.probability == scores[1]
    told = TableExplainer(models, TABLE, ACatalog()).reasons("churn", [5])[5]
    if not np.isnan(MATRIX[4, 0]):
        assert [(reason.concept, reason.contribution) for reason in told] == [("cash", 1.0)]


def test_out_of_fold_scores_belong_to_their_date():
    """The same customers at another date are scored by the model."""
    models = cross_fitted([5, 2, 9], date(2026, 5, 1), [0.5, -1.0, 2.0])
    scores = score_table(models, TABLE)["churn"].to_numpy()
    assert (scores == models["churn"].predict(MATRIX)[:, 0]).all()


def test_a_date_learned_from_is_refused():
    """Without out-of-fold scores, a table of a training date would flatter."""
    with pytest.raises(InSample, match="2026-06-01"):
        score_table({"churn": a_model(trained_as_of=(AS_OF,))}, TABLE)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: score_table(some_models(), TABLE.drop_columns("noise")), WrongFeatures, "noise"),
        (lambda: score_table(some_models(), TABLE.drop_columns("as_of")), WrongFeatures, "as_of"),
        (lambda: score_row(some_models(), 1, AS_OF, {"noise": 1.0}), WrongFeatures, "lacks 4"),
        (
            lambda: TableExplainer(some_models(), pa.concat_tables([TABLE, TABLE]), ACatalog()),
            WrongFeatures,
            "one as_of date at a time",
        ),
        (
            lambda: TableExplainer(some_models(), TABLE, ACatalog()).reasons("gold", [1]),
            NoChampion,
            "known: buys:fund, churn",
        ),
        (
            lambda: TableExplainer(some_models(), TABLE, ACatalog()).reasons("churn", [99]),
            WrongFeatures,
            "first: 99",
        ),
    ],
)
def test_what_cannot_be_scored_is_named(ask, error, message):
    """A missing column, an unknown label or customer is an error that names it."""
    with pytest.raises(error, match=message):
        ask()
