"""What learning and scoring cost beside a bare LightGBM: time and memory, as ratios of one run.

A simulated matrix of banks' shape (one value in ten missing, one outcome in twenty) is learned from
and scored with the same parameters and rounds by our code and by LightGBM alone, in turns, each the
best of several. Memory is the peak that a process of its own adds while it learns, over the size of
the matrix: of the trees alone, of all that a blend chooses and learns, and of a hazard.

    python -m benchmarks.training [--rows 200000] [--features 200] [--scored 1000000]
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

import lightgbm
import numpy as np
from numpy.typing import NDArray

from goodcall.language import Text
from models.blend import Blend
from models.boosted import Boosted
from models.booster import Params, default_params, fit_booster
from models.card import Card
from models.model import Model, sealed_model
from training.baseline import LineForm, fit_line
from training.dataset import TrainingSet
from training.definitions.flat import FlatLabel
from training.definitions.horizon import Horizon
from training.fit import Settings, learn
from training.hazards.learn import learn_hazard
from training.hazards.rows import EventSet

SEED = 7
ROUNDS = 200
TURNS = 3
MISSING = 0.1
PERIODS = 6
BLOCK = 5_000
FIXED = {"deterministic": True, "verbosity": -1}

Floats = NDArray[np.float64]


def main() -> None:
    """Print the three ratios, and what the line adds to scoring where it is blended in."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", type=int, default=200_000)
    asked.add_argument("--features", type=int, default=200)
    asked.add_argument("--scored", type=int, default=1_000_000)
    said = asked.parse_args()
    # Before this process holds a matrix: a new one is told its parent's peak as its own.
    for name, learner in LEARNERS.items():
        peak, size = peak_of(learner, said.rows, said.features), 8 * said.rows * said.features
        words = f"{(peak + size) / size:.2f} of the matrix, which is counted"
        print(f"memory of {name}: {words}", flush=True)
    matrix, y = simulated(said.rows, said.features)
    names = [f"feature_{number}" for number in range(said.features)]
    params = default_params(said.rows, int(y.sum()), SEED)
    ours, bare = in_turns(
        lambda: fit_booster(matrix, y, names, params, ROUNDS),
        lambda: bare_training(matrix, y, params).model_to_string(),
    )
    leaves = params["num_leaves"]
    print(f"{said.rows:,} rows x {said.features} features, {ROUNDS} rounds, {leaves} leaves")
    print(f"learn: ours {ours:.1f} s, lightgbm.train {bare:.1f} s, ratio {ours / bare:.2f}")
    score(matrix, y, names, said.scored)


