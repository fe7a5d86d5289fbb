"""Few customers settled exactly, for when exchanges do not find how a minimum can be reached."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from outreach.allocation.market import Market, Real, Whole

# Branches of the search at the most; as many on every machine, so that the answer is the same.
_NODES = 2_000


def least_short(market: Market) -> Whole | None:
    """The choices of greatest value among those that fall least short of what must be reached.

    Found by branch and bound (HiGHS), first for the shortfall, then for the value; None where
    that takes too many branches.
    """
    who, kind = np.nonzero(market.value > 0)
    cell = market.cell_of[who]
    each = np.arange(len(who))
    terms = market.terms
    own = coo_array((np.ones(len(who)), (who, each)), shape=(market.customers, len(who)))
    lists = terms.list_of_cell[cell]
    time = coo_array((terms.minutes[kind], (lists, each)), shape=(len(terms.time), len(who)))
    takes = terms.takes.tocsc()[:, cell * terms.kinds + kind]
    matrix = vstack([own, time, takes]).tocsr()
    # Each limit that must be reached may stay short by a column of its own.
    due = np.flatnonzero(terms.room < 0)
    slack = coo_array(
        (-np.ones(len(due)), (market.customers + len(terms.time) + due, np.arange(len(due)))),
        shape=(matrix.shape[0], len(due)),
    )
    matrix = hstack([matrix, slack]).tocsr()
    most = np.concatenate([np.ones(market.customers), terms.time, terms.room]).astype(float)
    short = np.concatenate([np.zeros(len(who)), np.ones(len(due))])
    value = np.concatenate([-market.value[who, kind].astype(float), np.zeros(len(due))])
    found = _solved(short, matrix, most)
    if found is None:
        return None
    row = csr_array(short[None, :])
    found = _solved(value, vstack([matrix, row]).tocsr(), np.append(most, np.rint(short @ found)))
    if found is None:
        return None
    picked: Whole = np.full(market.customers, -1, dtype=np.int64)
    given = np.flatnonzero(found[: len(who)] > 0.5)  # noqa: PLR2004 - of 0 and 1
    picked[who[given]] = kind[given]
    return picked


def _solved(least: Real, matrix: csr_array, most: Real) -> Real | None:
    """What makes `least` least in whole numbers; None where it was not proved in time."""
    found = milp(
        least,
        constraints=LinearConstraint(matrix, -np.inf, most),
        integrality=np.ones(len(least)),
        bounds=Bounds(0, np.inf),
        options={"node_limit": _NODES, "mip_rel_gap": 0.0},
    )
    solution: Real | None = found.x if found.status == 0 else None
    return solution
