"""Features of balances: how much is here, how it moves, and where it stands.

A row of `balances` is one account's average over a period. A customer's mean is the sum over
accounts and periods, each weighted by its days, divided by the days from the first period seen to
the end of the last.
"""

import ibis.expr.types as ir

from features.feature import feature
from features.tables import BALANCES


def _mean(rows: ir.Table, where: ir.BooleanValue | None = None) -> ir.NumericValue:
    first, last = rows.days_ago.max(where=where), rows.days_ago.min(where=where)
    days = first - last + rows.period_days.max(where=where)
    return (rows.balance_cents * rows.period_days).sum(where=where) / days


@feature(BALANCES, windows=(30, 90, 180), zh="日均资产", concept="assets", unit="money")
def assets_mean(rows: ir.Table) -> ir.Value:
    """Average assets."""
    return _mean(rows)


@feature(BALANCES, windows=(30, 90), zh="日均存款", concept="deposits", unit="money")
def deposits_mean(rows: ir.Table) -> ir.Value:
    """Average deposits."""
    return _mean(rows, rows.family == "deposit")


@feature(BALANCES, windows=(30, 90), zh="单账户最低存款余额", concept="idle cash", unit="money")
def idle_cash(rows: ir.Table) -> ir.Value:
    """Lowest deposit balance of an account."""
    return rows.balance_cents.min(where=rows.family == "deposit")


@feature(BALANCES, windows=(30,), zh="单账户最高余额", concept="assets", unit="money")
def balance_peak(rows: ir.Table) -> ir.Value:
    """Highest balance of an account."""
    return rows.balance_cents.max()


@feature(
    BALANCES,
    windows=(90,),
    zh="近30天日均资产较{days}天变化",
    concept="asset trend",
    unit="change",
)
def assets_month_against_quarter(rows: ir.Table) -> ir.Value:
    """Average assets of the last 30 days against those of {days} days."""
    return _mean(rows, rows.days_ago < 30) / _mean(rows).nullif(0) - 1  # noqa: PLR2004 - days


@feature(
    BALANCES, windows=(30,), zh="近7天日均资产较{days}天变化", concept="asset trend", unit="change"
)
def assets_week_against_month(rows: ir.Table) -> ir.Value:
    """Average assets of the last 7 days against those of {days} days."""
    return _mean(rows, rows.days_ago < 7) / _mean(rows).nullif(0) - 1  # noqa: PLR2004 - days


@feature(
    BALANCES,
    windows=(180,),
    zh="近90天日均资产较{days}天变化",
    concept="asset trend",
    unit="change",
)
def assets_quarter_against_half(rows: ir.Table) -> ir.Value:
    """Average assets of the last 90 days against those of {days} days."""
    return _mean(rows, rows.days_ago < 90) / _mean(rows).nullif(0) - 1  # noqa: PLR2004 - days


@feature(BALANCES, windows=(90,), zh="余额波动幅度", concept="asset volatility", unit="share")
def balance_volatility(rows: ir.Table) -> ir.Value:
    """How much balances swing around their mean."""
    return rows.balance_cents.std() / rows.balance_cents.mean().nullif(0)


@feature(BALANCES, windows=(90,), zh="理财在资产中的占比", concept="wealth share", unit="share")
def wealth_share(rows: ir.Table) -> ir.Value:
    """Share of assets that stands in wealth products."""
    wealth = rows.balance_cents.sum(where=rows.family == "wealth").fill_null(0)
    return wealth / rows.balance_cents.sum().nullif(0)


FEATURES = (
    *assets_mean,
    *deposits_mean,
    *idle_cash,
    *balance_peak,
    *assets_month_against_quarter,
    *assets_week_against_month,
    *assets_quarter_against_half,
    *balance_volatility,
    *wealth_share,
)
