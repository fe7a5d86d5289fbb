"""A LightGBM booster's trees, read once from its text, so that what they say can be taken apart.

The nodes of all trees stand in one array, tree by tree, each tree from its root downwards: a node,
everything below its left branch, everything below its right branch. A node's left child is
therefore the next node. Row numbers within a tree count from its root.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from models.errors import BrokenModel

NODE = np.dtype(
    [
        ("value", np.float64),  # of a leaf, else 0
        ("threshold", np.float64),  # what is not above it goes left
        ("cover", np.float64),  # rows learned from that came here
        ("share", np.float64),  # of the rows at the parent
        ("parent", np.uint32),
        ("right", np.uint32),
        ("earlier", np.int32),  # the node above that the same feature led to, -1 for none
        ("feature", np.int32),  # that is asked here, -1 at a leaf
        ("word", np.uint32),  # where the set of categories that go left begins
        ("words", np.uint32),
        ("kind", np.uint8),  # LightGBM's decision type
        ("is_left", np.bool_),
    ],
    align=True,
)
CATEGORICAL, DEFAULT_LEFT = 1, 2
ZERO_IS_MISSING, NAN_IS_MISSING = 1, 2
NO_NODE = -1
_WORD_BITS = 32
_NEAR_ZERO = 1e-35


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """The trees of a booster; tree number t speaks for class t modulo `classes`.

    `nodes` has the fields of NODE and `starts` [trees + 1] where each tree's begin; `words` holds
    the bits of the categories that go left; `distinct` [trees] is the greatest number of different
    features on one way down a tree.
    """

    features: tuple[str, ...]
    classes: int
    starts: NDArray[np.int64]
    nodes: NDArray[np.void]
    words: NDArray[np.uint32]
    distinct: NDArray[np.int64]


def parsed(booster: str) -> Trees:
    """The trees of a booster's text; BrokenModel where it holds none that can be read.

    Linear trees and averaged forests are refused: their leaves are no plain summands.
    """
    head, *blocks = booster.partition("\nend of trees")[0].split("\nTree=")
    try:
        said = _fields(head)
        if "average_output" in said:
            raise BrokenModel(
                "the booster averages its trees; train with boosting gbdt, dart or goss"
            )
        features = tuple(said["feature_names"].split())
        parts = [_tree(_fields(block), len(features)) for block in blocks]
        classes = int(said["num_tree_per_iteration"])
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"the booster does not read as LightGBM's text: {error!r}; "
            "restore the model's folder or train again"
        ) from error
    return _joined(features, classes, parts)


@numba.njit(cache=True, nogil=True)
def goes_left(node, value, words):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Whether a value goes left at a node, as LightGBM decides it."""
    if node.kind & CATEGORICAL:
        if np.isnan(value) or value <= -1 or value >= np.float64(node.words) * _WORD_BITS:
            return False
        category = np.uintp(value)
        word = words[np.uintp(node.word) + category // np.uintp(_WORD_BITS)]
        return (word >> (category % np.uintp(_WORD_BITS))) & np.uintp(1) != 0
    missing = node.kind >> 2 & 3
    if np.isnan(value):
        if missing == NAN_IS_MISSING:
            return node.kind & DEFAULT_LEFT != 0
        value = 0.0
    if missing == ZERO_IS_MISSING and abs(value) <= _NEAR_ZERO:
        return node.kind & DEFAULT_LEFT != 0
    return value <= node.threshold


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    nodes: NDArray[np.void]
    words: NDArray[np.uint32]
    distinct: int


def _fields(block: str) -> dict[str, str]:
    lines = (line.partition("=") for line in block.splitlines())
    return {name: value for name, _, value in lines}


def _numbers(said: Mapping[str, str], name: str, count: int) -> NDArray[np.float64]:
    found = np.array(said[name].split(), np.float64)
    if len(found) != count:
        raise ValueError(f"{name} has {len(found)} entries, expected {count}")
    return found


def _tree(said: Mapping[str, str], features: int) -> _Tree:
    if said.get("is_linear", "0") != "0":
        raise BrokenModel("the booster has linear trees; train with linear_tree=false")
    leaves = int(said["num_leaves"])
    splits = leaves - 1
    nodes = np.zeros(splits + leaves, NODE)
    nodes["feature"] = nodes["earlier"] = NO_NODE
    nodes["value"][splits:] = _numbers(said, "leaf_value", leaves)
    if not splits:
        return _Tree(nodes, np.zeros(0, np.uint32), 0)
    nodes["cover"][splits:] = _numbers(said, "leaf_count", leaves)
    nodes["cover"][:splits] = _numbers(said, "internal_count", splits)
    nodes["feature"][:splits] = _numbers(said, "split_feature", splits)
    nodes["threshold"][:splits] = _numbers(said, "threshold", splits)
    nodes["kind"][:splits] = _numbers(said, "decision_type", splits)
    if nodes["feature"].max() >= features:
        raise ValueError(f"a tree asks feature {nodes['feature'].max()} of {features}")
    words = _sets(said, nodes)
    left, right = (_children(said, name, splits) for name in ("left_child", "right_child"))
    order, distinct = _ordered(nodes, left, right, np.empty(len(nodes), np.int64))
    return _Tree(nodes[order], words, distinct)


def _children(said: Mapping[str, str], name: str, splits: int) -> NDArray[np.int64]:
    """Rows of `nodes` where the leaves stand behind the splits; the text numbers leaf k -k - 1."""
    found = _numbers(said, name, splits).astype(np.int64)
    rows = np.where(found >= 0, found, splits - 1 - found)
    if rows.min() < 1 or rows.max() > 2 * splits or (found >= splits).any():
        raise ValueError(f"{name} names a node that the tree does not have")
    return rows


def _sets(said: Mapping[str, str], nodes: NDArray[np.void]) -> NDArray[np.uint32]:
    """The sets of categories of a tree; notes at each categorical node where its own stands."""
    sets = int(said["num_cat"])
    if not sets:
        return np.zeros(0, np.uint32)
    edges = _numbers(said, "cat_boundaries", sets + 1).astype(np.int64)
    asks = np.flatnonzero(nodes["kind"] & CATEGORICAL)
    which = nodes["threshold"][asks].astype(np.int64)
    nodes["word"][asks], nodes["words"][asks] = edges[which], np.diff(edges)[which]
    return _numbers(said, "cat_threshold", int(edges[-1])).astype(np.uint32)


def _ordered(
    nodes: NDArray[np.void],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    order: NDArray[np.int64],
) -> tuple[NDArray[np.int64], int]:
    """The order of nodes from the root downwards, and the most features on one way down."""
    seen, distinct = _walk(nodes, left, right, order)
    if seen < len(nodes):
        raise ValueError(f"a tree reaches {seen} of its {len(nodes)} nodes")
    return order, int(distinct)


@numba.njit(cache=True, nogil=True)
def _walk(nodes, left, right, order):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Fill `order` and each node's place in it; the nodes reached, or fewer where ways cross."""
    splits = len(left)
    place = np.full(len(nodes), NO_NODE, np.int64)
    stack, above = np.zeros(len(nodes) + 1, np.int64), np.zeros(len(nodes) + 1, np.int64)
    depth = np.zeros(len(nodes), np.int64)
    waiting, seen, distinct = 1, 0, 0
    while waiting:
        waiting -= 1
        row = stack[waiting]
        if place[row] != NO_NODE:
            return 0, 0
        place[row], order[seen] = seen, row
        node = nodes[row]
        if row:
            parent = above[waiting]
            node.parent = place[parent]
            node.is_left = left[parent] == row
            if nodes[parent].cover > 0:
                node.share = node.cover / nodes[parent].cover
            asked, up = nodes[parent].feature, parent
            while up and nodes[order[nodes[up].parent]].feature != asked:
                up = order[nodes[up].parent]
            node.earlier = place[up] if up else NO_NODE
            depth[row] = depth[parent] + (node.earlier == NO_NODE)
            distinct = max(distinct, depth[row])
            if not node.is_left:
                nodes[parent].right = seen
        seen += 1
        if row < splits:
            for child in (right[row], left[row]):
                if waiting > len(nodes):
                    return 0, 0
                stack[waiting], above[waiting] = child, row
                waiting += 1
    return seen, distinct


def _joined(features: tuple[str, ...], classes: int, parts: list[_Tree]) -> Trees:
    if not parts or classes < 1 or len(parts) % classes:
        raise BrokenModel(
            f"the booster has {len(parts)} trees of {classes} classes, expected as many of each; "
            "restore the model's folder or train again"
        )
    sizes = [len(part.nodes) for part in parts]
    words = np.concatenate([part.words for part in parts])
    nodes = np.concatenate([part.nodes for part in parts])
    before = np.cumsum([0, *(len(part.words) for part in parts)])[:-1]
    nodes["word"] += np.repeat(before, sizes).astype(np.uint32)
    starts = np.cumsum([0, *sizes])
    distinct = np.array([part.distinct for part in parts])
    return Trees(features, classes, starts, nodes, words, distinct)
