"""What the features of income, loans, activity and digital life say, as a manager would put it."""

from features.wording import LAST, Told, against, pace
from goodcall.language import Text

INCOME: dict[str, Told] = {
    "salary_in": (
        *(f"Salary and pension {LAST}: {{value}}", "近{days}天工资及养老金收入{value}"),
        *(f"No salary or pension {LAST}", "近{days}天没有工资或养老金收入"),
    ),
    "days_since_salary": (
        *("{value} day{s} since the last salary or pension", "距上次工资或养老金已{value}天"),
        *("Salary or pension came in on the last day", "最近一天有工资或养老金到账"),
    ),
    "salary_payments": (
        *(f"Salary or pension came in {{value}} time{{s}} {LAST}",),
        *("近{days}天工资及养老金到账{value}次",),
        *(f"Salary or pension never came in {LAST}", "近{days}天没有工资或养老金到账"),
    ),
    "latest_salary": ("The latest salary or pension was {value}", "最近一笔工资或养老金{value}"),
    "salary_size": (
        *(f"A salary or pension was {{value}} on average {LAST}",),
        *("近{days}天笔均工资或养老金{value}",),
    ),
    "salary_spread": (
        *(f"Salary or pension swung by {{value}} of its mean {LAST}",),
        *("近{days}天工资及养老金波动达均值的{value}",),
        *(f"Salary or pension did not change {LAST}", "近{days}天工资及养老金金额没有变化"),
    ),
    "salary_against_own_mean": against(
        Text("The latest salary or pension is", "最近一笔工资或养老金"),
        Text("its mean of {days} days", "近{days}天均值"),
    ),
    "receives_pension": (
        *(f"Received a pension {LAST}", "近{days}天领取过养老金"),
        *(f"Received no pension {LAST}", "近{days}天没有领取养老金"),
    ),
    "salary_stopped": (
        *("Salary or pension stopped: none in the last 45 days, some in the 90 before",),
        *("最近45天工资或养老金中断,此前90天内曾有",),
        *(
            "No stop of salary or pension was seen in the last 45 days",
            "最近45天未见工资或养老金中断",
        ),
    ),
    "stopped_standing_order": (
        *("Standing orders stopped: none in the last 45 days, some in the 90 before",),
        *("最近45天定期代扣中断,此前90天内曾有",),
        *("No stop of standing orders was seen in the last 45 days", "最近45天未见定期代扣中断"),
    ),
    "stopped_bill": (
        *("Bill payments stopped: none in the last 45 days, some in the 90 before",),
        *("最近45天账单缴费中断,此前90天内曾有",),
        *("No stop of bill payments was seen in the last 45 days", "最近45天未见账单缴费中断"),
    ),
    "stopped_card": (
        *("Card payments stopped: none in the last 45 days, some in the 90 before",),
        *("最近45天刷卡消费中断,此前90天内曾有",),
        *("No stop of card payments was seen in the last 45 days", "最近45天未见刷卡消费中断"),
    ),
    "regular_payments": (
        *(f"Bills and standing orders paid {LAST}: {{value}}", "近{days}天账单及代扣{value}笔"),
        *(f"Paid no bill or standing order {LAST}", "近{days}天没有账单或代扣"),
    ),
    "regular_payments_against_own_pace": pace(
        "The number of bills and standing orders", "账单及代扣笔数"
    ),
    "loan_payment_monthly": (
        *("Loans cost {value} a month", "每月贷款还款{value}"),
        *("No loan asks for monthly payments", "没有每月贷款还款"),
    ),
    "overdue_amount": (
        *("{value} is overdue on loans", "贷款逾期{value}"),
        *("Nothing is overdue on loans", "贷款没有逾期金额"),
    ),
    "days_overdue": (
        *("A loan has been overdue for {value} day{s}", "贷款最长已逾期{value}天"),
        *("No loan has been overdue for a day", "贷款没有逾期"),
    ),
    "payments_of_salary": (
        *("Monthly loan payments take {value} of the monthly salary or pension",),
        *("每月还款占近90天月均工资的{value}",),
        *("Loan payments take nothing of the salary or pension", "工资无需用于还款"),
    ),
}
DOINGS: dict[str, Told] = {
    "own_transactions": (
        *(f"Made {{value}} transaction{{s}} {LAST}", "近{days}天自主交易{value}笔"),
        *(f"Made no transaction {LAST}", "近{days}天没有自主交易"),
    ),
    "days_since_own_transaction": (
        *("{value} day{s} since the last own transaction", "距上次自主交易已{value}天"),
        *("Made a transaction on the last day", "最近一天有自主交易"),
    ),
    "active_days": (
        *(f"Made transactions on {{value}} day{{s}} {LAST}", "近{days}天有{value}天发生自主交易"),
        *(f"Made transactions on no day {LAST}", "近{days}天没有一天发生自主交易"),
    ),
    "activity_against_own_pace": pace("The number of own transactions", "自主交易笔数"),
    "activity_against_quarter_before": against(
        Text("The number of own transactions of the last 90 days is", "近90天自主交易笔数"),
        Text("that of the 90 days before", "此前90天"),
    ),
    "active_days_against_own_pace": pace("The number of active days", "有交易的天数"),
    "transaction_silence": (
        *("The wait since the last own transaction is {value} of the usual gap",),
        *("距上次自主交易的天数达平时间隔的{value}",),
        *("The wait since the last own transaction has only begun", "刚刚有过自主交易"),
    ),
    "inactive": (
        *(f"Neither login nor own transaction {LAST}", "近{days}天既无登录也无自主交易"),
        *(f"There was a login or own transaction {LAST}", "近{days}天有登录或自主交易"),
    ),
    "days_since_sign_of_life": (
        *("{value} day{s} since the last login or own transaction",),
        *("距上次登录或自主交易已{value}天",),
        *("Logged in or made a transaction on the last day", "最近一天有登录或自主交易"),
    ),
    "branch_and_machine_share": (
        *(f"{{value}} of transactions {LAST} were made in a branch or at a machine",),
        *("近{days}天{value}的交易在柜面或自助机办理",),
        *(f"No transaction {LAST} was made in a branch or at a machine",),
        *("近{days}天没有柜面或自助机交易",),
    ),
    "mobile_share": (
        *(f"{{value}} of own transactions {LAST} were made in the mobile bank",),
        *("近{days}天自主交易中{value}在手机银行办理",),
        *(f"No own transaction {LAST} was made in the mobile bank",),
        *("近{days}天没有在手机银行自主交易",),
    ),
    "channels_used": (
        *(f"Used {{value}} channel{{s}} for transactions {LAST}",),
        *("近{days}天自主交易使用{value}个渠道",),
        *(f"Used no channel for transactions {LAST}", "近{days}天没有使用任何渠道交易"),
    ),
    "branch_visits": (
        *(f"Visited a branch {{value}} time{{s}} {LAST}", "近{days}天到访网点{value}次"),
        *(f"Visited no branch {LAST}", "近{days}天没有到访网点"),
    ),
    "days_since_visit": (
        *("{value} day{s} since the last visit to a branch", "距上次到访网点已{value}天"),
        *("Visited a branch on the last day", "最近一天到访过网点"),
    ),
    "logins": (
        *(f"Logged in {{value}} time{{s}} {LAST}", "近{days}天登录{value}次"),
        *(f"No login {LAST}", "近{days}天没有登录"),
    ),
    "days_since_login": (
        *("{value} day{s} since the last login", "距上次登录已{value}天"),
        *("Logged in on the last day", "最近一天有登录"),
    ),
    "login_days": (
        *(f"Logged in on {{value}} day{{s}} {LAST}", "近{days}天有{value}天登录"),
        *(f"Logged in on no day {LAST}", "近{days}天没有一天登录"),
    ),
    "logins_against_own_pace": pace("The number of logins", "登录次数"),
    "login_silence": (
        *("The wait since the last login is {value} of the usual gap",),
        *("距上次登录的天数达平时间隔的{value}",),
        *("The wait since the last login has only begun", "刚刚登录过"),
    ),
    "web_share": (
        *(f"{{value}} of logins {LAST} were on the web", "近{days}天登录中{value}来自网页"),
        *(f"No login {LAST} was on the web", "近{days}天没有网页登录"),
    ),
    "page_views": (
        *(f"Looked at product pages {{value}} time{{s}} {LAST}", "近{days}天浏览产品页{value}次"),
        *(f"Looked at no product page {LAST}", "近{days}天没有浏览产品页"),
    ),
    "page_views_against_own_pace": pace("The number of product pages", "产品页浏览次数"),
    "applications": (
        *(f"Handed in {{value}} application{{s}} {LAST}", "近{days}天提交业务申请{value}个"),
        *(f"Handed in no application {LAST}", "近{days}天没有提交业务申请"),
    ),
    "abandoned_applications": (
        *(f"Began and left {{value}} application{{s}} {LAST}", "近{days}天中途放弃申请{value}个"),
        *(f"Left no application unfinished {LAST}", "近{days}天没有中途放弃申请"),
    ),
    "days_since_abandoned": (
        *("{value} day{s} since an application was left unfinished",),
        *("距上次中途放弃申请已{value}天",),
        *("Left an application unfinished on the last day", "最近一天中途放弃过申请"),
    ),
    "partner_events": (
        *(f"Partners told of {{value}} event{{s}} {LAST}", "近{days}天合作方推送{value}个事件"),
        *(f"Partners told of no event {LAST}", "近{days}天合作方没有推送事件"),
    ),
    "government_events": (
        *(f"Public offices told of {{value}} event{{s}} {LAST}", "近{days}天政务推送{value}个事件"),
        *(f"Public offices told of no event {LAST}", "近{days}天政务没有推送事件"),
    ),
}
