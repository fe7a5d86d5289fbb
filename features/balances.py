"""Features of balances: how much is here, how it moves, and where it stands.

A row of `balances` is one account's average over a period. A customer's mean is the sum over
accounts and periods, each weighted by its days, divided by the days from the first period seen to
the end of the last.
"""

import ibis.expr.types as ir

from features.feature import derived, feature
from features.formula import change, signed_log
from features.tables import BALANCES


def _mean(rows: ir.Table, where: ir.BooleanValue | None = None) -> ir.NumericValue:
    first, last = rows.days_ago.max(where=where), rows.days_ago.min(where=where)
    days = first - last + rows.period_days.max(where=where)
    return (rows.balance_cents * rows.period_days).sum(where=where) / days


@feature(
    BALANCES,
    windows=(7, 30, 90, 180, 365),
    zh="日均资产",
    concept="assets",
    unit="money",
    purpose="retention",
)
def assets_mean(rows: ir.Table) -> ir.Value:
    """Average assets."""
    return _mean(rows)


@feature(
    BALANCES, windows=(30, 90), zh="日均存款", concept="assets", unit="money", purpose="retention"
)
def deposits_mean(rows: ir.Table) -> ir.Value:
    """Average deposits."""
    return _mean(rows, rows.family == "deposit")


@feature(
    BALANCES,
    windows=(30, 365),
    zh="单账户最高余额",
    concept="assets",
    unit="money",
    purpose="retention",
)
def balance_peak(rows: ir.Table) -> ir.Value:
    """Highest balance of an account."""
    return rows.balance_cents.max()


@feature(
    BALANCES,
    windows=(30,),
    zh="余额最高账户的最新余额(回看{days}天)",
    concept="assets",
    unit="money",
    purpose="retention",
)
def latest_balance(rows: ir.Table) -> ir.Value:
    """Latest balance of the fullest account, looking back {days} days."""
    return rows.balance_cents.argmax(rows.happened_at)


@derived(
    assets_mean,
    windows=(90,),
    zh="近{days}天日均资产(对数)",
    concept="assets",
    unit="log money",
    purpose="retention",
)
def assets_log(row: ir.Table, _: int) -> ir.Value:
    """Average assets on a logarithmic scale."""
    return signed_log(row.assets_mean_90d)


@derived(
    assets_mean,
    windows=(30,),
    zh="近7天日均资产较{days}天变化",
    concept="asset trend",
    unit="change",
    purpose="retention",
)
def assets_week_against_month(row: ir.Table, _: int) -> ir.Value:
    """Average assets of the last 7 days against those of {days} days."""
    return change(row.assets_mean_7d, row.assets_mean_30d)


@derived(
    assets_mean,
    windows=(90,),
    zh="近30天日均资产较{days}天变化",
    concept="asset trend",
    unit="change",
    purpose="retention",
)
def assets_month_against_quarter(row: ir.Table, _: int) -> ir.Value:
    """Average assets of the last 30 days against those of {days} days."""
    return change(row.assets_mean_30d, row.assets_mean_90d)


@derived(
    assets_mean,
    windows=(180,),
    zh="近90天日均资产较{days}天变化",
    concept="asset trend",
    unit="change",
    purpose="retention",
)
def assets_quarter_against_half(row: ir.Table, _: int) -> ir.Value:
    """Average assets of the last 90 days against those of {days} days."""
    return change(row.assets_mean_90d, row.assets_mean_180d)


@derived(
    assets_mean,
    windows=(365,),
    zh="近180天日均资产较{days}天变化",
    concept="asset trend",
    unit="change",
    purpose="retention",
)
def assets_half_against_year(row: ir.Table, _: int) -> ir.Value:
    """Average assets of the last 180 days against those of {days} days."""
    return change(row.assets_mean_180d, row.assets_mean_365d)


