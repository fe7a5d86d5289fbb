"""The length of the lists that judge a model: what the policy and the managers' minutes hold."""

from datetime import UTC, date, datetime

import pytest
from builders import a_bank

from cli.capacity import daily_contacts, manager_minutes
from goodcall import Workspace
from outreach import default_policy_text

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def a_manager(staff_id, minutes, at=EARLY):
    """A manager who has so many minutes a day, as known from an instant on."""
    return {
        "staff_id": staff_id,
        "happened_at": at,
        "known_at": at,
        "name": "某某",
        "role": "relationship_manager",
        "branch_id": 1,
        "daily_minutes": minutes,
    }


def a_branch(branch_id):
    return {
        "branch_id": branch_id,
        "happened_at": EARLY,
        "known_at": EARLY,
        "name": "网点",
        "region": "east",
    }


STAFF = [a_manager(1, 120), a_manager(2, 60), a_manager(3, None), a_manager(1, 100, LATE)]


def with_policy(folder, *changes):
    """A workspace whose policy is the shipped one with some of its words changed."""
    place = Workspace(folder)
    folder.mkdir()
    text = default_policy_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    place.policy.write_text(text, encoding="utf-8")
    return place


def test_a_managers_minutes_are_the_latest_known_before_the_day(tmp_path):
    """A change that comes later does not count yet, and who has no minutes has no list."""
    bank = a_bank(tmp_path / "bank", staff=STAFF)
    assert manager_minutes(bank, date(2026, 3, 1)) == {1: 120, 2: 60}
    assert manager_minutes(bank, date(2026, 7, 1)) == {1: 100, 2: 60}


@pytest.mark.parametrize(
    ("changes", "contacts"),
    [
        ((), 20),
        ((("minutes = 8", "minutes = 16"),), 10),
        ((('by = "manager"', 'by = "branch"'),), 30),
        ((("minutes = 8", "minutes = 1000"),), None),
    ],
)
def test_the_capacity_is_what_a_days_minutes_hold(tmp_path, changes, contacts):
    """160 minutes hold twenty calls of eight; two branches have 120 minutes each."""
    bank = a_bank(tmp_path / "bank", staff=STAFF, branches=[a_branch(1), a_branch(2)])
    assert daily_contacts(with_policy(tmp_path / "var", *changes), bank) == contacts


def test_without_a_policy_or_anybody_to_call_there_is_no_capacity(tmp_path):
    """The list is then the best tenth, as the card says."""
    bank = a_bank(tmp_path / "bank", staff=STAFF)
    assert daily_contacts(Workspace(tmp_path / "nothing"), bank) is None
    nobody = a_bank(tmp_path / "poor")
    assert daily_contacts(with_policy(tmp_path / "var"), nobody) is None
    by_branch = with_policy(tmp_path / "other", ('by = "manager"', 'by = "branch"'))
    assert daily_contacts(by_branch, nobody) is None
