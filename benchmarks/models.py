"""What the one learning pipeline reaches on public data sets, each read by a configuration alone.

Every split of a data set's configuration is measured on rows that taught nothing: ours (trees and a
line, blended), its trees alone, and a plain logistic regression, on the same rows. Choices are made
on folds within the teaching rows. Intervals are 95 %, drawn over customers; the difference to the
plain logistic regression is paired.

    python -m benchmarks.models [NAMES...] [--split NAME]

The files lie under the folder that GOODCALL_PUBLIC_DATA names, ../shared/data by default.
"""

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.calibration import sigmoid
from training.baseline import logistic_baseline
from training.dataset import TrainingSet, refuse_leaks
from training.evaluation.evaluate import auc_difference, evaluate
from training.fit import Choices, Settings, blend_of, learn, rows_of
from training.flat.flat import FlatSet, read_flat
from training.flat.spec import read_flat_spec
from training.split import RandomFolds, Split, folds_of, inner_of

DATA = Path(os.environ.get("GOODCALL_PUBLIC_DATA", "../shared/data"))
SETTINGS = Path(__file__).parent.parent / "banks" / "settings"
SETS = {
    "bank-marketing": "bank_marketing/bank-additional-full.csv.gz",
    "berka-balance": "berka/derived_by_others/features.csv.gz",
    "churn-modelling": "churn_modelling/Churn_Modelling.csv.gz",
    "telco": "telco_churn/Telco-Customer-Churn.csv.gz",
}
SEED = 1
CHOOSE_AGAIN = 1.1

Floats = NDArray[np.float64]


@dataclass
class Scored:
    """Log-odds of the tested rows by each learner, and how often a fold was learned."""

    rows: NDArray[np.int64]
    ours: Floats
    trees: Floats
    plain: Floats
    told: list[str]


def main() -> None:
    """Print the figures of the data sets named, or of all."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("names", nargs="*", help=f"of: {', '.join(SETS)}")
    asked.add_argument("--split", help="one split of the configuration alone")
    said = asked.parse_args()
    for name in said.names or SETS:
        flat = read_set(name)
        refuse_leaks(flat.data)
        for split, how in flat.spec.splits.items():
            if said.split in {None, split}:
                measure(f"{name}, {split}", flat.data, how)


def read_set(name: str) -> FlatSet:
    """A public data set by its configuration."""
    return read_flat(DATA / SETS[name], read_flat_spec(SETTINGS / f"{name}-flat.toml"))


def measure(title: str, data: TrainingSet, split: Split) -> None:
    """Print what each learner reaches on a split."""
    began = time.perf_counter()
    scored = score(data, split)
    seconds = time.perf_counter() - began
    rows = scored.rows
    y, customers, as_of = data.y[rows], data.customer_id[rows], data.as_of[rows]
    print(f"{title}: {len(rows)} rows tested, {int(y.sum())} positive, {seconds:.0f} s")
    dated = as_of if len(np.unique(as_of)) > 1 else None
    for learner in ("ours", "trees", "plain"):
        said = sigmoid(getattr(scored, learner))
        figures = evaluate(y, said, customers, np.random.default_rng(0), as_of=dated)
        shown = ("auc", "auc_within", "log_loss", "ece")
        words = (
            f"{each} {figures[each].value:.4f} [{figures[each].low:.4f}, {figures[each].high:.4f}]"
            for each in shown
            if each in figures
        )
        print(f"  {learner:6} {'  '.join(words)}")
    for learner in ("plain", "trees"):
        gap = auc_difference(
            y, scored.ours, getattr(scored, learner), customers, np.random.default_rng(0)
        )
        print(f"  AUC of ours less {learner}: {gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]")
    print(f"  chosen: {'; '.join(scored.told[:: max(1, len(scored.told) // 5)])}", flush=True)


def score(data: TrainingSet, split: Split) -> Scored:
    """Each tested row's log-odds; a row tested several times gets their mean."""
    total, times = np.zeros((3, len(data.y))), np.zeros(len(data.y))
    told = []
    for test, found, words in _folds(data, split):
        total[:, test] += found
        times[test] += 1
        told.append(words)
    rows = np.flatnonzero(times)
    ours, trees, plain = total[:, rows] / times[rows]
    return Scored(rows, ours, trees, plain, told)


def _folds(data: TrainingSet, split: Split) -> Iterator[tuple[NDArray[np.int64], Floats, str]]:
    """The tested rows of each fold, their log-odds by each learner, and what was chosen.

    In a split that goes forward, choices stand until the teaching rows have grown by a tenth.
    """
    choices: Choices | None = None
    chosen_on = 0
    for teach, test in folds_of(split, data.customer_id, data.y, np.random.default_rng(SEED)):
        part = rows_of(data, teach)
        if isinstance(split, RandomFolds) or len(teach) > CHOOSE_AGAIN * chosen_on:
            choices, chosen_on = None, len(teach)
        inner = inner_of(split, part.customer_id, part.y, np.random.default_rng(SEED))
        learned = learn(part, Settings(SEED, choices=choices), inner)
        choices = learned.choices
        asked = data.matrix[test]
        ours = blend_of(learned).raw(asked)[:, 0]
        trees = blend_of(replace(learned, choices=replace(choices, weight=1.0))).raw(asked)[:, 0]
        plain = logistic_baseline(part.matrix, part.y, asked)
        words = f"trees {choices.weight:.1f}, {choices.params['num_leaves']} leaves x"
        yield test, np.array([ours, trees, plain]), f"{words} {learned.rounds}, {choices.form}"


if __name__ == "__main__":
    main()
