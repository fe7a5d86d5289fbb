"""Customers who close their last account."""

from datetime import date

import numpy as np

from features.bank import Bank
from training.definitions.horizon import Horizon
from training.definitions.rules import ClosureLabel
from training.outcomes.asked import Asked, Flags, Span, told_until
from training.outcomes.asking import asking, numbers
from training.outcomes.told import Told

_COLUMNS = ["account_id", "customer_id", "happened_at", "known_at", "closed_on"]


def closure(bank: Bank, asked: Asked, definition: ClosureLabel) -> Told:
    """Whether the last open account is closed within the window."""
    window = Span(definition.gap_days, definition.horizon)
    with asking(bank, asked, window, {"accounts": _COLUMNS}) as connection:
        found = numbers(connection, _CLOSINGS)
    gone, in_window = found["stays"] == 0, found["in_window"] > 0
    return Told(
        gone & in_window,
        [
            ("no open account", found["open"] == 0),
            ("closed before the window", gone & ~in_window),
        ],
    )


def accounts_until(bank: Bank) -> date | None:
    """The first date of which accounts tell nothing any more; None where there are no accounts."""
    return told_until(bank) if "accounts" in bank.tables else None


def still_open(bank: Bank, asked: Asked, horizon: Horizon) -> Flags:
    """Whether each row's customer has an account that is open when a horizon ends.

    A bank without a table of accounts closes none.
    """
    if "accounts" not in bank.tables:
        return np.ones(len(asked.who), bool)
    with asking(bank, asked, Span(0, horizon), {"accounts": _COLUMNS}) as connection:
        return numbers(connection, _CLOSINGS)["stays"] > 0


# The day of a closing is the last one on which the account is open.
_CLOSINGS = """
WITH known AS (
    SELECT number, as_of, customer_id, account_id,
           arg_max({'on': closed_on}, known_at).on AS closed
    FROM accounts JOIN cuts ON known_at < as_of_at AND happened_at < as_of_at
    GROUP BY ALL
),
open AS (
    SELECT DISTINCT number, customer_id FROM known WHERE closed IS NULL OR closed >= as_of
),
today AS (
    SELECT customer_id, account_id, min(happened_at) AS began,
           arg_max({'on': closed_on}, known_at).on AS closed
    FROM accounts
    GROUP BY ALL
),
later AS (
    SELECT number, customer_id, bool_or(closed IS NULL OR closed >= ends) AS stays,
           bool_or(closed >= begins) AS in_window
    FROM today JOIN cuts ON began < ends_at
    GROUP BY ALL
)
SELECT open.customer_id IS NOT NULL AS open, coalesce(stays, false) AS stays,
       coalesce(in_window, false) AS in_window
FROM rows
LEFT JOIN open USING (customer_id, number)
LEFT JOIN later USING (customer_id, number)
ORDER BY place
"""
