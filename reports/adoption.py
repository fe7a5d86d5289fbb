"""Adoption: how many rows of the lists were worked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from outreach import Listed, Span


@dataclass(frozen=True, slots=True)
class Adoption:
    """How many rows of a branch's lists were worked; `branch_id` is None of lists without one."""

    branch_id: int | None
    listed: int
    worked: int

    @property
    def share(self) -> float | None:
        """Rows worked of rows listed; None without any."""
        return self.worked / self.listed if self.listed else None


def adoption(rows: Iterable[Listed], branch_id: int | None = None) -> Adoption:
    """How many of some rows were worked."""
    found = [each.worked for each in rows]
    return Adoption(branch_id, len(found), sum(found))


def adoption_of(span: Span, branch_of: Mapping[int, int]) -> tuple[Adoption, ...]:
    """Rows worked of rows listed by branch; `branch_of` gives the branch of each list."""
    rows: dict[int | None, list[Listed]] = defaultdict(list)
    for each in span.rows:
        rows[branch_of.get(each.listed.row.list_id)].append(each)
    order = sorted(rows, key=lambda branch: (branch is None, branch or 0))
    return tuple(adoption(rows[branch], branch) for branch in order)
