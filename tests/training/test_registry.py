"""The register: versions, roles, evidence, and the champions that the service reads."""

import fcntl
import json
import os
import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import mlflow
import numpy as np
import pyarrow as pa
import pytest
from judged import a_tested, an_explained, some_groups
from learned import FINGERPRINT, NAMES, NOW, a_card, a_model, a_table, some_rows

from goodcall.workspace import Workspace
from models import Estimate, load_champions, read_champions
from models.base_rate import BaseRate
from models.card import card_from_json
from models.model import sealed_model
from models.potential import Growth, Pace, Part
from training import (
    ChurnLabel,
    GateClosed,
    PurchaseLabel,
    RegistryError,
    Trained,
    Use,
    champion_scores,
    evidence_of,
    judge_version,
    list_models,
    promote,
    read_promotions,
    register,
    rollback,
    show_model,
    unknown_dates,
)
from training.definitions.definition import GrowthLabel
from training.gates.promotions import Promotion, champion_before, one_at_a_time
from training.registry.tracking import mlflow_on

CARD = {"metrics": {"auc": Estimate(0.8, 0.7, 0.9)}, "over_baseline": Estimate(0.1, -0.1, 0.2)}


def a_trained(label="churn", *, noise=2.0, tested=None, **facts):
    """A model beside rows that it saw through so much noise."""
    definition = ChurnLabel() if label == "churn" else PurchaseLabel(label.split(":")[1])
    rows = tested if tested is not None else a_tested(noise, customers=800)
    model = a_model(label=label, **(CARD | {"trained_as_of": (date(2025, 12, 1),)} | facts))
    return Trained(model, definition, rows, an_explained(), Use(40))


def enter(workspace, trained, **more):
    """Register with groups."""
    return register(workspace, trained, now=NOW, groups=some_groups(trained.tested), **more)


def some_rows_of(count):
    return some_rows(np.random.default_rng(0), count)[0]


@pytest.fixture(scope="module")
def registered(tmp_path_factory):
    """A workspace with three versions of one label and one of another, none promoted since."""
    folder = tmp_path_factory.mktemp("registry")
    workspace = Workspace(folder / "var")
    before = Path.cwd()
    os.chdir(folder)
    try:
        first = enter(workspace, a_trained())
        second = enter(workspace, a_trained(seed=8, noise=0.5))
        other = register(workspace, a_trained("buys:fund"), now=NOW)
    finally:
        os.chdir(before)
    return workspace, (first, second, other)


def test_a_workspace_that_was_moved_finds_its_models_where_it_lies_now(tmp_path):
    """Of a name that SQL's LIKE reads as a pattern; the old place is gone, and nothing is there."""
    old, new = Workspace(tmp_path / "a_b%" / "var"), Workspace(tmp_path / "new" / "var")
    enter(old, a_trained())
    old.root.parent.rename(new.root.parent)
    assert show_model(new, "churn", 1).role == "champion"
    evidence_of(new, "churn", 1)
    second = enter(new, a_trained(seed=8, noise=0.5))
    assert [each.version for each in list_models(new)] == [2, 1]
    promote(new, "churn", second.version, now=NOW)
    assert not old.root.exists()


def test_a_database_of_mlflow_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    """Stopped while its tables are made, the register is made anew by whoever comes next."""
    place = Workspace(tmp_path / "var")
    with monkeypatch.context() as stopped:
        stopped.setattr(mlflow, "create_experiment", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError), mlflow_on(place):
            pass
    assert not place.tracking.exists()
    with mlflow_on(place):
        assert place.tracking.exists()
    assert list_models(place) == ()


def test_the_first_version_is_champion_and_the_next_its_challenger(registered):
    """A first version beats nothing; a later one must pass the gate."""
    workspace, (first, second, other) = registered
    assert (first.version, first.role) == (1, "champion")
    assert (second.version, second.role) == (2, "challenger")
    assert (other.label, other.version, other.role) == ("buys:fund", 1, "champion")
    assert read_champions(workspace.models)["churn"].version == 1
    assert [(each.label, each.how) for each in read_promotions(workspace.models)] == [
        ("churn", "first"),
        ("buys:fund", "first"),
    ]


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
    ours = a_model(**CARD, trained_as_of=(date(2025, 12, 1),))
    assert (models["churn"].predict(some_rows_of(9)) == ours.predict(some_rows_of(9))).all()
    assert sorted(path.name for path in (workspace.models / "buys-fund").iterdir()) == ["1"]


