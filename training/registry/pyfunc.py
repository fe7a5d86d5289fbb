"""How MLflow loads a model directory; for notebooks only, since the service reads it directly."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.model import Model, load_model


class LoadedModel:
    """A model that takes a data frame of the catalogue's columns, as MLflow hands it over."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def predict(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Each row's score of every label, [rows, labels]."""
        columns = list(self._model.features)
        return self._model.predict(frame[columns].to_numpy(dtype=np.float64, na_value=np.nan))


def _load_pyfunc(path: str) -> LoadedModel:
    """The entry that MLflow asks for by this name."""
    return LoadedModel(load_model(Path(path)))
