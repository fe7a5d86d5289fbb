"""Gives everyone the same probability, where nothing better has been shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import logit
from models.card import Card
from models.errors import BrokenModel

_FILE = "base_rate.json"


@dataclass(frozen=True, slots=True)
class BaseRate:
    """A share of positives a label; it ranks nobody and explains nothing."""

    rates: tuple[float, ...]

    def raw(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log-odds of the shares, for every row alike."""
        return np.tile(logit(np.array(self.rates)), (len(matrix), 1))

    def contributions(self, matrix: NDArray[np.float64], place: int) -> NDArray[np.float64]:
        """Zeros: no feature moves a base rate, whatever label is asked for."""
        del place
        return np.zeros(matrix.shape)

    def files(self) -> Mapping[str, bytes]:
        """The shares as JSON."""
        return {_FILE: json.dumps(self.rates).encode()}


def read_base_rate(card: Card, files: Mapping[str, bytes]) -> BaseRate:
    """The base rate that a model's folder holds; BrokenModel when it does not read."""
    try:
        rates = tuple(float(rate) for rate in json.loads(files[_FILE]))
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"{_FILE} of model {card.label!r} does not read as base rates: {error!r}; "
            "restore the folder, or train again"
        ) from error
    if len(rates) != len(card.labels):
        raise BrokenModel(
            f"{_FILE} of model {card.label!r} holds {len(rates)} rates for {len(card.labels)} "
            "labels; restore the folder, or train again"
        )
    return BaseRate(rates)
