"""Making a version champion: through the gates, by force with a reason, or back by a rollback."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from goodcall.workspace import Workspace
from models.champion import Champion, crown, read_champions
from models.matrix import matrix_of
from models.model import Model, load_model, save_model
from training.errors import GateClosed, RegistryError
from training.gates.evidence import main_rows, read_evidence
from training.gates.gate import Candidate, judge, unjudged
from training.gates.promotions import (
    How,
    Promotion,
    champion_before,
    one_at_a_time,
    read_promotions,
    record_promotion,
)
from training.gates.result import GateResult, gates_json, passed
from training.gates.settings import Gates, default_gates
from training.registry.read import (
    EVIDENCE,
    Registered,
    list_models,
    unknown_model,
    version_of,
)
from training.registry.tracking import (
    kept_folder,
    log_text,
    mlflow_on,
    model_folder,
    name_of,
    slug_of,
)


def promote(
    workspace: Workspace,
    label: str,
    version: int,
    *,
    now: datetime,
    force: str | None = None,
    gates: Gates | None = None,
    scored: pa.Table | None = None,
) -> Registered:
    """Make a version the champion of its label, for MLflow and for the service.

    GateClosed where a gate is closed, unless `force` gives the reason for promoting all the same;
    the reason and every gate's result are kept. The champion itself is only put in place again.
    """
    if force is not None and not force.strip():
        raise RegistryError("a forced promotion needs a reason; say why, as in --force 'new law'")
    with one_at_a_time(workspace.models), mlflow_on(workspace) as mlflow:
        found = version_of(mlflow, workspace, label, version)
        holder = champion_for(workspace, load_model(model_folder(mlflow, found)))
        results: tuple[GateResult, ...] = ()
        how: How = "first" if holder is None else "again"
        if holder is not None and (holder.label, holder.version) != (label, version):
            results = _judged(mlflow, workspace, found, gates or default_gates(), scored)
            how = "gate"
            if force is None and not passed(results):
                raise GateClosed(_closed(label, version, holder, results), results)
        if force is not None:
            how = "forced"
        return install(mlflow, workspace, found, Change(now, how, force or "", results))


def rollback(workspace: Workspace, label: str, *, now: datetime) -> Registered:
    """Make the champion before this one the champion again; a second rollback goes a step further.

    RegistryError where a label has had one champion only.
    """
    with one_at_a_time(workspace.models), mlflow_on(workspace) as mlflow:
        champion = read_champions(workspace.models).get(label)
        if champion is None:
            raise RegistryError(unknown_model(label, None, list_models(workspace)))
        before = champion_before(read_promotions(workspace.models), label, champion.version)
        if before is None:
            raise RegistryError(
                f"{label!r} has had no champion before version {champion.version}; promote a "
                "version with `goodcall models promote`"
            )
        found = version_of(mlflow, workspace, label, before)
        return install(mlflow, workspace, found, Change(now, "rollback"))


def judge_version(
    workspace: Workspace,
    label: str,
    version: int,
    *,
    gates: Gates | None = None,
    scored: pa.Table | None = None,
) -> tuple[GateResult, ...]:
    """Every gate's result for a version against the champion of its label, kept beside the version.

    `scored` are the champion's own scores of dates that it knows nothing of (`champion_scores`).
    """
    with mlflow_on(workspace) as mlflow:
        found = version_of(mlflow, workspace, label, version)
        return _judged(mlflow, workspace, found, gates or default_gates(), scored)


def unknown_dates(
    workspace: Workspace, label: str, version: int, fingerprint: str
) -> tuple[date, ...]:
    """The tested dates of a version of which the champion it would replace knows nothing yet.

    None where there is no champion, where it reads another catalogue than that of the fingerprint,
    or where either was registered without evidence.
    """
    with mlflow_on(workspace) as mlflow:
        found = version_of(mlflow, workspace, label, version)
        holder = champion_for(workspace, load_model(model_folder(mlflow, found)))
        if holder is None:
            return ()
        held = version_of(mlflow, workspace, holder.label, holder.version)
        ours, theirs = _candidate(mlflow, found), _candidate(mlflow, held)
    if ours is None or theirs is None or theirs.evidence.card.fingerprint != fingerprint:
        return ()
    tested = main_rows(ours.evidence)["as_of"].unique().to_pylist()
    return tuple(sorted(day for day in tested if day >= theirs.evidence.unknown_from))


def champion_for(workspace: Workspace, model: Model) -> Champion | None:
    """The champion that a model would replace: of its name, or else one with a label of its own."""
    champions = read_champions(workspace.models)
    said = [each for _, each in sorted(champions.items()) if set(each.labels) & set(model.labels)]
    return champions.get(model.card.label) or (said[0] if said else None)


def champion_scores(workspace: Workspace, label: str, version: int, features: pa.Table) -> pa.Table:
    """The scores of a features table by the champion that a version would replace.

    Columns customer_id, as_of, label and probability, a row a customer, date and label.
    """
    with mlflow_on(workspace) as mlflow:
        found = version_of(mlflow, workspace, label, version)
        champion = champion_for(workspace, load_model(model_folder(mlflow, found)))
    if champion is None:
        raise RegistryError(unknown_model(label, None, list_models(workspace)))
    model = load_model(workspace.models / champion.folder)
    scores = model.predict(matrix_of(features, model.features))
    keys = features.select(["customer_id", "as_of"])
    return pa.concat_tables(
        keys.append_column("label", pa.array([name] * len(scores), pa.string())).append_column(
            "probability", pa.array(scores[:, place])
        )
        for place, name in enumerate(model.labels)
    )


@dataclass(frozen=True, slots=True)
class Change:
    """When, how and why a champion changes, and what the gates said."""

    now: datetime
    how: How
    reason: str = ""
    gates: tuple[GateResult, ...] = ()


def install(
    mlflow: Any,  # noqa: ANN401 - MLflow is untyped
    workspace: Workspace,
    found: Any,  # noqa: ANN401 - MLflow is untyped
    change: Change,
) -> Registered:
    """Record a change, crown the version for the service, and tell MLflow.

    Stopped in between, it can be done again.
    """
    model = load_model(model_folder(mlflow, found))
    label, version, hashed = model.card.label, int(found.version), model.card.content_hash
    folder = f"{slug_of(label)}/{version}"
    save_model(model, workspace.models / folder)
    record_promotion(
        workspace.models,
        Promotion(label, version, hashed, change.now, change.how, change.reason, change.gates),
    )
    displaced = champion_for(workspace, model)
    crown(workspace.models, Champion(label, model.labels, version, folder, hashed, change.now))
    client = mlflow.MlflowClient()
    if displaced is not None and displaced.label != label:
        client.delete_registered_model_alias(name_of(displaced.label), "champion")
    client.set_registered_model_alias(found.name, "champion", str(version))
    client.set_model_version_tag(found.name, found.version, "promoted", change.how)
    if change.reason:
        client.set_model_version_tag(found.name, found.version, "reason", change.reason)
    aliases = client.get_registered_model(found.name).aliases
    if str(aliases.get("challenger")) == str(version):
        client.delete_registered_model_alias(found.name, "challenger")
    return Registered(label, version, "champion", model.card)


def _judged(
    mlflow: Any,  # noqa: ANN401 - MLflow is untyped
    workspace: Workspace,
    found: Any,  # noqa: ANN401 - MLflow is untyped
    gates: Gates,
    scored: pa.Table | None,
) -> tuple[GateResult, ...]:
    holder = champion_for(workspace, load_model(model_folder(mlflow, found)))
    if holder is None:
        label = mlflow.MlflowClient().get_registered_model(found.name).tags["label"]
        raise RegistryError(unknown_model(label, None, list_models(workspace)))
    theirs = version_of(mlflow, workspace, holder.label, holder.version)
    sides = [_candidate(mlflow, each) for each in (found, theirs)]
    lacking = [int(v.version) for v, side in zip((found, theirs), sides, strict=True) if not side]
    ours, held = sides
    if ours is None or held is None:
        results: tuple[GateResult, ...] = (unjudged(lacking),)
    else:
        results = judge(ours, held, gates, scored=scored)
    client = mlflow.MlflowClient()
    for each in results:
        said = f"{'open' if each.passed else 'closed'}: {each.words.en}"
        client.set_model_version_tag(found.name, found.version, f"gate {each.gate}", said)
    log_text(
        mlflow,
        found,
        f"gate-against-{slug_of(holder.label)}-{holder.version}.json",
        gates_json(results),
    )
    return results


def _candidate(mlflow: Any, version: Any) -> Candidate | None:  # noqa: ANN401 - MLflow is untyped
    folder = kept_folder(mlflow, version, EVIDENCE)
    if folder is None:
        return None
    size = sum(file.stat().st_size for file in model_folder(mlflow, version).iterdir())
    return Candidate(int(version.version), read_evidence(folder), size)


def _closed(label: str, version: int, champion: Champion, results: Sequence[GateResult]) -> str:
    said = "; ".join(f"{each.gate}: {each.words.en}" for each in results if not each.passed)
    return (
        f"version {version} of {label!r} does not replace champion {champion.label} "
        f"{champion.version}: {said}. Train a better one, or promote it all the same with --force "
        "and the reason"
    )
