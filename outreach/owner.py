"""Which workspace a ledger on a server belongs to, so that no two banks ever share one.

A workspace is known by a random name in its file `workspace.id`, made at its first use; the first
workspace that opens a ledger owns it. Many machines of one bank share the file as they share the
hold-out key.
"""

import platform
import re
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from goodcall.atomic import first_file
from goodcall.database import hold
from goodcall.workspace import Workspace
from outreach.errors import LedgerError
from outreach.schema import OWNERS

_BYTES = 16
_NAME = re.compile(f"[0-9a-f]{{{2 * _BYTES}}}")


@dataclass(frozen=True, slots=True)
class Owner:
    """A workspace by its random name, and where it lies, for people."""

    workspace: str
    place: str


def owner_of(workspace: Workspace) -> Owner:
    """The workspace as an owner, given its name now where it has none yet."""
    file = workspace.identity
    if not file.exists():
        _name(workspace)
    name = file.read_text(encoding="ascii", errors="replace").strip()
    if _NAME.fullmatch(name) is None:
        raise LedgerError(
            f"{file} holds no workspace's name; bring the file back from a copy of the workspace"
        )
    return Owner(name, f"{platform.node()}:{workspace.root}")


def is_owned(connection: Connection, owner: Owner, where: str) -> bool:
    """Whether the ledger is the owner's; False of nobody's, LedgerError of somebody else's."""
    row = connection.execute(select(OWNERS)).first()
    if row is None:
        return False
    if row.workspace != owner.workspace:
        raise LedgerError(
            f"the ledger {where} belongs to another workspace, first opened from {row.place}; "
            "name a database of this workspace's own in GOODCALL_LEDGER, or, where both serve the "
            "same bank, put that workspace's workspace.id and holdout.key here"
        )
    return True


def claim(connection: Connection, owner: Owner, where: str) -> None:
    """Write that the ledger is the owner's, where it is nobody's yet."""
    hold(connection, ["the ledger's owner"])
    if not is_owned(connection, owner, where):
        values = {"workspace": owner.workspace, "place": owner.place}
        connection.execute(insert(OWNERS), values)


def _name(workspace: Workspace) -> None:
    """Give the workspace a name, once, also where two processes begin at the same moment."""
    try:
        first_file(workspace.identity, secrets.token_hex(_BYTES).encode())
    except OSError as error:
        raise LedgerError(
            f"{workspace.identity} cannot be made: {error}; a ledger on a server needs it: put the "
            "workspace on a disk that knows hard links, or write 32 hexadecimal digits there"
        ) from error
