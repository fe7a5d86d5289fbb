"""Deposit and wealth products that fall due and are not renewed."""

import numpy as np

from features.bank import Bank
from training.definitions.rules import RunOffLabel
from training.outcomes.asked import Asked, Ints, Span, local_days_of
from training.outcomes.asking import asking, numbers
from training.outcomes.told import Told

_COLUMNS = [
    *("holding_id", "customer_id", "happened_at", "known_at", "family", "closed_on"),
    "matures_on",
]
# More days than there are since 1970, so that one number holds a customer and a day.
_DAYS = 1 << 20


def run_off(bank: Bank, asked: Asked, definition: RunOffLabel) -> Told:
    """Whether a product that falls due within the window is not renewed."""
    window = Span(definition.gap_days, definition.gap_days + definition.maturity_days)
    with asking(bank, asked, window, {"holdings": _COLUMNS}) as connection:
        due = numbers(connection, _DUE)
        opened = numbers(connection, _OPENED)
    zone, place = bank.manifest.zone, due["place"]
    first = due["ended"] - definition.early_days
    last = due["matures"] + definition.renew_days
    openings = _sorted_keys(asked, opened["customer_id"], local_days_of(opened["began"], zone))
    upto, since = (
        np.searchsorted(openings, asked.who[place] * _DAYS + day) for day in (last, first)
    )
    itself = local_days_of(due["began"], zone)
    others = upto - since - ((itself >= first) & (itself < last))
    falls_due, runs_off = np.zeros(len(asked.who), bool), np.zeros(len(asked.who), bool)
    falls_due[place] = True
    runs_off[place[(others == 0) & (due["put_off"] == 0)]] = True
    return Told(runs_off, [("nothing falls due", ~falls_due)])


def _sorted_keys(asked: Asked, customer_id: Ints, day: Ints) -> Ints:
    """Customers and days as one number each, in order, of those asked about."""
    ours = np.isin(customer_id, asked.customers)
    who = np.searchsorted(asked.customers, customer_id[ours])
    return np.sort(who * _DAYS + day[ours])


_DUE = """
WITH known AS (
    SELECT number, as_of, begins, ends, customer_id, holding_id,
           arg_max({'closed': closed_on, 'matures': matures_on, 'family': family}, known_at) AS seen
    FROM holdings JOIN cuts ON known_at < as_of_at AND happened_at < as_of_at
    GROUP BY ALL
),
today AS (
    SELECT customer_id, holding_id, min(epoch_us(happened_at)) AS began,
           arg_max({'closed': closed_on, 'matures': matures_on}, known_at) AS now
    FROM holdings
    GROUP BY ALL
)
SELECT place, began, coalesce(now.matures > seen.matures, false) AS put_off,
       seen.matures - DATE '1970-01-01' AS matures,
       least(coalesce(now.closed, seen.matures), seen.matures) - DATE '1970-01-01' AS ended
FROM known JOIN today USING (customer_id, holding_id) JOIN rows USING (customer_id, number)
WHERE seen.family IN ('deposit', 'wealth') AND (seen.closed IS NULL OR seen.closed >= as_of)
  AND seen.matures >= begins AND seen.matures < ends
"""
_OPENED = """
SELECT customer_id, min(epoch_us(happened_at)) AS began
FROM holdings
WHERE family IN ('deposit', 'wealth')
GROUP BY customer_id, holding_id
"""
