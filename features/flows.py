"""Features of flows: money in and out, from whom, and against the customer's own pace."""

import ibis.expr.types as ir

from features.feature import feature
from features.tables import TRANSACTIONS


def _total(rows: ir.Table, where: ir.BooleanValue) -> ir.NumericValue:
    return rows.amount_cents.sum(where=where).fill_null(0)


@feature(TRANSACTIONS, windows=(30, 90), zh="转入资金", concept="money in", unit="money")
def cash_in(rows: ir.Table) -> ir.Value:
    """Money that came in."""
    return _total(rows, rows.amount_cents > 0)


@feature(TRANSACTIONS, windows=(30, 90), zh="转出资金", concept="money out", unit="money")
def cash_out(rows: ir.Table) -> ir.Value:
    """Money that went out."""
    return -_total(rows, rows.amount_cents < 0)


@feature(TRANSACTIONS, windows=(30, 90), zh="净流入资金", concept="net flow", unit="money")
def net_flow(rows: ir.Table) -> ir.Value:
    """Net flow of money."""
    return rows.amount_cents.sum().fill_null(0)


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="近30天转出较{days}天自身平均水平",
    concept="money out",
    unit="change",
)
def outflow_against_own_pace(rows: ir.Table) -> ir.Value:
    """Money that went out in the last 30 days against the customer's own pace over {days} days."""
    out = rows.amount_cents < 0
    recent = rows.amount_cents.sum(where=out & (rows.days_ago < 30))  # noqa: PLR2004 - days
    return recent.fill_null(0) * 3 / rows.amount_cents.sum(where=out).nullif(0) - 1


@feature(
    TRANSACTIONS, windows=(30, 90), zh="转往他行资金", concept="money to other banks", unit="money"
)
def sent_to_other_banks(rows: ir.Table) -> ir.Value:
    """Money sent to other banks."""
    return -_total(rows, (rows.amount_cents < 0) & (rows.counterparty == "other"))


@feature(TRANSACTIONS, windows=(30, 90), zh="单笔最大转出", concept="large outflow", unit="money")
def largest_outflow(rows: ir.Table) -> ir.Value:
    """Largest amount that went out at once."""
    return -rows.amount_cents.min(where=rows.amount_cents < 0).fill_null(0)


@feature(TRANSACTIONS, windows=(30, 90), zh="单笔最大转入", concept="money in", unit="money")
def largest_inflow(rows: ir.Table) -> ir.Value:
    """Largest amount that came in at once."""
    return rows.amount_cents.max(where=rows.amount_cents > 0).fill_null(0)


@feature(TRANSACTIONS, windows=(30, 90), zh="工资及养老金收入", concept="salary", unit="money")
def salary_in(rows: ir.Table) -> ir.Value:
    """Salary and pension received."""
    return _total(rows, rows.kind.isin(("salary", "pension")))


@feature(TRANSACTIONS, windows=(180,), zh="距上次工资或养老金天数", concept="salary", unit="days")
def days_since_salary(rows: ir.Table) -> ir.Value:
    """Days since the last salary or pension, looking back {days} days."""
    return rows.days_ago.min(where=rows.kind.isin(("salary", "pension")))


@feature(TRANSACTIONS, windows=(30, 90), zh="刷卡消费", concept="spending", unit="money")
def card_spending(rows: ir.Table) -> ir.Value:
    """Spending by card."""
    return -_total(rows, (rows.kind == "card") & (rows.amount_cents < 0))


@feature(TRANSACTIONS, windows=(90,), zh="现金存取次数", concept="cash", unit="count")
def cash_transactions(rows: ir.Table) -> ir.Value:
    """Times that cash was paid in or drawn."""
    return rows.count(where=rows.kind == "cash")


@feature(TRANSACTIONS, windows=(90,), zh="账单及代扣笔数", concept="regular payments", unit="count")
def regular_payments(rows: ir.Table) -> ir.Value:
    """Bills and standing orders paid."""
    return rows.count(where=rows.kind.isin(("bill", "standing_order")))


@feature(TRANSACTIONS, windows=(90,), zh="偿还贷款", concept="loan payments", unit="money")
def loan_payments(rows: ir.Table) -> ir.Value:
    """Money that went into loan payments."""
    return -_total(rows, rows.kind == "loan_payment")


@feature(TRANSACTIONS, windows=(90,), zh="手续费", concept="fees", unit="money")
def fees(rows: ir.Table) -> ir.Value:
    """Fees charged."""
    return -_total(rows, (rows.kind == "fee") & (rows.amount_cents < 0))


FEATURES = (
    *cash_in,
    *cash_out,
    *net_flow,
    *outflow_against_own_pace,
    *sent_to_other_banks,
    *largest_outflow,
    *largest_inflow,
    *salary_in,
    *days_since_salary,
    *card_spending,
    *cash_transactions,
    *regular_payments,
    *loan_payments,
    *fees,
)
