"""How many customers the bank can call in a day: the length of the lists that judge a model."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from features import Bank
from goodcall import Workspace
from goodcall.calendar import start_of_day
from outreach import Policy, load_policy


def daily_contacts(workspace: Workspace, bank: Bank) -> int | None:
    """The contacts that the minutes of all lists of a day hold, by the workspace's policy.

    A contact takes the minutes of the first channel in the policy that takes any. None where the
    workspace has no policy yet, where no channel takes minutes, or where the bank does not say who
    works its lists.
    """
    if not workspace.policy.exists():
        return None
    policy = load_policy(workspace.policy)
    each = [channel.minutes for channel in policy.channels if channel.minutes]
    return _minutes(policy, bank) // each[0] or None if each else None


def manager_minutes(bank: Bank, day: date) -> Mapping[int, int]:
    """Minutes a day of each manager, as the bank's staff table says before a day."""
    return {
        staff: row["daily_minutes"]
        for staff, row in _staff(bank, day).items()
        if row["daily_minutes"] is not None
    }


def manager_branches(bank: Bank, day: date) -> Mapping[int, int]:
    """The branch of each relationship manager, so that colleagues can stand in for the absent."""
    found = managers_of(bank, day)
    return {staff: branch for staff, branch in found.items() if branch is not None}


def managers_of(bank: Bank, day: date) -> Mapping[int, int | None]:
    """Every relationship manager with the branch, None of one without."""
    return {
        staff: row["branch_id"]
        for staff, row in _staff(bank, day).items()
        if row["role"] == "relationship_manager"
    }


def _staff(bank: Bank, day: date) -> Mapping[int, Mapping[str, Any]]:
    """Everyone on the staff as the bank knew them before a day."""
    begins = start_of_day(day, bank.manifest.zone)
    rows = bank.read("staff").sort_by("known_at").to_pylist()
    return {row["staff_id"]: row for row in rows if row["known_at"] < begins}


def _minutes(policy: Policy, bank: Bank) -> int:
    """The minutes of a day after the bank's last one, over all lists."""
    if policy.lists_by == "manager":
        day = bank.manifest.last_day + timedelta(days=1)
        return sum(manager_minutes(bank, day).values()) if "staff" in bank.tables else 0
    if "branches" not in bank.tables:
        return 0
    branches = set(bank.read("branches")["branch_id"].to_pylist())
    return policy.default_minutes * len(branches)
