"""The databases that an online store runs on: each law holds on both."""

import pytest
from postgres import postgres_url


@pytest.fixture(params=["sqlite", "postgresql"])
def online_url(request, tmp_path):
    """The address of an empty online store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'online.db'}"
    return postgres_url(tmp_path)
