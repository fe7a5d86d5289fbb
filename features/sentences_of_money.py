"""What the features of balances and flows say of a customer, as a manager would put it."""

from features.wording import LAST, Told, against, pace
from goodcall.language import Text


def _trend(en: str, zh: str, recent: int) -> Told:
    return against(
        Text(f"Average {en} of the last {recent} days are", f"近{recent}天日均{zh}"),
        Text("those of {days} days", "近{days}天日均"),
    )


BALANCES: dict[str, Told] = {
    "assets_mean": (f"Average assets {LAST}: {{value}}", "近{days}天日均资产{value}"),
    "assets_log": (f"Average assets {LAST} were {{value}}", "近{days}天日均资产为{value}"),
    "deposits_mean": (f"Average deposits {LAST}: {{value}}", "近{days}天日均存款{value}"),
    "balance_peak": (
        *(f"Highest balance of one account {LAST}: {{value}}",),
        *("近{days}天单账户最高余额{value}",),
    ),
    "latest_balance": (
        "Latest balance of the fullest account: {value}",
        "余额最高账户的最新余额{value}",
    ),
    "assets_week_against_month": _trend("assets", "资产", 7),
    "assets_month_against_quarter": _trend("assets", "资产", 30),
    "assets_quarter_against_half": _trend("assets", "资产", 90),
    "assets_half_against_year": _trend("assets", "资产", 180),
    "assets_fall": (
        *("Average assets of the last 30 days lie {value} below those of {days} days",),
        *("近30天日均资产比近{days}天日均少{value}",),
        *("Average assets of the last 30 days equal those of {days} days",),
        *("近30天日均资产与近{days}天日均持平",),
        *("Average assets of the last 30 days lie {value} above those of {days} days",),
        *("近30天日均资产比近{days}天日均多{value}",),
    ),
    "deposits_month_against_quarter": _trend("deposits", "存款", 30),
    "balance_against_peak": against(
        Text("The latest balance is", "最新余额"),
        Text("the highest of {days} days", "近{days}天最高余额"),
    ),
    "balance_volatility": (
        *(f"Balances swung by {{value}} of their mean {LAST}",),
        *("近{days}天余额波动幅度达均值的{value}",),
        *(f"Balances did not move {LAST}", "近{days}天余额没有波动"),
    ),
    "overdrawn_days": (
        *(f"An account was overdrawn on {{value}} day{{s}} {LAST}", "近{days}天账户透支{value}天"),
        *(f"No account was overdrawn {LAST}", "近{days}天没有透支"),
    ),
    "idle_cash": (
        *(f"Deposits never fell below {{value}} in an account {LAST}",),
        *("近{days}天单账户存款最低仍有{value}",),
        *(f"A deposit account was empty {LAST}", "近{days}天有存款账户余额为零"),
        *(
            f"A deposit account fell {{value}} below zero {LAST}",
            "近{days}天存款账户最多透支{value}",
        ),
    ),
    "idle_cash_share": (
        *(f"{{value}} of deposits was never touched {LAST}", "近{days}天有{value}的存款从未动用"),
        *(f"No part of deposits stayed untouched {LAST}", "近{days}天没有闲置存款"),
    ),
    "empty_share": (
        *("Deposit accounts stood empty for {value} of the last {days} days",),
        *("近{days}天存款账户有{value}的时间余额为零",),
        *(f"No deposit account stood empty {LAST}", "近{days}天存款账户从未为零"),
    ),
    "wealth_share": (
        *(f"{{value}} of assets stood in wealth products {LAST}", "近{days}天资产中理财占{value}"),
        *(f"No assets stood in wealth products {LAST}", "近{days}天资产中没有理财"),
    ),
}
FLOWS: dict[str, Told] = {
    "cash_in": (
        *(f"Received {{value}} {LAST}", "近{days}天转入资金{value}"),
        *(f"Received no money {LAST}", "近{days}天没有资金转入"),
    ),
    "largest_inflow": (
        *(f"Received up to {{value}} at once {LAST}", "近{days}天单笔最大转入{value}"),
        *(f"Received nothing at once {LAST}", "近{days}天没有任何一笔转入"),
    ),
    "inflow_against_own_pace": pace("Money coming in", "转入资金"),
    "cash_out": (
        *(f"{{value}} went out {LAST}", "近{days}天转出资金{value}"),
        *(f"No money went out {LAST}", "近{days}天没有资金转出"),
    ),
    "largest_outflow": (
        *(f"Up to {{value}} went out at once {LAST}", "近{days}天单笔最大转出{value}"),
        *(f"Nothing went out at once {LAST}", "近{days}天没有任何一笔转出"),
    ),
    "planned_out": (
        *(f"{{value}} went out {LAST} as announced", "近{days}天按事先告知转出{value}"),
        *(f"Nothing that went out {LAST} was announced", "近{days}天没有事先告知的转出"),
    ),
    "outflow_week_against_month": pace("Money going out", "转出资金", 7),
    "outflow_against_own_pace": pace("Money going out", "转出资金"),
    "outflow_quarter_against_year": pace("Money going out", "转出资金", 90),
    "largest_outflow_of_assets": (
        *("The largest outflow of {days} days equals {value} of average assets",),
        *("近{days}天单笔最大转出相当于近90天日均资产的{value}",),
        *("Nothing of the assets went out in {days} days", "近{days}天资产没有转出"),
    ),
    "net_flow": (
        *(f"Net inflow {LAST}: {{value}}", "近{days}天资金净流入{value}"),
        *(f"As much came in as went out {LAST}", "近{days}天资金进出相抵"),
        *(f"Net outflow {LAST}: {{value}}", "近{days}天资金净流出{value}"),
    ),
    "net_flow_log": (
        *("Over {days} days {value} more came in than went out", "近{days}天转入比转出多{value}"),
        *("Over {days} days as much came in as went out", "近{days}天转入与转出相等"),
        *("Over {days} days {value} more went out than came in", "近{days}天转出比转入多{value}"),
    ),
    "net_flow_of_assets": (
        *("Net inflow of {days} days equals {value} of average assets",),
        *("近{days}天资产净流入{value}(占近90天日均资产)",),
        *("Assets neither flowed in nor out on balance in {days} days", "近{days}天资产净流入为零"),
        *("Net outflow of {days} days equals {value} of average assets",),
        *("近{days}天资产净流出{value}(占近90天日均资产)",),
    ),
    "sent_to_other_banks": (
        *(f"{{value}} went to other banks {LAST}", "近{days}天转往他行{value}"),
        *(f"No money went to other banks {LAST}", "近{days}天没有转往他行"),
    ),
    "received_from_other_banks": (
        *(f"{{value}} came from other banks {LAST}", "近{days}天由他行转入{value}"),
        *(f"No money came from other banks {LAST}", "近{days}天没有由他行转入"),
    ),
    "sent_against_own_pace": pace("Money sent to other banks", "转往他行资金"),
    "sent_share_of_out": (
        *(f"{{value}} of the money that went out {LAST} went to other banks",),
        *("近{days}天转出资金中{value}去往他行",),
        *(f"Of the money that went out {LAST} none went to other banks",),
        *("近{days}天转出资金中没有去往他行",),
    ),
    "sent_of_assets": (
        *("Money sent to other banks in {days} days equals {value} of average assets",),
        *("近{days}天转往他行相当于近90天日均资产的{value}",),
        *("No part of the assets went to other banks in {days} days", "近{days}天资产没有转往他行"),
    ),
    "sent_log": (
        *("The customer sent {value} to other banks in {days} days", "近{days}天向他行转出{value}"),
        *("The customer sent nothing to other banks in {days} days", "近{days}天未向他行转出"),
    ),
    "card_spending": (
        *(f"{{value}} was spent by card {LAST}", "近{days}天刷卡消费{value}"),
        *(f"Nothing was spent by card {LAST}", "近{days}天没有刷卡消费"),
    ),
    "card_against_own_pace": pace("Spending by card", "刷卡消费"),
    "cash_transactions": (
        *(f"Paid in or drew cash {{value}} time{{s}} {LAST}", "近{days}天现金存取{value}次"),
        *(f"Neither paid in nor drew cash {LAST}", "近{days}天没有现金存取"),
    ),
    "fees": (
        *(f"Fees of {{value}} were charged {LAST}", "近{days}天支付手续费{value}"),
        *(f"No fees were charged {LAST}", "近{days}天没有手续费"),
    ),
    "interest_earned": (
        *(f"Interest of {{value}} was earned {LAST}", "近{days}天利息收入{value}"),
        *(f"No interest was earned {LAST}", "近{days}天没有利息收入"),
    ),
    "moved_by_investing": (
        *(f"{{value}} went into investments {LAST}", "近{days}天投资买入{value}"),
        *(f"Nothing went into investments {LAST}", "近{days}天没有投资买入"),
    ),
    "loan_payments": (
        *(f"{{value}} net went into loan payments {LAST}", "近{days}天偿还贷款{value}"),
        *(f"Nothing went into loan payments {LAST}", "近{days}天没有偿还贷款"),
        *(f"Loan payments of {{value}} net came back {LAST}", "近{days}天贷款还款净退回{value}"),
    ),
}
