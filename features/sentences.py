"""What every feature of the shipped catalogue says of a customer, as a manager would put it.

A key is a feature's name without its window. Each is told in English and Chinese, then so for a
value of zero and for one below it. `{value}` is the number, `{days}` the window.
"""

from features.sentences_of_life import DOINGS, INCOME
from features.sentences_of_money import BALANCES, FLOWS
from features.wording import LAST, Sentence, Told, pace, sentence
from goodcall.language import Text
from goodcall.vocabulary import FAMILY_NAMES

_PAPERS: dict[str, Told] = {
    "products_held": (
        *("Holds {value} product{s}", "持有{value}个产品"),
        *("Holds no product", "没有持有产品"),
    ),
    "families_held": (
        *("Kinds of product held: {value}", "持有{value}类产品"),
        *("Holds no kind of product", "没有持有任何一类产品"),
    ),
    "families_ever_held": (
        *("Kinds of product held now or before: {value}", "曾持有{value}类产品"),
        *("Never held a product", "从未持有产品"),
    ),
    "products_ended": (
        *("Products that have ended: {value}", "曾持有的{value}个产品已结束"),
        *("No product held once has ended", "没有已结束的产品"),
    ),
    "ended_within_quarter": (
        *("Products of {value} ended within the last 90 days", "近90天内结束的产品金额{value}"),
        *("No money left products within the last 90 days", "近90天内没有产品金额结束"),
    ),
    "days_since_new_product": (
        *("{value} day{s} since the newest product began", "距最近一次新增产品已{value}天"),
        *("A product began on the last day", "最近一天新增了产品"),
    ),
    "maturing_within_month": (
        *("{value} falls due within 30 days", "未来30天到期{value}"),
        *("Nothing falls due within 30 days", "未来30天没有到期"),
    ),
    "maturing_within_quarter": (
        *("{value} falls due within 90 days", "未来90天到期{value}"),
        *("Nothing falls due within 90 days", "未来90天没有到期"),
    ),
    "days_to_maturity": (
        *("The next product falls due in {value} day{s}", "距下一次到期还有{value}天"),
        *("A product falls due today", "今天有产品到期"),
    ),
    "accounts_open": (
        *("{value} account{s} in use", "在用账户{value}个"),
        *("No account in use", "没有在用账户"),
    ),
    "accounts_closed_within_year": (
        *("Closed {value} account{s} within the last 365 days", "近365天内销户{value}个"),
        *("Closed no account within the last 365 days", "近365天内没有销户"),
    ),
    "tenure_days": (
        *("A customer for {value} day{s}", "成为客户已{value}天"),
        *("Became a customer today", "今天成为客户"),
    ),
    "age": ("{value} years old", "客户{value}岁"),
    "is_private": (
        *("A private-banking customer", "私人银行客户"),
        *("Not a private-banking customer", "非私人银行客户"),
    ),
    "is_business": ("A business customer", "企业客户", "Not a business customer", "非企业客户"),
    "risk_tolerance": (
        *("Risk tolerance {value} on a scale from 1 to 5", "风险承受等级为{value}(1最低,5最高)"),
    ),
    "days_to_reassessment": (
        *("The risk assessment expires in {value} day{s}", "风险评估还有{value}天到期"),
        *("The risk assessment expires today", "风险评估今天到期"),
        *("The risk assessment expired {value} day{s} ago", "风险评估已过期{value}天"),
    ),
}
_TALK: dict[str, Told] = {
    "contacts": (
        *(f"{{value}} marketing contact{{s}} {LAST}", "近{days}天营销联系{value}次"),
        *(f"No marketing contact {LAST}", "近{days}天没有营销联系"),
    ),
    "days_since_contact": (
        *("{value} day{s} since the last marketing contact", "距上次营销联系已{value}天"),
        *("A marketing contact on the last day", "最近一天有营销联系"),
    ),
    "contacts_against_own_pace": pace("The number of marketing contacts", "营销联系次数"),
    "service_contacts": (
        *(f"{{value}} contact{{s}} for service, risk or regulation {LAST}",),
        *("近{days}天服务及其他非营销联系{value}次",),
        *(
            f"No contact for service, risk or regulation {LAST}",
            "近{days}天没有服务及其他非营销联系",
        ),
    ),
    "inbound_contacts": (
        *(
            f"The customer got in touch {{value}} time{{s}} {LAST}",
            "近{days}天客户主动联系{value}次",
        ),
        *(f"The customer did not get in touch {LAST}", "近{days}天客户没有主动联系"),
    ),
    "interest_shown": (
        *(f"Showed interest in {{value}} contact{{s}} {LAST}", "近{days}天表示有意向{value}次"),
        *(f"Showed interest in no contact {LAST}", "近{days}天没有表示有意向"),
    ),
    "refusals": (
        *(f"Not interested or refused in {{value}} contact{{s}} {LAST}",),
        *("近{days}天表示无兴趣或拒绝{value}次",),
        *(f"Refused in no contact {LAST}", "近{days}天没有表示无兴趣或拒绝"),
    ),
    "days_since_refusal": (
        *("{value} day{s} since the customer last refused", "距上次无兴趣或拒绝已{value}天"),
        *("The customer refused on the last day", "最近一天表示无兴趣或拒绝"),
    ),
    "unanswered_calls": (
        *(f"{{value}} call{{s}} went unanswered {LAST}", "近{days}天有{value}次电话未接通"),
        *(f"No call went unanswered {LAST}", "近{days}天没有未接通电话"),
    ),
    "answered_share": (
        *(f"Answered {{value}} of marketing calls {LAST}", "近{days}天营销电话接通率{value}"),
        *(f"Answered no marketing call {LAST}", "近{days}天没有接听营销电话"),
    ),
    "said_leaving": (
        *(
            f"Said in {{value}} contact{{s}} {LAST} to be leaving",
            "近{days}天{value}次表示要离开本行",
        ),
        *(f"Never said {LAST} to be leaving", "近{days}天没有表示要离开本行"),
    ),
    "opt_outs": (
        *(f"Took consent back or asked for quiet {{value}} time{{s}} {LAST}",),
        *("近{days}天撤回授权或要求勿扰{value}次",),
        *(f"Never took consent back {LAST}", "近{days}天没有撤回授权或要求勿扰"),
    ),
    "last_word_was_no": (
        *("The latest word on being contacted was no", "最近一次授权表态为撤回或勿扰"),
        *("The latest word on being contacted was not no", "最近一次授权表态不是撤回或勿扰"),
    ),
    "low_mood_contacts": (
        *(f"Low in mood in {{value}} contact{{s}} {LAST}", "近{days}天联系中情绪低落{value}次"),
        *(f"Low in mood in no contact {LAST}", "近{days}天联系中没有情绪低落"),
    ),
    "complaints": (
        *(f"Complained {{value}} time{{s}} {LAST}", "近{days}天投诉{value}次"),
        *(f"Never complained {LAST}", "近{days}天没有投诉"),
    ),
    "days_since_complaint": (
        *("{value} day{s} since the last complaint", "距上次投诉已{value}天"),
        *("Complained on the last day", "最近一天有投诉"),
    ),
    "service_cases": (
        *(f"{{value}} service case{{s}} {LAST}", "近{days}天服务工单{value}个"),
        *(f"No service case {LAST}", "近{days}天没有服务工单"),
    ),
    "open_cases": (
        *("Open cases: {value}", "未结工单{value}个"),
        *("No case is open", "没有未结工单"),
    ),
    "longest_open_case": (
        *("The oldest open case has waited {value} day{s}", "未结工单最长已等待{value}天"),
        *("The oldest open case came in on the last day", "最早的未结工单为最近一天提交"),
    ),
    "days_to_settle": (
        *(f"Cases took {{value}} day{{s}} to settle {LAST}", "近{days}天工单平均{value}天结案"),
        *(f"Cases were settled at once {LAST}", "近{days}天工单均即时结案"),
    ),
    "low_mood_cases": (
        *(f"Low in mood in {{value}} case{{s}} {LAST}", "近{days}天情绪低落的工单{value}个"),
        *(f"Low in mood in no case {LAST}", "近{days}天没有情绪低落的工单"),
    ),
    "latest_mood_low": (
        *(f"The latest mood noted {LAST} was low", "近{days}天最近一次记录的情绪为低落"),
        *(f"The latest mood noted {LAST} was not low", "近{days}天最近一次记录的情绪不是低落"),
    ),
}
_CHANNELS = {
    "phone": Text("by phone", "电话"),
    "sms": Text("by text message", "短信"),
    "app": Text("in the app", "手机银行"),
    "branch": Text("at the branch", "网点"),
}


