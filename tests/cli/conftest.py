"""Workspaces of the night and of a campaign: once a session, copied by who changes them."""

from datetime import UTC, datetime

import pytest
from campaigned import a_campaign
from nightly import FIRST, a_home, calls, copied, run

# 10:00 in Shanghai on the first day.
MORNING = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
OUTCOMES = ("CONNECTED_INTERESTED", "REFUSED_ALL", "NO_ANSWER", None)


@pytest.fixture(scope="session")
def worked(tmp_path_factory):
    """A workspace whose first day was planned and worked; the second night is still to come."""
    place = a_home(tmp_path_factory.mktemp("night") / "var")
    run(place, FIRST, now=datetime(2026, 5, 31, 18, 0, tzinfo=UTC))
    calls(place, OUTCOMES, MORNING)
    return place


@pytest.fixture
def home(worked, tmp_path):
    """A copy of that workspace, to be changed."""
    return copied(worked, tmp_path / "var")


@pytest.fixture(scope="session")
def second(worked, tmp_path_factory):
    """A copy in which the second night ran through unbroken."""
    place = copied(worked, tmp_path_factory.mktemp("second") / "var")
    run(place)
    return place


@pytest.fixture(scope="session")
def campaign(tmp_path_factory):
    """A workspace whose campaign of June was worked, for reports over days."""
    return a_campaign(tmp_path_factory.mktemp("campaign") / "var")
