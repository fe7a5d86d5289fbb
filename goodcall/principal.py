"""Who asks: a person of the bank or an app, in one role, and where that person works."""

from dataclasses import dataclass
from typing import Literal

Sort = Literal["person", "app"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose identity was proved; `id` is the actor of the audit log, such as `staff 4`.

    `branches` are the branches a person answers for: the own one, or every one of a region.
    `actions` is an API key's own limit within its role; None is all that the role may do.
    """

    id: str
    sort: Sort
    role: str
    staff_id: int | None = None
    branches: frozenset[int] = frozenset()
    actions: frozenset[str] | None = None
