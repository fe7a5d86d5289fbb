"""Asks a hazard's trees once for all periods, where asking for each would take as many times.

The trees' last column is the number of the period. Most questions are about the customer, and all
periods go the same way; only where a tree asks for the period do they part.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from models.errors import WrongFeatures
from models.tree_walk import by_blocks
from models.trees import Trees, goes_left


def log_odds_by_period(
    trees: Trees, matrix: NDArray[np.float64], periods: int, *, threads: int | None = None
) -> NDArray[np.float64]:
    """The raw score of each row in each period: [rows, periods], the first period's first.

    `matrix` is float64 [rows, features], without the column of the period. Large matrices are
    shared among `threads`, by default as many as there are processors; the bytes of the answer do
    not depend on their number.
    """
    if matrix.ndim != 2 or matrix.shape[1] != len(trees.features) - 1:  # noqa: PLR2004 - rows by columns
        raise WrongFeatures(
            f"the hazard reads matrices of {len(trees.features) - 1} columns, this one has shape "
            f"{matrix.shape}; build it with matrix_of(table, model.features)"
        )
    found = np.zeros((len(matrix), periods))
    by_blocks(
        lambda rows, part: _add_scores(rows, part, trees.starts, trees.nodes, trees.words),
        (matrix, found),
        threads,
    )
    return found


@numba.njit(cache=True, nogil=True)
def _add_scores(rows, found, starts, nodes, words):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add to `found` [rows, periods] what every tree says; tree by tree, so that it stays near."""
    period = rows.shape[1]
    waiting_at = np.zeros(found.shape[1] + 1, np.int64)
    waiting_end = np.zeros(found.shape[1] + 1, np.int64)
    for tree in range(len(starts) - 1):
        own = nodes[starts[tree] : starts[tree + 1]]
        for row in range(len(rows)):
            # The periods still to be led to a leaf are [first, the last one waiting), in order.
            first, waiting = 0, 1
            waiting_at[0], waiting_end[0] = 0, found.shape[1]
            while waiting:
                at, end = waiting_at[waiting - 1], waiting_end[waiting - 1]
                waiting -= 1
                while own[at].feature >= 0:
                    node = own[at]
                    if node.feature != period:
                        left = goes_left(node, rows[row, node.feature], words)
                        at = at + 1 if left else np.int64(node.right)
                        continue
                    # Period numbers count from 1: the first `parts` of them go left.
                    parts = min(np.int64(max(np.floor(node.threshold), 0.0)), end)
                    if parts <= first:
                        at = np.int64(node.right)
                    else:
                        if parts < end:
                            waiting_at[waiting], waiting_end[waiting] = node.right, end
                            waiting += 1
                            end = parts
                        at += 1
                for place in range(first, end):
                    found[row, place] += own[at].value
                first = end
