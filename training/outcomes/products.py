"""Which families of products a customer is sold, holds, and opens after a date."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.bank import Bank
from goodcall.vocabulary import KINDS
from training.definitions.definition import NeedEvents, NextProduct, PurchaseLabel
from training.definitions.horizon import Horizon
from training.outcomes.asked import (
    Asked,
    Flags,
    Ints,
    Span,
    day_number,
    local_days_of,
    periods_observed,
    told_until,
)
from training.outcomes.asking import asking, numbers
from training.outcomes.standing import of_kinds
from training.outcomes.told import Reasons, Told

_COLUMNS = ["customer_id", "holding_id", "happened_at", "known_at", "closed_on", "family"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """For each row and family [rows, families]: sold to such customers, held, and when opened next.

    `opens` is the local day of the first opening in the horizon, in days since 1970; -1 for none.
    """

    served: Flags
    held: Flags
    opens: Ints


def purchase(bank: Bank, asked: Asked, definition: PurchaseLabel) -> Told:
    """Whether a first product of one family is opened."""
    only = {definition.family: definition.kinds}
    shelf = shelf_of(bank, asked, (definition.family,), definition.horizon, only)
    return Told(shelf.opens[:, 0] >= 0, _out_of_shelf(shelf))


def need(bank: Bank, asked: Asked, definition: NeedEvents) -> tuple[Ints, Ints, Reasons]:
    """The first period of an opening and how many are watched, a row each, and who is left out."""
    days = definition.period_days
    only = {definition.family: definition.kinds}
    shelf = shelf_of(bank, asked, (definition.family,), definition.horizon, only)
    observed = periods_observed(asked, days, definition.periods, told_until(bank))
    opens = shelf.opens[:, 0]
    ahead = opens - asked.by_day([day_number(day) for day in asked.days])
    period = np.where(opens >= 0, 1 + ahead // days, 0)
    unwatched: Flags = observed == 0
    reasons = [("censored", unwatched), *_out_of_shelf(shelf)]
    return np.where(period <= observed, period, 0), observed, reasons


def next_product(bank: Bank, asked: Asked, definition: NextProduct) -> tuple[Shelf, Reasons]:
    """Every family's shelf, and the rows to which nothing more can be sold."""
    shelf = shelf_of(bank, asked, definition.families, definition.horizon, definition.sold_to)
    nothing: Flags = np.logical_and.reduce(~shelf.served | shelf.held, axis=1)
    return shelf, [("nothing left to sell", nothing)]


def shelf_of(
    bank: Bank,
    asked: Asked,
    families: tuple[str, ...],
    horizon: Horizon,
    sold_to: Mapping[str, tuple[str, ...]],
) -> Shelf:
    """What each row's customer is sold and holds as known before as_of, and opens as known today.

    A holding begins when its first version happened; its later versions are closings. A family
    without kinds of its own is sold to every customer whom the bank knew before as_of.
    """
    shape = (len(asked.who), len(families))
    held, opens = np.zeros(shape, bool), np.full(shape, -1, np.int64)
    numbered = pa.table({"family": families, "shelf": pa.array(range(shape[1]), pa.int64())})
    with asking(bank, asked, Span(0, horizon), {"holdings": _COLUMNS}) as connection:
        connection.register("families", numbered)
        holds = numbers(connection, _HELD)
        begun = numbers(connection, _OPENED)
    held[holds["place"], holds["shelf"]] = True
    opens[begun["place"], begun["shelf"]] = local_days_of(begun["began"], bank.manifest.zone)
    kinds = [sold_to.get(family) or KINDS for family in families]
    served = {each: of_kinds(bank, asked, each) for each in set(kinds)}
    return Shelf(np.column_stack([served[each] for each in kinds]), held, opens)


def _out_of_shelf(shelf: Shelf) -> Reasons:
    return [("not sold to this kind", ~shelf.served[:, 0]), ("holds it already", shelf.held[:, 0])]


_HELD = """
WITH known AS (
    SELECT place, as_of, holding_id, shelf, arg_max({'on': closed_on}, known_at).on AS closed
    FROM rows JOIN cuts USING (number) JOIN holdings USING (customer_id)
    JOIN families USING (family)
    WHERE known_at < as_of_at AND happened_at < as_of_at
    GROUP BY ALL
)
SELECT DISTINCT place, shelf FROM known WHERE closed IS NULL OR closed >= as_of
"""
_OPENED = """
WITH begun AS (
    SELECT customer_id, shelf, min(happened_at) AS began
    FROM holdings JOIN families USING (family)
    GROUP BY customer_id, shelf, holding_id
)
SELECT place, shelf, min(epoch_us(began)) AS began
FROM rows JOIN cuts USING (number) JOIN begun USING (customer_id)
WHERE began >= as_of_at AND began < ends_at
GROUP BY place, shelf
"""