def test_mlflow_keeps_the_signature_and_the_figures(registered):
    """Every column is a double of the catalogue's name; metrics and settings are logged."""
    workspace, _ = registered
    with mlflow_on(workspace) as mlflow:
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


def test_the_report_the_card_and_the_evidence_lie_beside_a_version(registered):
    """Two reports and the card as artifacts; the tested rows and groups read back the same."""
    workspace, (_, second, _) = registered
    with mlflow_on(workspace) as mlflow:
        client = mlflow.MlflowClient()
        run = client.get_model_version("goodcall-churn", "2").run_id
        files = {file.path for file in client.list_artifacts(run)}
        card = mlflow.artifacts.load_text(f"runs:/{run}/card.json")
        report = mlflow.artifacts.load_text(f"runs:/{run}/report.zh.html")
    assert {"report.html", "report.zh.html", "card.json", "evidence"} <= files
    assert card_from_json(card) == second.card
    assert "模型报告" in report
    kept = evidence_of(workspace, "churn", 2)
    trained = a_trained(noise=0.5)
    assert kept.tested == trained.tested
    assert kept.groups == some_groups(trained.tested)
    assert kept.use == Use(40)
    assert kept.explained is not None
    assert kept.explained.faithful == trained.explained.faithful
    assert kept.unknown_from == date(2025, 12, 1) + timedelta(90)


KINDS = {
    "base_rate": (BaseRate((0.2,)), ChurnLabel(), {}),
    "growth": (Growth(Pace((Part(0, 1.0),)), 0.1, None), GrowthLabel(), {"unit": "cents"}),
}


