"""What each feature adds to what a booster says of a row: exact Shapley values, quickly.

In a tree, a leaf of value v is reached by a way on which each feature i has two numbers: r_i, the
share of the rows learned from that its questions let through (the product of the covers' ratios),
and o_i, 1 where this row passes them all and else 0. Where only the features S are known, the leaf
gives v times o_i over the known ones times r_i over the others; this is the game of path-dependent
TreeSHAP (Lundberg et al. 2020, Nature Machine Intelligence 2). Its Shapley value of feature i is

    v (o_i - r_i) x the integral over t from 0 to 1 of
        the product over the other features j of (r_j (1 - t) + o_j t),

since a share t of all orders has a given feature before i. The integrand is a polynomial, and
Gauss-Legendre quadrature with n points is exact up to degree 2n - 1. So a walk down the tree holds
the product over all features of the way at each point; a walk up sums it over the leaves below each
node, and divides the node's own feature out. A feature that is asked again lower down takes back
there what it was given above. A row costs nodes x points, as in Linear TreeSHAP (Yu et al. 2022,
NeurIPS), and all divisions are done beforehand: what a branch multiplies by depends only on whether
the row passes it (PASSES), fails it first (FAILS), or failed the same feature above (FAILED).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numba
import numpy as np
from numpy.typing import NDArray

from models.errors import WrongFeatures
from models.quadrature import gauss_legendre
from models.trees import Trees, goes_left, parsed

PASSES, FAILS, FAILED = 0, 1, 2
_LEAF = -1
_BLOCK = 64
_SUMS = {"reassoc", "contract", "nsz"}


@dataclass(frozen=True, slots=True, eq=False)
class TreeExplainer:
    """A booster's trees with what each branch multiplies by and gives, worked out beforehand.

    `points` [trees] is the number of points of quadrature and `offsets` [trees] where a tree's
    tables begin in `factors` and `gains`, which are [nodes of the tree, PASSES or FAILS, points].
    """

    trees: Trees
    points: NDArray[np.int64]
    offsets: NDArray[np.int64]
    factors: NDArray[np.float64]
    gains: NDArray[np.float64]


def compiled(booster: str) -> TreeExplainer:
    """What explains the rows of a booster's text; BrokenModel where the text cannot be read."""
    return explainer_of(parsed(booster))


