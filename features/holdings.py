"""Features of holdings and of the relation: what a customer has, since when, and who they are."""

import ibis
import ibis.expr.types as ir

from features.families import FAMILY_NAMES
from features.feature import feature
from features.tables import CUSTOMERS, HOLDINGS


def _held(rows: ir.Table) -> ir.BooleanValue:
    return rows.closed_on.isnull() | (rows.closed_on >= rows.as_of)


@feature(HOLDINGS, zh="持有产品数", concept="products held", unit="count")
def products_held(rows: ir.Table) -> ir.Value:
    """Products held."""
    return rows.count(where=_held(rows))


@feature(HOLDINGS, zh="持有产品大类数", concept="products held", unit="count")
def families_held(rows: ir.Table) -> ir.Value:
    """Families of products held."""
    return rows.family.nunique(where=_held(rows))


@feature(HOLDINGS, zh="持有{each}", concept="products held", unit="flag", each=FAMILY_NAMES)
def holds(rows: ir.Table, family: str) -> ir.Value:
    """Holds {each}."""
    return rows.count(where=_held(rows) & (rows.family == family)).clip(upper=1)


@feature(HOLDINGS, zh="曾持有现已结束的产品数", concept="products ended", unit="count")
def products_ended(rows: ir.Table) -> ir.Value:
    """Products held once and ended."""
    return rows.count(where=~_held(rows))


@feature(HOLDINGS, zh="距最近一次新增产品天数", concept="newest product", unit="days")
def days_since_new_product(rows: ir.Table) -> ir.Value:
    """Days since the newest product began."""
    return rows.days_ago.min()


@feature(HOLDINGS, zh="未来90天到期金额", concept="maturities ahead", unit="money")
def maturing_within_quarter(rows: ir.Table) -> ir.Value:
    """Amount that falls due within the next 90 days."""
    ahead = rows.matures_on.delta(rows.as_of, unit="day")
    due = _held(rows) & (ahead >= 0) & (ahead < 90)  # noqa: PLR2004 - days
    return rows.amount_cents.sum(where=due).fill_null(0)


@feature(CUSTOMERS, zh="客户年限(天)", concept="tenure", unit="days")
def tenure_days(rows: ir.Table) -> ir.Value:
    """Days as a customer."""
    return rows.as_of.delta(rows.opened_on, unit="day").max()


@feature(CUSTOMERS, zh="年龄", concept="age", unit="years")
def age(rows: ir.Table) -> ir.Value:
    """Age."""
    born = rows.as_of.delta(rows.birth_date, unit="day") / 365.25
    return ibis.coalesce(born, rows.stated_age.cast("float64")).max()


@feature(CUSTOMERS, zh="私人银行客户", concept="kind of customer", unit="flag")
def is_private(rows: ir.Table) -> ir.Value:
    """Private-banking customer."""
    return rows.count(where=rows.kind == "private").clip(upper=1)


@feature(CUSTOMERS, zh="企业客户", concept="kind of customer", unit="flag")
def is_business(rows: ir.Table) -> ir.Value:
    """Business customer."""
    return rows.count(where=rows.kind.isin(("small_business", "corporate"))).clip(upper=1)


FEATURES = (
    *products_held,
    *families_held,
    *holds,
    *products_ended,
    *days_since_new_product,
    *maturing_within_quarter,
    *tenure_days,
    *age,
    *is_private,
    *is_business,
)
