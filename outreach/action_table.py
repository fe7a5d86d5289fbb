"""A whole bank's actions in one table, shared out within a policy's limits: a row is an action.

For banks that judge and value contacts by themselves, or on machines of their own; the same table
may be a Spark frame (spread_actions.py), and what is chosen then has the same bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodcall.profile import Profile
from outreach.allocation import Here, Market, Solution, solve
from outreach.allocation.market import Whole
from outreach.balance import Balance
from outreach.errors import ActionsRefused
from outreach.layout import Layout, laid_out, uses_of
from outreach.limits import Limit, Place, limits_of
from outreach.offer import Offer
from outreach.policy import Policy
from outreach.rules.volumes import VolumeTerms

# An action that the rules allow: whose, on which list, of which offer (null for a care call), by
# which channel, and what it is worth. `branch_id` and `manager_id` may be left out.
ACTIONS = pa.schema(
    [
        pa.field("customer_id", pa.int64(), nullable=False),
        pa.field("list_id", pa.int64(), nullable=False),
        pa.field("offer_code", pa.string()),
        pa.field("channel", pa.string(), nullable=False),
        pa.field("value_cents", pa.int64(), nullable=False),
        pa.field("branch_id", pa.int64()),
        pa.field("manager_id", pa.int64()),
    ]
)
GROUP, KIND = ("list_id", "branch_id", "manager_id"), ("offer_code", "channel")
_MAY_LACK = GROUP[1:]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# Lists, branches and managers (of whom the last two may be unknown), and offers and channels.
Groups = Sequence[tuple[int, int | None, int | None]]
Kinds = Sequence[tuple[str | None, str]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a table of actions is shared out by: policy, offers on sale, day, minutes, what is used.

    `capacities` gives the minutes of lists; the policy's default stands in for one it lacks. `used`
    is what is already used of volumes, as `Ledger.spent` tells it.
    """

    policy: Policy
    offers: Mapping[str, Offer]
    day: date
    capacities: Mapping[int, int]
    used: Mapping[Place, int]


@dataclass(frozen=True, slots=True)
class Shares:
    """The chosen actions, one a customer at most, and how the minutes and volumes were used.

    `chosen` has the columns customer_id, list_id, offer_code, channel, minutes and value_cents, by
    list, within it the highest value first, equal ones by customer.
    """

    chosen: pa.Table
    balance: Balance


@dataclass(frozen=True, slots=True)
class Lots:
    """How groups of customers and kinds of action stand in the market of a table.

    `cells` and `columns` give the cell of each group and the column of each kind.
    """

    layout: Layout
    limits: tuple[Limit, ...]
    capacities: Mapping[int, int]
    cells: Whole
    columns: Whole


def share_out(actions: pa.Table, ground: Ground) -> Shares:
    """The actions of greatest total value within every list's minutes and every volume.

    `actions` has the columns of ACTIONS; their order does not matter, and what is worth nothing is
    never taken. Where lists are by manager or by branch, `list_id` is that manager or branch.
    Raises ActionsRefused where a column, a channel or an offer is missing or unknown, or where a
    customer has an action twice or stands on two lists.
    """
    check_columns(actions.schema, ground.policy)
    _refuse_nulls(actions)
    rows = _whole(actions).filter(pc.field("value_cents") > 0)
    groups, group = _numbered(rows, GROUP)
    kinds, kind = _numbered(rows, KIND)
    lots = lots_of(groups, kinds, ground)
    customer, cents = (rows[name].to_numpy() for name in ("customer_id", "value_cents"))
    order = np.lexsort((kind, customer, lots.cells[group]))
    customer, cents, group, kind = (each[order] for each in (customer, cents, group, kind))
    first, who = _customers(customer, group, kind)
    customer, cell = customer[first], lots.cells[group[first]]
    value = np.zeros((len(first), len(lots.layout.sorts)), dtype=np.int64)
    value[who, lots.columns[kind]] = cents
    begins = np.searchsorted(cell, np.arange(len(lots.layout.cells) + 1)).astype(np.int64)
    market = Market(value, begins, lots.layout.terms(lots.capacities, lots.limits))
    solution = solve(Here(market))
    taken = np.flatnonzero(solution.picked >= 0)
    column = solution.picked[taken]
    chosen = (customer[taken], cell[taken], column, value[taken, column])
    return Shares(chosen_table(*chosen, lots.layout), balance_of(solution, lots))


def lots_of(groups: Groups, kinds: Kinds, ground: Ground) -> Lots:
    """The market's layout, for groups of customers whom no limit tells apart and for kinds."""
    policy = ground.policy
    minutes = {channel.id: channel.minutes for channel in policy.channels}
    _refuse_unknown("channel", {channel for _, channel in kinds}, minutes)
    _refuse_unknown("offer", {code for code, _ in kinds if code is not None}, ground.offers)
    list_of = {number: group[0] for number, group in enumerate(groups)}
    lists = {*list_of.values(), *ground.capacities}
    capacities = {
        name: ground.capacities.get(name, policy.default_minutes) for name in sorted(lists)
    }
    people = [_someone(number, group, policy) for number, group in enumerate(groups)]
    limits = limits_of(policy, ground.offers, people, ground.used, day=ground.day)
    sorts = [(code or "", channel, minutes[channel]) for code, channel in kinds]
    layout = laid_out(sorts, list_of, capacities, limits)
    column = {sort: at for at, sort in enumerate(layout.sorts)}
    return Lots(
        layout=layout,
        limits=limits,
        capacities=capacities,
        cells=np.array([layout.cell_of[number] for number in list_of], dtype=np.int64),
        columns=np.array([column[sort] for sort in sorts], dtype=np.int64),
    )


