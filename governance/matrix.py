"""The matrix of roles, actions and rows, found out by asking the rules about made-up people."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from goodcall.principal import Principal
from governance.access import ABOUT_THE_BANK, ACTIONS, SCOPES, Access, Scope, Subject
from governance.errors import AccessRefused

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_STAFF, _BRANCH, _OTHER = 1, 1, 2


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether a role may do something for a customer who is its own, of its branch, and so on.

    `all` is a customer with whom the role has nothing to do, or the bank itself.
    """

    role: str
    action: str
    scope: Scope
    allowed: bool


def matrix(access: Access) -> tuple[Cell, ...]:
    """Every role, action and scope, in the order of the file and the code."""
    return tuple(
        Cell(role, action, scope, _allowed(access, role, action, at))
        for role in access.roles
        for action in ACTIONS
        for scope, at in _subjects(role, action)
    )


def _subjects(role: str, action: str) -> Iterator[tuple[Scope, Subject | None]]:
    if action in ABOUT_THE_BANK:
        yield "all", None
        return
    for scope in SCOPES:
        yield (
            scope,
            Subject(
                customer_id=1,
                manager_id=_STAFF if scope == "own" else _OTHER,
                branch_id=_BRANCH if scope == "branch" else _OTHER,
                served_by=frozenset({_id(role)}) if scope == "serving" else frozenset(),
                pseudonym="p-" if scope == "pseudonymous" else None,
            ),
        )


def _allowed(access: Access, role: str, action: str, at: Subject | None) -> bool:
    sort = "app" if access.roles[role].programs else "person"
    branches = frozenset({_BRANCH}) if sort == "person" else frozenset()
    who = Principal(_id(role), sort, role, _STAFF, branches)  # type: ignore[arg-type]
    try:
        access.permit(who, action, at, now=_NEVER)
    except AccessRefused:
        return False
    return True


def _id(role: str) -> str:
    return f"somebody who is {role}"
