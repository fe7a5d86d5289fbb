"""A whole bank scored batch by batch, with reasons for the rows that need them.

Batches go in and out as Arrow, so that the same function serves one machine and Spark's workers,
and no more than a batch is held at a time.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from goodcall.ports import Phrasebook
from models.model import Model
from models.score import TableExplainer, score_table

KEYS = ("customer_id", "as_of")
REASONS = "reasons"
REASON = pa.struct(
    [
        ("label", pa.string()),
        ("rank", pa.int32()),
        ("about", pa.string()),
        ("concept", pa.string()),
        ("feature", pa.string()),
        ("value", pa.float64()),
        ("contribution", pa.float64()),
        ("en", pa.string()),
        ("zh", pa.string()),
    ]
)


def scored_schema(models: Mapping[str, Model]) -> pa.Schema:
    """The columns of scored batches: the keys, a float64 column a label, and the reasons."""
    scores = [(label, pa.float64()) for label in sorted(models)]
    keys = [("customer_id", pa.int64()), ("as_of", pa.date32())]
    return pa.schema([*keys, *scores, (REASONS, pa.list_(REASON))])


def score_batches(
    models: Mapping[str, Model],
    batches: Iterable[pa.RecordBatch],
    *,
    phrasebook: Phrasebook,
    thresholds: Mapping[str, float],
) -> Iterator[pa.RecordBatch]:
    """Every row's score of every label, and reasons for scores that reach their threshold.

    `batches` hold rows of one features table: customer_id, as_of and the catalogue's columns, each
    batch of one as_of date. A label without a threshold gets no reasons; a row without reasons has
    a null. The columns are those of `scored_schema`.
    """
    schema = scored_schema(models)
    for batch in batches:
        table = pa.Table.from_batches([batch])
        scores = score_table(models, table)
        reasons = pa.array(
            _reasons(models, table, scores, phrasebook, thresholds), schema.field(REASONS).type
        )
        yield from scores.append_column(REASONS, reasons).cast(schema).to_batches()


def thresholds_of(models: Mapping[str, Model], scores: pa.Table, top: int) -> dict[str, float]:
    """What the `top` best scores of each label reach; rows that tie with the last reach it.

    The best are the highest, or the lowest where a contact should lower the chance: thresholds are
    scores times the model's sense. Labels that cannot be explained have none.
    """
    found = {}
    for label, model in sorted(models.items()):
        ranked = np.sort(model.sense * scores[label].to_numpy())
        if model.explains and top and len(ranked):
            found[label] = float(ranked[-min(top, len(ranked))])
    return found


def _reasons(
    models: Mapping[str, Model],
    table: pa.Table,
    scores: pa.Table,
    phrasebook: Phrasebook,
    thresholds: Mapping[str, float],
) -> list[list[dict[str, object]] | None]:
    found: list[list[dict[str, object]] | None] = [None] * table.num_rows
    if not table.num_rows:
        return found
    explainer = TableExplainer(models, table, phrasebook)
    customers = table["customer_id"].to_numpy()
    for label, least in sorted(thresholds.items()):
        best = models[label].sense * scores[label].to_numpy()
        places = np.flatnonzero(best >= least).tolist()
        told = explainer.reasons(label, customers[places].tolist()) if places else {}
        for place in places:
            rows = found[place] = found[place] or []
            for rank, reason in enumerate(told[int(customers[place])], start=1):
                rows.append(
                    {
                        "label": label,
                        "rank": rank,
                        "about": reason.about,
                        "concept": reason.concept,
                        "feature": reason.feature,
                        "value": reason.value,
                        "contribution": reason.contribution,
                        "en": reason.text.en,
                        "zh": reason.text.zh,
                    }
                )
    return found
