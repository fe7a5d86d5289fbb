"""Builds the Bento: this code, its pinned requirements, and the champions, in one folder to ship.

BentoML reads BENTOML_HOME once, when it is first asked; so both steps run in a process of their
own, whose store is the workspace's. Nothing is reported to BentoML's makers.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from features.catalog import CATALOG
from goodcall.workspace import Workspace
from models.champion import load_champions
from serving.errors import BentoFailed

_CODE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Built:
    """A Bento's tag and the folder that holds it."""

    tag: str
    path: Path


def pack_champion(workspace: Workspace) -> str:
    """The tag under which the workspace's champions now lie in BentoML's model store.

    Champions that are missing, broken or of another feature catalogue are refused before.
    """
    load_champions(workspace.models, CATALOG.fingerprint, CATALOG.names)
    return _run(workspace, _CODE, "-m", "serving.packing", str(workspace.models))


def build_bento(workspace: Workspace, project: Path) -> Built:
    """A Bento of the code in `project` with the workspace's champions of this moment inside."""
    if not (project / "bentofile.yaml").exists():
        raise BentoFailed(
            f"{project} has no bentofile.yaml; name the folder that holds Goodcall's source"
        )
    pack_champion(workspace)
    said = _run(workspace, project, "-m", "bentoml", "build", "--output", "tag")
    tag = said.splitlines()[-1].removeprefix("__tag__:")
    return Built(tag, workspace.bentos / "bentos" / tag.replace(":", "/"))


def bentoml_environment(workspace: Workspace) -> dict[str, str]:
    """The environment in which BentoML works inside the workspace and tells nobody."""
    return {
        **os.environ,
        "GOODCALL_HOME": str(workspace.root),
        "BENTOML_HOME": str(workspace.bentos),
        "BENTOML_DO_NOT_TRACK": "true",
        **({"GOODCALL_ONLINE": workspace.online_at} if workspace.online_at else {}),
        **({"GOODCALL_LEDGER": workspace.ledger_at} if workspace.ledger_at else {}),
        **({"GOODCALL_GOVERNANCE": workspace.governance_at} if workspace.governance_at else {}),
        **({"GOODCALL_GOVERNANCE": workspace.governance_at} if workspace.governance_at else {}),
    }


def _run(workspace: Workspace, folder: Path, *arguments: str) -> str:
    """What a Python prints that runs in a folder, or BentoFailed with what it complains of."""
    done = subprocess.run(  # noqa: S603 - our own interpreter, arguments never pass a shell
        [sys.executable, *arguments],
        cwd=folder,
        env=bentoml_environment(workspace),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        raise BentoFailed(
            f"BentoML failed ({' '.join(arguments)}): {said}; mend what it names and try again"
        )
    return done.stdout.strip()
