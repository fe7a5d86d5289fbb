"""The store of access on both databases."""

import pytest
from governed import a_store
from postgres import postgres_url


@pytest.fixture(params=["sqlite", "postgresql"])
def governance_url(request, tmp_path):
    """The address of a database with nothing in it."""
    if request.param == "postgresql":
        return postgres_url(tmp_path)
    return f"sqlite:///{tmp_path / 'governance.db'}"


@pytest.fixture
def store(governance_url):
    """A store with nobody in it."""
    with a_store(governance_url) as opened:
        yield opened
