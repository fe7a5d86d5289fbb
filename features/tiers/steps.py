"""The law of tiers: when a customer moves up, is watched, moves down, or stays.

A review sets the tier of a month from the ranks that earlier months earned, as that review knows
them. Decisions stand as they were taken; what becomes known later changes later reviews only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.tiers.rules import TierRules

NONE = -1
NOTHING, UNKNOWN, NEW, PROMOTED, DEMOTED, WATCH, KEPT, HELD = range(8)
STATUSES = ("", "unknown", "new", "promoted", "demoted", "watch", "kept", "held")

Ints = NDArray[np.int64]
Ranks = NDArray[np.int8]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class State:
    """The tier of each customer in a month: rank (NONE without one), and how it came about.

    `since` is the month from which the tier holds, `below` the months in a row below it, `status`
    a place in STATUSES.
    """

    rank: Ranks
    since: Ints
    below: Ints
    status: Ranks


def nobody(customers: int) -> State:
    """The state before the first review: no customer has a tier."""
    return State(
        np.full(customers, NONE, np.int8),
        np.zeros(customers, np.int64),
        np.zeros(customers, np.int64),
        np.full(customers, NOTHING, np.int8),
    )


def step(state: State, earned: Ranks, active: Flags, month: int, rules: TierRules) -> State:
    """The tiers of `month`, from the tiers of the month before and what earlier months earned.

    `earned` has a row for each month before `month`, NONE where a month is not known. The newest
    decides: above the tier moves up to it; below it starts or continues a row of months below,
    and a row as long as the tier allows moves down to what the newest earned. A month that is not
    known breaks the row and moves nobody. Months before the tier held do not count against it.
    """
    newest = earned[-1]
    had, knows = active & (state.rank != NONE), newest != NONE
    rank = np.where(active, state.rank, NONE).astype(np.int8)
    below = np.where(had, _in_a_row(earned, rank, month - state.since, rules), 0)
    allowed = np.array([t.months_below.amount if t.months_below else 0 for t in rules.tiers])
    first = active & ~had & knows
    up = had & (newest > rank)
    down = had & (below > 0) & (below >= allowed[rank])
    moved = first | up | down
    status = np.select(
        [~active, first, ~had, up, down, ~knows, below > 0],
        [NOTHING, NEW, UNKNOWN, PROMOTED, DEMOTED, HELD, WATCH],
        default=KEPT,
    )
    return State(
        np.where(moved, newest, rank).astype(np.int8),
        np.where(moved, month, state.since),
        np.where(moved, 0, below),
        status.astype(np.int8),
    )


def _in_a_row(earned: Ranks, rank: Ranks, held: Ints, rules: TierRules) -> Ints:
    """How many of the newest months in a row earned less than the tier that held in them."""
    longest = max(int(t.months_below.amount) if t.months_below else 0 for t in rules.tiers)
    running = np.ones(len(rank), np.bool_)
    counted = np.zeros(len(rank), np.int64)
    for back in range(min(longest, len(earned))):
        month = earned[len(earned) - 1 - back]
        running &= (month != NONE) & (month < rank) & (back < held)
        counted += running
    return counted
