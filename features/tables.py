"""The contracts of the raw tables: what a bank must hand over, and what each column means."""

from dataclasses import replace

from features.contract import Column, ColumnType, Table
from goodcall.language import Text
from goodcall.vocabulary import (
    CATEGORIES,
    CHANNELS,
    CONTACT_STATES,
    FAMILIES,
    KINDS,
    OUTCOMES,
    RISK_RATINGS,
    TOLERANCES,
)

# The version of these contracts. It goes up by one with each release that adds a column, and the
# new column says so in its `since`; banks written under earlier versions stay readable.
CONTRACT_VERSION = 2


def _column(name: str, kind: ColumnType, en: str, zh: str, *allowed: str) -> Column:
    return Column(name, kind, Text(en, zh), allowed=allowed)


def _required(name: str, kind: ColumnType, en: str, zh: str, *allowed: str) -> Column:
    return Column(name, kind, Text(en, zh), required=True, allowed=allowed)


def _of(table: str, column: Column) -> Column:
    return replace(column, refers_to=table)


def _personal(column: Column) -> Column:
    return replace(column, personal=True)


_HAPPENED = _required("happened_at", "instant", "when it became true", "发生时间")
_KNOWN = _required("known_at", "instant", "when the bank knew it", "银行知悉时间")
_CUSTOMER = _of("customers", _required("customer_id", "id", "whose fact it is", "所属客户"))
_BRANCH = _of("branches", _column("branch_id", "id", "branch in charge", "所属网点"))

