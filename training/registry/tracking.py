"""MLflow on the workspace's own files: runs, models with signatures, and what is kept beside them.

It takes seconds to import, so it is imported when a register is asked for.
"""

import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from goodcall.atomic import changing, new_file
from goodcall.workspace import Workspace
from models.card import Card
from models.model import Model, save_model
from training.errors import RegistryError

PREFIX = "goodcall-"
_EXPERIMENT = "goodcall"
_REQUIREMENTS = ("goodcall", "lightgbm", "numpy", "pandas", "pyarrow")
# Where MLflow keeps the addresses of files.
_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


@contextmanager
def mlflow_on(workspace: Workspace) -> Iterator[Any]:
    """MLflow on the workspace's own files, without telemetry, chatter or traces elsewhere."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        # Deprecations inside MLflow are its own to mend.
        warnings.filterwarnings("ignore", module=r"mlflow\.")
        mlflow: Any = import_module("mlflow")
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
        workspace.root.mkdir(parents=True, exist_ok=True)
        try:
            if not workspace.tracking.exists():
                _make_whole(mlflow, workspace)
            _follow(workspace)
            _make(mlflow, workspace.tracking, workspace)
            mlflow.set_experiment(_EXPERIMENT)
            yield mlflow
        finally:
            mlflow.set_tracking_uri(before)


def _make_whole(mlflow: Any, workspace: Workspace) -> None:  # noqa: ANN401 - MLflow is untyped
    """MLflow's database, put in place once all its tables are there.

    MLflow makes them in many steps, and cannot go on where it was killed.
    """
    with changing(workspace.tracking):
        if not workspace.tracking.exists():
            with new_file(workspace.tracking) as draft:
                _make(mlflow, draft, workspace)


def _make(mlflow: Any, database: Path, workspace: Workspace) -> None:  # noqa: ANN401 - untyped
    """MLflow's tables in a database, and the experiment, where they are not there yet."""
    mlflow.set_tracking_uri(f"sqlite:///{database}")
    if mlflow.get_experiment_by_name(_EXPERIMENT) is None:
        mlflow.create_experiment(_EXPERIMENT, workspace.artefacts.as_uri())


def _follow(workspace: Workspace) -> None:
    """Let MLflow find its files where the workspace lies now; it keeps where each lay when made.

    A workspace that was copied, moved or restored would else read, and write, the old one's.
    """
    if not workspace.tracking.exists():
        return
    here = workspace.artefacts.as_uri()
    with closing(sqlite3.connect(workspace.tracking)) as database, database:
        asked = "SELECT artifact_location FROM experiments WHERE name = ?"
        found = database.execute(asked, [_EXPERIMENT]).fetchone() if _is_made(database) else None
        if found is None or found[0] == here:
            return
        for table, column in _PLACES:
            database.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) "  # noqa: S608 - named above
                f"WHERE substr({column} || '/', 1, ?) = ? || '/'",
                [here, len(found[0]) + 1, len(found[0]) + 1, found[0]],
            )


def _is_made(database: sqlite3.Connection) -> bool:
    asked = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'experiments'"
    return database.execute(asked).fetchone() is not None


def log_model(mlflow: Any, model: Model) -> str:  # noqa: ANN401 - MLflow is untyped
    """The address of a model directory logged with a signature of exactly its columns."""
    types = mlflow.types
    columns = types.Schema([types.ColSpec("double", name) for name in model.features])
    answer = types.Schema([types.ColSpec("double")])
    shape = pd.DataFrame(np.zeros((1, len(model.features))), columns=list(model.features))
    with TemporaryDirectory() as folder:
        save_model(model, Path(folder) / "model")
        logged = mlflow.pyfunc.log_model(
            name="model",
            loader_module="training.registry.pyfunc",
            data_path=str(Path(folder) / "model"),
            signature=mlflow.models.ModelSignature(inputs=columns, outputs=answer),
            input_example=shape,
            pip_requirements=list(_REQUIREMENTS),
        )
    uri: str = logged.model_uri
    _refuse_wrong_signature(mlflow.models.get_model_info(uri).signature, model)
    return uri


def model_folder(mlflow: Any, version: Any) -> Path:  # noqa: ANN401 - MLflow is untyped
    """The plain directory of a registered version's model."""
    root = Path(mlflow.artifacts.download_artifacts(artifact_uri=version.source))
    return root / "data" / "model"


def kept_folder(mlflow: Any, version: Any, name: str) -> Path | None:  # noqa: ANN401 - MLflow is untyped
    """A folder that was logged beside a registered version; None where there is none."""
    files = mlflow.MlflowClient().list_artifacts(version.run_id)
    if not any(file.is_dir and file.path == name for file in files):
        return None
    return Path(mlflow.artifacts.download_artifacts(run_id=version.run_id, artifact_path=name))


def log_text(mlflow: Any, version: Any, file: str, text: str) -> None:  # noqa: ANN401 - MLflow is untyped
    """Keep a text beside a registered version."""
    mlflow.MlflowClient().log_text(version.run_id, text, file)


def name_of(label: str) -> str:
    """The name of a label's registered model."""
    return PREFIX + slug_of(label)


def slug_of(label: str) -> str:
    """A label as the name of a folder."""
    return label.replace(":", "-")


def metrics_of(card: Card) -> Mapping[str, float]:
    """A card's figures with the ends of their intervals, as flat numbers."""
    figures = {**card.metrics, **{f"baseline_{k}": v for k, v in card.baseline.items()}}
    if card.over_baseline is not None:
        figures["auc_over_baseline"] = card.over_baseline
    flat = {"rows": float(card.rows), "positives": float(card.positives)}
    for name, estimate in figures.items():
        flat |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return flat


def _refuse_wrong_signature(signature: Any, model: Model) -> None:  # noqa: ANN401 - MLflow is untyped
    stored = signature.inputs.to_dict() if signature is not None else []
    kept = [(column["name"], column["type"]) for column in stored]
    if kept != [(name, "double") for name in model.features]:
        raise RegistryError(
            f"MLflow stored a signature of {len(kept)} columns for {model.card.label!r}, not the "
            f"catalogue's {len(model.features)} as double; nothing was registered"
        )
