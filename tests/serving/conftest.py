"""A small real workspace: a bank, its features, trained champions, offers, policy and key."""

import shutil

import pytest
from busy import busy_workspace
from served import DAY, KEY, LABELS, a_model, make_bank, promote, publish_day, talking_to

from features.asof import with_states
from features.catalog import CATALOG
from features.cohort import cohort_at
from goodcall.workspace import Workspace
from outreach.loading import default_policy_text, parse_policy
from outreach.offer import offers_of
from outreach.offer_book import save_offers


@pytest.fixture(scope="session")
def bank(tmp_path_factory):
    return make_bank(tmp_path_factory.mktemp("serving") / "bank")


@pytest.fixture(scope="session")
def computed(bank):
    return with_states(bank, cohort_at(bank, [DAY]), CATALOG)


@pytest.fixture(scope="session")
def features(computed):
    return computed.features


@pytest.fixture(scope="session")
def finished(tmp_path_factory, bank, computed):
    """A workspace with everything in it, never written to after."""
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    for label in LABELS:
        promote(workspace, a_model(computed.features, label))
    publish_day(workspace, bank, computed)
    workspace.policy.write_text(default_policy_text(), encoding="utf-8")
    policy = parse_policy(default_policy_text())
    save_offers(workspace.offers, offers_of(bank.read("offers"), bank.read("products"), policy))
    workspace.holdout_key.write_bytes(KEY)
    return workspace


@pytest.fixture
def workspace(tmp_path, finished):
    """A copy of the finished workspace, to be changed."""
    return Workspace(shutil.copytree(finished.root, tmp_path / "var"))


@pytest.fixture(scope="module")
def client(finished):
    with talking_to(finished) as (client, _desk):
        yield client


@pytest.fixture(scope="module")
def busy(tmp_path_factory, finished, bank, computed):
    """A workspace in the middle of a day, which the tests of one file may write to."""
    return busy_workspace(tmp_path_factory.mktemp("busy") / "var", finished, bank, computed)
