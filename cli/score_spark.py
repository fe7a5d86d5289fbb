"""A bank scored on Spark: the same batches by the same function, wherever the rows lie."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.spark import spark_session
from features.store import snapshot_file
from models import score_batches, scored_schema, thresholds_of
from models.batch import KEYS, REASONS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from cli.score import Batch


def score_on_spark(batch: "Batch", folder: Path, *, master: str) -> int:
    """Write a snapshot's scores into a folder of Parquet files, and tell how many rows it has.

    The models are sent to each worker once; the snapshot and the folder must be reachable under
    the same paths from every machine of a cluster.
    """
    from pyspark.sql import functions  # noqa: PLC0415 - an extra that few install
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    session = spark_session(master)
    file = str(snapshot_file(batch.store, batch.day))
    frame = session.read.parquet(file).withColumn("as_of", functions.lit(batch.day))
    if batch.but:
        frame = frame.filter(~functions.col("customer_id").isin(*batch.but))
    models = session.sparkContext.broadcast(dict(batch.models))
    currency = batch.catalog.currency
    schema = from_arrow_schema(scored_schema(batch.models))

    def scored(frame: "DataFrame", thresholds: Mapping[str, float]) -> "DataFrame":
        def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            # A worker has its own catalogue: functions do not travel, their declarations do.
            from features.catalog import CATALOG  # noqa: PLC0415

            yield from score_batches(
                models.value,
                batches,
                phrasebook=CATALOG.speaking(currency),
                thresholds=thresholds,
            )

        return frame.mapInArrow(work, schema)

    plain = scored(frame, {}).drop(REASONS).persist()
    thresholds: dict[str, float] = {}
    for label in batch.models if batch.reasons else ():
        column = functions.col(f"`{label}`")
        highest = plain.select(column).orderBy(column.desc()).limit(batch.reasons).toArrow()
        thresholds |= thresholds_of({label: batch.models[label]}, highest, batch.reasons)
    rows = plain.count()
    plain.unpersist()
    # The folder is there and empty: to overwrite it would put another folder in its place.
    scored(frame, thresholds).orderBy(KEYS[0]).write.mode("append").parquet(str(folder))
    return rows
