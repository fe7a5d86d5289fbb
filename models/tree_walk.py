"""Asks a booster's trees for their raw scores, as LightGBM's own library adds them up.

Whoever only reads a model need not wait for that library, which brings scikit-learn and pandas.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
from numpy.typing import NDArray

from models.errors import WrongFeatures
from models.trees import Trees, goes_left

Floats = NDArray[np.float64]

_BLOCK = 512


def raw_scores(trees: Trees, matrix: Floats, *, threads: int | None = None) -> Floats:
    """Raw scores [rows, classes] of a float64 [rows, features] matrix, to LightGBM's last bit.

    Large matrices are shared among `threads`, by default as many as there are processors; the
    bytes of the answer do not depend on their number.
    """
    if matrix.ndim != 2 or matrix.shape[1] != len(trees.features):  # noqa: PLR2004 - rows by columns
        raise WrongFeatures(
            f"the booster reads matrices of {len(trees.features)} columns, this one has shape "
            f"{matrix.shape}; build it with matrix_of(table, model.features)"
        )
    found = np.zeros((len(matrix), trees.classes))
    by_blocks(
        lambda rows, part: _add_scores(rows, part, trees.starts, trees.nodes, trees.words),
        (matrix, found),
        threads,
    )
    return found


def by_blocks(
    fill: Callable[[Floats, Floats], None], of: tuple[Floats, Floats], threads: int | None
) -> None:
    """Let `fill` work on a matrix and what is found about it, block of rows by block of rows."""
    matrix, found = of
    blocks = [slice(first, first + _BLOCK) for first in range(0, len(matrix), _BLOCK)]

    def work(block: slice) -> None:
        fill(np.ascontiguousarray(matrix[block], np.float64), found[block])

    workers = min(threads or os.cpu_count() or 1, len(blocks)) if len(blocks) > 1 else 1
    if workers <= 1:
        for block in blocks:
            work(block)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, blocks))


@numba.njit(cache=True, nogil=True)
def _add_scores(rows, found, starts, nodes, words):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add to `found` [rows, classes] what each tree says; tree by tree, so that it stays near."""
    classes = found.shape[1]
    for tree in range(len(starts) - 1):
        own = nodes[starts[tree] : starts[tree + 1]]
        for row in range(len(rows)):
            at = np.int64(0)
            while own[at].feature >= 0:
                node = own[at]
                left = goes_left(node, rows[row, node.feature], words)
                at = at + 1 if left else np.int64(node.right)
            found[row, tree % classes] += own[at].value
