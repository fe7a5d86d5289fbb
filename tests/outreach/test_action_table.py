"""A table of actions is shared out as the plan's own actions are, in any order of its rows."""

import numpy as np
import pyarrow as pa
import pytest
from action_rows import GROUND, MINUTES, OFFERS, a_table

from outreach import Action, ActionsRefused, Limit, allocate, share_out


def as_actions(table):
    factors = ("buys:fund", 0.1, 0.05, 1, 0.0, 0.0, 0, 0.0, 0.0)
    return [
        Action(r["customer_id"], r["offer_code"], r["channel"], MINUTES[r["channel"]], *factors,
               r["value_cents"], ())
        for r in table.to_pylist()
    ]  # fmt: skip


def by_hand(table):
    """The limits of POLICY, their members named one by one."""
    codes = (*OFFERS, None)
    of = {(r["branch_id"], r["list_id"]): set() for r in table.to_pylist()}
    for row in table.to_pylist():
        of[row["branch_id"], row["list_id"]].add(row["customer_id"])

    def members(place, number):
        return frozenset().union(*(who for key, who in of.items() if key[place] == number))

    every = {(code, channel): m for code in codes for channel, m in MINUTES.items()}
    calls = {(code, "phone"): 1 for code in codes}
    return [
        Limit("texts", None, 10, {(code, "sms"): 1 for code in codes}),
        *(Limit("branch_minutes", b, 140, every, members(0, b)) for b in (20, 21)),
        *(Limit("calls", n, 4, calls, members(1, n)) for n in range(1, 6)),
        Limit("loans", None, 15, {("loan", channel): 1 for channel in MINUTES}, minimum=True),
    ]


def test_a_table_is_shared_out_as_its_actions_are():
    """The same customers, prices, uses and bound as `allocate` gives with limits by hand."""
    table = a_table()
    list_of = {r["customer_id"]: r["list_id"] for r in table.to_pylist()}
    minutes = {1: 60, 2: 90, 3: 0, 4: 60, 5: 60, 9: 30}
    there = allocate(as_actions(table), list_of, minutes, by_hand(table))
    here = share_out(table, GROUND)
    chosen = {r["customer_id"]: (r["offer_code"], r["channel"]) for r in here.chosen.to_pylist()}
    assert chosen == {who: (a.offer_code, a.channel) for who, a in there.chosen.items()}
    assert here.balance.limits == there.limits
    assert here.balance.prices == there.prices
    assert (
        here.balance.value_cents == there.value_cents == sum(here.chosen["value_cents"].to_pylist())
    )
    assert here.balance.bound_cents == there.bound_cents
    assert here.balance.limits[-1].short == 0


def test_CP_41_a_table_in_any_order_gives_the_same_bytes():
    """Rows mixed, and columns too."""
    table = a_table()
    first = share_out(table, GROUND)
    mixed = table.take(np.random.default_rng(1).permutation(len(table)))
    again = share_out(mixed.select(mixed.column_names[::-1]), GROUND)
    assert again == first
    lists = first.chosen["list_id"].to_pylist()
    assert lists == sorted(lists)


def test_nothing_to_share_out_is_no_fault():
    """An empty table, and one that is worth nothing, choose nobody."""
    for table in (a_table().slice(0, 0), a_table(customers=2).set_column(
        4, "value_cents", pa.array([0] * len(a_table(customers=2))))):  # fmt: skip
        shares = share_out(table, GROUND)
        assert (len(shares.chosen), shares.balance.value_cents, shares.balance.gap) == (0, 0, 0.0)


def changed(**columns):
    table = a_table(customers=4).slice(0, 3)
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(values))
    return table


BAD = [
    (changed().drop_columns(["list_id"]), "no column list_id"),
    (changed().drop_columns(["branch_id"]), "no column branch_id, which rule 'branch_minutes'"),
    (changed(value_cents=[1.5, 2.0, 3.0]), "column value_cents of the actions is double"),
    (changed(customer_id=["a", "b", "c"]), "column customer_id of the actions is string"),
    (changed(channel=["phone", "fax", "sms"]), "channel 'fax' of the actions is unknown; known: "),
    (changed(offer_code=["card", "gold", None]), "offer 'gold' .* known: card, fund, loan"),
    (changed(customer_id=[1, None, 2]), "column customer_id of the actions has rows without"),
    (changed(customer_id=[1] * 3, list_id=[1, 1, 2]), "customer 1 has an action twice, or stands"),
    (changed(customer_id=[5] * 3, branch_id=[20, 20, 21]), "customer 5 .* two branches"),
    (
        changed(
            customer_id=[3, 3, 4], offer_code=["card"] * 3, channel=["sms"] * 3,
            value_cents=[5, 6, 7], list_id=[1] * 3, branch_id=[20] * 3,
        ),
        "customer 3 has an action twice",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("table", "message"), BAD, ids=range(len(BAD)))
def test_a_table_that_does_not_hold_together_is_refused(table, message):
    """The column, the name or the customer is told, and what is allowed."""
    if "value_cents" in table.column_names and table["value_cents"].type == pa.int64():
        place = table.column_names.index("value_cents")
        table = table.set_column(place, "value_cents", pa.array([500, 600, 700]))
    with pytest.raises(ActionsRefused, match=message):
        share_out(table, GROUND)
