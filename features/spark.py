"""The catalogue on Spark: the same features, for a bank that outgrows one machine.

The driver sends the cohort out; Spark reads the bank's Parquet files and adds every feature up by
the band roll-up; the driver takes the finished features back as Arrow, in the cohort's order.
"""

import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa

from features.asof import Progress
from features.bank import Bank
from features.errors import EngineUnavailable
from features.feature import Catalog
from features.rollup import Database, as_of_rolled_up

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_INSTALL = (
    "Spark needs PySpark and Java 17 or newer; install goodcall[spark] and a Java runtime "
    "(Debian: openjdk-17-jre-headless), or leave out --engine spark"
)
_EVERYWHERE = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
# A cluster's own files set its memory; here the driver is also the one executor.
_ONE_MACHINE = {
    "spark.driver.memory": "4g",
    "spark.driver.maxResultSize": "0",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": str(4 * (os.cpu_count() or 1)),
}
# Errors alone are said; Spark's own default greets the user with a page of warnings.
_QUIET = """
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
"""


def as_of_spark(
    bank: Bank,
    cohort: pa.Table,
    catalog: Catalog,
    *,
    master: str = "local[*]",
    progress: Progress | None = None,
) -> pa.Table:
    """What `as_of` returns, computed by Spark: equal to 1e-9, in the cohort's order.

    `master` is the address of Spark's master. The bank's folder must be readable under the same
    path on every machine of a cluster. Raises EngineUnavailable where PySpark or Java is missing.
    The session stays, so that the next call need not start one.
    """
    with warnings.catch_warnings():
        # Nothing here passes through pandas.
        warnings.filterwarnings(
            "ignore", "PySpark does not yet fully support pandas", FutureWarning
        )
        session = spark_session(master)
        backend = ibis.pyspark.connect(session)

    def bring(name: str, rows: pa.Table) -> ir.Table:
        session.createDataFrame(rows).createOrReplaceTempView(name)
        return backend.table(name)

    def fetch(query: ir.Table) -> pa.Table:
        doubles: ir.Table = query.op().replace(_doubles).to_expr()
        found: pa.Table = backend.raw_sql(str(backend.compile(doubles))).toArrow()
        return found

    database = Database(backend, bring, fetch)
    return as_of_rolled_up(bank, cohort, catalog, database=database, progress=progress)


def spark_session(master: str) -> "SparkSession":
    """A session on a master: the one of an earlier call, or a new one with our settings."""
    try:
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415 - an extra that few install
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError as error:
        raise EngineUnavailable(f"PySpark is not installed. {_INSTALL}") from error
    _require_java()
    if master.startswith("local"):
        # Workers that run Python must find our packages; PySpark reads no other setting for it.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("goodcall").master(master)
    with tempfile.TemporaryDirectory() as folder:
        for name, value in _settings(master, Path(folder)).items():
            builder = builder.config(name, value)
        try:
            session = builder.getOrCreate()
        except PySparkRuntimeError as error:
            raise EngineUnavailable(f"Java could not start Spark: {error}. {_INSTALL}") from error
    running = session.sparkContext.master
    if running != master:
        raise EngineUnavailable(
            f"this process already runs Spark on {running}, so it cannot use {master}; "
            "stop that session, or use its master"
        )
    return session


def _settings(master: str, folder: Path) -> dict[str, str]:
    """What a new session is told; `folder` holds what Java reads while it starts."""
    if not master.startswith("local"):
        return _EVERYWHERE
    logging = folder / "log4j2.properties"
    logging.write_text(_QUIET, encoding="utf-8")
    quiet = {"spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={logging}"}
    return _EVERYWHERE | _ONE_MACHINE | quiet


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        where = f"under JAVA_HOME ({home})" if home else "on the PATH"
        raise EngineUnavailable(f"there is no Java {where}. {_INSTALL}")


def _doubles(node: ops.Node, changed: dict[str, Any] | None) -> ops.Node:
    """Fractions written in a declaration as doubles; Spark reads 365.25 as a decimal and rounds."""
    if changed:
        node = node.__recreate__(changed)
    if isinstance(node, ops.Literal) and node.dtype.is_floating():
        return ops.Cast(node, "float64")
    return node
