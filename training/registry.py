"""The register of models: what was trained when, how good it is, and which one is in force.

MLflow keeps it in the workspace's SQLite file. The service reads none of it: promotion copies the
model's directory and names it in a small file.
"""

import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import pandas as pd

from goodcall.workspace import Workspace
from models.card import Card, card_from_json
from models.champion import Champion, crown
from models.model import CARD, Model, load_model, save_model
from training.definition import definition_facts
from training.errors import RegistryError
from training.train import Trained

Role = Literal["champion", "challenger", ""]

_EXPERIMENT = "goodcall"
_PREFIX = "goodcall-"
_REQUIREMENTS = ("goodcall", "lightgbm", "numpy", "pandas", "pyarrow")
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A version of a label's model, its role, and its card."""

    label: str
    version: int
    role: Role
    card: Card


def register(workspace: Workspace, trained: Trained, *, now: datetime) -> Registered:
    """Log a trained model with its figures and register it as a new version of its label.

    The first version of a label becomes its champion, since it beats nothing; a later one is the
    challenger until it is promoted.
    """
    card = trained.model.card
    with _mlflow(workspace) as mlflow:
        client = mlflow.MlflowClient()
        with mlflow.start_run(run_name=f"{card.label} {card.created:%Y-%m-%d %H:%M}"):
            mlflow.log_params(_params(trained))
            mlflow.log_metrics(_metrics(card))
            source = _log_model(mlflow, trained.model)
            run = mlflow.active_run().info.run_id
        name = _name(card.label)
        first = not client.search_registered_models(f"name = '{name}'")
        if first:
            client.create_registered_model(name, tags={"label": card.label})
        made = client.create_model_version(
            name, source, run_id=run, tags={"content_hash": card.content_hash}
        )
        version = int(made.version)
        if not first:
            client.set_registered_model_alias(name, "challenger", str(version))
    if first:
        return promote(workspace, card.label, version, now=now)
    return Registered(card.label, version, "challenger", card)


def promote(workspace: Workspace, label: str, version: int, *, now: datetime) -> Registered:
    """Make a version the champion of its label, for MLflow and for the service."""
    with _mlflow(workspace) as mlflow:
        client = mlflow.MlflowClient()
        found = _version(mlflow, workspace, label, version)
        model = load_model(_folder(mlflow, found))
        folder = f"{_slug(label)}/{version}"
        save_model(model, workspace.models / folder)
        crown(
            workspace.models,
            Champion(label, model.labels, version, folder, model.card.content_hash, now),
        )
        name = _name(label)
        client.set_registered_model_alias(name, "champion", str(version))
        aliases = client.get_registered_model(name).aliases
        if str(aliases.get("challenger")) == str(version):
            client.delete_registered_model_alias(name, "challenger")
    return Registered(label, version, "champion", model.card)


def list_models(workspace: Workspace) -> tuple[Registered, ...]:
    """Every registered version: labels in order, the newest version first."""
    if not workspace.tracking.exists():
        return ()
    with _mlflow(workspace) as mlflow:
        client = mlflow.MlflowClient()
        found = [
            _registered(mlflow, model, version)
            for model in client.search_registered_models(f"name LIKE '{_PREFIX}%'")
            for version in client.search_model_versions(f"name = '{model.name}'")
        ]
    return tuple(sorted(found, key=lambda each: (each.label, -each.version)))


def show_model(workspace: Workspace, label: str, version: int | None = None) -> Registered:
    """One version of a label's model with its card; the champion where no version is named."""
    known = list_models(workspace)
    for each in known:
        asked = each.role == "champion" if version is None else each.version == version
        if each.label == label and asked:
            return each
    raise RegistryError(_unknown(label, version, known))


