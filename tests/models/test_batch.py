"""A bank scored in batches is the bank scored at once, with reasons where they were asked for."""

import numpy as np
import pyarrow as pa
import pytest
from learned import ACatalog, a_card, a_model, a_table, some_rows

from models import TableExplainer, score_batches, score_table, scored_schema, thresholds_of
from models.base_rate import BaseRate
from models.model import sealed_model

TABLE = a_table(some_rows(np.random.default_rng(4), 101)[0])
RARE = sealed_model(a_card(label="buys:fund", kind="base_rate"), BaseRate((0.01,)))
MODELS = {"buys:fund": RARE, "churn": a_model()}


def scored(size, thresholds):
    batches = TABLE.to_batches(max_chunksize=size)
    found = score_batches(MODELS, batches, phrasebook=ACatalog(), thresholds=thresholds)
    return pa.Table.from_batches(found, scored_schema(MODELS))


@pytest.mark.parametrize("size", [1, 7, 101])
def test_batches_of_any_size_give_the_table_s_scores(size):
    """Where a batch ends moves no score, and without thresholds nothing is explained."""
    found = scored(size, {})
    assert found.drop_columns("reasons").equals(score_table(MODELS, TABLE))
    assert found["reasons"].null_count == 101


@pytest.mark.parametrize("size", [7, 101])
def test_the_highest_scores_are_explained_and_no_others(size):
    """Twenty rows get the reasons that the explainer gives for them; the rest get none."""
    scores = score_table(MODELS, TABLE)
    found = scored(size, thresholds_of(MODELS, scores, 20)).to_pylist()
    highest = np.argsort(-scores["churn"].to_numpy())[:20].tolist()
    explained = {row["customer_id"] for row in found if row["reasons"]}
    assert explained == {TABLE["customer_id"][place].as_py() for place in highest}
    told = TableExplainer(MODELS, TABLE, ACatalog()).reasons("churn", sorted(explained))
    for row in found:
        if row["reasons"]:
            assert [(r["label"], r["rank"], r["en"], r["value"]) for r in row["reasons"]] == [
                ("churn", rank, reason.text.en, reason.value)
                for rank, reason in enumerate(told[row["customer_id"]], start=1)
            ]


def test_thresholds_are_the_last_of_the_highest():
    """More rows than there are means every row; a base rate has no reasons to give."""
    scores = score_table(MODELS, TABLE)
    ranked = sorted(scores["churn"].to_pylist(), reverse=True)
    assert thresholds_of(MODELS, scores, 1) == {"churn": ranked[0]}
    assert thresholds_of(MODELS, scores, 5_000) == {"churn": ranked[-1]}
    assert thresholds_of(MODELS, scores, 0) == {}


def test_no_rows_are_scored_as_no_rows():
    """An empty batch has the columns of a full one."""
    empty = [pa.RecordBatch.from_pylist([], TABLE.schema)]
    found = score_batches(MODELS, empty, phrasebook=ACatalog(), thresholds={"churn": 0.0})
    assert pa.Table.from_batches(found, scored_schema(MODELS)).num_rows == 0
