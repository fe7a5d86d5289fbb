"""`goodcall bank check`: whether a bank's data is fit for use, and what changed since last time."""

import hashlib
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.bank_report import report_facts, say_report
from cli.options import BankFolder, Home, Json, Lang, show, workspace
from cli.records import audit_of
from cli.show import Show, Step
from features import Bank, open_bank
from features.quality.check import QualityCheck, check_quality
from features.quality.gates import Gates
from features.quality.judge import Check
from features.quality.loading import default_gates, default_gates_text, load_gates
from features.quality.page import quality_page
from features.quality.profile import BankProfile, load_profile, profile_of, save_profile
from features.quality.scan import MEMORY_MB
from features.quality.words import VERDICTS, name_check, say_limit, say_value
from goodcall import Text, Workspace
from goodcall.atomic import write_file

_HASH_LENGTH = 12


def check_command(
    bank: BankFolder,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="PROFILE_OR_BANK",
            help="The last load: a saved profile, or the folder of a bank. "
            "Default: the newest earlier load that this workspace keeps.",
        ),
    ] = None,
    gates: Annotated[
        Path | None,
        typer.Option(help="The bank's own gates. Default: those of `goodcall bank gates`."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page.")] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save-profile", help="Write this load's profile, to compare the next with."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show the gates that pass, too.")] = False,
    memory: Annotated[
        int, typer.Option(min=128, help="Most memory for tables, in MiB; the rest goes to disk.")
    ] = MEMORY_MB,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Hold a bank against its contracts, its gates and its last load; exit with 1 when one fails.

    The bank is read, never written. A load that does not fail is kept in the workspace as a
    profile of counts and shares, and the next load is compared with it.
    """
    speak = show(lang, as_json=as_json)
    opened = open_bank(bank)
    held = load_gates(gates) if gates else default_gates()
    audit_of(workspace(home)).record(
        "command line", "check bank", opened.manifest.name, file=html.name if html else None
    )
    with speak.progress(Text("checking", "检查中")) as step:
        found = checked_load(
            workspace(home), opened, held, against=against, memory=memory, step=step
        )
    if html:
        write_file(html, quality_page(found, speak.language).encode())
    if save:
        save_profile(save, found.profile)
    say_report(speak, opened, found.contract)
    _say_gates(speak, found, every=every)
    for path in filter(None, (html, save)):
        speak.say(Text(f"written: {path}", f"已写入:{path}"))
    speak.hand_over(report_facts(opened, found.contract) | _gate_facts(found))
    if found.failed:
        raise typer.Exit(1)


def checked_load(
    place: Workspace,
    bank: Bank,
    gates: Gates,
    *,
    against: Path | None = None,
    memory: int = MEMORY_MB,
    step: Step,
) -> QualityCheck:
    """A bank's load held against its contracts, its gates and the load before it.

    That is `against`, a saved profile or a bank's folder, else the newest earlier load that the
    workspace keeps. A load that does not fail is kept there, too.
    """
    last_day = str(bank.manifest.last_day)
    kept = _kept_loads(place.root / "quality", bank.manifest.name)
    earlier = _earlier(against, kept, last_day, gates, memory)
    found = check_quality(bank, gates, earlier, memory_mb=memory, progress=step)
    if not found.failed:
        save_profile(kept / f"{last_day}.json", found.profile)
    return found


def gates_command() -> None:
    """Print the gates that hold by default, as a TOML file for a bank to edit."""
    sys.stdout.write(default_gates_text())


def _kept_loads(folder: Path, bank: str) -> Path:
    """Where a workspace keeps the profiles of a bank's loads, a file for each last day."""
    return folder / hashlib.sha256(bank.encode()).hexdigest()[:_HASH_LENGTH]


def _earlier(
    against: Path | None, kept: Path, last_day: str, gates: Gates, memory: int
) -> BankProfile | None:
    if against is None:
        before = sorted(path for path in kept.glob("*.json") if path.stem < last_day)
        return load_profile(before[-1]) if before else None
    if against.is_dir():
        return profile_of(open_bank(against), gates, memory)
    return load_profile(against)


def _say_gates(speak: Show, found: QualityCheck, *, every: bool) -> None:
    speak.heading(Text("Quality gates", "质量检查"))
    if found.earlier is None:
        speak.say(
            Text(
                "no earlier load to compare with: what changed since is not judged",
                "没有上一次加载可比:与上次相比的变化未判断",
            )
        )
    else:
        speak.say(_name_load(found.earlier))
    order = tuple(VERDICTS)
    shown = [c for c in found.checks if every or c.verdict in ("fail", "warn")]
    if shown:
        language = speak.language
        speak.table(
            (
                *(Text("gate", "检查项"), Text("verdict", "结论"), Text("measured", "实测")),
                *(Text("allowed", "允许"), Text("rows", "行数"), Text("first", "首例")),
            ),
            [
                (
                    name_check(check, language),
                    VERDICTS[check.verdict],
                    say_value(check, language),
                    say_limit(check, language),
                    f"{check.rows:,}",
                    "; ".join(check.examples),
                )
                for check in sorted(shown, key=lambda check: order.index(check.verdict))
            ],
            right=(4,),
        )
    speak.say(
        ", ".join(f"{words.to(speak.language)} {found.count(v)}" for v, words in VERDICTS.items())
    )
    _say_skipped(speak, found)


def _say_skipped(speak: Show, found: QualityCheck) -> None:
    """Why gates were not judged, each reason with the number of its gates."""
    why = Counter(check.note for check in found.checks if check.verdict == "skipped" and check.note)
    reasons = [f"{note.to(speak.language)} ({number})" for note, number in why.most_common()]
    if reasons:
        said = VERDICTS["skipped"].to(speak.language)
        speak.say(f"{said}: {'; '.join(reasons)}")


def _name_load(load: BankProfile) -> Text:
    return Text(
        f"compared with the load of {load.name} up to {load.last_day}",
        f"与{load.name}截至{load.last_day}的加载比较",
    )


def _gate_facts(found: QualityCheck) -> dict[str, Any]:
    earlier = found.earlier
    return {
        "failed": found.failed,
        "earlier": earlier and {"bank": earlier.name, "last_day": earlier.last_day},
        "gates": [_facts_of(check) for check in found.checks],
    }


def _facts_of(check: Check) -> dict[str, Any]:
    return {
        "table": check.gate.table,
        "column": check.gate.column,
        "measure": check.gate.measure.name,
        "verdict": check.verdict,
        "value": check.value,
        "warn": check.limit.warn,
        "fail": check.limit.fail,
        "rows": check.rows,
        "examples": list(check.examples),
        "note": check.note,
    }