CUSTOMERS = Table(
    "customers",
    Text(
        "who the customers are; one row per customer and moment of knowledge",
        "客户是谁;每次变更一行",
    ),
    ("customer_id",),
    (
        _required("customer_id", "id", "the customer", "客户编号"),
        _HAPPENED,
        _KNOWN,
        _required("kind", "text", "sort of customer", "客户类型", *KINDS),
        _required(
            "status", "text", "whether the relation lives", "状态", "active", "closed", "deceased"
        ),
        _personal(_column("name", "text", "name; shown masked", "姓名(脱敏显示)")),
        _column("birth_date", "date", "date of birth", "出生日期"),
        _column(
            "stated_age",
            "count",
            "years of age at happened_at where the source gives no birth date",
            "登记年龄(岁),无出生日期时使用",
        ),
        _column(
            "sex", "text", "sex; for evaluation by group only", "性别(仅用于分组评估)", "F", "M"
        ),
        _of("households", _column("household_id", "id", "household", "家庭编号")),
        _BRANCH,
        _of("staff", _column("manager_id", "id", "relationship manager", "客户经理")),
        _column("zone", "text", "IANA time zone, where not the bank's own", "时区(与总行不同时)"),
        _column("opened_on", "date", "first day as a customer", "开户日期"),
        _column("occupation", "text", "occupation as stated", "职业"),
        _column("education", "text", "education as stated", "教育程度"),
        _column("marital_status", "text", "marital status as stated", "婚姻状况"),
        _column("city", "text", "city of residence", "居住城市"),
        _column("profiling_opt_out", "flag", "objects to profiling", "拒绝画像"),
    ),
    "customer file",
    "customer data office",
)
CONTACT_POINTS = Table(
    "contact_points",
    Text("numbers and addresses at which a customer can be reached", "客户联系方式"),
    ("point_id",),
    (
        _required("point_id", "id", "the contact point", "联系方式编号"),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required("channel", "text", "what it reaches", "渠道", *CHANNELS),
        _personal(
            _required("value", "text", "number or address; shown masked", "号码或地址(脱敏显示)")
        ),
        _required("valid", "flag", "still in use", "是否有效"),
        _column("verified_on", "date", "day it was last verified", "最近核验日期"),
    ),
    "customer file",
    "customer data office",
)
HOUSEHOLDS = Table(
    "households",
    Text("customers who decide together", "家庭"),
    ("household_id",),
    (_required("household_id", "id", "the household", "家庭编号"), _HAPPENED, _KNOWN, _BRANCH),
    "customer file",
    "customer data office",
    customer=False,
)
ASSESSMENTS = Table(
    "assessments",
    Text("risk tolerance as assessed", "风险承受能力评估"),
    ("assessment_id",),
    (
        _required("assessment_id", "id", "the assessment", "评估编号"),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required("tolerance", "text", "risk tolerance, C1 lowest", "风险承受等级", *TOLERANCES),
        _required("expires_on", "date", "last day of validity", "有效期至"),
    ),
    "suitability system",
    "wealth management",
)
ACCOUNTS = Table(
    "accounts",
    Text("accounts and their holders", "账户"),
    ("account_id",),
    (
        _required("account_id", "id", "the account", "账户编号"),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required(
            "kind",
            "text",
            "sort of account",
            "账户类型",
            *("current", "savings", "wealth", "credit_card", "loan"),
        ),
        _required("opened_on", "date", "day it was opened", "开户日期"),
        _column("closed_on", "date", "day it was closed", "销户日期"),
        _column("currency", "text", "ISO 4217 code", "币种"),
        _column("statement", "text", "how often a statement is issued", "对账单频率"),
    ),
    "core banking",
    "operations",
)
PRODUCTS = Table(
    "products",
    Text("what the bank sells", "产品"),
    ("product_id",),
    (
        _required("product_id", "id", "the product", "产品编号"),
        _HAPPENED,
        _KNOWN,
        _required("code", "text", "short name in policy files", "产品代码"),
        _required("name_en", "text", "name in English", "英文名称"),
        _required("name_zh", "text", "name in Chinese", "中文名称"),
        _required("family", "text", "what it competes with", "产品大类", *FAMILIES),
        _required("investment", "flag", "falls under suitability", "是否适用适当性管理"),
        _column("issuer_risk", "text", "rating by the issuer", "发行方风险等级", *RISK_RATINGS),
        _column("seller_risk", "text", "rating by the seller", "销售方风险等级", *RISK_RATINGS),
        _column("term_days", "count", "days to maturity", "期限(天)"),
    ),
    "product catalogue",
    "product office",
    customer=False,
)
HOLDINGS = Table(
    "holdings",
    Text("which product a customer holds; a closing is a later version of the row", "客户持有产品"),
    ("holding_id",),
    (
        _required("holding_id", "id", "the holding", "持有编号"),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _of("products", _required("product_id", "id", "product held", "产品编号")),
        _required("family", "text", "family of the product", "产品大类", *FAMILIES),
        _required("opened_on", "date", "first day held", "起始日"),
        _column("closed_on", "date", "day it ended", "结束日"),
        _column("matures_on", "date", "day it falls due", "到期日"),
        _column("amount_cents", "cents", "amount at opening", "起始金额(分)"),
        _column("account_id", "id", "account it is booked on", "账户编号"),
    ),
    "core banking",
    "product office",
)
BALANCES = Table(
    "balances",
    Text("average balances of the periods that begin at happened_at", "自发生时间起各期日均余额"),
    ("account_id", "happened_at"),
    (
        _of("accounts", _required("account_id", "id", "the account", "账户编号")),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required("family", "text", "what the money stands in", "资金类别", "deposit", "wealth"),
        _required("balance_cents", "cents", "average balance of the period", "日均余额(分)"),
        _required("period_days", "count", "length of the period: 1 or a month", "期间天数"),
    ),
    "core banking",
    "finance",
    fresh_days=35,
)
LOANS = Table(
    "loans",
    Text("loans and what is overdue", "贷款及逾期"),
    ("loan_id",),
    (
        _required("loan_id", "id", "the loan", "贷款编号"),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required("opened_on", "date", "day it was granted", "放款日期"),
        _column("account_id", "id", "account it is served from", "账户编号"),
        _column("principal_cents", "cents", "amount granted", "本金(分)"),
        _column("payment_cents", "cents", "monthly payment", "月还款额(分)"),
        _column("term_months", "count", "months to run at the start", "期限(月)"),
        _column("overdue_since", "date", "due date of the oldest unpaid part", "逾期起始日"),
        _column("overdue_cents", "cents", "amount overdue", "逾期金额(分)"),
    ),
    "loan system",
    "credit risk",
)
TRANSACTIONS = Table(
    "transactions",
    Text("money in and out of accounts", "账户收支"),
    ("transaction_id",),
    (
        _required("transaction_id", "id", "the transaction", "交易编号"),
        _of("accounts", _required("account_id", "id", "the account", "账户编号")),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required("amount_cents", "cents", "amount; in is positive", "金额(分),收入为正"),
        _required(
            "kind",
            "text",
            "what it is",
            "交易类型",
            *("salary", "pension", "transfer", "card", "cash", "bill", "standing_order"),
            *("loan_payment", "investment", "interest", "fee", "other"),
        ),
        _required(
            "initiated_by", "text", "who caused it", "发起方", "customer", "bank", "third_party"
        ),
        _column(
            "channel",
            "text",
            "where it was made",
            "交易渠道",
            *("mobile", "web", "branch", "atm", "pos", "auto"),
        ),
        _column("counterparty", "text", "bank at the other end", "对手行", "own", "other"),
        _column("planned", "flag", "announced beforehand, such as a home purchase", "是否事先告知"),
    ),
    "core banking",
    "operations",
    fresh_days=3,
)
EVENTS = Table(
    "events",
    Text("what a customer did in a channel besides moving money", "客户渠道行为"),
    ("event_id",),
    (
        _required("event_id", "id", "the event", "事件编号"),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required(
            "kind",
            "text",
            "what it is",
            "事件类型",
            *("login", "page_view", "application", "application_abandoned", "visit"),
            *("partner", "government"),
        ),
        _column("channel", "text", "where", "渠道", "mobile", "web", "branch", "partner"),
        _column("topic", "text", "family of product looked at", "关注产品大类"),
    ),
    "channel logs",
    "digital channels",
    fresh_days=3,
)
CASES = Table(
    "cases",
    Text("complaints and service cases; a closing is a later version of the row", "投诉与服务工单"),
    ("case_id",),
    (
        _required("case_id", "id", "the case", "工单编号"),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required("kind", "text", "what it is", "工单类型", "complaint", "service"),
        _column("closed_at", "instant", "when it was settled", "结案时间"),
        _column("mood", "text", "mood noted", "情绪", "low", "neutral", "satisfied"),
        _column("topic", "text", "what it is about", "主题"),
    ),
    "service desk",
    "customer care",
)
CONTACTS = Table(
    "contacts",
    Text("who spoke to a customer, how, about what, and what came of it", "与客户的联系记录"),
    ("contact_id",),
    (
        _required("contact_id", "id", "the contact", "联系编号"),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required("channel", "text", "channel", "渠道", *CHANNELS),
        _required("direction", "text", "who began", "方向", "outbound", "inbound"),
        _required("category", "text", "sort of contact", "类别", *CATEGORIES),
        _required("state", "text", "how far it got", "状态", *CONTACT_STATES),
        _column("purpose", "text", "why", "目的"),
        _column("offer_code", "text", "offer made", "产品代码"),
        _column("outcome", "text", "what came of it", "结果", *OUTCOMES),
        replace(
            _of(
                "contact_points",
                _column("point_id", "id", "number or address that was used", "所用联系方式编号"),
            ),
            since=2,
        ),
        _of("staff", _column("staff_id", "id", "who made it", "经办人")),
        _column(
            "randomised", "flag", "chosen by lot, so that effects can be learned", "是否随机分配"
        ),
        _column("probability", "number", "probability with which the lot chose it", "随机分配概率"),
        _column(
            "time_precision",
            "text",
            "how exactly the source tells the time; inferred parts are named",
            "时间精度",
            *("second", "day", "inferred_year", "inferred_year_and_day"),
        ),
        _personal(
            _column(
                "attributes",
                "text",
                "what else the source says, as a JSON object",
                "来源的其他信息(JSON)",
            )
        ),
    ),
    "contact log",
    "marketing",
)
CONSENTS = Table(
    "consents",
    Text("what a customer allowed, refused or took back", "客户授权与拒绝"),
    ("consent_id",),
    (
        _required("consent_id", "id", "the record", "授权编号"),
        _CUSTOMER,
        _HAPPENED,
        _KNOWN,
        _required(
            "action", "text", "what was said", "动作", "grant", "revoke", "dnc", "dnc_lifted"
        ),
        _column("channel", "text", "channel; absent speaks for all", "渠道(空为全部)", *CHANNELS),
        _column("purpose", "text", "purpose; absent speaks for marketing", "目的(空为营销)"),
        _column("evidence_source", "text", "where the words were given", "证据来源"),
        _column("text_version", "text", "version of the words agreed to", "文本版本"),
        _column("expires_on", "date", "last day it holds", "有效期至"),
    ),
    "consent register",
    "compliance",
)
OFFERS = Table(
    "offers",
    Text("what may be offered, and what it earns", "可推荐的产品与收益"),
    ("offer_code",),
    (
        _required("offer_code", "text", "the offer", "推荐代码"),
        _HAPPENED,
        _KNOWN,
        _of("products", _required("product_id", "id", "product offered", "产品编号")),
        _required("name_en", "text", "name in English", "英文名称"),
        _required("name_zh", "text", "name in Chinese", "中文名称"),
        _required("margin_cents", "cents", "contribution over 12 months", "12个月贡献(分)"),
        _required(
            "kinds", "text", "kinds of customer, separated by commas", "适用客户类型(逗号分隔)"
        ),
        _column("min_age", "count", "youngest age in years", "最低年龄"),
        _column("max_age", "count", "oldest age in years", "最高年龄"),
        _column("valid_to", "date", "last day of the offer", "有效期至"),
    ),
    "product catalogue",
    "product office",
    customer=False,
)
STAFF = Table(
    "staff",
    Text("who works with customers", "员工"),
    ("staff_id",),
    (
        _required("staff_id", "id", "the person", "员工编号"),
        _HAPPENED,
        _KNOWN,
        _personal(_required("name", "text", "name", "姓名")),
        _required(
            "role", "text", "role", "岗位", "relationship_manager", "teller", "lobby", "agent"
        ),
        _BRANCH,
        _column("daily_minutes", "count", "minutes a day for outreach", "每日外呼分钟数"),
    ),
    "personnel",
    "personnel",
    customer=False,
)
BRANCHES = Table(
    "branches",
    Text("where the bank meets its customers", "网点"),
    ("branch_id",),
    (
        _required("branch_id", "id", "the branch", "网点编号"),
        _HAPPENED,
        _KNOWN,
        _required("name", "text", "name", "名称"),
        _column("region", "text", "region", "地区"),
        _column("zone", "text", "IANA time zone, where not the bank's own", "时区(与总行不同时)"),
    ),
    "organisation",
    "operations",
    customer=False,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *(CUSTOMERS, CONTACT_POINTS, HOUSEHOLDS, ASSESSMENTS, ACCOUNTS, PRODUCTS, HOLDINGS),
        *(BALANCES, LOANS, TRANSACTIONS, EVENTS, CASES, CONTACTS, CONSENTS, OFFERS),
        *(STAFF, BRANCHES),
    )
}
