"""A trained model: probabilities and what they are made of, kept as a plain directory."""

import json
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from goodcall.atomic import new_folder
from models.calibration import Platt, logit, sigmoid
from models.card import Card, card_from_json, card_to_json
from models.errors import BrokenModel, WrongFeatures
from models.held_out import HeldOut, read_held_out, write_held_out

BOOSTER, CALIBRATION, CARD, HELD_OUT = (
    "booster.txt",
    "calibration.json",
    "card.json",
    "held_out.parquet",
)
_FEW_ROWS = 64


@dataclass(frozen=True, slots=True)
class Model:
    """A booster as LightGBM's text, its calibration, and its card.

    A base-rate model has no booster: it gives everyone the same probability and no reasons.
    `held_out` keeps out-of-fold scores of the training rows where the model has them.
    """

    card: Card
    booster: str | None = field(repr=False)
    calibration: Platt | None = None
    held_out: HeldOut | None = field(default=None, repr=False)
    _trees: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        trees = lightgbm.Booster(model_str=self.booster) if self.booster is not None else None
        object.__setattr__(self, "_trees", trees)

    @property
    def features(self) -> tuple[str, ...]:
        """The columns of the matrices that this model reads, in their order."""
        return self.card.features

    @property
    def version(self) -> str:
        """The first twelve digits of the content's hash: equal versions give equal scores."""
        return self.card.content_hash[:12]

    def log_odds(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The calibrated log-odds of each row."""
        self._refuse_wrong_shape(matrix)
        if self._trees is None:
            return np.full(len(matrix), logit(np.array([self.card.base_rate]))[0])
        raw = np.asarray(self._ask(matrix, raw_score=True), dtype=np.float64)
        return self.calibration.apply(raw) if self.calibration else raw

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The calibrated probability of each row of a float64 [rows, features] matrix."""
        return sigmoid(self.log_odds(matrix))

    def contributions(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each feature adds to each row's calibrated log-odds: TreeSHAP, [rows, features].

        A row's contributions and the model's constant add up to its log-odds.
        """
        self._refuse_wrong_shape(matrix)
        if self._trees is None:
            return np.zeros(matrix.shape)
        shares = np.asarray(self._ask(matrix, pred_contrib=True), dtype=np.float64)[:, :-1]
        return self.calibration.slope * shares if self.calibration else shares

    def _ask(self, matrix: NDArray[np.float64], **options: bool) -> NDArray[np.float64]:
        if not len(matrix):
            return np.empty((0, len(self.features) + 1) if "pred_contrib" in options else 0)
        threads = {"num_threads": 1} if len(matrix) <= _FEW_ROWS else {}
        answer: NDArray[np.float64] = self._trees.predict(matrix, **options, **threads)
        return answer

    def _refuse_wrong_shape(self, matrix: NDArray[np.float64]) -> None:
        if matrix.ndim != 2 or matrix.shape[1] != len(self.features):  # noqa: PLR2004 - rows by columns
            raise WrongFeatures(
                f"model {self.card.label!r} reads matrices of {len(self.features)} columns, "
                f"this one has shape {matrix.shape}; build it with matrix_of(table, model.features)"
            )


def sealed_model(
    card: Card,
    booster: str | None,
    calibration: Platt | None = None,
    held_out: HeldOut | None = None,
) -> Model:
    """A model whose card carries the hash of its content."""
    content_hash = _content_hash(card, booster, calibration, held_out)
    return Model(replace(card, content_hash=content_hash), booster, calibration, held_out)


def save_model(model: Model, folder: Path) -> None:
    """Put a model into a folder of plain files, whole or not at all."""
    with new_folder(folder) as draft:
        (draft / CARD).write_text(card_to_json(model.card), encoding="utf-8")
        (draft / CALIBRATION).write_text(_calibration_json(model.calibration), encoding="utf-8")
        if model.booster is not None:
            (draft / BOOSTER).write_text(model.booster, encoding="utf-8")
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
    booster = _read(folder / BOOSTER) if card.kind == "lightgbm" else None
    calibration = _calibration_of(_read(folder / CALIBRATION))
    held_out = read_held_out(folder / HELD_OUT) if (folder / HELD_OUT).exists() else None
    # LightGBM may crash on a text that is cut short, so nothing unproven reaches it.
    if _content_hash(card, booster, calibration, held_out) != card.content_hash:
        raise BrokenModel(
            f"the files in {folder} are not those that were trained: their hash is not the card's; "
            "restore the folder, or promote the model again"
        )
    return Model(card, booster, calibration, held_out)


def _read(file: Path) -> str:
    if not file.exists():
        raise BrokenModel(f"{file} is missing; restore the folder, or promote the model again")
    return file.read_text(encoding="utf-8")


def _content_hash(
    card: Card, booster: str | None, calibration: Platt | None, held_out: HeldOut | None
) -> str:
    parts = (
        card_to_json(replace(card, content_hash="")),
        booster or "",
        _calibration_json(calibration),
        held_out.digest() if held_out is not None else "",
    )
    return sha256("\0".join(parts).encode()).hexdigest()


def _calibration_json(calibration: Platt | None) -> str:
    return json.dumps(asdict(calibration) if calibration else None)


def _calibration_of(text: str) -> Platt | None:
    try:
        said = json.loads(text)
        return Platt(**said) if said else None
    except (TypeError, ValueError) as error:
        raise BrokenModel(f"{CALIBRATION} does not read as a calibration: {error!r}") from error
