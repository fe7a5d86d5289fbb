"""`goodcall audit`: verify the log of who did what, read it, sign it, hand it to an auditor."""

import json
import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.audit_bundle import bundle_parts
from cli.clock import now
from cli.doer import Doer
from cli.errors import BadOption, NothingFound
from cli.options import Home, Json, Lang, parse_day, show, workspace
from cli.records import audit_of, lines_about
from cli.show import Show
from goodcall import Text, Workspace
from goodcall.atomic import write_file
from governance import BrokenAudit, Finding, Signer, Verdict, check_audit
from governance.audit_lines import (
    Line,
    Sought,
    audit_lines,
    facts_text,
    line_facts,
    lines_to_csv,
)
from governance.bundle import write_bundle
from governance.verifier import CHECKPOINTS, log_files

_KINDS = {
    "unreadable": Text("unreadable", "无法解析"),
    "cut short": Text("cut short", "被截断"),
    "changed": Text("changed", "被修改"),
    "missing": Text("missing", "缺失"),
    "out of place": Text("out of place", "顺序不符"),
    "unsigned": Text("unsigned", "签名无效"),
    "cut off": Text("cut off", "末尾被删除"),
    "bundle": Text("bundle", "材料不符"),
}


class Format(StrEnum):
    """How lines are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def verify_command(
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            help="A copy of audit.checkpoints.jsonl that was kept elsewhere: it also finds lines "
            "cut off together with the workspace's own checkpoints."
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="The public key, kept elsewhere. Default: audit.pub in the workspace."),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Verify every line and every checkpoint of the audit log; exit 1 where one does not hold.

    A line that was changed, removed, reordered, inserted or cut is named with its file and number.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    for given in (checkpoints, key):
        if given is not None and not given.is_file():
            raise NothingFound(f"no file {given}; name the copy that was kept elsewhere")
    try:
        # Files that were set apart are found by their names, which must not be hidden.
        if place.root.exists():
            os.scandir(place.root).close()
        found = check_audit(place.audit, checkpoints, key) if _has_log(place) else None
    except OSError as error:
        raise BrokenAudit(
            f"{error.filename} cannot be read: {error.strerror}; verify as somebody who may read it"
        ) from error
    if found is None:
        raise NothingFound(
            f"no audit log at {place.audit} yet; every command that matters begins it"
        )
    _print_verdict(speak, found)
    speak.hand_over(
        {
            "lines": found.lines,
            "files": list(found.files),
            "signed": found.signed,
            "keys": found.keys,
            "findings": [_finding_facts(each) for each in found.findings],
        }
    )
    if found.findings:
        raise typer.Exit(1)


def show_command(
    actor: Annotated[str | None, typer.Option(help="Only what they did, as 'staff 4'.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action, as 'open row'.")] = None,
    customer: Annotated[int | None, typer.Option(help="Only what concerns this customer.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="From this day on, in UTC.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="To this day, included.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option(help="Write them to this file, as JSON or CSV.")
    ] = None,
    home: Home = None,
    lang: Lang = None,
    *,
    doer: Doer,
) -> None:
    """The lines of the audit log, all or those that fit; reading them is a line of its own."""
    speak, place = show(lang), workspace(home)
    if output is not None and form is Format.TABLE:
        raise BadOption("--output writes JSON or CSV; add --format json or --format csv")
    days = [parse_day(day) if day else None for day in (first, last)]
    about = Sought() if customer is None else lines_about(place, customer)
    sought = replace(about, actor=actor, action=action, first=days[0], last=days[1])
    said = {"by": actor, "what": action, "customer": customer, "first": first, "last": last}
    named = {name: value for name, value in said.items() if value is not None}
    what = "read audit log" if output is None else "export audit log"
    doer.record(place, what, "lines that fit" if named else "all lines", **named)
    lines = [*audit_lines(place.audit, sought)]
    if form is Format.TABLE:
        _print_lines(speak, lines)
        return
    text = lines_to_csv(lines) if form is Format.CSV else _json(lines)
    if output is None:
        typer.echo(text, nl=False)
        return
    write_file(output, text)
    speak.say(Text(f"written: {output}", f"已写入:{output}"))


def checkpoint_command(home: Home = None, lang: Lang = None, as_json: Json = False) -> None:
    """Sign all lines so far; keep what it prints, or a copy of the checkpoints, elsewhere.

    Lines are signed by themselves after every thousand, when a day is closed and a night is done.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    point = audit_of(place).checkpoint()
    speak.say(
        Text(
            f"lines 1 to {point.count} are signed by key {point.key}: {point.last}",
            f"第1至{point.count}行已由密钥{point.key}签名:{point.last}",
        )
    )
    kept = place.audit.with_name(CHECKPOINTS)
    speak.say(Text(f"copy it elsewhere: {kept}", f"请另行保存:{kept}"))
    names = ("count", "last", "at", "key", "signature")
    speak.hand_over({name: getattr(point, name) for name in names})