def some_cents():
    """Rows of a model that tells cents."""
    rng = np.random.default_rng(4)
    cents = rng.normal(50_000, 9_000, 300)
    return pa.table(
        {
            "customer_id": np.arange(300),
            "as_of": pa.array([date(2026, 1, 1)] * 300, pa.date32()),
            "cents": cents,
            "expected_cents": cents + rng.normal(0, 2_000, 300),
            "baseline_cents": np.full(300, 50_000.0),
            "pace_cents": np.full(300, 48_000.0),
        }
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_its_report_and_card_in_mlflow(kind, tmp_path):
    """Models that rank nobody or tell cents are logged as fully as those of a probability."""
    scorer, definition, unit = KINDS[kind]
    card = a_card(kind=kind, label=definition.name, trained_as_of=(date(2025, 12, 1),), **unit)
    tested = some_cents() if unit else a_tested().slice(0, 0)
    workspace = Workspace(tmp_path / "var")
    register(workspace, Trained(sealed_model(card, scorer), definition, tested), now=NOW)
    with mlflow_on(workspace) as mlflow:
        client = mlflow.MlflowClient()
        run = client.get_model_version(f"goodcall-{definition.name}", "1").run_id
        files = {file.path for file in client.list_artifacts(run)}
        page = mlflow.artifacts.load_text(f"runs:/{run}/report.html")
        kept = card_from_json(mlflow.artifacts.load_text(f"runs:/{run}/card.json"))
    assert {"report.html", "report.zh.html", "card.json", "evidence"} <= files
    assert kept.kind == kind
    assert f"Model report: {definition.name}" in page
    assert evidence_of(workspace, definition.name, 1).tested == tested


def test_nothing_is_written_outside_the_workspace(registered):
    """Neither an mlruns folder nor a database appears where the command was run."""
    workspace, _ = registered
    assert [path.name for path in workspace.root.parent.iterdir()] == ["var"]
    assert "MLFLOW_TRACKING_URI" not in os.environ


def test_a_champion_is_followed_through_gate_force_and_rollback(tmp_path, capfd):
    """A better version passes; a worse one needs a reason, which is kept; both can be undone."""
    workspace = Workspace(tmp_path / "var")
    enter(workspace, a_trained())
    enter(workspace, a_trained(seed=8, noise=0.3))
    done = promote(workspace, "churn", 2, now=NOW)
    assert (done.version, done.role) == (2, "champion")
    assert [(each.version, each.role) for each in list_models(workspace)] == [
        (2, "champion"),
        (1, ""),
    ]
    served = load_champions(workspace.models, FINGERPRINT, NAMES)["churn"]
    assert served.version == done.card.content_hash[:12]
    enter(workspace, a_trained(seed=9, noise=3.0))
    with pytest.raises(
        GateClosed, match="version 3 of 'churn' does not replace champion churn 2: better"
    ):
        promote(workspace, "churn", 3, now=NOW)
    assert read_champions(workspace.models)["churn"].version == 2
    with pytest.raises(RegistryError, match="needs a reason"):
        promote(workspace, "churn", 3, now=NOW, force=" ")
    promote(workspace, "churn", 3, now=NOW, force="the regulator asks for it")
    assert read_champions(workspace.models)["churn"].version == 3
    assert rollback(workspace, "churn", now=NOW).version == 2
    assert rollback(workspace, "churn", now=NOW).version == 1
    with pytest.raises(RegistryError, match="no champion before version 1"):
        rollback(workspace, "churn", now=NOW)
    history = read_promotions(workspace.models)
    assert [(each.version, each.how, each.reason) for each in history] == [
        (1, "first", ""),
        (2, "gate", ""),
        (3, "forced", "the regulator asks for it"),
        (2, "rollback", ""),
        (1, "rollback", ""),
    ]
    assert all(gate.passed for gate in history[1].gates)
    assert "better" in [gate.gate for gate in history[2].gates if not gate.passed]
    with mlflow_on(workspace) as mlflow:
        third = mlflow.MlflowClient().get_model_version("goodcall-churn", "3")
        kept = mlflow.artifacts.load_text(f"runs:/{third.run_id}/gate-against-churn-2.json")
    assert third.tags["reason"] == "the regulator asks for it"
    assert third.tags["gate better"].startswith("closed: AUC over the champion's")
    assert json.loads(kept)[1]["gate"] == "better"
    assert capfd.readouterr() == ("", "")


def test_judging_changes_no_champion_and_is_kept(registered):
    """Whoever asks gets every gate's result, twice the same."""
    workspace, _ = registered
    results = judge_version(workspace, "churn", 2)
    assert results == judge_version(workspace, "churn", 2)
    assert next(each for each in results if each.gate == "better").passed
    assert read_champions(workspace.models)["churn"].version == 1


def test_the_champion_itself_is_put_in_place_again(registered):
    """Promoting the champion needs no gate and leaves the history of champions as it was."""
    workspace, (_, _, other) = registered
    (workspace.models / "buys-fund" / "1" / "card.json").write_text("spoilt")
    assert promote(workspace, "buys:fund", 1, now=NOW) == other
    assert "buys:fund" in load_champions(workspace.models, FINGERPRINT, NAMES)
    with pytest.raises(RegistryError, match="no champion before"):
        rollback(workspace, "buys:fund", now=NOW)


def test_a_new_name_does_not_take_a_label_without_a_word(tmp_path):
    """A model of another name with a champion's label must be forced, and then replaces it."""
    workspace = Workspace(tmp_path / "var")
    enter(workspace, a_trained())
    taking = a_trained(seed=9, noise=0.3)
    card = replace(taking.model.card, label="leaving", labels=("churn", "churn:30d"))
    model = replace(taking.model, card=card)
    other = enter(workspace, replace(taking, model=sealed_model(model.card, model.scorer)))
    assert other.role == "challenger"
    with pytest.raises(GateClosed, match="does not replace champion churn 1"):
        promote(workspace, "leaving", 1, now=NOW)
    promote(workspace, "leaving", 1, now=NOW, force="one model for every horizon")
    assert set(read_champions(workspace.models)) == {"leaving"}
    assert [(each.label, each.role) for each in list_models(workspace)] == [
        ("churn", ""),
        ("leaving", "champion"),
    ]


def test_a_version_without_evidence_is_not_shown_to_be_better(registered):
    """What an earlier release registered has a closed gate, not an error."""
    workspace, _ = registered
    with mlflow_on(workspace) as mlflow:
        client = mlflow.MlflowClient()
        source = client.get_model_version("goodcall-buys-fund", "1").source
        with mlflow.start_run() as run:
            pass
        client.create_model_version("goodcall-buys-fund", source, run_id=run.info.run_id)
    (result,) = judge_version(workspace, "buys:fund", 2)
    assert not result.passed
    assert "version 2 was registered without its tested rows" in result.words.en
    with pytest.raises(RegistryError, match="by an earlier release"):
        evidence_of(workspace, "buys:fund", 2)


def test_dates_that_the_champion_knows_nothing_of_can_be_scored_by_itself(registered):
    """They begin a horizon after the last date learned from; its scores carry their label."""
    workspace, _ = registered
    assert unknown_dates(workspace, "churn", 2, FINGERPRINT) == ()
    later = (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2))
    third = enter(workspace, a_trained(seed=10, tested=a_tested(dates=later, customers=50)))
    # The champion learned from 2025-12-01, and its label's horizon is 90 days.
    known = unknown_dates(workspace, "churn", third.version, FINGERPRINT)
    assert known == (date(2026, 3, 1), date(2026, 3, 2))
    assert unknown_dates(workspace, "churn", third.version, "another") == ()
    scores = champion_scores(workspace, "churn", third.version, a_table(some_rows_of(5)))
    expected = a_model(**CARD).predict(some_rows_of(5))[:, 0]
    assert scores["probability"].to_pylist() == pytest.approx(expected.tolist())
    assert scores["label"].to_pylist() == ["churn"] * 5


