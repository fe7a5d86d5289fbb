"""Features of a customer's own rhythm over all that is known of it, beside the catalogue's windows.

A log of purchases falls silent for longer than a bank's windows look back.
"""

import ibis.expr.types as ir

from features import CATALOG, Catalog, derived, feature
from features.tables import TRANSACTIONS

_OWN = "customer"
_SETTLED = 30.0


def _gap(row: ir.Table) -> ir.NumericValue:
    between = row.days_since_first_own_transaction - row.days_since_any_own_transaction
    return between / (row.active_days_ever - 1)


@feature(
    TRANSACTIONS,
    zh="距上次自主交易天数(全部历史)",
    concept="inactivity",
    unit="days",
    purpose="retention",
)
def days_since_any_own_transaction(rows: ir.Table) -> ir.Value:
    """Days since the customer's last own transaction, however long ago."""
    return rows.days_ago.min(where=rows.initiated_by == _OWN)


@feature(
    TRANSACTIONS,
    zh="距首次自主交易天数",
    concept="own activity",
    unit="days",
    purpose="retention",
)
def days_since_first_own_transaction(rows: ir.Table) -> ir.Value:
    """Days since the customer's first own transaction."""
    return rows.days_ago.max(where=rows.initiated_by == _OWN)


@feature(
    TRANSACTIONS,
    zh="累计自主交易笔数",
    concept="own activity",
    unit="count",
    purpose="retention",
)
def own_transactions_ever(rows: ir.Table) -> ir.Value:
    """All own transactions of the customer."""
    return rows.count(where=rows.initiated_by == _OWN)


@feature(
    TRANSACTIONS,
    zh="累计有自主交易的天数",
    concept="own activity",
    unit="days",
    purpose="retention",
)
def active_days_ever(rows: ir.Table) -> ir.Value:
    """Days on which the customer made a transaction, of all."""
    return rows.days_ago.nunique(where=rows.initiated_by == _OWN)


@feature(
    TRANSACTIONS,
    zh="自主交易平均金额",
    concept="spending",
    unit="money",
    purpose="retention",
)
def own_transaction_size(rows: ir.Table) -> ir.Value:
    """The mean amount of the customer's own transactions, negative for payments."""
    return rows.amount_cents.mean(where=rows.initiated_by == _OWN)


@derived(
    days_since_any_own_transaction,
    days_since_first_own_transaction,
    active_days_ever,
    zh="自主交易平均间隔",
    concept="own activity",
    unit="days",
    purpose="retention",
)
def usual_gap(row: ir.Table) -> ir.Value:
    """The usual days between two active days; missing before there are two."""
    return _gap(row)


@derived(
    days_since_any_own_transaction,
    days_since_first_own_transaction,
    active_days_ever,
    zh="沉寂天数相当于自身平均间隔的倍数",
    concept="inactivity",
    unit="share",
    purpose="retention",
)
def silence_of_usual_gap(row: ir.Table) -> ir.Value:
    """Days since the last own transaction as a share of the usual gap."""
    return row.days_since_any_own_transaction / _gap(row)


@derived(
    days_since_first_own_transaction,
    active_days_ever,
    zh="自主交易频率",
    concept="own activity",
    unit="share",
    purpose="retention",
)
def active_share_ever(row: ir.Table) -> ir.Value:
    """Active days as a share of all days since the first, with a month added to either."""
    return row.active_days_ever / (row.days_since_first_own_transaction + _SETTLED)


RHYTHM = (
    *days_since_any_own_transaction,
    *days_since_first_own_transaction,
    *own_transactions_ever,
    *active_days_ever,
    *own_transaction_size,
    *usual_gap,
    *silence_of_usual_gap,
    *active_share_ever,
)
WITH_RHYTHM = Catalog((*CATALOG.features, *RHYTHM))