def key_command(home: Home = None) -> None:
    """Print the public key by which checkpoints verify; give it to the auditor by another way."""
    typer.echo(Signer(workspace(home).audit_key).public_pem, nl=False)


def export_command(
    output: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The file to write.")],
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """Pack all that an external auditor needs: log, signatures, rules, policies, cards, dictionary.

    The bundle says how to verify it with standard tools, and has a script that needs nothing of
    ours. The export is in the log that it packs, signed.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    if output.suffix != ".zip":
        raise BadOption(f"{output} must end in .zip")
    parts, absent = bundle_parts(place)
    doer.record(place, "export audit bundle", output.name, parts=len(parts))
    audit_of(place).checkpoint()
    signer = Signer(place.audit_key)
    made = write_bundle(output, place.audit, parts, signer=signer, now=now(), absent=absent)
    speak.say(
        Text(
            f"written: {output}, {len(made.files)} files",
            f"已写入:{output},共{len(made.files)}个文件",
        )
    )
    for each in absent:
        speak.say(Text(f"absent: {each}", f"缺少:{each}"))
    speak.hand_over({"file": output, "files": dict(made.files), "absent": list(absent)})


def _has_log(place: Workspace) -> bool:
    return bool(log_files(place.audit)) or place.audit.with_name(CHECKPOINTS).exists()


def _print_verdict(speak: Show, found: Verdict) -> None:
    speak.table(
        (Text("file", "文件"), Text("line", "行"), Text("sort", "类别"), Text("what", "说明")),
        [(each.file, each.line or "", _KINDS[each.kind], each.what) for each in found.findings],
        right=(1,),
    )
    keys = ", ".join(f"{name} ({count})" for name, count in found.keys.items()) or "–"
    good = Text("the log holds", "日志完好")
    bad = Text(f"{len(found.findings)} findings", f"发现{len(found.findings)}处问题")
    said = bad if found.findings else good
    speak.say(
        Text(
            f"{said.en}: {found.lines:,} lines in {len(found.files)} files, signed up to line "
            f"{found.signed:,}; checkpoints by key: {keys}",
            f"{said.zh}:{len(found.files)}个文件共{found.lines:,}行,签名至第{found.signed:,}行;"
            f"各密钥的检查点:{keys}",
        )
    )


def _print_lines(speak: Show, lines: list[Line]) -> None:
    speak.table(
        (
            *("#", Text("at (UTC)", "时间(UTC)"), Text("actor", "操作者")),
            *(Text("action", "操作"), Text("subject", "对象"), Text("facts", "事实")),
        ),
        [
            (each.n, each.at[:19], each.actor, each.action, each.subject, facts_text(each))
            for each in lines
        ],
        right=(0,),
    )
    speak.say(Text(f"{len(lines):,} lines", f"共{len(lines):,}行"))


def _finding_facts(found: Finding) -> dict[str, object]:
    return {"file": found.file, "line": found.line, "kind": found.kind, "what": found.what}


def _json(lines: list[Line]) -> bytes:
    said = [line_facts(each) for each in lines]
    return (
        json.dumps(said, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n"
    )
