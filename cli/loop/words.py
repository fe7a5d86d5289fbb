"""Policies, worlds and figures of simulated time, in words."""

from collections.abc import Mapping

from cli.loop.instruments import Chance
from cli.loop.judging import Verdict, ZeroVerdict
from goodcall import Text
from reports.pages import Column
from reports.said import Kind

POLICY_WORDS: Mapping[str, Text] = {
    "goodcall": Text("Goodcall", "Goodcall"),
    "propensity": Text("propensity", "购买倾向"),
    "propensity_value": Text("propensity by value", "倾向乘价值"),
    "learned_effect": Text("learned effects", "学得效果"),
    "inactivity": Text("inactivity rule", "不活跃规则"),
    "ceiling": Text("observable ceiling", "可观测上限"),
    "nothing": Text("nothing", "不联系"),
    "random": Text("lots", "随机"),
    "product_push": Text("product push", "产品推销"),
    "discretion": Text("managers' discretion", "经理自主"),
    "oracle": Text("oracle", "先知"),
}
WORLD_WORDS: Mapping[str, Text] = {
    "default": Text("default", "默认"),
    "weak": Text("weak effects", "弱效果"),
    "strong": Text("strong effects", "强效果"),
    "no_effect": Text("no effect", "无效果"),
    "alike": Text("all alike", "人人相同"),
    "noisy": Text("noisy", "噪声大"),
    "drifting": Text("drifting", "漂移"),
    "weary": Text("weary customers", "易疲劳"),
    "quiet": Text("quiet", "平静"),
    "uneven": Text("uneven", "不均"),
}
MODE_WORDS: Mapping[bool, Text] = {
    False: Text("equal capacity", "同等产能"),
    True: Text("equal contacts", "同等联系次数"),
}
VERDICT_WORDS: Mapping[Verdict, Text] = {
    "ahead": Text("ahead", "领先"),
    "behind": Text("behind", "落后"),
    "not_shown": Text("not shown: the interval holds zero", "未显示:区间包含零"),
    "one_seed": Text("one seed tells nothing", "单个种子无法判断"),
}
ZERO_WORDS: Mapping[ZeroVerdict, Text] = {
    "kept": Text("no harm is shown", "未显示损害"),
    "gain": Text(
        "better than doing nothing, which cannot be: the measurement is at fault",
        "优于不联系,这不可能:度量有误",
    ),
    "harm": Text("harm is shown", "有损害"),
    "one_seed": VERDICT_WORDS["one_seed"],
}
HARM_WORDS: Mapping[str, Text] = {
    "purchases": Text("fewer purchases", "购买减少"),
    "churn": Text("more churn", "流失增加"),
    "expected_value": Text(
        "value lost in expectation (what contacts and opt-outs cost)",
        "期望价值损失(联系与退订的代价)",
    ),
    "net_value": Text(
        "net value lost (what contacts and opt-outs cost)", "净价值损失(联系与退订的代价)"
    ),
    "opt_outs": Text("opt-outs added", "退订增加"),
    "complaints": Text("complaints added", "投诉增加"),
}
OUTCOME_WORDS: Mapping[str, Text] = {
    "families": Text("purchases (families first opened)", "购买(首次购买产品类)"),
    "left": Text("leaving (money that left)", "流失(资金流失)"),
}
CHANCE_WORDS: Mapping[Chance, Text] = {
    "chance": Text("as many as chance shows", "与偶然相符"),
    "more": Text("more than chance shows", "多于偶然"),
    "none": Text("nothing to count", "无可计数"),
}


def _column(en: str, zh: str, kind: Kind = "fine") -> Column:
    return Column(Text(en, zh), kind)


FIGURE_COLUMNS: Mapping[str, Column] = {
    "purchases": _column("purchases, a customer", "人均购买笔数"),
    "churn": _column("churn", "流失率", "share"),
    "net_value": _column("net value, 1,000 customers", "每千名客户净价值", "money"),
    "expected_value": _column("expected value, 1,000 customers", "每千名客户期望价值", "money"),
    "contacts": _column("contacts, 1,000 customers", "每千名客户联系次数", "count"),
    "opt_outs": _column("opt-outs, 1,000 customers", "每千名客户退订数", "number"),
    "complaints": _column("complaints, 1,000 customers", "每千名客户投诉数", "number"),
    "cost": _column("cost of contacts, 1,000 customers", "每千名客户联系成本", "money"),
    "contacts_per_sale": _column("contacts a sale caused", "每笔促成购买的联系次数", "count"),
}
