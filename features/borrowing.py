"""Features of borrowing: loans that still run, what they cost a month, and what is overdue."""

import ibis.expr.types as ir

from features.feature import derived, feature
from features.income import salary_in
from features.tables import LOANS

_MONTH_DAYS = 365.25 / 12


def _running(rows: ir.Table) -> ir.BooleanValue:
    """A loan runs until its term is over; one without a term has no known end."""
    age = rows.as_of.delta(rows.opened_on, unit="day")
    return rows.term_months.isnull() | (age < rows.term_months * _MONTH_DAYS)


@feature(LOANS, zh="每月贷款还款额", concept="borrowing", unit="money", purpose="offers")
def loan_payment_monthly(rows: ir.Table) -> ir.Value:
    """Monthly payments of the loans whose term still runs."""
    return rows.payment_cents.sum(where=_running(rows)).fill_null(0)


@feature(LOANS, zh="逾期金额", concept="borrowing", unit="money", purpose="service")
def overdue_amount(rows: ir.Table) -> ir.Value:
    """Amount overdue on loans."""
    return rows.overdue_cents.sum().fill_null(0)


@feature(LOANS, zh="最长逾期天数", concept="borrowing", unit="days", purpose="service")
def days_overdue(rows: ir.Table) -> ir.Value:
    """Days for which the oldest unpaid part of a loan has been due."""
    return rows.as_of.delta(rows.overdue_since, unit="day").max().fill_null(0)


@derived(
    loan_payment_monthly,
    salary_in,
    zh="每月还款额占近90天月均工资",
    concept="borrowing",
    unit="share",
    purpose="offers",
)
def payments_of_salary(row: ir.Table) -> ir.Value:
    """Monthly loan payments against the monthly salary or pension of the last 90 days."""
    return 3 * row.loan_payment_monthly / row.salary_in_90d


FEATURES = (
    *loan_payment_monthly,
    *overdue_amount,
    *days_overdue,
    *payments_of_salary,
)
