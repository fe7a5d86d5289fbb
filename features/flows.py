"""Features of flows: money in and out, how much at once, and against the customer's own pace."""

import ibis.expr.types as ir

from features.balances import assets_mean
from features.feature import derived, feature
from features.formula import against_pace, signed_log
from features.tables import TRANSACTIONS


def _total(rows: ir.Table, where: ir.BooleanValue) -> ir.NumericValue:
    return rows.amount_cents.sum(where=where).fill_null(0)


@feature(
    TRANSACTIONS,
    windows=(30, 90),
    zh="转入资金",
    concept="money in",
    unit="money",
    purpose="retention",
)
def cash_in(rows: ir.Table) -> ir.Value:
    """Money that came in."""
    return _total(rows, rows.amount_cents > 0)


@feature(
    TRANSACTIONS,
    windows=(30, 90),
    zh="单笔最大转入",
    concept="money in",
    unit="money",
    purpose="retention",
)
def largest_inflow(rows: ir.Table) -> ir.Value:
    """Largest amount that came in at once."""
    return rows.amount_cents.max(where=rows.amount_cents > 0).fill_null(0)


@derived(
    cash_in,
    windows=(90,),
    zh="近30天转入较{days}天自身平均水平",
    concept="money in",
    unit="change",
    purpose="retention",
)
def inflow_against_own_pace(row: ir.Table, _: int) -> ir.Value:
    """Money in of the last 30 days against the customer's own pace over {days} days."""
    return against_pace(row.cash_in_30d, row.cash_in_90d, 3)


@feature(
    TRANSACTIONS,
    windows=(7, 30, 90, 365),
    zh="转出资金",
    concept="money out",
    unit="money",
    purpose="retention",
)
def cash_out(rows: ir.Table) -> ir.Value:
    """Money that went out."""
    return -_total(rows, rows.amount_cents < 0)


@feature(
    TRANSACTIONS,
    windows=(30, 90),
    zh="单笔最大转出",
    concept="money out",
    unit="money",
    purpose="retention",
)
def largest_outflow(rows: ir.Table) -> ir.Value:
    """Largest amount that went out at once."""
    return -rows.amount_cents.min(where=rows.amount_cents < 0).fill_null(0)


@feature(
    TRANSACTIONS,
    windows=(90,),
    zh="事先告知的转出",
    concept="money out",
    unit="money",
    purpose="retention",
)
def planned_out(rows: ir.Table) -> ir.Value:
    """Money that went out as announced beforehand."""
    return -_total(rows, (rows.amount_cents < 0) & rows.planned)


@derived(
    cash_out,
    windows=(30,),
    zh="近7天转出较{days}天自身平均水平",
    concept="money out",
    unit="change",
    purpose="retention",
)
def outflow_week_against_month(row: ir.Table, days: int) -> ir.Value:
    """Money that went out in the last 7 days against the customer's own pace over {days} days."""
    return against_pace(row.cash_out_7d, row.cash_out_30d, days / 7)


@derived(
    cash_out,
    windows=(90,),
    zh="近30天转出较{days}天自身平均水平",
    concept="money out",
    unit="change",
    purpose="retention",
)
def outflow_against_own_pace(row: ir.Table, _: int) -> ir.Value:
    """Money that went out in the last 30 days against the customer's own pace over {days} days."""
    return against_pace(row.cash_out_30d, row.cash_out_90d, 3)


@derived(
    cash_out,
    windows=(365,),
    zh="近90天转出较{days}天自身平均水平",
    concept="money out",
    unit="change",
    purpose="retention",
)
def outflow_quarter_against_year(row: ir.Table, days: int) -> ir.Value:
    """Money that went out in the last 90 days against the customer's own pace over {days} days."""
    return against_pace(row.cash_out_90d, row.cash_out_365d, days / 90)


@derived(
    largest_outflow,
    assets_mean,
    windows=(30,),
    zh="近{days}天单笔最大转出占近90天日均资产",
    concept="money out",
    unit="share",
    purpose="retention",
)
def largest_outflow_of_assets(row: ir.Table, _: int) -> ir.Value:
    """Largest amount that went out at once in {days} days, against average assets of 90."""
    return row.largest_outflow_30d / row.assets_mean_90d


@feature(
    TRANSACTIONS,
    windows=(7, 30, 90),
    zh="净流入资金",
    concept="net flow",
    unit="money",
    purpose="retention",
)
def net_flow(rows: ir.Table) -> ir.Value:
    """Net flow of money."""
    return rows.amount_cents.sum().fill_null(0)


@derived(
    net_flow,
    windows=(30,),
    zh="净流入资金(对数)",
    concept="net flow",
    unit="log money",
    purpose="retention",
)
def net_flow_log(row: ir.Table, _: int) -> ir.Value:
    """Net flow of money on a logarithmic scale."""
    return signed_log(row.net_flow_30d)


@derived(
    net_flow,
    assets_mean,
    windows=(30,),
    zh="近{days}天净流入占近90天日均资产",
    concept="net flow",
    unit="share",
    purpose="retention",
)
def net_flow_of_assets(row: ir.Table, _: int) -> ir.Value:
    """Net flow of money in {days} days against average assets of 90."""
    return row.net_flow_30d / row.assets_mean_90d


FEATURES = (
    *cash_in,
    *largest_inflow,
    *inflow_against_own_pace,
    *cash_out,
    *largest_outflow,
    *planned_out,
    *outflow_week_against_month,
    *outflow_against_own_pace,
    *outflow_quarter_against_year,
    *largest_outflow_of_assets,
    *net_flow,
    *net_flow_log,
    *net_flow_of_assets,
)