def score(matrix: Floats, y: NDArray[np.int8], names: list[str], rows: int) -> None:
    """Print what scoring costs beside the bare booster, by trees alone and blended with a line."""
    text = fit_booster(matrix, y, names, default_params(len(y), int(y.sum()), SEED), ROUNDS)
    booster = lightgbm.Booster(model_str=text)
    asked = np.tile(matrix, (-(-rows // len(matrix)), 1))[:rows]
    line = fit_line(matrix, y, LineForm())
    for name, blend in (
        ("trees", Blend(Boosted(text))),
        ("trees and a line", Blend(Boosted(text), None, line, 0.7)),
    ):
        predict = model_of(blend, names, y).predict
        ours, bare = in_turns(partial(predict, asked), partial(booster.predict, asked))
        print(
            f"score {rows:,} rows by {name}: ours {ours:.1f} s, Booster.predict {bare:.1f} s, ",
            end="",
        )
        print(f"ratio {ours / bare:.2f}")


def simulated(rows: int, features: int) -> tuple[Floats, NDArray[np.int8]]:
    """A matrix and outcomes that ten of its features tell in part, made block by block so that the
    making takes no memory to speak of.
    """  # noqa: D205 - one sentence
    rng = np.random.default_rng(SEED)
    told = rng.normal(size=10) * 0.5
    matrix, y = np.empty((rows, features)), np.empty(rows, np.int8)
    for first in range(0, rows, BLOCK):
        block = matrix[first : first + BLOCK]
        block[:] = rng.normal(size=block.shape)
        rate = 1 / (1 + np.exp(3.5 - block[:, :10] @ told))
        block[rng.random(block.shape) < MISSING] = np.nan
        y[first : first + BLOCK] = rng.random(len(block)) < rate
    return matrix, y


def bare_training(matrix: Floats, y: NDArray[np.int8], params: Params) -> lightgbm.Booster:
    """What a scientist would write."""
    chosen = {**params, **FIXED}
    data = lightgbm.Dataset(matrix, label=y, params=chosen)
    return lightgbm.train(chosen, data, num_boost_round=ROUNDS)


def in_turns(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """The least seconds of the processor for each over some turns: other work does not count."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        for call, seconds in zip((ours, theirs), taken, strict=True):
            began = time.process_time()
            call()
            seconds.append(time.process_time() - began)
    return min(taken[0]), min(taken[1])


def learn_ours(matrix: Floats, y: NDArray[np.int8]) -> None:
    """Learn a booster by our code."""
    names = [f"feature_{number}" for number in range(matrix.shape[1])]
    fit_booster(matrix, y, names, default_params(len(y), int(y.sum()), SEED), ROUNDS)


def learn_bare(matrix: Floats, y: NDArray[np.int8]) -> None:
    """Learn a booster by LightGBM alone."""
    bare_training(matrix, y, default_params(len(y), int(y.sum()), SEED)).model_to_string()


def learn_blend(matrix: Floats, y: NDArray[np.int8]) -> None:
    """Choose and learn all that a blend is."""
    learn(a_set(matrix, y), Settings(SEED))


def learn_events(matrix: Floats, y: NDArray[np.int8]) -> None:
    """Choose and learn all that a hazard is: each outcome in a period by lot."""
    drawn = np.random.default_rng(SEED).integers(1, PERIODS + 1, len(y))
    period = np.where(y == 1, drawn, 0).astype(np.int16)
    watched = np.full(len(y), PERIODS, np.int16)
    learn_hazard(EventSet(a_set(matrix, y), period, watched, 30, PERIODS, (1, 3, PERIODS)), SEED)


def a_set(matrix: Floats, y: NDArray[np.int8]) -> TrainingSet:
    """Rows of customers of one day."""
    return TrainingSet(
        definition=FlatLabel("simulated", Text("a benchmark", "基准测试"), Horizon(90)),
        features=tuple(f"feature_{number}" for number in range(matrix.shape[1])),
        fingerprint="0" * 12,
        matrix=matrix,
        y=y,
        customer_id=np.arange(1, len(y) + 1),
        as_of=np.full(len(y), np.datetime64("2026-01-01")),
        excluded={},
    )


LEARNERS = {
    "ours": learn_ours,
    "lightgbm.train": learn_bare,
    "a whole blend": learn_blend,
    "a whole hazard": learn_events,
}


def peak_of(learn: Callable[[Floats, NDArray[np.int8]], None], rows: int, features: int) -> int:
    """The bytes that learning adds to a fresh process that holds the matrix."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_added, (learn, rows, features))


def _added(learn: Callable[[Floats, NDArray[np.int8]], None], rows: int, features: int) -> int:
    matrix, y = simulated(rows, features)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    learn(matrix, y)
    return 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


def model_of(blend: Blend, names: list[str], y: NDArray[np.int8]) -> Model:
    """A whole model around a blend."""
    nothing = Text("a benchmark", "基准测试")
    card = Card(
        label="churn",
        labels=("churn",),
        unit="probability",
        meaning=nothing,
        kind="blend",
        features=tuple(names),
        fingerprint="0" * 12,
        trained_as_of=(date(2026, 1, 1),),
        tested_as_of=(),
        rows=len(y),
        positives=int(y.sum()),
        measured=nothing,
        metrics={},
        baseline={},
        over_baseline=None,
        excluded={},
        limits=(),
        params={},
        created=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return sealed_model(card, blend)


if __name__ == "__main__":
    main()
