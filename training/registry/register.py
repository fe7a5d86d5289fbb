"""The register of models: what was trained when, how good it is, and which one is in force.

MLflow keeps it in the workspace's SQLite file. The service reads none of it: promotion copies the
model's directory and names it in a small file.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from goodcall.workspace import Workspace
from models.card import card_to_json
from models.model import CARD
from training.definitions.definition import definition_facts
from training.gates.evidence import Evidence, write_evidence
from training.gates.promote import Change, champion_for, install
from training.gates.promotions import one_at_a_time
from training.registry.read import EVIDENCE, Registered
from training.registry.tracking import log_model, metrics_of, mlflow_on, name_of
from training.reporting.report import report_facts, report_html
from training.trained import Trained


def register(
    workspace: Workspace,
    trained: Trained,
    *,
    now: datetime,
    groups: pa.Table | None = None,
    last_day: date | None = None,
    reports: bool = True,
) -> Registered:
    """Log a trained model with its report and register it as a new version of its label.

    The first version of a label becomes its champion, since there is none to beat; a later one, and
    one that would take a label from another champion, is the challenger until it is promoted.
    `groups` are `groups_of` the tested rows, without which the gate of fairness stays closed.
    `last_day` is the last that the bank's tables knew: whatever horizon the model learned from was
    watched until then at the most. Without `reports` the evidence is kept from which they are
    drawn, and no page.
    """
    card = trained.model.card
    evidence = _evidence_of(trained, groups, last_day)
    with mlflow_on(workspace) as mlflow:
        client = mlflow.MlflowClient()
        with mlflow.start_run(run_name=f"{card.label} {card.created:%Y-%m-%d %H:%M}"):
            mlflow.log_params(_params(trained))
            mlflow.log_metrics(metrics_of(card))
            _log_evidence(mlflow, evidence)
            if reports:
                _log_reports(mlflow, evidence)
            source = log_model(mlflow, trained.model)
            run = mlflow.active_run().info.run_id
        name = name_of(card.label)
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name, tags={"label": card.label})
        made = client.create_model_version(
            name, source, run_id=run, tags={"content_hash": card.content_hash}
        )
        version = int(made.version)
        if champion_for(workspace, trained.model) is not None:
            client.set_registered_model_alias(name, "challenger", str(version))
            return Registered(card.label, version, "challenger", card)
        with one_at_a_time(workspace.models, wait=True):
            return install(mlflow, workspace, made, Change(now, "first"))


def _evidence_of(trained: Trained, groups: pa.Table | None, last_day: date | None) -> Evidence:
    card = trained.model.card
    watched = trained.definition.horizon.after(card.trained_as_of[-1])
    if last_day is not None:
        # A model of when something happens also learns from rows that were watched only in part.
        watched = min(watched, last_day + timedelta(days=1))
    return Evidence(
        card,
        definition_facts(trained.definition),
        trained.tested,
        watched,
        groups,
        trained.explained,
        trained.use,
    )


def _log_evidence(mlflow: Any, evidence: Evidence) -> None:  # noqa: ANN401 - MLflow is untyped
    mlflow.log_text(card_to_json(evidence.card), CARD)
    with TemporaryDirectory() as folder:
        write_evidence(evidence, Path(folder))
        mlflow.log_artifacts(folder, EVIDENCE)


def _log_reports(mlflow: Any, evidence: Evidence) -> None:  # noqa: ANN401 - MLflow is untyped
    facts = report_facts(evidence)
    mlflow.log_text(report_html(facts, "en"), "report.html")
    mlflow.log_text(report_html(facts, "zh"), "report.zh.html")


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
