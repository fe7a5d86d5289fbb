"""What came of each customer after a date: the only code that looks after as_of.

Outcomes are told from the raw tables as the bank knows them today; what a customer already was at
as_of is told from what was known before it. How each kind of outcome is told stands in
training/outcomes; this is the door to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.bank import Bank
from training.balances import balances_until
from training.definitions.definition import (
    AssetsDropLabel,
    ChurnLabel,
    ClosureLabel,
    DeclineLabel,
    Definition,
    DigitalChurnLabel,
    EventDefinition,
    GrowthLabel,
    InactivityLabel,
    LeavingEvents,
    LostLabel,
    NeedEvents,
    NextProduct,
    PurchaseLabel,
    RuleLabel,
    RunOffLabel,
    SalaryStopLabel,
)
from training.errors import BadLabel
from training.outcomes.activity import (
    OWN,
    activity_until,
    decline,
    digital_churn,
    inactivity,
    lost,
    salary_stop,
)
from training.outcomes.asked import Asked, asked_of, censored, periods_observed, told_until
from training.outcomes.assets import assets_drop, churn, leaving
from training.outcomes.closing import accounts_until, closure
from training.outcomes.margin import margin, margin_until
from training.outcomes.moments import first_periods, observed_until
from training.outcomes.products import need, next_product, purchase
from training.outcomes.run_off import run_off
from training.outcomes.standing import another_kind, dies
from training.outcomes.told import Told, kept, rows_of


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Outcomes of the rows that have one (customer_id, as_of, y), and why the others have none.

    `excluded` counts rows by the first reason that applies.
    """

    definition: Definition
    rows: pa.Table
    excluded: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EventTable:
    """When each row's event came: (customer_id, as_of, period int16, observed int16).

    `period` is the first one in which it was seen, counted from 1, or 0 where it was not seen in
    the `observed` whole periods that the row was watched for. `excluded` as in a LabelTable.
    """

    definition: EventDefinition
    rows: pa.Table
    excluded: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MultiLabelTable:
    """What each row's customer opens next, by family in the definition's order.

    `rows` has customer_id and as_of. [rows, families]: `opened` is a first product opened within
    the horizon, `held` already (never ranked), `served` sold to customers of this kind. `excluded`
    as in a LabelTable.
    """

    definition: NextProduct
    rows: pa.Table
    opened: NDArray[np.bool_]
    held: NDArray[np.bool_]
    served: NDArray[np.bool_]
    excluded: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MarginTable:
    """What each row's customer brings within the horizon: (customer_id, as_of, margin_cents int64).

    `excluded` as in a LabelTable.
    """

    definition: GrowthLabel
    rows: pa.Table
    excluded: Mapping[str, int]


def label(bank: Bank, cohort: pa.Table, definition: Definition) -> LabelTable:
    """The outcome, 0 or 1, of each (customer_id, as_of) row of a cohort, in the cohort's order.

    A row whose horizon passes the last observed day is `censored`; a label's own exclusions are
    told in its definition. BadLabel when a row of the cohort stands twice, or when the definition
    tells no yes or no.
    """
    asked = asked_of(cohort)
    if type(definition) not in _TOLD:
        raise BadLabel(
            f"{definition.name!r} is not told from a bank as yes or no; ask `events`, "
            "`next_products` or `future_margin` for it"
        )
    tell, until = _TOLD[type(definition)]
    told = tell(bank, asked, definition)
    late = censored(asked, definition.horizon, until(bank))
    found = kept(len(asked.who), [("censored", late), *told.left_out])
    rows = rows_of(asked, found.places, y=told.outcome.astype(np.int8))
    return LabelTable(definition, rows, found.excluded)


