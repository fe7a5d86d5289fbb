"""Which outcomes are known by now, of scores that were given then: 0 or 1 by label."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from features.bank import Bank
from training.definitions.definition import (
    Definition,
    EffectLabel,
    EventDefinition,
    GrowthLabel,
    LeavingEvents,
    NeedEvents,
    NextProduct,
    PurchaseEvents,
)
from training.labels import EventTable, MultiLabelTable, events, label, next_products

Definitions = Definition | EventDefinition | NextProduct | GrowthLabel


def known_outcomes(bank: Bank, cohort: pa.Table, definition: Definitions) -> Mapping[str, pa.Table]:
    """For each label of a definition the rows (customer_id, as_of, y) whose outcome is known.

    Of events that come in time, a row counts for a horizon when it was watched that long; of next
    products, when the family was sold to the customer, who held none. What is told in cents has
    no outcome of yes or no, and an effect is nobody's own outcome.
    """
    if isinstance(definition, LeavingEvents | NeedEvents | PurchaseEvents):
        return _within(events(bank, cohort, definition))
    if isinstance(definition, NextProduct):
        return _opened(next_products(bank, cohort, definition))
    if isinstance(definition, GrowthLabel | EffectLabel):
        return {}
    return {definition.name: label(bank, cohort, definition).rows}


def _within(table: EventTable) -> dict[str, pa.Table]:
    definition = table.definition
    period, observed = (table.rows[name].to_numpy() for name in ("period", "observed"))
    found = {}
    for name, days in zip(definition.labels, definition.horizons, strict=True):
        periods = days // definition.period_days
        y = (period > 0) & (period <= periods)
        found[name] = _rows(table.rows, observed >= periods, y)
    return found


def _opened(table: MultiLabelTable) -> dict[str, pa.Table]:
    asked = table.served & ~table.held
    names = table.definition.labels
    return {
        name: _rows(table.rows, asked[:, place], table.opened[:, place])
        for place, name in enumerate(names)
    }


def _rows(rows: pa.Table, known: np.ndarray, y: np.ndarray) -> pa.Table:
    keys = rows.select(["customer_id", "as_of"])
    return keys.append_column("y", pa.array(y.astype(np.int8))).filter(pa.array(known))
