"""Which model speaks for each label today; what the service reads and watches."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

from goodcall.atomic import write_file
from models.card import Unit
from models.errors import BrokenModel, NoChampion, WrongFeatures
from models.model import Model, load_model

CHAMPIONS = "champions.json"
_CHANCES: tuple[Unit, ...] = ("probability",)


@dataclass(frozen=True, slots=True)
class Champion:
    """A model in force and the labels it speaks for; `folder` is relative to the models folder."""

    label: str
    labels: tuple[str, ...]
    version: int
    folder: str
    content_hash: str
    promoted_at: datetime


def read_champions(models_folder: Path) -> dict[str, Champion]:
    """The champion of each name; none where nothing has been promoted yet."""
    file = models_folder / CHAMPIONS
    if not file.exists():
        return {}
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return {
            label: Champion(
                label,
                tuple(each["labels"]),
                int(each["version"]),
                each["folder"],
                each["hash"],
                datetime.fromisoformat(each["promoted_at"]),
            )
            for label, each in said.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"{file} does not read as champions: {error!r}; promote a model again"
        ) from error


def load_champions(
    models_folder: Path,
    expect_fingerprint: str,
    declared: Collection[str],
    units: Collection[Unit] = _CHANCES,
) -> dict[str, Model]:
    """The champion model of each label, checked against its hash and the catalogue in use.

    Only models whose scores are in one of `units` are given; one that speaks for several labels
    stands under each. `declared` are the catalogue's columns: a model that reads another one is
    WrongFeatures. NoChampion when there is none at all.
    """
    champions = read_champions(models_folder)
    if not champions:
        raise NoChampion(
            f"{models_folder} has no champion; run `goodcall train`, which registers a model "
            "and makes the first of each label its champion"
        )
    loaded = [
        _load(models_folder, each, expect_fingerprint, declared)
        for _, each in sorted(champions.items())
    ]
    said = [
        (label, model) for model in loaded for label in model.labels if model.card.unit in units
    ]
    return dict(sorted(said, key=itemgetter(0)))


def crown(models_folder: Path, champion: Champion) -> None:
    """Make a model that lies under the models folder the champion of its labels.

    A champion of another name that spoke for one of them gives way.
    """
    staying = {
        name: each
        for name, each in read_champions(models_folder).items()
        if not set(each.labels) & set(champion.labels)
    }
    champions = staying | {champion.label: champion}
    said = {
        label: {
            "labels": each.labels,
            "version": each.version,
            "folder": each.folder,
            "hash": each.content_hash,
            "promoted_at": each.promoted_at.astimezone(UTC).isoformat(),
        }
        for label, each in sorted(champions.items())
    }
    write_file(models_folder / CHAMPIONS, json.dumps(said, indent=2).encode())


def stamp(models_folder: Path) -> tuple[int, int, int]:
    """What changes whenever a champion does: cheap enough to ask on every request."""
    try:
        seen = (models_folder / CHAMPIONS).stat()
    except FileNotFoundError:
        return (0, 0, 0)
    return (seen.st_ino, seen.st_mtime_ns, seen.st_size)


def _load(
    models_folder: Path, champion: Champion, expect_fingerprint: str, declared: Collection[str]
) -> Model:
    model = load_model(models_folder / champion.folder, expect_fingerprint=expect_fingerprint)
    if model.card.content_hash != champion.content_hash:
        raise BrokenModel(
            f"the model in {models_folder / champion.folder} is not the one that was promoted; "
            f"promote version {champion.version} of {champion.label!r} again"
        )
    if undeclared := [name for name in model.features if name not in declared]:
        raise WrongFeatures(
            f"model {champion.label!r} reads {', '.join(undeclared)}, which the catalogue does not "
            "declare; `goodcall features catalog` lists what is declared; train the label again"
        )
    return model