def check_columns(schema: pa.Schema, policy: Policy) -> None:
    """Refuse a table that lacks a column, or that has one of another type than in ACTIONS."""
    needed = {
        f"{rule.terms.within}_id" if rule.terms.within != "team" else "manager_id": rule.id
        for rule in policy.rules
        if isinstance(rule.terms, VolumeTerms) and rule.terms.within != "bank"
    }
    needed.pop(f"{policy.lists_by}_id", None)
    for field in ACTIONS:
        if field.name not in schema.names:
            if field.name in _MAY_LACK and field.name not in needed:
                continue
            why = f", which rule {needed[field.name]!r} counts by" if field.name in needed else ""
            raise ActionsRefused(
                f"the actions have no column {field.name}{why}; "
                f"columns are: {', '.join(ACTIONS.names)}"
            )
        kind = schema.field(field.name).type
        fits = pa.types.is_integer(kind) if field.type == pa.int64() else _is_text(kind)
        if not fits and kind != pa.null():
            raise ActionsRefused(
                f"column {field.name} of the actions is {kind}; write {field.type}, as "
                "customers' numbers and cents are whole and offers and channels are names"
            )


def refuse_customer(customer_id: int) -> ActionsRefused:
    """What is said of a customer who has an action twice, or who stands in two places."""
    return ActionsRefused(
        f"customer {customer_id} has an action twice, or stands on two lists or with two branches "
        "or managers; give each customer one list, and one row for an offer by a channel"
    )


def refuse_gaps(name: str) -> ActionsRefused:
    """What is said of a column that must not have gaps."""
    return ActionsRefused(
        f"column {name} of the actions has rows without a value; fill them or leave the rows out"
    )


def chosen_table(
    customer: Whole, cell: Whole, column: Whole, cents: Whole, layout: Layout
) -> pa.Table:
    """The chosen actions as a table, in the order of their lists."""
    at = np.array([at for at, _ in layout.cells], dtype=np.int64)[cell]
    order = np.lexsort((customer, -cents, at))
    names = np.array(layout.lists, dtype=np.int64)
    sorts = [layout.sorts[place] for place in column[order].tolist()]
    return pa.table(
        {
            "customer_id": customer[order],
            "list_id": names[at[order]] if len(names) else at[order],
            "offer_code": pa.array([code or None for code, _, _ in sorts], pa.string()),
            "channel": pa.array([channel for _, channel, _ in sorts], pa.string()),
            "minutes": pa.array([minutes for _, _, minutes in sorts], pa.int64()),
            "value_cents": cents[order],
        }
    )


def balance_of(solution: Solution, lots: Lots) -> Balance:
    """How minutes and volumes were used."""
    return Balance(
        prices=dict(zip(lots.layout.lists, solution.prices.clock.tolist(), strict=True)),
        limits=uses_of(lots.limits, solution),
        value_cents=solution.value,
        bound_cents=solution.bound,
    )


def _whole(actions: pa.Table) -> pa.Table:
    """The table with every column of ACTIONS; one that may be left out is then unknown."""
    blank = pa.nulls(len(actions))
    said = {
        name: actions[name] if name in actions.column_names else blank for name in ACTIONS.names
    }
    return pa.table({field.name: said[field.name].cast(field.type) for field in ACTIONS})


def _numbered(rows: pa.Table, columns: Sequence[str]) -> tuple[list[Any], Whole]:
    """The distinct values of columns together, and which of them each row has."""
    code = np.zeros(len(rows), dtype=np.int64)
    for name in columns:
        found = rows[name].combine_chunks().dictionary_encode(null_encoding="encode")
        code = code * max(len(found.dictionary), 1) + found.indices.to_numpy()
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    said = rows.select(columns).take(pa.array(first)).to_pylist()
    return [tuple(each.values()) for each in said], number


def _customers(customer: Whole, group: Whole, kind: Whole) -> tuple[Whole, Whole]:
    """Where each customer's rows begin, and which of the customers each row is of, in order."""
    first = np.flatnonzero(np.diff(customer, prepend=customer[:1] - 1))
    who = np.repeat(np.arange(len(first)), np.diff(first, append=len(customer)))
    same = who[1:] == who[:-1]
    amiss = customer[1:][same & ((group[1:] != group[:-1]) | (kind[1:] == kind[:-1]))]
    numbers, times = np.unique(customer[first], return_counts=True)
    amiss = np.concatenate([amiss, numbers[times > 1]])
    if len(amiss):
        raise refuse_customer(int(amiss.min()))
    return first, who


def _someone(number: int, group: tuple[int, int | None, int | None], policy: Policy) -> Profile:
    """Somebody of a group, whose volumes are those of all of the group."""
    listed, branch, manager = group
    by_manager = policy.lists_by == "manager"
    return Profile(
        *(number, _LONG_AGO, "retail", "active", policy.zone),
        branch_id=branch if by_manager else listed,
        manager_id=listed if by_manager else manager,
    )


def _refuse_nulls(actions: pa.Table) -> None:
    for field in ACTIONS:
        if not field.nullable and actions[field.name].null_count:
            raise refuse_gaps(field.name)


def _refuse_unknown(what: str, said: AbstractSet[str], known: Iterable[str]) -> None:
    known = sorted(known)
    for name in sorted(said - set(known)):
        raise ActionsRefused(
            f"{what} {name!r} of the actions is unknown; known: {', '.join(known)}"
        )


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
