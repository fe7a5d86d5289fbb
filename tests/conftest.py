"""Where commands of tests leave what they write, and what holds of every test."""

import os
import sqlite3

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Pool, event

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# Every workspace that is no demonstration needs a master key; tests' processes have this one.
os.environ.setdefault("GOODCALL_MASTER_KEY", "q0Pj3mZVbd2vYx5rT8nLk1sWc7uHf9aEg4iOy6tRzXM=")

# A Java that lives for one file of tests never earns back what its second compiler and its
# collector's threads take from the other worker. One compiler alone would have a fifth of the usual
# room for code, which runs out where one worker's Java has seen enough of Spark.
os.environ.setdefault(
    "SPARK_SUBMIT_OPTS",
    "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC",
)


@pytest.fixture(scope="session", autouse=True)
def _a_home_of_their_own(tmp_path_factory):
    """Commands that name no workspace have one that the session throws away."""
    before = os.environ.get("GOODCALL_HOME")
    os.environ["GOODCALL_HOME"] = str(tmp_path_factory.mktemp("home"))
    yield
    del os.environ["GOODCALL_HOME"]
    if before is not None:
        os.environ["GOODCALL_HOME"] = before


@pytest.fixture(scope="session", autouse=True)
def _no_power_cut():
    """Nothing waits for the disk: what a killed process wrote, the system keeps all the same."""

    def unhurried(connection, _entry, _proxy):
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF").close()

    event.listen(Pool, "checkout", unhurried)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield
    event.remove(Pool, "checkout", unhurried)
