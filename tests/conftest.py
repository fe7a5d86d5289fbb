"""Where commands of tests leave what they write."""

import os

import pytest

# Every workspace that is no demonstration needs a master key; tests' processes have this one.
os.environ.setdefault("GOODCALL_MASTER_KEY", "q0Pj3mZVbd2vYx5rT8nLk1sWc7uHf9aEg4iOy6tRzXM=")


@pytest.fixture(scope="session", autouse=True)
def _a_home_of_their_own(tmp_path_factory):
    """Commands that name no workspace have one that the session throws away."""
    before = os.environ.get("GOODCALL_HOME")
    os.environ["GOODCALL_HOME"] = str(tmp_path_factory.mktemp("home"))
    yield
    del os.environ["GOODCALL_HOME"]
    if before is not None:
        os.environ["GOODCALL_HOME"] = before
