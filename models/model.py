"""A trained model: scores and what they are made of, kept as a plain directory."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goodcall.atomic import new_folder
from goodcall.reason import About
from models.calibration import sigmoid
from models.card import Card, card_from_json, card_to_json
from models.errors import BrokenModel, WrongFeatures
from models.held_out import HeldOut, read_held_out, write_held_out
from models.kinds import read_scorer
from models.scorer import Scorer

CARD, HELD_OUT = "card.json", "held_out.parquet"


@dataclass(frozen=True, slots=True)
class Model:
    """A card and the scorer that it speaks of.

    `held_out` keeps out-of-fold scores of the training rows where the model has them.
    """

    card: Card
    scorer: Scorer = field(repr=False)
    held_out: HeldOut | None = field(default=None, repr=False)

    @property
    def features(self) -> tuple[str, ...]:
        """The columns of the matrices that this model reads, in their order."""
        return self.card.features

    @property
    def labels(self) -> tuple[str, ...]:
        """What it gives scores for, in the order of its columns."""
        return self.card.labels

    @property
    def version(self) -> str:
        """The first twelve digits of the content's hash: equal versions give equal scores."""
        return self.card.content_hash[:12]

    @property
    def learned(self) -> bool:
        """Whether it learned to tell customers apart: a base rate and an average effect did not."""
        if self.card.kind == "effect":
            return bool(self.card.params["signal"])
        return self.card.kind != "base_rate"

    @property
    def explains(self) -> bool:
        """Whether a score can be taken apart and speaks for acting on it.

        What was not learned gives no reasons, nor does the harm that a contact may do.
        """
        return self.learned and bool(self.card.params.get("reasons", True))

    @property
    def about(self) -> About:
        """What its reasons answer: why a customer was flagged, or why a call helps."""
        return "call" if self.card.unit == "difference" else "flagged"

    @property
    def sense(self) -> int:
        """1 where higher scores are reasons to act; -1 where a contact should lower the chance."""
        return 1 if self.card.params.get("wanted", True) else -1

    def raw(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores [rows, labels] on the scale on which contributions add up: log-odds, or cents."""
        self._refuse_wrong_shape(matrix)
        return self.scorer.raw(matrix)

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores [rows, labels] of a float64 [rows, features] matrix, in the card's unit."""
        return self.in_unit(self.raw(matrix))

    def in_unit(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Raw scores as probabilities, cents or differences, whichever this model gives."""
        return sigmoid(raw) if self.card.unit == "probability" else raw

    def contributions(self, matrix: NDArray[np.float64], label: str) -> NDArray[np.float64]:
        """What each feature adds to each row's raw score of a label, [rows, features]."""
        self._refuse_wrong_shape(matrix)
        return self.scorer.contributions(matrix, self.place_of(label))

    def place_of(self, label: str) -> int:
        """The column of a label's scores."""
        if label not in self.labels:
            raise WrongFeatures(
                f"model {self.card.label!r} gives no score of {label!r}; "
                f"it gives: {', '.join(self.labels)}"
            )
        return self.labels.index(label)

    def _refuse_wrong_shape(self, matrix: NDArray[np.float64]) -> None:
        if matrix.ndim != 2 or matrix.shape[1] != len(self.features):  # noqa: PLR2004 - rows by columns
            raise WrongFeatures(
                f"model {self.card.label!r} reads matrices of {len(self.features)} columns, "
                f"this one has shape {matrix.shape}; build it with matrix_of(table, model.features)"
            )


def sealed_model(card: Card, scorer: Scorer, held_out: HeldOut | None = None) -> Model:
    """A model whose card carries the hash of its content."""
    content_hash = _content_hash(card, scorer.files(), held_out)
    return Model(replace(card, content_hash=content_hash), scorer, held_out)


def save_model(model: Model, folder: Path) -> None:
    """Put a model into a folder of plain files, whole or not at all."""
    with new_folder(folder) as draft:
        (draft / CARD).write_text(card_to_json(model.card), encoding="utf-8")
        for name, content in model.scorer.files().items():
            (draft / name).write_bytes(content)
        if model.held_out is not None:
            write_held_out(model.held_out, draft / HELD_OUT)


def load_model(folder: Path, *, expect_fingerprint: str | None = None) -> Model:
    """The model in a folder.

    BrokenModel when a file is missing or the content is not what the card's hash says;
    WrongFeatures when a fingerprint is expected and the card's is another.
    """
    if not (folder / CARD).exists():
        raise BrokenModel(f"{folder} is no model: it has no {CARD}; train with `goodcall train`")
    card = card_from_json((folder / CARD).read_text(encoding="utf-8"))
    if expect_fingerprint is not None and card.fingerprint != expect_fingerprint:
        raise WrongFeatures(
            f"model {card.label!r} in {folder} was trained on feature catalogue "
            f"{card.fingerprint}, the one in use is {expect_fingerprint}; train it again with "
            f"`goodcall train`, or go back to the code that it was trained with"
        )
    held_out = read_held_out(folder / HELD_OUT) if (folder / HELD_OUT).exists() else None
    files = {
        file.name: file.read_bytes()
        for file in sorted(folder.iterdir())
        if file.is_file() and file.name not in (CARD, HELD_OUT)
    }
    # LightGBM may crash on a text that is cut short, so nothing unproven reaches it.
    if _content_hash(card, files, held_out) != card.content_hash:
        raise BrokenModel(
            f"the files in {folder} are not those that were trained: their hash is not the card's; "
            "restore the folder, or promote the model again"
        )
    return Model(card, read_scorer(card, files), held_out)


def _content_hash(card: Card, files: Mapping[str, bytes], held_out: HeldOut | None) -> str:
    hashed = sha256(card_to_json(replace(card, content_hash="")).encode())
    for name, content in sorted(files.items()):
        hashed.update(f"\0{name}\0{len(content)}\0".encode())
        hashed.update(content)
    hashed.update((held_out.digest() if held_out is not None else "").encode())
    return hashed.hexdigest()