def events(bank: Bank, cohort: pa.Table, definition: EventDefinition) -> EventTable:
    """When the event of each (customer_id, as_of) row of a cohort came, in the cohort's order.

    Rows watched for less than all periods stay, as far as they were watched; a row that was not
    watched for one is `censored`. BadLabel when a row of the cohort stands twice.
    """
    asked = asked_of(cohort)
    if isinstance(definition, LeavingEvents):
        period, observed, reasons = leaving(bank, asked, definition, balances_until(bank))
    elif isinstance(definition, NeedEvents):
        period, observed, reasons = need(bank, asked, definition)
    else:
        days, periods = definition.period_days, definition.periods
        observed = periods_observed(asked, days, periods, observed_until(bank, "transactions"))
        period = first_periods(bank, OWN, asked, days, periods)
        period = np.where(period <= observed, period, 0)
        other = another_kind(bank, asked, definition.kinds)
        reasons = [("censored", observed == 0), ("another kind", other)]
    found = kept(len(asked.who), reasons)
    columns = {"period": period.astype(np.int16), "observed": observed.astype(np.int16)}
    return EventTable(definition, rows_of(asked, found.places, **columns), found.excluded)


def next_products(bank: Bank, cohort: pa.Table, definition: NextProduct) -> MultiLabelTable:
    """What each (customer_id, as_of) row of a cohort opens next, in the cohort's order.

    A row whose horizon passes the bank's last day is `censored`. BadLabel when a row of the cohort
    stands twice.
    """
    asked = asked_of(cohort)
    shelf, reasons = next_product(bank, asked, definition)
    late = censored(asked, definition.horizon, told_until(bank))
    found = kept(len(asked.who), [("censored", late), *reasons])
    opened = (shelf.opens >= 0) & ~shelf.held
    return MultiLabelTable(
        definition,
        rows_of(asked, found.places),
        opened[found.places],
        shelf.held[found.places],
        shelf.served[found.places],
        found.excluded,
    )


def future_margin(bank: Bank, cohort: pa.Table, definition: GrowthLabel) -> MarginTable:
    """The bank's margin from each (customer_id, as_of) row of a cohort, in the cohort's order.

    A row whose horizon passes the last day told of balances or transactions is `censored`.
    BadLabel when a row of the cohort stands twice.
    """
    asked = asked_of(cohort)
    reasons = [
        ("censored", censored(asked, definition.horizon, margin_until(bank))),
        ("another kind", another_kind(bank, asked, definition.kinds)),
    ]
    found = kept(len(asked.who), reasons)
    rows = rows_of(asked, found.places, margin_cents=margin(bank, asked, definition))
    return MarginTable(definition, rows, found.excluded)


def _by_rule(tell: Callable[..., Told]) -> Callable[[Bank, Asked, Any], Told]:
    """A rule with whom every rule leaves out: other kinds of customers first, who dies last."""

    def told(bank: Bank, asked: Asked, definition: RuleLabel) -> Told:
        found = tell(bank, asked, definition)
        other = ("another kind", another_kind(bank, asked, definition.kinds))
        dead = ("dies", dies(bank, asked, definition.horizon))
        return Told(found.outcome, [other, *found.left_out, dead])

    return told


def _transactions_until(bank: Bank) -> date | None:
    return observed_until(bank, "transactions")


_TOLD: dict[type, tuple[Callable[[Bank, Asked, Any], Told], Callable[[Bank], date | None]]] = {
    ChurnLabel: (churn, balances_until),
    PurchaseLabel: (purchase, told_until),
    AssetsDropLabel: (_by_rule(assets_drop), balances_until),
    InactivityLabel: (_by_rule(inactivity), activity_until),
    DigitalChurnLabel: (_by_rule(digital_churn), activity_until),
    LostLabel: (_by_rule(lost), _transactions_until),
    DeclineLabel: (_by_rule(decline), _transactions_until),
    SalaryStopLabel: (_by_rule(salary_stop), _transactions_until),
    ClosureLabel: (_by_rule(closure), accounts_until),
    RunOffLabel: (_by_rule(run_off), told_until),
}
