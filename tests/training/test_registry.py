"""The register: versions, roles, and the champions that the service reads."""

import os
from pathlib import Path

import numpy as np
import pytest
from learned import FINGERPRINT, NAMES, NOW, a_model, a_table, some_rows

from goodcall.workspace import Workspace
from models import Estimate, load_champions, read_champions
from training import (
    ChurnLabel,
    PurchaseLabel,
    RegistryError,
    Trained,
    list_models,
    promote,
    register,
    show_model,
)
from training.registry import _mlflow

CARD = {"metrics": {"auc": Estimate(0.8, 0.7, 0.9)}, "over_baseline": Estimate(0.1, -0.1, 0.2)}


def a_trained(label="churn", **facts):
    definition = ChurnLabel() if label == "churn" else PurchaseLabel(label.split(":")[1])
    return Trained(a_model(label=label, **(CARD | facts)), definition, a_table(some_rows_of(0)))


def some_rows_of(count):
    return some_rows(np.random.default_rng(0), count)[0]


@pytest.fixture(scope="module")
def registered(tmp_path_factory):
    """A workspace with two versions of one label and one of another, and what was printed."""
    folder = tmp_path_factory.mktemp("registry")
    workspace = Workspace(folder / "var")
    before = Path.cwd()
    os.chdir(folder)
    try:
        first = register(workspace, a_trained(), now=NOW)
        second = register(workspace, a_trained(seed=8), now=NOW)
        other = register(workspace, a_trained("buys:fund"), now=NOW)
    finally:
        os.chdir(before)
    return workspace, (first, second, other)


def test_the_first_version_is_champion_and_the_next_its_challenger(registered):
    """A first version beats nothing; a later one must be promoted by a person."""
    workspace, (first, second, other) = registered
    assert (first.version, first.role) == (1, "champion")
    assert (second.version, second.role) == (2, "challenger")
    assert (other.label, other.version, other.role) == ("buys:fund", 1, "champion")
    assert read_champions(workspace.models)["churn"].version == 1


def test_the_register_lists_what_was_trained(registered):
    """Labels in order, newest first, each with its own card."""
    workspace, (first, second, other) = registered
    assert list_models(workspace) == (other, second, first)
    assert show_model(workspace, "churn") == first
    assert show_model(workspace, "churn", 2).card.content_hash == second.card.content_hash
    assert show_model(workspace, "churn").card.metrics == CARD["metrics"]


def test_the_service_needs_only_the_models_folder(registered):
    """Champions are loaded from plain directories and score as the trained models do."""
    workspace, _ = registered
    models = load_champions(workspace.models, FINGERPRINT, NAMES)
    assert set(models) == {"churn", "buys:fund"}
    assert (
        models["churn"].predict(some_rows_of(9)) == a_model(**CARD).predict(some_rows_of(9))
    ).all()
    assert sorted(path.name for path in (workspace.models / "buys-fund").iterdir()) == ["1"]


def test_mlflow_keeps_the_signature_and_the_figures(registered):
    """Every column is a double of the catalogue's name; metrics and settings are logged."""
    workspace, _ = registered
    with _mlflow(workspace) as mlflow:
        signature = mlflow.models.get_model_info("models:/goodcall-churn@champion").signature
        loaded = mlflow.pyfunc.load_model("models:/goodcall-churn@challenger")
        run = mlflow.MlflowClient().get_run(loaded.metadata.run_id)
        frame = a_table(some_rows_of(4)).select(list(NAMES)).to_pandas()
        answer = loaded.predict(frame)
    said = [(column["name"], column["type"]) for column in signature.inputs.to_dict()]
    assert said == [(name, "double") for name in NAMES]
    assert (answer == a_model(seed=8, **CARD).predict(some_rows_of(4))).all()
    assert run.data.metrics["auc_low"] == 0.7
    assert run.data.metrics["auc_over_baseline"] == 0.1
    assert run.data.params["label.min_fall_cents"] == "1000000"


def test_nothing_is_written_outside_the_workspace(registered):
    """Neither an mlruns folder nor a database appears where the command was run."""
    workspace, _ = registered
    assert [path.name for path in workspace.root.parent.iterdir()] == ["var"]
    assert "MLFLOW_TRACKING_URI" not in os.environ


def test_promotion_moves_the_crown(tmp_path, capfd):
    """The challenger becomes champion for MLflow and the service; it can be undone; no chatter."""
    workspace = Workspace(tmp_path / "var")
    register(workspace, a_trained(), now=NOW)
    register(workspace, a_trained(seed=8), now=NOW)
    done = promote(workspace, "churn", 2, now=NOW)
    assert (done.version, done.role) == (2, "champion")
    assert [(each.version, each.role) for each in list_models(workspace)] == [
        (2, "champion"),
        (1, ""),
    ]
    assert (
        load_champions(workspace.models, FINGERPRINT, NAMES)["churn"].version
        == done.card.content_hash[:12]
    )
    promote(workspace, "churn", 1, now=NOW)
    assert read_champions(workspace.models)["churn"].version == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda w: promote(w, "churn", 9, now=NOW),
            "no version 9 of 'churn'; known: buys:fund 1",
        ),
        (lambda w: promote(w, "gold", 1, now=NOW), "no version 1 of 'gold'"),
        (lambda w: show_model(w, "churn", 9), "known: buys:fund 1, churn 2, churn 1"),
        (lambda w: show_model(w, "gold"), "no champion of 'gold'"),
    ],
)
def test_an_unknown_version_names_the_known(registered, ask, message):
    """Whoever asks for what is not there is told what is."""
    with pytest.raises(RegistryError, match=message):
        ask(registered[0])


def test_an_empty_workspace_has_no_models(tmp_path):
    """Listing makes no database."""
    workspace = Workspace(tmp_path / "var")
    assert list_models(workspace) == ()
    assert not workspace.root.exists()