def _pages(family: Text) -> Told:
    return (
        *(f"Looked at pages about {family.en} {{value}} time{{s}} {LAST}",),
        *(f"近{{days}}天浏览{family.zh}页面{{value}}次",),
        *(f"Looked at no page about {family.en} {LAST}", f"近{{days}}天没有浏览{family.zh}页面"),
    )


def _abandoned(family: Text) -> Told:
    return (
        *(f"Began and left {{value}} application{{s}} for {family.en} {LAST}",),
        *(f"近{{days}}天中途放弃{family.zh}申请{{value}}个",),
        *(f"Left no application for {family.en} unfinished {LAST}",),
        *(f"近{{days}}天没有中途放弃{family.zh}申请",),
    )


def _holds(family: Text) -> Told:
    return (f"Holds {family.en}", f"持有{family.zh}", f"Holds no {family.en}", f"未持有{family.zh}")


def _by(channel: Text) -> Told:
    return (
        *(f"{{value}} marketing contact{{s}} {channel.en} {LAST}",),
        *(f"近{{days}}天{channel.zh}营销{{value}}次",),
        *(f"No marketing contact {channel.en} {LAST}", f"近{{days}}天没有{channel.zh}营销"),
    )


def _held_ago(months: int) -> Told:
    ago = "a month ago" if months == 1 else f"{months} months ago"
    return (
        *(f"Held {{value}} product{{s}} {ago}", f"{months}个月前持有{{value}}个产品"),
        *(f"Held no product {ago}", f"{months}个月前没有持有产品"),
    )


SENTENCES: dict[str, Sentence] = {
    stem: sentence(told)
    for stem, told in {
        **BALANCES,
        **FLOWS,
        **INCOME,
        **DOINGS,
        **_PAPERS,
        **_TALK,
        **{f"page_views_of_{key}": _pages(name) for key, name in FAMILY_NAMES.items()},
        **{f"abandoned_applications_of_{key}": _abandoned(n) for key, n in FAMILY_NAMES.items()},
        **{f"holds_{key}": _holds(name) for key, name in FAMILY_NAMES.items()},
        **{f"contacts_by_{key}": _by(name) for key, name in _CHANNELS.items()},
        **{f"products_held_months_ago_{months}": _held_ago(months) for months in range(1, 6)},
    }.items()
}
