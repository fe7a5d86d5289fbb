"""Features of income: salary and pension, regular payments, and whether they have stopped.

What has stopped came in the 90 days that end 45 days before as_of and never since: a monthly
payment that is two weeks late is not yet a stop.
"""

import ibis.expr.types as ir

from features.feature import derived, feature
from features.formula import against_pace, change, yes
from features.tables import TRANSACTIONS
from goodcall.language import Text

_SILENT_DAYS = 45
_STOPPING = {
    "standing_order": Text("Standing orders", "定期代扣"),
    "bill": Text("Bill payments", "账单缴费"),
    "card": Text("Card payments", "刷卡消费"),
}


def _wages(rows: ir.Table) -> ir.BooleanValue:
    return rows.kind.isin(("salary", "pension"))


def _regular(rows: ir.Table) -> ir.BooleanValue:
    return rows.kind.isin(("bill", "standing_order"))


def _ceased(rows: ir.Table, paid: ir.BooleanValue) -> ir.NumericValue:
    lately = rows.count(where=paid & (rows.days_ago < _SILENT_DAYS))
    return yes((lately == 0) & (rows.count(where=paid) > 0))


@feature(
    TRANSACTIONS,
    windows=(30, 90),
    zh="工资及养老金收入",
    concept="salary",
    unit="money",
    purpose="retention",
)
def salary_in(rows: ir.Table) -> ir.Value:
    """Salary and pension received."""
    return rows.amount_cents.sum(where=_wages(rows)).fill_null(0)


@feature(
    TRANSACTIONS,
    windows=(180,),
    zh="距上次工资或养老金天数(回看{days}天)",
    concept="salary",
    unit="days",
    purpose="retention",
)
def days_since_salary(rows: ir.Table) -> ir.Value:
    """Days since the last salary or pension, looking back {days} days."""
    return rows.days_ago.min(where=_wages(rows))


@feature(
    TRANSACTIONS,
    windows=(365,),
    zh="工资及养老金到账次数",
    concept="salary",
    unit="count",
    purpose="retention",
)
def salary_payments(rows: ir.Table) -> ir.Value:
    """Times that salary or pension came in."""
    return rows.count(where=_wages(rows))


@feature(
    TRANSACTIONS,
    windows=(180,),
    zh="最近一笔工资或养老金(回看{days}天)",
    concept="salary",
    unit="money",
    purpose="retention",
)
def latest_salary(rows: ir.Table) -> ir.Value:
    """Latest salary or pension, looking back {days} days."""
    return rows.amount_cents.argmax(rows.happened_at, where=_wages(rows))


@feature(
    TRANSACTIONS,
    windows=(365,),
    zh="笔均工资或养老金",
    concept="salary",
    unit="money",
    purpose="retention",
)
def salary_size(rows: ir.Table) -> ir.Value:
    """Average size of a salary or pension."""
    return rows.amount_cents.mean(where=_wages(rows))


@feature(
    TRANSACTIONS,
    windows=(365,),
    zh="工资及养老金金额波动",
    concept="salary",
    unit="share",
    purpose="retention",
)
def salary_spread(rows: ir.Table) -> ir.Value:
    """How much salaries and pensions swing around their mean."""
    wages = _wages(rows)
    return rows.amount_cents.std(where=wages) / rows.amount_cents.mean(where=wages)


@derived(
    latest_salary,
    salary_size,
    windows=(365,),
    zh="最近一笔工资较近{days}天均值变化",
    concept="salary",
    unit="change",
    purpose="offers",
)
def salary_against_own_mean(row: ir.Table, _: int) -> ir.Value:
    """Latest salary or pension against its mean over {days} days."""
    return change(row.latest_salary_180d, row.salary_size_365d)


@feature(
    TRANSACTIONS,
    windows=(180,),
    zh="领取过养老金",
    concept="salary",
    unit="flag",
    purpose="offers",
)
def receives_pension(rows: ir.Table) -> ir.Value:
    """Received a pension."""
    return yes(rows.count(where=rows.kind == "pension") > 0)


@feature(
    TRANSACTIONS,
    windows=(135,),
    zh="近{days}天内先有工资或养老金,最近45天中断",
    concept="salary",
    unit="flag",
    purpose="retention",
)
def salary_stopped(rows: ir.Table) -> ir.Value:
    """Salary or pension stopped, with none in the last 45 of {days} days but some before."""
    return _ceased(rows, _wages(rows))


@feature(
    TRANSACTIONS,
    windows=(135,),
    zh="近{days}天内先有{each},最近45天中断",
    concept="regular payments",
    unit="flag",
    purpose="retention",
    each=_STOPPING,
)
def stopped(rows: ir.Table, what: str) -> ir.Value:
    """{each} stopped, with none in the last 45 of {days} days but some before."""
    return _ceased(rows, rows.kind == what)


@feature(
    TRANSACTIONS,
    windows=(30, 90),
    zh="账单及代扣笔数",
    concept="regular payments",
    unit="count",
    purpose="retention",
)
def regular_payments(rows: ir.Table) -> ir.Value:
    """Bills and standing orders paid."""
    return rows.count(where=_regular(rows))


@derived(
    regular_payments,
    windows=(90,),
    zh="近30天账单及代扣较{days}天自身平均水平",
    concept="regular payments",
    unit="change",
    purpose="retention",
)
def regular_payments_against_own_pace(row: ir.Table, _: int) -> ir.Value:
    """Regular payments of the last 30 days against the customer's own pace over {days} days."""
    return against_pace(row.regular_payments_30d, row.regular_payments_90d, 3)


FEATURES = (
    *salary_in,
    *days_since_salary,
    *salary_payments,
    *latest_salary,
    *salary_size,
    *salary_spread,
    *salary_against_own_mean,
    *receives_pension,
    *salary_stopped,
    *stopped,
    *regular_payments,
    *regular_payments_against_own_pace,
)