@derived(
    assets_mean,
    windows=(90,),
    zh="近30天日均资产低于{days}天日均的金额",
    concept="asset trend",
    unit="money",
    purpose="retention",
)
def assets_fall(row: ir.Table, _: int) -> ir.Value:
    """Amount by which average assets of the last 30 days lie below those of {days} days."""
    return row.assets_mean_90d - row.assets_mean_30d


@derived(
    deposits_mean,
    windows=(90,),
    zh="近30天日均存款较{days}天变化",
    concept="asset trend",
    unit="change",
    purpose="retention",
)
def deposits_month_against_quarter(row: ir.Table, _: int) -> ir.Value:
    """Average deposits of the last 30 days against those of {days} days."""
    return change(row.deposits_mean_30d, row.deposits_mean_90d)


@derived(
    latest_balance,
    balance_peak,
    windows=(365,),
    zh="最新余额较近{days}天最高余额变化",
    concept="asset trend",
    unit="change",
    purpose="retention",
)
def balance_against_peak(row: ir.Table, _: int) -> ir.Value:
    """Latest balance of the fullest account against the highest one of {days} days."""
    return change(row.latest_balance_30d, row.balance_peak_365d)


@feature(
    BALANCES,
    windows=(90,),
    zh="余额波动幅度",
    concept="balance swings",
    unit="share",
    purpose="retention",
)
def balance_volatility(rows: ir.Table) -> ir.Value:
    """How much balances swing around their mean."""
    return rows.balance_cents.std() / rows.balance_cents.mean()


@feature(
    BALANCES,
    windows=(90,),
    zh="账户透支天数",
    concept="balance swings",
    unit="days",
    purpose="retention",
)
def overdrawn_days(rows: ir.Table) -> ir.Value:
    """Days on which an account stood below zero."""
    return rows.period_days.sum(where=rows.balance_cents < 0).fill_null(0)


@feature(
    BALANCES,
    windows=(30, 90),
    zh="单账户最低存款余额",
    concept="idle cash",
    unit="money",
    purpose="offers",
)
def idle_cash(rows: ir.Table) -> ir.Value:
    """Lowest deposit balance of an account."""
    return rows.balance_cents.min(where=rows.family == "deposit")


@derived(
    idle_cash,
    deposits_mean,
    windows=(90,),
    zh="近{days}天未动用存款占比",
    concept="idle cash",
    unit="share",
    purpose="offers",
)
def idle_cash_share(row: ir.Table, _: int) -> ir.Value:
    """Share of average deposits that was never touched."""
    return row.idle_cash_90d / row.deposits_mean_90d


@feature(
    BALANCES,
    windows=(90,),
    zh="存款账户余额为零的时间占比",
    concept="idle cash",
    unit="share",
    purpose="retention",
)
def empty_share(rows: ir.Table) -> ir.Value:
    """Share of the time that deposit accounts stood empty."""
    deposit = rows.family == "deposit"
    empty = rows.period_days.sum(where=deposit & (rows.balance_cents <= 0)).fill_null(0)
    return empty / rows.period_days.sum(where=deposit)


@feature(
    BALANCES,
    windows=(90,),
    zh="理财在资产中的占比",
    concept="asset mix",
    unit="share",
    purpose="retention",
)
def wealth_share(rows: ir.Table) -> ir.Value:
    """Share of assets that stands in wealth products."""
    wealth = rows.balance_cents.sum(where=rows.family == "wealth").fill_null(0)
    return wealth / rows.balance_cents.sum()


FEATURES = (
    *assets_mean,
    *deposits_mean,
    *balance_peak,
    *latest_balance,
    *assets_log,
    *assets_week_against_month,
    *assets_month_against_quarter,
    *assets_quarter_against_half,
    *assets_half_against_year,
    *assets_fall,
    *deposits_month_against_quarter,
    *balance_against_peak,
    *balance_volatility,
    *overdrawn_days,
    *idle_cash,
    *idle_cash_share,
    *empty_share,
    *wealth_share,
)
