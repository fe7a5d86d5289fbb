"""Features of who the customer is: age, tenure, kind, and the risk they are assessed to bear.

Sex, ethnicity, religion and health are never features.
"""

import ibis
import ibis.expr.types as ir

from features.feature import feature
from features.formula import yes
from features.tables import ASSESSMENTS, CUSTOMERS


@feature(CUSTOMERS, zh="客户年限(天)", concept="customer profile", unit="days", purpose="offers")
def tenure_days(rows: ir.Table) -> ir.Value:
    """Days as a customer."""
    return rows.as_of.delta(rows.opened_on, unit="day").max()


@feature(CUSTOMERS, zh="年龄", concept="customer profile", unit="years", purpose="offers")
def age(rows: ir.Table) -> ir.Value:
    """Age."""
    born = rows.as_of.delta(rows.birth_date, unit="day") / 365.25
    return ibis.coalesce(born, rows.stated_age.cast("float64")).max()


@feature(CUSTOMERS, zh="私人银行客户", concept="customer profile", unit="flag", purpose="offers")
def is_private(rows: ir.Table) -> ir.Value:
    """Private-banking customer."""
    return yes(rows.count(where=rows.kind == "private") > 0)


@feature(CUSTOMERS, zh="企业客户", concept="customer profile", unit="flag", purpose="offers")
def is_business(rows: ir.Table) -> ir.Value:
    """Business customer."""
    return yes(rows.count(where=rows.kind.isin(("small_business", "corporate"))) > 0)


@feature(
    ASSESSMENTS,
    zh="风险承受等级(1最低,5最高)",
    concept="risk tolerance",
    unit="count",
    purpose="offers",
)
def risk_tolerance(rows: ir.Table) -> ir.Value:
    """Risk tolerance as last assessed, from 1 to 5."""
    return rows.tolerance.substr(1).cast("int64").argmax(rows.happened_at)


@feature(
    ASSESSMENTS,
    zh="距风险评估到期天数",
    concept="risk tolerance",
    unit="days",
    purpose="offers",
)
def days_to_reassessment(rows: ir.Table) -> ir.Value:
    """Days until the risk assessment expires, below 0 once it has."""
    return rows.expires_on.delta(rows.as_of, unit="day").max()


FEATURES = (
    *tenure_days,
    *age,
    *is_private,
    *is_business,
    *risk_tolerance,
    *days_to_reassessment,
)
