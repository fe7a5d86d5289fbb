"""Features of payments: to and from other banks, by card, in cash, for fees and investments."""

import ibis.expr.types as ir

from features.balances import assets_mean
from features.feature import derived, feature
from features.flows import cash_out
from features.formula import against_pace, signed_log
from features.tables import TRANSACTIONS


def _total(rows: ir.Table, where: ir.BooleanValue) -> ir.NumericValue:
    return rows.amount_cents.sum(where=where).fill_null(0)


def _sent(rows: ir.Table) -> ir.BooleanValue:
    return (rows.amount_cents < 0) & (rows.counterparty == "other")


@feature(
    TRANSACTIONS,
    windows=(30, 90),
    zh="转往他行资金",
    concept="money to other banks",
    unit="money",
    purpose="retention",
)
def sent_to_other_banks(rows: ir.Table) -> ir.Value:
    """Money sent to other banks."""
    return -_total(rows, _sent(rows))


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="由他行转入资金",
    concept="money to other banks",
    unit="money",
    purpose="retention",
)
def received_from_other_banks(rows: ir.Table) -> ir.Value:
    """Money received from other banks."""
    return _total(rows, (rows.amount_cents > 0) & (rows.counterparty == "other"))


@derived(
    sent_to_other_banks,
    windows=(90,),
    zh="近30天转往他行较{days}天自身平均水平",
    concept="money to other banks",
    unit="change",
    purpose="retention",
)
def sent_against_own_pace(row: ir.Table, _: int) -> ir.Value:
    """Money to other banks of the last 30 days against the customer's own pace over {days} days."""
    return against_pace(row.sent_to_other_banks_30d, row.sent_to_other_banks_90d, 3)


@derived(
    sent_to_other_banks,
    cash_out,
    windows=(90,),
    zh="转出资金中去往他行的占比",
    concept="money to other banks",
    unit="share",
    purpose="retention",
)
def sent_share_of_out(row: ir.Table, _: int) -> ir.Value:
    """Share of the money that went out which went to other banks."""
    return row.sent_to_other_banks_90d / row.cash_out_90d


@derived(
    sent_to_other_banks,
    assets_mean,
    windows=(30,),
    zh="近{days}天转往他行占近90天日均资产",
    concept="money to other banks",
    unit="share",
    purpose="retention",
)
def sent_of_assets(row: ir.Table, _: int) -> ir.Value:
    """Money sent to other banks in {days} days against average assets of 90."""
    return row.sent_to_other_banks_30d / row.assets_mean_90d


@derived(
    sent_to_other_banks,
    windows=(30,),
    zh="转往他行资金(对数)",
    concept="money to other banks",
    unit="log money",
    purpose="retention",
)
def sent_log(row: ir.Table, _: int) -> ir.Value:
    """Money sent to other banks on a logarithmic scale."""
    return signed_log(row.sent_to_other_banks_30d)


@feature(
    TRANSACTIONS,
    windows=(30, 90),
    zh="刷卡消费",
    concept="spending",
    unit="money",
    purpose="retention",
)
def card_spending(rows: ir.Table) -> ir.Value:
    """Spending by card."""
    return -_total(rows, (rows.kind == "card") & (rows.amount_cents < 0))


@derived(
    card_spending,
    windows=(90,),
    zh="近30天刷卡消费较{days}天自身平均水平",
    concept="spending",
    unit="change",
    purpose="retention",
)
def card_against_own_pace(row: ir.Table, _: int) -> ir.Value:
    """Spending by card in the last 30 days against the customer's own pace over {days} days."""
    return against_pace(row.card_spending_30d, row.card_spending_90d, 3)


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="现金存取次数",
    concept="spending",
    unit="count",
    purpose="retention",
)
def cash_transactions(rows: ir.Table) -> ir.Value:
    """Times that cash was paid in or drawn."""
    return rows.count(where=rows.kind == "cash")


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="手续费",
    concept="fees and interest",
    unit="money",
    purpose="retention",
)
def fees(rows: ir.Table) -> ir.Value:
    """Fees charged."""
    return -_total(rows, (rows.kind == "fee") & (rows.amount_cents < 0))


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="利息收入",
    concept="fees and interest",
    unit="money",
    purpose="retention",
)
def interest_earned(rows: ir.Table) -> ir.Value:
    """Interest earned."""
    return _total(rows, (rows.kind == "interest") & (rows.amount_cents > 0))


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="投资买卖金额",
    concept="asset mix",
    unit="money",
    purpose="offers",
)
def moved_by_investing(rows: ir.Table) -> ir.Value:
    """Money moved by buying or selling investments."""
    return -_total(rows, (rows.kind == "investment") & (rows.amount_cents < 0))


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="偿还贷款",
    concept="borrowing",
    unit="money",
    purpose="retention",
)
def loan_payments(rows: ir.Table) -> ir.Value:
    """Money that went into loan payments."""
    return -_total(rows, rows.kind == "loan_payment")


FEATURES = (
    *sent_to_other_banks,
    *received_from_other_banks,
    *sent_against_own_pace,
    *sent_share_of_out,
    *sent_of_assets,
    *sent_log,
    *card_spending,
    *card_against_own_pace,
    *cash_transactions,
    *fees,
    *interest_earned,
    *moved_by_investing,
    *loan_payments,
)
