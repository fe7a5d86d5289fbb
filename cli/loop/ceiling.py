"""The observable ceiling: what features could tell of contacts, taught by the truth of other banks.

It chooses by the expected effect of one contact given the features, regressed on banks of other
seeds, whose truth nobody but a judge knows. It looks a month ahead.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow as pa

from banks import CONTACT_CHANNELS, Floats, Ints, Outlook, found, outlook
from cli.loop.course import QUIET_DAYS
from cli.loop.desk import Desk, Wishes
from cli.loop.foreseen import wishes_of
from cli.loop.tabled import Tabled, places_of
from cli.loop.workshop import Workshop
from features import CATALOG, as_of, cohort_at, open_bank
from goodcall.atomic import write_file
from goodcall.vocabulary import FAMILIES
from models import matrix_of

# Banks of these seeds teach, and none of them is ever judged.
SEEDS = (7_001, 7_002, 7_003)
_CUSTOMERS = 4_000
_ROUNDS = 150
_BY_CHANNEL = ("kept_by_offer", "kept_by_care", "refuses", "complains")
_TREES = {
    "objective": "regression",
    "num_leaves": 15,
    "learning_rate": 0.06,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.5,
    "lambda_l2": 5.0,
    "seed": 1,
    "verbose": -1,
    "deterministic": True,
    "force_col_wise": True,
}


@dataclass(frozen=True, slots=True)
class Lessons:
    """What each figure of an outlook is regressed to, by its name, and what careful talk spares."""

    trees: Mapping[str, tuple[lgb.Booster, float]]
    care_refuses: float

    def outlook(self, matrix: Floats, places: Ints, count: int) -> Outlook:
        """The expected outlook for the customers at some places of `count`, 0 for all others."""
        channels = len(CONTACT_CHANNELS)
        shapes = {
            "bought": (count, len(FAMILIES), channels),
            **dict.fromkeys(_BY_CHANNEL, (count, channels)),
        }
        found = {name: np.zeros(shape) for name, shape in shapes.items()}
        for name, (booster, unit) in self.trees.items():
            figure, *at = name.split(":")
            cell: tuple[Any, ...] = (places, *(int(each) for each in at))
            found[figure][cell] = np.asarray(booster.predict(matrix, num_threads=1)) * unit
        return Outlook(**found, care_refuses=self.care_refuses)


class Ceiling(Tabled):
    """The policy that chooses by these lessons."""

    def __init__(self, workshop: Workshop, lessons: Lessons) -> None:
        super().__init__(workshop)
        self._lessons = lessons

    def wishes(self, desk: Desk, features: pa.Table) -> Wishes:
        """What contacts are worth by the expected outlook."""
        matrix = matrix_of(features, CATALOG.names)
        count = desk.bank.setting.people.count
        return wishes_of(desk, self._lessons.outlook(matrix, places_of(desk, features), count))


def lessons_in(file: Path, world: str, past: int, channels: Sequence[int]) -> Lessons:
    """The lessons of a world's banks after so many months, taught now where the file is not there.

    `channels` are those of the contact policy, by their place in the simulated bank's.
    """
    if not file.exists():
        said = _taught(world, past, channels)
        write_file(file, json.dumps(said).encode())
    said = json.loads(file.read_text(encoding="utf-8"))
    trees = {
        name: (lgb.Booster(model_str=each["trees"]), each["unit"])
        for name, each in said["trees"].items()
    }
    return Lessons(trees, said["care_refuses"])


def _taught(world: str, past: int, channels: Sequence[int]) -> dict[str, Any]:
    """Trees for every figure of an outlook, from the truth of a few banks."""
    parts = [_truth_of(world, past, seed) for seed in SEEDS]
    data = lgb.Dataset(
        np.concatenate([matrix for matrix, _ in parts]), free_raw_data=False, params=_TREES
    )
    trees = {}
    for name in _names(channels):
        figure, *at = name.split(":")
        cells = (slice(None), *(int(each) for each in at))
        target = np.concatenate([getattr(seen, figure)[here][cells] for _, (seen, here) in parts])
        unit = float(target.std()) or 1.0
        booster = lgb.train(_TREES, data.set_label(target / unit), _ROUNDS)
        trees[name] = {"trees": booster.model_to_string(), "unit": unit}
    return {"trees": trees, "care_refuses": parts[0][1][0].care_refuses}


def _truth_of(world: str, past: int, seed: int) -> tuple[Floats, tuple[Outlook, Ints]]:
    """The features of a bank's customers after so many months, and what contacts would bring."""
    with TemporaryDirectory(prefix="goodcall-ceiling-") as folder:
        path = Path(folder) / "bank"
        bank = found(
            path,
            customers=_CUSTOMERS,
            months=past + 1,
            lived=past,
            seed=seed,
            world=world,
            quiet_days=QUIET_DAYS,
        )
        opened = open_bank(path)
        day = bank.setting.calendar.first_of(past)
        table = as_of(opened, cohort_at(opened, [day]), CATALOG)
    here = table["customer_id"].to_numpy() - int(bank.setting.people.customer_id[0])
    return matrix_of(table, CATALOG.names), (outlook(bank), here)


def _names(channels: Sequence[int]) -> list[str]:
    offers = [f"bought:{family}:{each}" for family in range(len(FAMILIES)) for each in channels]
    return offers + [f"{figure}:{each}" for figure in _BY_CHANNEL for each in channels]
