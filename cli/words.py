"""The words for steps, reasons, channels and figures that plans and trails speak in codes."""

from goodcall import Text
from goodcall.outcome_words import outcome_words

STEPS = {
    "population": Text("customers known", "已知客户"),
    "holdout": Text("not in the hold-out", "非对照组"),
    "eligible": Text("eligible for something", "符合产品条件"),
    "applicable": Text("something makes sense now", "当前适用"),
    "suitable": Text("something suits them", "符合适当性"),
    "rules": Text("contact allowed", "符合联络规则"),
    "worth_it": Text("worth a contact", "联络有价值"),
    "reasons": Text("a reason can be given", "可说明原因"),
    "capacity": Text("fits the day", "产能之内"),
    "listed": Text("listed", "列入名单"),
    "not_selected": Text("selection", "筛选"),
}

REASONS = {
    "holdout": Text("in the hold-out", "属于对照组"),
    "nothing_to_offer": Text("nothing to offer", "无可推荐产品"),
    "kind_not_served": Text("no offer for this kind of customer", "无适用该类客户的产品"),
    "offer_expired": Text("the offer has ended", "产品已下架"),
    "not_yet_on_sale": Text("the offer has not begun", "产品尚未开始"),
    "age_unknown": Text("age is not known", "年龄未知"),
    "too_young": Text("too young", "年龄不足"),
    "too_old": Text("too old", "超过年龄上限"),
    "no_rating": Text("the product has no risk rating", "产品无风险评级"),
    "no_assessment": Text("no risk assessment", "未做风险评估"),
    "assessment_expired": Text("the risk assessment has expired", "风险评估已过期"),
    "too_risky": Text("riskier than the customer tolerates", "超出风险承受能力"),
    "identity": Text("customer or contact point not valid", "客户或联系方式无效"),
    "no_contact_point": Text("no number or address", "无联系方式"),
    "dead_contact_point": Text("the number proved dead or wrong", "号码失效或有误"),
    "bounced_contact_point": Text("the last message bounced", "最近一次发送被退回"),
    "replaced_contact_point": Text("replaced by a newer number", "已更换为新号码"),
    "unverified_contact_point": Text("not verified for too long", "超过核验期限"),
    "doubtful_contact_point": Text("number not verified of late", "号码久未核验"),
    "legal_hold": Text("legal hold", "涉诉"),
    "dnc": Text("asked not to be contacted", "客户拒绝营销"),
    "profiling": Text("objects to profiling", "客户拒绝画像"),
    "snoozed": Text("put off by a colleague", "同事已暂缓联系"),
    "stop": Text("credit is overdue", "信贷逾期"),
    "no_score": Text("no score", "无评分"),
    "nothing_is_better": Text("doing nothing is worth more", "不联络更有价值"),
    "wait": Text("waiting is worth more", "稍后联络更有价值"),
    "no_reason": Text("no reason can be given", "无法说明原因"),
    "capacity": Text("others are worth more of the day", "当日产能已满"),
    "no_list": Text("has no manager", "无所属客户经理"),
    "lot": Text("a lot took the place", "名额用于随机抽取"),
    "another_action": Text("another action is worth more", "另一方案更优"),
    "another_promise": Text("something else was promised that day", "当日另有约定"),
    "promised": Text("what was promised comes first", "约定优先"),
    "not_selected": Text("not selected", "未入选"),
    "listed": Text("listed", "列入名单"),
}

# What a rule of the bank's own is of, as its policy names the kind.
RULE_KINDS = {
    "consent": Text("consent", "授权"),
    "complaint_cooloff": Text("cool-off after a complaint", "投诉冷静期"),
    "low_mood": Text("rest after low spirits", "情绪低落后暂缓"),
    "quiet_hours": Text("quiet hours", "静默时段"),
    "holidays": Text("holidays", "节假日"),
    "outcome_suppression": Text("pause after an outcome", "按结果暂停"),
    "reject_cooloff": Text("cool-off after rejections", "拒绝冷静期"),
    "already_holds": Text("already held", "已持有"),
    "no_answer_backoff": Text("pause after no answer", "未接通后暂缓"),
    "frequency_cap": Text("cap on contacts", "联系次数上限"),
    "duplicate_offers": Text("the same offer again", "重复推荐"),
    "min_gap": Text("hours between contacts", "最短联系间隔"),
    "days_gap": Text("days between contacts", "联系间隔天数"),
    "never_followed": Text("never one after the other", "不得相继"),
    "only_after": Text("only after another", "须在其后"),
    "volume": Text("volume of contacts", "联系总量"),
    "only_channel": Text("the customer's only channel", "客户指定渠道"),
    "own_cap": Text("the customer's own cap", "客户自定上限"),
}

# The order in which a request is judged.
RULE_STEPS = {
    1: Text("identity", "身份"),
    2: Text("holds", "止付与涉诉"),
    3: Text("refusals", "拒绝与暂停"),
    4: Text("consent", "授权"),
    5: Text("suitability", "适当性"),
    6: Text("cool-off", "冷静期"),
    7: Text("hours", "时段与节假日"),
    8: Text("earlier answers", "既往反馈"),
    9: Text("frequency", "频次"),
    10: Text("sequence", "先后顺序"),
    11: Text("volume", "总量"),
    12: Text("hold-out", "对照组"),
}

VERDICTS = {
    "allow": Text("allowed", "允许"),
    "defer": Text("later", "推迟"),
    "block": Text("blocked", "禁止"),
}

ORIGINS = {
    "learned": Text("learned from a lot, for each customer", "由随机联系学习,因客户而异"),
    "measured": Text("an average that was measured", "实测平均值"),
    "assumed": Text("assumed", "假设值"),
}


# What stands before the name of a fact or an offer in a reason.
_ABOUT = {
    "unknown: ": Text("not known: ", "未知:"),
    "needs_offer: ": Text("comes only after ", "须先办理:"),
    "replaced_by: ": Text("replaced by ", "已被替代:"),
}


def reason(code: str) -> str | Text:
    """A reason in words; a rule or term of the bank's own policy is known by its id."""
    for begins, words in _ABOUT.items():
        if code.startswith(begins):
            name = code.removeprefix(begins)
            return Text(words.en + name, words.zh + name)
    return REASONS.get(code, code)


def said(code: str) -> Text:
    """A reason or an outcome in words."""
    found = reason(code)
    return found if isinstance(found, Text) else outcome_words(found)


def rule_words(code: str) -> Text:
    """A kind of rules, or a check that holds for every bank, in words; a rule's own id as it is."""
    return RULE_KINDS.get(code) or said(code)
