"""When the models of a simulated course are trained before their time is up."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from cli.loop import workshop
from cli.loop.workshop import Workshop
from goodcall import Text, Workspace
from tests.learned import a_card
from training import Promotion, Registered
from training.monitoring.watch import Alert

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 2, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = NOW.date()
BEGINS = "training as of 2026-03-01: "
SEEN = Text("scores lie elsewhere", "评分偏离")


@dataclass(frozen=True)
class Manifest:
    """What a course asks of a bank's manifest."""

    zone: str = "UTC"


@dataclass(frozen=True)
class SomeBank:
    """A bank of which only the zone is asked."""

    manifest: Manifest = Manifest()


def version(label, number, role, at=FIRST):
    """A registered version."""
    labels = (label, f"{label}:30d") if label == "churn" else (label,)
    return Registered(label, number, role, a_card(label=label, labels=labels, created=at))


@pytest.fixture
def said(tmp_path, monkeypatch):
    """What is said of the training of a day, of versions and the labels that alerts are about."""

    def ask(versions, alerts, every=6):
        heard: list[str] = []
        told = [Alert(label, DAY, SEEN, SEEN) for label in alerts]
        monkeypatch.setattr(workshop, "list_models", lambda _: versions)
        monkeypatch.setattr(workshop, "watched", lambda *_: ((), told))
        at_work = Workshop(Workspace(tmp_path), (), 1, every, heard.append, watches=True)
        at_work.learn(SomeBank(), DAY, NOW)
        return heard

    return ask


def test_an_alert_calls_for_training_before_the_schedule(said):
    """It is the alert that says why."""
    champions = [version("churn", 1, "champion"), version("growth", 1, "champion")]
    assert said(champions, []) == []
    assert said(champions, ["churn:30d"]) == [f"{BEGINS}churn:30d: scores lie elsewhere"]


def test_an_alert_that_a_challenger_was_trained_for_calls_no_more(said):
    """Another label's alert does, and so does one about whoever was promoted since."""
    versions = [
        version("churn", 2, "challenger", LATER),
        version("churn", 1, "champion"),
        version("growth", 1, "champion"),
    ]
    assert said(versions, ["churn:30d", "churn"]) == []
    assert said(versions, ["churn:30d", "growth"]) == [f"{BEGINS}growth: scores lie elsewhere"]
    promoted = [version("churn", 2, "champion", LATER), version("churn", 1, "")]
    assert said(promoted, ["churn:30d"]) == [f"{BEGINS}churn:30d: scores lie elsewhere"]


def test_the_schedule_trains_whatever_was_tried_before(said):
    """Models are trained anew once they are so many months old."""
    versions = [version("churn", 2, "challenger", LATER), version("churn", 1, "champion")]
    assert said(versions, ["churn"], every=1) == [f"{BEGINS}1 months old"]
    assert said([], []) == [f"{BEGINS}none yet"]


@pytest.mark.parametrize(
    ("before", "every", "why"),
    [
        ((), 1, "first"),
        ((FIRST,), 2, "schedule"),
        ((FIRST,), 3, "drift"),
        ((FIRST, LATER), 2, "drift"),
    ],
)
def test_the_registry_tells_why_models_were_trained(tmp_path, monkeypatch, before, every, why):
    """By the months since those before them; of a day without a training nothing is told."""
    trained = [version("churn", number, "", at) for number, at in enumerate((*before, NOW))]
    monkeypatch.setattr(workshop, "list_models", lambda _: trained)
    monkeypatch.setattr(Workshop, "bank", SomeBank())
    at_work = Workshop(Workspace(tmp_path), (), 1, every, lambda _: None)
    assert at_work.told(DAY) == {"trained": why, "champions": {}}
    assert at_work.told(DAY.replace(month=4))["trained"] is None


def test_an_effect_proved_itself_if_any_of_its_champions_did(tmp_path, monkeypatch):
    """Whoever stayed a challenger is not asked, nor are chances."""
    cards = {
        ("effect:buys", 1): False,
        ("effect:buys", 2): True,
        ("effect:buys", 3): False,
        ("effect:leaves", 1): False,
        ("effect:leaves", 2): True,
    }
    models = [
        Registered(label, number, "", a_card(kind="effect", label=label, params={"signal": signal}))
        for (label, number), signal in cards.items()
    ]
    history = [
        Promotion(label, number, "", NOW, "gate")
        for label, number in (*cards, ("churn", 1))
        if (label, number) != ("effect:leaves", 2)
    ]
    monkeypatch.setattr(workshop, "list_models", lambda _: [*models, version("churn", 1, "")])
    monkeypatch.setattr(workshop, "read_promotions", lambda _: history)
    at_work = Workshop(Workspace(tmp_path), (), 1, 1, lambda _: None)
    assert at_work.proved() == {"effect:buys": True, "effect:leaves": False}