def explainer_of(trees: Trees) -> TreeExplainer:
    """What explains the rows of trees."""
    # A multiple of four fills the processor's lanes; more points than needed are as exact.
    points = 4 * np.maximum(1, -(-trees.distinct // 8))
    sizes = np.diff(trees.starts)
    offsets = np.cumsum([0, *(2 * sizes * points)])
    factors, gains = np.empty(offsets[-1]), np.empty(offsets[-1])
    reach = _reach(trees)
    for tree, count in enumerate(points):
        nodes = slice(trees.starts[tree], trees.starts[tree + 1])
        table = slice(offsets[tree], offsets[tree + 1])
        factors[table], gains[table] = _tables(trees.nodes[nodes], reach[nodes], int(count))
    return TreeExplainer(trees, points, offsets[:-1], factors, gains)


def contributions(
    explainer: TreeExplainer,
    matrix: NDArray[np.float64],
    klass: int = 0,
    *,
    among: NDArray[np.bool_] | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """What each feature adds to the raw score of a class: [rows, features].

    With `expected_value` a row's add up to its raw score; where only the trees `among` [trees] are
    asked, to their part of it. Large matrices are shared among `threads`, by default as many as
    there are processors; the bytes of the answer do not depend on their number.
    """
    trees = explainer.trees
    if matrix.ndim != 2 or matrix.shape[1] != len(trees.features):  # noqa: PLR2004 - rows by columns
        raise WrongFeatures(
            f"the booster reads matrices of {len(trees.features)} columns, this one has shape "
            f"{matrix.shape}; build it with matrix_of(table, model.features)"
        )
    rows = np.ascontiguousarray(matrix, np.float64)
    shares = np.zeros(rows.shape)
    chosen = np.arange(_known(trees, klass), len(explainer.points), trees.classes)
    if among is not None:
        chosen = chosen[among[chosen]]
    workers = min(threads or os.cpu_count() or 1, len(rows) // _BLOCK)
    if workers <= 1:
        _explain(explainer, chosen, rows, shares)
        return shares
    edges = np.linspace(0, len(rows), workers + 1).astype(int)
    with ThreadPoolExecutor(workers) as pool:
        parts = [slice(a, b) for a, b in pairwise(edges)]
        tasks = [pool.submit(_explain, explainer, chosen, rows[p], shares[p]) for p in parts]
        for task in tasks:
            task.result()
    return shares


def expected_value(explainer: TreeExplainer, klass: int = 0) -> float:
    """The raw score of a class before anything is known: the mean of the leaves by their cover."""
    trees = explainer.trees
    nodes, reach = trees.nodes, _reach(trees, by_feature=False)
    means = np.add.reduceat(nodes["value"] * reach * (nodes["feature"] == _LEAF), trees.starts[:-1])
    return float(means[_known(trees, klass) :: trees.classes].sum())


def _known(trees: Trees, klass: int) -> int:
    if not 0 <= klass < trees.classes:
        raise WrongFeatures(
            f"the booster has no class number {klass}; its classes are 0 to {trees.classes - 1}"
        )
    return klass


def _reach(trees: Trees, *, by_feature: bool = True) -> NDArray[np.float64]:
    """The share of rows that come from the root to each node, by all questions or its feature's."""
    reach = np.ones(len(trees.nodes))
    _fill_reach(trees.nodes, trees.starts, by_feature, reach)
    return reach


def _tables(
    nodes: NDArray[np.void], reach: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Factors and gains of one tree's branches, flat [nodes, PASSES or FAILS, points].

    With g(r) = 1 / (r (1 - t) + t), a feature that passes weighs (1 - r) g(r) and one that fails
    -1 / (1 - t); what the same feature was given above is taken off.
    """
    t, weight = gauss_legendre(count)
    earlier = nodes["earlier"]
    above = np.where(earlier >= 0, reach[earlier], 1.0)[:, None]
    here = reach[:, None]
    over, over_above = 1 / (here * (1 - t) + t), 1 / (above * (1 - t) + t)
    factors = np.stack([over_above / over, here * (1 - t) * over_above], axis=1)
    given = (1 - above) * over_above
    gains = np.stack([(1 - here) * over - given, -1 / (1 - t) - given], axis=1) * weight
    return factors.ravel(), gains.ravel()


def _explain(
    explainer: TreeExplainer,
    chosen: NDArray[np.int64],
    rows: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> None:
    trees = explainer.trees
    sizes = np.diff(trees.starts)
    held = np.empty(int((sizes * explainer.points).max()))
    passed = np.empty(int(sizes.max()), np.uint8)
    for first in range(0, len(rows), _BLOCK):
        block = slice(first, first + _BLOCK)
        _add_shares(
            *(rows[block], shares[block], chosen, trees.starts, explainer.points),
            *(explainer.offsets, trees.nodes, trees.words, explainer.factors, explainer.gains),
            *(held, passed),
        )


@numba.njit(cache=True, nogil=True)
def _fill_reach(nodes, starts, by_feature, reach):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for tree in range(len(starts) - 1):
        root = starts[tree]
        for at in range(root + 1, starts[tree + 1]):
            node = nodes[at]
            above = node.earlier if by_feature else np.int64(node.parent)
            reach[at] = node.share * (reach[root + above] if above >= 0 else 1.0)


@numba.njit(cache=True, nogil=True)
def _add_shares(  # type: ignore[no-untyped-def]  # noqa: ANN202, PLR0917
    rows,  # noqa: ANN001
    shares,  # noqa: ANN001
    chosen,  # noqa: ANN001
    starts,  # noqa: ANN001
    points,  # noqa: ANN001
    offsets,  # noqa: ANN001
    nodes,  # noqa: ANN001
    words,  # noqa: ANN001
    factors,  # noqa: ANN001
    gains,  # noqa: ANN001
    held,  # noqa: ANN001
    passed,  # noqa: ANN001
):
    """Add to `shares` what the chosen trees give each row; tree by tree, so that it stays near."""
    for tree in chosen:
        own = nodes[starts[tree] : starts[tree + 1]]
        count, first = np.uintp(points[tree]), np.uintp(offsets[tree])
        if len(own) > 1:
            for row in range(len(rows)):
                _down(rows[row], own, words, count, first, factors, held, passed)
                _up(shares[row], own, count, first, gains, held, passed)


# Whole numbers without a sign spare a check for counting from an array's end at each access.
@numba.njit(cache=True, nogil=True)
def _down(row, nodes, words, count, first, factors, held, passed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Hold at each node the product over the features so far, times the value at a leaf."""
    for q in range(count):
        held[q] = 1.0
    for number in range(len(nodes)):
        at = np.uintp(number)
        node, here = nodes[at], at * count
        if number:
            above = np.uintp(node.parent) * count
            if passed[at] == FAILED:
                for q in range(count):
                    held[here + q] = held[above + q] * node.share
            else:
                table = first + (np.uintp(2) * at + np.uintp(passed[at])) * count
                for q in range(count):
                    held[here + q] = held[above + q] * factors[table + q]
        if node.feature >= 0:
            left, right = at + np.uintp(1), np.uintp(node.right)
            earlier = nodes[left].earlier
            if earlier >= 0 and passed[np.uintp(earlier)] != PASSES:
                passed[left] = passed[right] = FAILED
            else:
                goes = goes_left(node, row[np.uintp(node.feature)], words)
                passed[left], passed[right] = (PASSES, FAILS) if goes else (FAILS, PASSES)
        else:
            for q in range(count):
                held[here + q] *= node.value


@numba.njit(cache=True, nogil=True, fastmath=_SUMS)
def _up(shares, nodes, count, first, gains, held, passed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Sum what the leaves hold, branch by branch, and give each branch's feature its part."""
    for number in range(len(nodes) - 1):
        at = np.uintp(len(nodes) - 1 - number)
        node, here = nodes[at], at * count
        parent = np.uintp(node.parent)
        above = parent * count
        if passed[at] != FAILED:
            table = first + (np.uintp(2) * at + np.uintp(passed[at])) * count
            part = 0.0
            for q in range(count):
                part += held[here + q] * gains[table + q]
            shares[np.uintp(nodes[parent].feature)] += part
        if node.is_left:
            for q in range(count):
                held[above + q] += held[here + q]
        else:
            for q in range(count):
                held[above + q] = held[here + q]