def test_what_was_watched_only_in_part_was_seen_no_longer_than_the_bank_knew(tmp_path):
    """The last date learned from was watched until the tables ended, not for its whole horizon."""
    place = Workspace(tmp_path)
    for number, (last_day, since) in enumerate(
        ((date(2026, 1, 31), date(2026, 2, 1)), (date(2026, 8, 31), date(2026, 3, 1))), start=1
    ):
        enter(place, a_trained(), last_day=last_day)
        assert evidence_of(place, "churn", number).unknown_from == since


def test_a_version_without_pages_keeps_what_they_are_drawn_from(tmp_path):
    """Its report can be drawn later from its evidence."""
    place, trained = Workspace(tmp_path), a_trained()
    entered = enter(place, trained, reports=False)
    with mlflow_on(place) as mlflow:
        client = mlflow.MlflowClient()
        run = client.get_model_version("goodcall-churn", "1").run_id
        files = {file.path for file in client.list_artifacts(run)}
    assert files == {"card.json", "evidence"}
    kept = evidence_of(place, "churn", entered.version)
    assert kept.tested == trained.tested
    assert kept.groups == some_groups(trained.tested)


def test_two_promotions_at_once_are_refused(registered):
    """The second is told to wait, and what the first does stands."""
    workspace, _ = registered
    with (workspace.models / ".promoting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RegistryError, match="another promotion is at work"):
            promote(workspace, "churn", 2, now=NOW)
        with pytest.raises(RegistryError, match="another promotion is at work"):
            rollback(workspace, "churn", now=NOW)
    assert read_champions(workspace.models)["churn"].version == 1


def test_a_lock_that_may_wait_waits(tmp_path):
    """The first version of a label is crowned after whatever is under way."""
    order = []

    def second():
        with one_at_a_time(tmp_path, wait=True):
            order.append("second")

    with one_at_a_time(tmp_path):
        waiting = threading.Thread(target=second)
        waiting.start()
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def a_history(*changes):
    """Changes written as `3` for a promotion and `-2` for a rollback to 2."""
    return [
        Promotion("churn", abs(each), "", NOW, "rollback" if each < 0 else "gate")
        for each in changes
    ]


@pytest.mark.parametrize(
    ("changes", "current", "expected"),
    [
        ((1,), 1, None),
        ((1, 2), 2, 1),
        ((1, 2, 3, -2), 2, 1),
        ((1, 2, 3, -2, -1), 1, None),
        ((1, 2, -1, 3), 3, 1),
        ((1, 2, 1), 1, 2),
        ((1, 2, 2), 2, 1),
        ((1, 2, 3), 2, 1),
        ((), 4, None),
    ],
)
def test_a_rollback_goes_back_in_the_order_of_the_champions(changes, current, expected):
    """What was rolled back is forgotten, and a change that stopped half-way is passed over."""
    history = a_history(*changes)
    other = [replace(each, label="buys:fund", version=9) for each in history]
    assert champion_before([*history, *other], "churn", current) == expected


def test_a_history_that_does_not_read_is_an_error(tmp_path):
    """It says which file it is."""
    (tmp_path / "promotions.json").write_text('[{"label": "churn"}]')
    with pytest.raises(RegistryError, match=r"promotions\.json does not read"):
        read_promotions(tmp_path)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda w: promote(w, "churn", 9, now=NOW), "no version 9 of 'churn'; known: buys:fund"),
        (lambda w: promote(w, "gold", 1, now=NOW), "no version 1 of 'gold'"),
        (lambda w: rollback(w, "gold", now=NOW), "no champion of 'gold'"),
        (lambda w: show_model(w, "churn", 9), "churn 2, churn 1"),
        (lambda w: show_model(w, "gold"), "no champion of 'gold'"),
        (lambda w: judge_version(w, "churn", 9), "no version 9"),
        (lambda w: evidence_of(w, "churn", 9), "no version 9"),
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