def _log_model(mlflow: Any, model: Model) -> str:  # noqa: ANN401 - MLflow is untyped
    """The address of a model directory logged with a signature of exactly its columns."""
    types = mlflow.types
    columns = types.Schema([types.ColSpec("double", name) for name in model.features])
    answer = types.Schema([types.ColSpec("double")])
    shape = pd.DataFrame(np.zeros((1, len(model.features))), columns=list(model.features))
    with TemporaryDirectory() as folder:
        save_model(model, Path(folder) / "model")
        logged = mlflow.pyfunc.log_model(
            name="model",
            loader_module="training.pyfunc",
            data_path=str(Path(folder) / "model"),
            signature=mlflow.models.ModelSignature(inputs=columns, outputs=answer),
            input_example=shape,
            pip_requirements=list(_REQUIREMENTS),
        )
    uri: str = logged.model_uri
    _refuse_wrong_signature(mlflow.models.get_model_info(uri).signature, model)
    return uri


def _refuse_wrong_signature(signature: Any, model: Model) -> None:  # noqa: ANN401 - MLflow is untyped
    stored = signature.inputs.to_dict() if signature is not None else []
    kept = [(column["name"], column["type"]) for column in stored]
    if kept != [(name, "double") for name in model.features]:
        raise RegistryError(
            f"MLflow stored a signature of {len(kept)} columns for {model.card.label!r}, not the "
            f"catalogue's {len(model.features)} as double; nothing was registered"
        )


def _params(trained: Trained) -> dict[str, object]:
    card = trained.model.card
    facts = {f"label.{name}": value for name, value in definition_facts(trained.definition).items()}
    return facts | {
        **card.params,
        "kind": card.kind,
        "fingerprint": card.fingerprint,
        "content_hash": card.content_hash,
        "measured": card.measured.en,
    }


def _metrics(card: Card) -> dict[str, float]:
    figures = {**card.metrics, **{f"baseline_{k}": v for k, v in card.baseline.items()}}
    if card.over_baseline is not None:
        figures["auc_over_baseline"] = card.over_baseline
    flat = {"rows": float(card.rows), "positives": float(card.positives)}
    for name, estimate in figures.items():
        flat |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return flat


def _registered(mlflow: Any, model: Any, version: Any) -> Registered:  # noqa: ANN401 - MLflow is untyped
    roles = {str(number): role for role, number in sorted(model.aliases.items())}
    role = roles.get(str(version.version), "")
    card = card_from_json((_folder(mlflow, version) / CARD).read_text(encoding="utf-8"))
    return Registered(card.label, int(version.version), role, card)


def _version(mlflow: Any, workspace: Workspace, label: str, version: int) -> Any:  # noqa: ANN401 - MLflow is untyped
    try:
        return mlflow.MlflowClient().get_model_version(_name(label), str(version))
    except mlflow.exceptions.MlflowException as error:
        raise RegistryError(_unknown(label, version, list_models(workspace))) from error


def _unknown(label: str, version: int | None, known: Sequence[Registered]) -> str:
    asked = f"version {version} of {label!r}" if version is not None else f"champion of {label!r}"
    names = ", ".join(f"{each.label} {each.version}" for each in known) or "none"
    return f"there is no {asked}; known: {names}; register one with `goodcall train`"


def _folder(mlflow: Any, version: Any) -> Path:  # noqa: ANN401 - MLflow is untyped
    root = Path(mlflow.artifacts.download_artifacts(artifact_uri=version.source))
    return root / "data" / "model"


def _slug(label: str) -> str:
    return label.replace(":", "-")


def _name(label: str) -> str:
    return _PREFIX + _slug(label)


@contextmanager
def _mlflow(workspace: Workspace) -> Iterator[Any]:
    """MLflow on the workspace's own files, without telemetry, chatter or traces elsewhere.

    It takes seconds to import, so it is imported here, when a register is asked for.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        # Deprecations inside MLflow are its own to mend.
        warnings.filterwarnings("ignore", module=r"mlflow\.")
        mlflow: Any = import_module("mlflow")
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
        workspace.root.mkdir(parents=True, exist_ok=True)
        mlflow.set_tracking_uri(f"sqlite:///{workspace.tracking}")
        try:
            if mlflow.get_experiment_by_name(_EXPERIMENT) is None:
                mlflow.create_experiment(_EXPERIMENT, workspace.artefacts.as_uri())
            mlflow.set_experiment(_EXPERIMENT)
            yield mlflow
        finally:
            mlflow.set_tracking_uri(before)
