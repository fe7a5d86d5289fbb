"""Looking into the register: every version with its role, its card and its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from goodcall.workspace import Workspace
from models.card import Card, card_from_json
from models.model import CARD
from training.errors import RegistryError
from training.gates.evidence import Evidence, read_evidence
from training.registry.tracking import PREFIX, kept_folder, mlflow_on, model_folder, name_of

EVIDENCE = "evidence"
Role = Literal["champion", "challenger", ""]


@dataclass(frozen=True, slots=True)
class Registered:
    """A version of a label's model, its role, and its card."""

    label: str
    version: int
    role: Role
    card: Card


def list_models(workspace: Workspace) -> tuple[Registered, ...]:
    """Every registered version: labels in order, the newest version first."""
    if not workspace.tracking.exists():
        return ()
    with mlflow_on(workspace) as mlflow:
        client = mlflow.MlflowClient()
        found = [
            _registered(mlflow, model, version)
            for model in client.search_registered_models(f"name LIKE '{PREFIX}%'")
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
    raise RegistryError(unknown_model(label, version, known))


def evidence_of(workspace: Workspace, label: str, version: int) -> Evidence:
    """What was kept beside a version; RegistryError where it was registered without evidence."""
    with mlflow_on(workspace) as mlflow:
        found = version_of(mlflow, workspace, label, version)
        folder = kept_folder(mlflow, found, EVIDENCE)
    if folder is None:
        raise RegistryError(
            f"version {version} of {label!r} was registered without its tested rows, by an earlier "
            "release; train it again with `goodcall train`"
        )
    return read_evidence(folder)


def version_of(mlflow: Any, workspace: Workspace, label: str, version: int) -> Any:  # noqa: ANN401 - MLflow is untyped
    """MLflow's entry of a version; RegistryError, which names those there are, where it is not."""
    try:
        return mlflow.MlflowClient().get_model_version(name_of(label), str(version))
    except mlflow.exceptions.MlflowException as error:
        raise RegistryError(unknown_model(label, version, list_models(workspace))) from error


def unknown_model(label: str, version: int | None, known: Sequence[Registered]) -> str:
    """That a version, or a champion, is not in the register, and what is."""
    asked = f"version {version} of {label!r}" if version is not None else f"champion of {label!r}"
    names = ", ".join(f"{each.label} {each.version}" for each in known) or "none"
    return f"there is no {asked}; known: {names}; register one with `goodcall train`"


def _registered(mlflow: Any, model: Any, version: Any) -> Registered:  # noqa: ANN401 - MLflow is untyped
    roles = {str(number): role for role, number in sorted(model.aliases.items())}
    role = roles.get(str(version.version), "")
    card = card_from_json((model_folder(mlflow, version) / CARD).read_text(encoding="utf-8"))
    return Registered(card.label, int(version.version), role, card)
