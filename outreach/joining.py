"""The plans of both arms of a test as one plan of the day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from outreach.balance import Balance, LeverUse, LimitUse
from outreach.funnel import Funnel, FunnelStep, check_adds_up
from outreach.plan import Plan, sealed
from outreach.planned import PlannedRow


def joined(a: Plan, b: Plan) -> Plan:
    """One plan of what was planned for arm A and for arm B of a test.

    Its policy is A's; rows and trails of B name their own. Promises come first on each list, at
    their times; then both arms' rows in turn, each by its place among its arm's rows there, for a
    value is only comparable under one policy and neither arm may stand first. The prices of minutes
    are A's, those of B stand in its trails; values and bounds are the sums of both.
    """
    return sealed(
        replace(
            a,
            rows=_in_turn((*a.rows, *b.rows)),
            funnel=_added(a.funnel, b.funnel),
            balance=_balanced(a.balance, b.balance),
            lots=(*a.lots, *b.lots),
            trails=dict(sorted({**a.trails, **b.trails}.items())),
        )
    )


def _in_turn(rows: Iterable[PlannedRow]) -> tuple[PlannedRow, ...]:
    """The rows by list, each with its place on it."""
    lists: dict[int, list[PlannedRow]] = {}
    for row in rows:
        lists.setdefault(row.list_id, []).append(row)
    ranked: list[PlannedRow] = []
    for _, own in sorted(lists.items()):
        promises = [row for row in own if row.promise is not None]
        promises.sort(key=lambda row: (row.allowed_from, row.request_id))
        placed: list[tuple[float, int, PlannedRow]] = []
        for arm in ("A", "B"):
            mine = [row for row in own if row.promise is None and row.arm == arm]
            mine.sort(key=lambda row: row.rank)
            for at, row in enumerate(mine):
                placed.append(((2 * at + 1) / (2 * len(mine)), row.customer_id, row))
        placed.sort(key=lambda one: one[:2])
        turns = (*promises, *(row for _, _, row in placed))
        ranked += [replace(row, rank=rank) for rank, row in enumerate(turns, start=1)]
    return tuple(ranked)


def _added(a: Funnel, b: Funnel) -> Funnel:
    """The funnel of two populations that share nobody."""
    steps = []
    for one, other in zip(a.steps, b.steps, strict=True):
        drops = Counter(dict(one.drops)) + Counter(dict(other.drops))
        ordered = tuple(sorted(drops.items(), key=lambda drop: (-drop[1], drop[0])))
        steps.append(FunnelStep(one.name, one.entered + other.entered, ordered))
    funnel = Funnel(a.population + b.population, tuple(steps), a.listed + b.listed)
    check_adds_up(funnel)
    return funnel


def _balanced(a: Balance, b: Balance) -> Balance:
    return Balance(
        prices=a.prices,
        limits=_uses(a.limits, b.limits),
        value_cents=a.value_cents + b.value_cents,
        bound_cents=a.bound_cents + b.bound_cents,
        drawn=a.drawn + b.drawn,
        lot_cost_cents=a.lot_cost_cents + b.lot_cost_cents,
        levers=_levers(a.levers, b.levers),
        lever_cost_cents=a.lever_cost_cents + b.lever_cost_cents,
        expected_cents=(a.expected_cents or 0) + (b.expected_cents or 0),
    )


def _uses(a: Iterable[LimitUse], b: Iterable[LimitUse]) -> tuple[LimitUse, ...]:
    """What became of each limit in both parts, at A's price; one of B's policy alone at B's."""
    found = {(use.name, use.unit): use for use in a}
    for use in b:
        before = found.get((use.name, use.unit))
        if before is not None:
            use = replace(  # noqa: PLW2901 - the sum stands in for B's part
                before, amount=before.amount + use.amount, taken=before.taken + use.taken
            )
        found[use.name, use.unit] = use
    return tuple(found.values())


def _levers(a: Iterable[LeverUse], b: Iterable[LeverUse]) -> tuple[LeverUse, ...]:
    found: Mapping[str, LeverUse] = {use.id: use for use in a}
    for use in b:
        before = found.get(use.id)
        if before is not None:
            use = replace(  # noqa: PLW2901 - the sum stands in for B's part
                before,
                rows=before.rows + use.rows,
                cost_cents=before.cost_cents + use.cost_cents,
                held_back=before.held_back + use.held_back,
            )
        found = {**found, use.id: use}
    return tuple(found.values())
