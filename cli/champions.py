"""`goodcall models gate, promote, rollback, report`: who is champion, and whether it should be."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer

from cli.doer import Doer
from cli.objections import objectors_of
from cli.options import Home, Json, Lang, show, workspace
from cli.show import Show
from features import CATALOG, read_snapshot
from features.objections import without
from features.store import read_mark, stored_dates
from goodcall import Text, Workspace
from goodcall.atomic import write_file
from training import (
    GateClosed,
    GateResult,
    Gates,
    Registered,
    champion_scores,
    default_gates,
    evidence_of,
    judge_version,
    promote,
    read_gates,
    read_promotions,
    report_facts,
    report_html,
    rollback,
    show_model,
    unknown_dates,
)
from training.gates.result import passed
from training.reporting.words import GATES

_HOW = {
    "first": Text("the first of its label", "该标签的首个模型"),
    "gate": Text("every gate is open", "全部门槛通过"),
    "forced": Text("forced", "强制发布"),
    "rollback": Text("rolled back", "回退"),
    "again": Text("put in place again", "重新部署"),
}
Label = Annotated[
    str, typer.Argument(metavar="LABEL", help="What is predicted, such as churn or buys:fund.")
]
Version = Annotated[int, typer.Argument(metavar="VERSION", help="Which version.")]
GatesFile = Annotated[
    Path | None,
    typer.Option("--gates", help="The bank's own gates (TOML). Default: the shipped."),
]


def gate_command(
    label: Label,
    version: Version,
    gates: GatesFile = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """What a version would have to show to become champion, gate by gate; exit 1 if one is closed.

    Nothing is promoted.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    results = judge_version(
        place, label, version, gates=_gates(gates), scored=scored_anew(place, label, version)
    )
    print_gates(speak, results)
    speak.hand_over([gate_facts(each) for each in results])
    if not passed(results):
        raise typer.Exit(1)


def promote_command(
    label: Label,
    version: Version,
    force: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Promote whatever the gates say, for this reason."),
    ] = None,
    gates: GatesFile = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """Make a version the champion of its label where every gate is open, or for a reason.

    A running service picks it up by itself. Gates, reason and time are kept.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    bounds = _gates(gates)
    doer.record(place, "promote model", f"{label} version {version}", force=force or "")
    scored = scored_anew(place, label, version)
    try:
        made = promote(
            place, label, version, now=datetime.now(UTC), force=force, gates=bounds, scored=scored
        )
    except GateClosed as closed:
        print_gates(speak, closed.results)
        raise
    _told(speak, place, made)


def rollback_command(
    label: Label,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """Make the champion before this one the champion again; once more goes a step further back."""
    speak, place = show(lang, as_json=as_json), workspace(home)
    doer.record(place, "roll model back", label)
    _told(speak, place, rollback(place, label, now=datetime.now(UTC)))


def report_command(
    label: Label,
    version: Annotated[
        int | None, typer.Option(help="Which version. Default: the champion.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Where to write it. Default: LABEL-VERSION.html here.")
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Write a version's report: one HTML file with its figures, curves, groups and limits."""
    speak, place = show(lang, as_json=as_json), workspace(home)
    found = show_model(place, label, version)
    evidence = evidence_of(place, label, found.version)
    gates = [
        each.gates
        for each in read_promotions(place.models)
        if (each.label, each.version) == (label, found.version) and each.gates
    ]
    facts = report_facts(
        evidence, version=found.version, role=found.role, gates=gates[-1] if gates else ()
    )
    file = output or Path(f"{label.replace(':', '-')}-{found.version}.html")
    write_file(file, report_html(facts, speak.language).encode())
    speak.say(Text(f"written: {file}", f"已写入:{file}"))
    speak.hand_over({"label": label, "version": found.version, "file": str(file)})


def print_gates(speak: Show, results: Sequence[GateResult]) -> None:
    """Every gate with its verdict and why."""
    verdicts = {True: Text("open", "通过"), False: Text("closed", "未通过")}
    speak.table(
        (Text("gate", "门槛"), Text("verdict", "结论"), Text("why", "依据")),
        [(GATES[each.gate], verdicts[each.passed], each.words) for each in results],
    )


def gate_facts(result: GateResult) -> Mapping[str, Any]:
    """A gate's result as JSON values."""
    return {
        "gate": result.gate,
        "passed": result.passed,
        "figure": result.figure,
        "bound": result.bound,
        "words": result.words,
    }


def _told(speak: Show, place: Workspace, made: Registered) -> None:
    """Who is champion now, and how it came to be."""
    change = read_promotions(place.models)[-1]
    how = _HOW[change.how]
    why = f": {change.reason}" if change.reason else ""
    if change.gates:
        print_gates(speak, change.gates)
    speak.say(
        Text(
            f"{made.label} version {made.version} is the champion ({how.en}{why})",
            f"{made.label} 第{made.version}版已成为冠军模型({how.zh}{why})",
        )
    )
    speak.hand_over(
        {
            "label": made.label,
            "version": made.version,
            "role": made.role,
            "hash": made.card.content_hash,
            "how": change.how,
            "reason": change.reason,
            "gates": [gate_facts(each) for each in change.gates],
        }
    )


def _gates(file: Path | None) -> Gates:
    return read_gates(file) if file else default_gates()


def scored_anew(place: Workspace, label: str, version: int) -> pa.Table | None:
    """The champion's own scores of tested dates that it knows nothing of, where snapshots lie."""
    stored = set(stored_dates(place.snapshots))
    days = [
        day
        for day in unknown_dates(place, label, version, CATALOG.fingerprint)
        if day in stored and read_mark(place.snapshots, day).fingerprint == CATALOG.fingerprint
    ]
    if not days:
        return None
    features = without(read_snapshot(place.snapshots, CATALOG, days), objectors_of(place))
    return champion_scores(place, label, version, features)
