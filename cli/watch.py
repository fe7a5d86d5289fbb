"""`goodcall models watch`: whether the champions still hold, and what to do where they do not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import typer
from numpy.typing import NDArray

from cli.errors import NothingFound
from cli.objections import objectors_in
from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.show import Show, Step
from features import CATALOG, Bank, Catalog, read_snapshot, stored_dates
from features.objections import without
from goodcall import Text, Workspace
from models import Card, Model, load_champions, score_table
from training import default_labels, read_labels
from training.definitions.definition import Definition
from training.monitoring.drift import drift_over
from training.monitoring.known import known_outcomes
from training.monitoring.watch import Alert, Seen, alerts_of, seen_on

_SEED = 1


@dataclass(frozen=True, slots=True)
class Watching:
    """What is watched: champions by label, and the definitions of the outcomes to come."""

    bank: Bank
    store: Path
    catalog: Catalog
    models: Mapping[str, Model]
    definitions: Mapping[str, Definition]

    @property
    def cards(self) -> Mapping[str, Card]:
        """The card of each champion by the label that it was trained for."""
        return {model.card.label: model.card for model in self.models.values()}


def watch_command(
    bank: BankFolder,
    labels: Annotated[
        Path | None,
        typer.Option(help="The TOML file of labels that the models were trained for."),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Compare the champions' scores on later snapshots with their first, and with what came.

    Every snapshot after a champion's last tested date that it learned nothing from is scored. The
    scores of the first such date are what later ones are held against. Where the outcomes of a date
    are known by now, ranking and calibration are measured on it and held against the test; before
    that only the scores and the features behind them are compared. Exits with 1 where something
    calls for action.
    """
    speak = show(lang, as_json=as_json)
    place, known = workspace(home), read_labels(labels) if labels else default_labels()
    with speak.progress(Text("scoring later snapshots", "为后续快照评分")) as step:
        seen, alerts = watched(place, bank_in(place, bank), known, step)
    _print(speak, seen, alerts)
    speak.hand_over(
        {"seen": [_facts(each) for each in seen], "alerts": [_told(each) for each in alerts]}
    )
    if alerts:
        raise typer.Exit(1)


def watched(
    place: Workspace, bank: Bank, labels: Sequence[Definition], step: Step
) -> tuple[list[Seen], list[Alert]]:
    """How the champions' scores turned out on the snapshots after their tests, and what to do.

    NothingFound where there is no such snapshot.
    """
    watching = _watching(place, bank, labels)
    seen, drifts = _look(watching, step)
    return seen, [
        alert
        for name, card in sorted(watching.cards.items())
        for alert in alerts_of(
            card,
            [each for each in seen if watching.models[each.label].card.label == name],
            drifts,
            watching.catalog,
        )
    ]


def _watching(place: Workspace, bank: Bank, labels: Sequence[Definition]) -> Watching:
    catalog = CATALOG.speaking(bank.manifest.currency)
    models = load_champions(place.models, catalog.fingerprint, catalog.names)
    return Watching(
        bank=bank,
        store=place.snapshots,
        catalog=catalog,
        models={label: model for label, model in models.items() if model.explains},
        definitions={each.name: each for each in labels},
    )


def _look(watching: Watching, step: Step) -> tuple[list[Seen], pa.Table]:
    days = _later(watching)
    drifts = drift_over(_snapshots(watching, days, step))
    objectors, told = objectors_in(watching.bank), []
    for done, day in enumerate(days[1:], start=1):
        step(len(days) + done, 2 * len(days))
        table = without(read_snapshot(watching.store, watching.catalog, [day]), objectors)
        told.append(score_table(_fresh(watching, day), table))
    known = _known(watching, told)
    seen, first = [], dict[str, NDArray[np.float64]]()
    for scores in told:
        for label in scores.column_names[2:]:
            # Tested rows are no measure: fewer customers, and scores of a model that knew less.
            reference = first.setdefault(label, scores[label].to_numpy())
            seen.append(seen_on(label, scores, reference, known.get(label), _SEED))
    return seen, drifts


