"""How fast a score is taken apart: `python -m benchmarks.reasons [ROWS]`.

A night's list is a few thousand rows of a large booster (300 trees of 63 leaves, 120 features, a
seventh of the values missing), an app asks for one row (200 trees of 31 leaves). Ours and
LightGBM's own contributions, which the shap package also asks for, run in turns in one process and
must agree to 1e-5; where woodelf-explainer is installed it runs beside them. It is no dependency of
ours, so for it:

    uv venv ENV && uv pip install -p ENV woodelf-explainer numba lightgbm pyarrow
    PYTHONPATH=. ENV/bin/python -m benchmarks.reasons

Prints the clock and the processor's time, the best of some runs: on a shared machine the second
says what the code costs.
"""

import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.treeshap import TreeExplainer, compiled, contributions

FEATURES, TRAINED = 120, 20_000
MISSING = 0.15
AGREE = 1e-5
RUNS, ONES = 3, 200
LIST_LIMIT, ROW_LIMIT = 5.0, 1e-3

Matrix = NDArray[np.float64]
Peer = Callable[[Matrix], Matrix]


def main(rows: int = 2_000) -> None:
    """Train two boosters, take rows of them apart by every peer, print what each cost."""
    night, matrix = _trained(trees=300, leaves=63)
    _describe(night)
    peers = _peers(night)
    _refuse_difference(peers, matrix[:100])
    times = _in_turns(peers, matrix[:rows], RUNS)
    _print(f"{rows:,} rows, 300 trees x 63 leaves", times)
    ours, theirs = times["goodcall"], times["lightgbm"]
    print(
        f"ours is {theirs[0] / ours[0]:.1f}x faster by the clock, {theirs[1] / ours[1]:.1f}x of "
        f"the cores; the limit is {LIST_LIMIT:.0f}x"
    )
    app, matrix = _trained(trees=200, leaves=31)
    _describe(app)
    peers = {name: peer for name, peer in _peers(app).items() if name in ("goodcall", "lightgbm")}
    _refuse_difference(peers, matrix[:100])
    times = _in_turns(peers, matrix[:1], ONES)
    _print("one row, 200 trees x 31 leaves", times)
    print(f"ours {times['goodcall'][0] * 1e3:.2f} ms; the limit is {ROW_LIMIT * 1e3:.0f} ms")
    _print_start(app)


class PeersDisagree(Exception):
    """Two ways to take a score apart gave different answers."""


def _trained(trees: int, leaves: int) -> tuple[lightgbm.Booster, Matrix]:
    """A booster and rows of mixed shapes: heavy tails, whole numbers, missing values."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(TRAINED, FEATURES))
    rows[:, ::3] = np.exp(2 * rows[:, ::3])
    rows[:, 1::5] = np.round(rows[:, 1::5])
    truth = rows[:, 0] / 10 + rows[:, 1] * rows[:, 2] - np.abs(rows[:, 4]) + np.sin(3 * rows[:, 7])
    y = rng.random(TRAINED) < 1 / (1 + np.exp(1 - truth))
    rows[rng.random(rows.shape) < MISSING] = np.nan
    params = {
        "objective": "binary",
        "num_leaves": leaves,
        "learning_rate": 0.05,
        "feature_fraction": 0.6,
        "verbosity": -1,
        "seed": 1,
    }
    return lightgbm.train(params, lightgbm.Dataset(rows, label=y), trees), rows


def _describe(booster: lightgbm.Booster) -> None:
    depth = booster.trees_to_dataframe().groupby("tree_index")["node_depth"].max() - 1
    print(f"{len(depth)} trees, depth {depth.mean():.1f} in the mean, {depth.max()} at most")


def _peers(booster: lightgbm.Booster) -> dict[str, Peer]:
    explainer = compiled(booster.model_to_string())
    peers: dict[str, Peer] = {
        "goodcall": lambda rows: contributions(explainer, rows),
        "lightgbm": lambda rows: booster.predict(rows, pred_contrib=True)[:, :-1],
    }
    if find_spec("woodelf"):
        peers["woodelf"] = _woodelf(booster)
    return peers


def _woodelf(booster: lightgbm.Booster) -> Peer:
    import pandas as pd  # noqa: PLC0415 - only where the peer is
    from woodelf import WoodelfExplainer  # noqa: PLC0415 - only where it is installed

    explainer = WoodelfExplainer(booster, feature_perturbation="tree_path_dependent")
    names = booster.feature_name()
    return lambda rows: np.asarray(explainer.shap_values(pd.DataFrame(rows, columns=names)))


def _refuse_difference(peers: Mapping[str, Peer], rows: Matrix) -> None:
    """Print how far each peer is from LightGBM; ours must be within what is allowed."""
    truth = peers["lightgbm"](rows)
    for name, peer in peers.items():
        far = float(np.abs(peer(rows) - truth).max())
        print(f"  {name:<10} differs from LightGBM by {far:.1e} at most")
        if name == "goodcall" and far > AGREE:
            raise PeersDisagree(f"{name} differs by {far:.1e}, allowed is {AGREE:.0e}")


def _in_turns(peers: Mapping[str, Peer], rows: Matrix, runs: int) -> dict[str, tuple[float, float]]:
    """Best clock and best processor time of each peer, run in turns."""
    times: dict[str, tuple[float, float]] = dict.fromkeys(peers, (np.inf, np.inf))
    for _ in range(runs):
        for name, peer in peers.items():
            clock, cores = time.perf_counter(), time.process_time()
            peer(rows)
            taken = time.perf_counter() - clock, time.process_time() - cores
            times[name] = min(times[name][0], taken[0]), min(times[name][1], taken[1])
    return times


def _print(what: str, times: Mapping[str, tuple[float, float]]) -> None:
    print(what)
    for name, (clock, cores) in times.items():
        print(f"  {name:<10} {clock * 1e3:10.2f} ms, {cores * 1e3:10.2f} ms of the cores")


def _print_start(booster: lightgbm.Booster) -> None:
    text = booster.model_to_string()
    clock = time.perf_counter()
    explainer: TreeExplainer = compiled(text)
    print(
        f"made ready from the booster's text in {(time.perf_counter() - clock) * 1e3:.0f} ms, "
        f"{(explainer.factors.nbytes + explainer.gains.nbytes) / 1e6:.1f} MB of tables"
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
