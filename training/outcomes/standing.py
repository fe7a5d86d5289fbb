"""What kind of customer each row's is as known before as_of, and who dies in the horizon."""

import numpy as np
import pyarrow as pa

from features.bank import Bank
from training.definitions.horizon import Horizon
from training.outcomes.asked import Asked, Flags, Span
from training.outcomes.asking import asking

_COLUMNS = ["customer_id", "happened_at", "known_at", "kind", "status"]


def of_kinds(bank: Bank, asked: Asked, kinds: tuple[str, ...]) -> Flags:
    """Whether each row's customer was known before as_of to be of one of some kinds."""
    with asking(bank, asked, Span(0, 0), {"customers": _COLUMNS}) as connection:
        connection.register("kinds", pa.table({"kind": pa.array(kinds, pa.string())}))
        found = np.zeros(len(asked.who), bool)
        found[connection.execute(_OF_KINDS).fetchnumpy()["place"]] = True
    return found


def another_kind(bank: Bank, asked: Asked, kinds: tuple[str, ...]) -> Flags:
    """Whether each row's customer is of none of the kinds looked at; none named means all."""
    return ~of_kinds(bank, asked, kinds) if kinds else np.zeros(len(asked.who), bool)


def dies(bank: Bank, asked: Asked, horizon: Horizon) -> Flags:
    """Whether each row's customer is known today to have died before the horizon ends."""
    with asking(bank, asked, Span(0, horizon), {"customers": _COLUMNS}) as connection:
        found = np.zeros(len(asked.who), bool)
        found[connection.execute(_DEAD).fetchnumpy()["place"]] = True
    return found


_OF_KINDS = """
WITH known AS (
    SELECT place, arg_max(kind, known_at) AS kind
    FROM rows JOIN cuts USING (number) JOIN customers USING (customer_id)
    WHERE known_at < as_of_at
    GROUP BY place
)
SELECT place FROM known WHERE kind IN (SELECT kind FROM kinds)
"""
_DEAD = """
WITH dead AS (
    SELECT customer_id, min(happened_at) FILTER (status = 'deceased') AS died
    FROM customers
    GROUP BY customer_id
    HAVING arg_max(status, known_at) = 'deceased'
)
SELECT place FROM rows JOIN dead USING (customer_id) JOIN cuts USING (number) WHERE died < ends_at
"""
