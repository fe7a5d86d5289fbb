"""`goodcall backup`: a consistent copy of a workspace, and a workspace from such a copy."""

from pathlib import Path
from typing import Annotated

import typer

from cli.clock import now
from cli.errors import BrokenBackup
from cli.options import Home, Json, Lang, show, workspace
from cli.records import audit_of
from cli.show import Show
from goodcall import Text
from goodcall.backup import Backup, create_backup, restore_backup
from governance import check_audit

_ACTOR = "command line"


def create_command(
    target: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Copy the workspace while others work in it; keys are listed, and never in the copy.

    Databases that a server holds are named, and copied by the server's own tools.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    with speak.progress(Text("copying the workspace", "备份工作区")):
        audit_of(place).record(_ACTOR, "back up", "workspace", to=target.name)
        found = create_backup(place, target.resolve(), now=now())
    speak.say(Text(f"{len(found.files)} files in {target}", f"{target}:{len(found.files)}个文件"))
    _tell(speak, found)
    speak.hand_over({"backup": target, "files": len(found.files), **_facts(found)})


def restore_command(
    source: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    keys: Annotated[
        Path | None,
        typer.Option(help="The folder with the keys that were kept apart from the backup."),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Make a new workspace of a backup: every file compared, databases and audit log verified."""
    speak, place = show(lang, as_json=as_json), workspace(home)
    with speak.progress(Text("restoring the workspace", "恢复工作区")):
        found = restore_backup(source, place.root, keys=keys)
        lines = _audit_lines(place.audit)
        audit_of(place).record(_ACTOR, "restore", "workspace", made_at=found.made_at)
    speak.say(
        Text(
            f"{len(found.files)} files of {found.made_at} restored to {place.root}; "
            f"{lines} audit lines hold",
            f"已恢复{found.made_at}的{len(found.files)}个文件到{place.root};审计日志{lines}行完好",
        )
    )
    if keys is None:
        _tell(speak, found)
    speak.hand_over({"home": place.root, "audit_lines": lines, **_facts(found)})


def _audit_lines(log: Path) -> int:
    """How many lines of the restored audit log hold; BrokenBackup where one does not."""
    if not log.exists():
        return 0
    verdict = check_audit(log)
    for finding in verdict.findings:
        raise BrokenBackup(
            f"the restored audit log does not hold: {finding.file} line {finding.line} "
            f"{finding.what}; keep the folder for who looks into it, and take another backup"
        )
    return verdict.lines


def _tell(speak: Show, found: Backup) -> None:
    """Name the keys and databases that are not in the copy."""
    if found.keys:
        names = ", ".join(found.keys)
        speak.say(
            Text(f"keys, to be kept apart: {names}", f"密钥不在备份内,请另行妥善保管:{names}")
        )
    for name, address in found.elsewhere.items():
        speak.say(
            Text(
                f"the {name} is on a server and not in the copy: {address}; copy it with pg_dump "
                "before each backup, and bring it back with pg_restore (docs/operate.md)",
                f"{name}在数据库服务器上,不在备份内:{address};"
                "请在每次备份前用pg_dump备份,恢复时用pg_restore(见docs/operate.md)",
            )
        )


def _facts(found: Backup) -> dict[str, object]:
    return {
        "made_at": found.made_at,
        "keys": dict(found.keys),
        "elsewhere": dict(found.elsewhere),
    }