def _later(watching: Watching) -> tuple[date, ...]:
    """The newest date that some champion was tested on, and the snapshots after it."""
    tried = [day for card in watching.cards.values() for day in card.tested_as_of]
    if not tried:
        raise NothingFound(
            "no champion was tested on dates of its own, so there is nothing to compare later ones "
            "with; train on a longer history"
        )
    tested = max(tried)
    later = [day for day in stored_dates(watching.store) if day >= tested]
    if not later or later == [tested]:
        raise NothingFound(
            f"no snapshot in {watching.store} is later than {tested}, the last date that the "
            "champions were tested on; build one with `goodcall features build`"
        )
    return tuple(later)


def _snapshots(watching: Watching, days: tuple[date, ...], step: Step) -> Iterator[pa.Table]:
    for done, day in enumerate(days):
        step(done, 2 * len(days))
        yield read_snapshot(watching.store, watching.catalog, [day])


def _fresh(watching: Watching, day: date) -> dict[str, Model]:
    """The models that learned nothing from a date."""
    return {
        label: model
        for label, model in watching.models.items()
        if day not in model.card.trained_as_of
    }


def _known(watching: Watching, told: Sequence[pa.Table]) -> dict[str, pa.Table]:
    """The outcomes of all scores that are known by now, by label."""
    labels = {label for scores in told for label in scores.column_names[2:]}
    names = {watching.models[label].card.label for label in labels}
    keys = pa.concat_tables([scores.select(["customer_id", "as_of"]) for scores in told])
    found: dict[str, pa.Table] = {}
    for name in sorted(names & set(watching.definitions)):
        found |= known_outcomes(watching.bank, keys, watching.definitions[name])
    return found


def _print(speak: Show, seen: list[Seen], alerts: list[Alert]) -> None:
    speak.table(
        (
            *(Text("label", "标签"), Text("as of", "日期"), Text("rows", "行数")),
            *(Text("mean score", "平均评分"), "PSI", "KS"),
            *(Text("came true", "已发生"), "AUC", Text("calibration slope", "校准斜率")),
        ),
        [_line(each) for each in seen],
        right=(2, 3, 4, 5, 6),
    )
    for alert in alerts:
        head = f"{alert.label} {alert.as_of}: "
        speak.say(Text(head + alert.what.en, head + alert.what.zh))
        speak.say(Text(f"  {alert.remedy.en}", f"  {alert.remedy.zh}"))
    if not alerts:
        speak.say(Text("nothing calls for action", "无需处理"))


def _line(seen: Seen) -> tuple[object, ...]:
    told: tuple[object, ...] = (Text("not known yet", "尚未知"), "", "")
    if seen.outcome is not None:
        figures = seen.outcome.figures
        told = (
            f"{seen.outcome.positives:,} / {seen.outcome.rows:,}",
            *(_figure(figures, name) for name in ("auc", "slope")),
        )
    return (
        *(seen.label, seen.as_of, f"{seen.rows:,}", f"{seen.mean:.3f}"),
        *(f"{seen.psi:.3f}", f"{seen.distance:.3f}", *told),
    )


def _figure(figures: Mapping[str, Any], name: str) -> str:
    if name not in figures:
        return "–"
    figure = figures[name]
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _facts(seen: Seen) -> Mapping[str, Any]:
    outcome = seen.outcome
    return {
        "label": seen.label,
        "as_of": seen.as_of,
        "rows": seen.rows,
        "mean": seen.mean,
        "psi": seen.psi,
        "noise": seen.noise,
        "ks": seen.distance,
        "outcome": None
        if outcome is None
        else {
            "rows": outcome.rows,
            "positives": outcome.positives,
            "expected": outcome.expected,
            "figures": {name: asdict(figure) for name, figure in outcome.figures.items()},
        },
    }


def _told(alert: Alert) -> Mapping[str, Any]:
    return {
        "label": alert.label,
        "as_of": alert.as_of,
        "what": alert.what,
        "remedy": alert.remedy,
    }
