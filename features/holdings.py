"""Features of holdings: which products and accounts a customer has, since when, and until when."""

import ibis.expr.types as ir

from features.feature import feature
from features.formula import yes
from features.tables import ACCOUNTS, HOLDINGS
from goodcall.language import Text
from goodcall.vocabulary import FAMILY_NAMES

_MONTH_DAYS, _QUARTER_DAYS, _YEAR_DAYS = 30, 90, 365
_MONTHS_AGO = {
    "1": Text("one month", "1个月"),
    "2": Text("two months", "2个月"),
    "3": Text("three months", "3个月"),
    "4": Text("four months", "4个月"),
    "5": Text("five months", "5个月"),
}


def _held(rows: ir.Table) -> ir.BooleanValue:
    return rows.closed_on.isnull() | (rows.closed_on >= rows.as_of)


def _ahead(rows: ir.Table) -> ir.IntegerValue:
    return rows.matures_on.delta(rows.as_of, unit="day")


def _due(rows: ir.Table, days: int) -> ir.BooleanValue:
    return _held(rows) & (_ahead(rows) >= 0) & (_ahead(rows) < days)


def _ended_within(rows: ir.Table, days: int) -> ir.BooleanValue:
    return ~_held(rows) & (rows.as_of.delta(rows.closed_on, unit="day") <= days)


@feature(HOLDINGS, zh="持有产品数", concept="products held", unit="count", purpose="offers")
def products_held(rows: ir.Table) -> ir.Value:
    """Products held."""
    return rows.count(where=_held(rows))


@feature(HOLDINGS, zh="持有产品大类数", concept="products held", unit="count", purpose="offers")
def families_held(rows: ir.Table) -> ir.Value:
    """Families of products held."""
    return rows.family.nunique(where=_held(rows))


@feature(HOLDINGS, zh="曾持有的产品大类数", concept="products held", unit="count", purpose="offers")
def families_ever_held(rows: ir.Table) -> ir.Value:
    """Families of products held now or ever before."""
    return rows.family.nunique()


@feature(
    HOLDINGS,
    zh="持有{each}",
    concept="products held",
    unit="flag",
    purpose="offers",
    each=FAMILY_NAMES,
)
def holds(rows: ir.Table, family: str) -> ir.Value:
    """Holds {each}."""
    return yes(rows.count(where=_held(rows) & (rows.family == family)) > 0)


@feature(
    HOLDINGS,
    zh="{each}前持有的产品数",
    concept="product changes",
    unit="count",
    purpose="offers",
    each=_MONTHS_AGO,
)
def products_held_months_ago(rows: ir.Table, months: str) -> ir.Value:
    """Products held {each} ago."""
    days = _MONTH_DAYS * int(months)
    begun = rows.as_of.delta(rows.opened_on, unit="day") >= days
    ended = rows.as_of.delta(rows.closed_on, unit="day") > days
    return rows.count(where=begun & (rows.closed_on.isnull() | ~ended))


@feature(
    HOLDINGS,
    zh="曾持有现已结束的产品数",
    concept="product changes",
    unit="count",
    purpose="offers",
)
def products_ended(rows: ir.Table) -> ir.Value:
    """Products held once and ended."""
    return rows.count(where=~_held(rows))


@feature(
    HOLDINGS,
    zh="近90天内结束的产品金额",
    concept="product changes",
    unit="money",
    purpose="retention",
)
def ended_within_quarter(rows: ir.Table) -> ir.Value:
    """Amount of the products that ended within the last 90 days."""
    return rows.amount_cents.sum(where=_ended_within(rows, _QUARTER_DAYS)).fill_null(0)


@feature(
    HOLDINGS, zh="距最近一次新增产品天数", concept="product changes", unit="days", purpose="offers"
)
def days_since_new_product(rows: ir.Table) -> ir.Value:
    """Days since the newest product began."""
    return rows.days_ago.min()


@feature(
    HOLDINGS, zh="未来30天到期金额", concept="maturities ahead", unit="money", purpose="offers"
)
def maturing_within_month(rows: ir.Table) -> ir.Value:
    """Amount that falls due within the next 30 days."""
    return rows.amount_cents.sum(where=_due(rows, _MONTH_DAYS)).fill_null(0)


@feature(
    HOLDINGS, zh="未来90天到期金额", concept="maturities ahead", unit="money", purpose="offers"
)
def maturing_within_quarter(rows: ir.Table) -> ir.Value:
    """Amount that falls due within the next 90 days."""
    return rows.amount_cents.sum(where=_due(rows, _QUARTER_DAYS)).fill_null(0)


@feature(HOLDINGS, zh="距下一次到期天数", concept="maturities ahead", unit="days", purpose="offers")
def days_to_maturity(rows: ir.Table) -> ir.Value:
    """Days until the next product falls due."""
    return _ahead(rows).min(where=_held(rows) & (_ahead(rows) >= 0))


@feature(ACCOUNTS, zh="在用账户数", concept="products held", unit="count", purpose="retention")
def accounts_open(rows: ir.Table) -> ir.Value:
    """Accounts in use."""
    return rows.count(where=_held(rows))


@feature(
    ACCOUNTS, zh="近365天内销户数", concept="product changes", unit="count", purpose="retention"
)
def accounts_closed_within_year(rows: ir.Table) -> ir.Value:
    """Accounts closed within the last 365 days."""
    return rows.count(where=_ended_within(rows, _YEAR_DAYS))


FEATURES = (
    *products_held,
    *families_held,
    *families_ever_held,
    *holds,
    *products_held_months_ago,
    *products_ended,
    *ended_within_quarter,
    *days_since_new_product,
    *maturing_within_month,
    *maturing_within_quarter,
    *days_to_maturity,
    *accounts_open,
    *accounts_closed_within_year,
)
