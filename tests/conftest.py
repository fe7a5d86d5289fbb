"""Where commands of tests leave what they write."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _a_home_of_their_own(tmp_path_factory):
    """Commands that name no workspace have one that the session throws away."""
    before = os.environ.get("GOODCALL_HOME")
    os.environ["GOODCALL_HOME"] = str(tmp_path_factory.mktemp("home"))
    yield
    del os.environ["GOODCALL_HOME"]
    if before is not None:
        os.environ["GOODCALL_HOME"] = before
