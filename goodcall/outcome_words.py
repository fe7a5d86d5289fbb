"""Outcomes in words for people, and the groups by which a day is summed up."""

from goodcall.language import Text

OUTCOME_GROUPS = {
    "contact": Text("spoken to", "已接通"),
    "refusal": Text("refusals", "拒绝"),
    "churn": Text("leaving or saved", "流失与挽留"),
    "attempt": Text("not reached", "未接通"),
    "data": Text("wrong numbers", "号码问题"),
    "stop": Text("stops", "停止联系"),
    "override": Text("manager's own judgement", "客户经理判断"),
    "list": Text("not worked", "未处理"),
    "event": Text("messages", "消息事件"),
}
# Each outcome's group and its words.
OUTCOME_WORDS = {
    "CONNECTED_INTERESTED": ("contact", Text("interested", "接通-有意向")),
    "CONNECTED_APPT": ("contact", Text("appointment made", "接通-预约到店")),
    "CONNECTED_CALLBACK": ("contact", Text("call-back agreed", "接通-约定再联系")),
    "CONNECTED_THINKING": ("contact", Text("thinking about it", "考虑中")),
    "ACCEPTED": ("contact", Text("accepted", "接受")),
    "APPLIED": ("contact", Text("applied", "申请")),
    "PURCHASED": ("contact", Text("bought", "成交")),
    "NOT_INTERESTED_OFFER": ("contact", Text("not interested in the offer", "对产品无兴趣")),
    "NOT_NOW": ("contact", Text("not now", "暂不方便")),
    "LOW_MOOD": ("contact", Text("in low spirits", "情绪低落")),
    "REFUSED_CHANNEL": ("refusal", Text("refused this channel", "拒绝该渠道")),
    "REFUSED_ALL": ("refusal", Text("refused all marketing", "拒绝营销")),
    "UNSUBSCRIBE": ("refusal", Text("unsubscribed", "退订")),
    "COMPLAINT": ("refusal", Text("complained", "投诉")),
    "LEAVING_CONFIRMED": ("churn", Text("is leaving", "确认转出")),
    "SAVED": ("churn", Text("saved", "挽留成功")),
    "NO_ANSWER": ("attempt", Text("no answer", "未接")),
    "BUSY": ("attempt", Text("busy", "占线")),
    "VOICEMAIL": ("attempt", Text("voicemail", "语音信箱")),
    "POWER_OFF": ("attempt", Text("switched off", "关机")),
    "THIRD_PARTY": ("attempt", Text("someone else answered", "他人接听")),
    "LANGUAGE": ("attempt", Text("no common language", "语言不通")),
    "WRONG_NUMBER": ("data", Text("wrong number", "错号")),
    "INVALID": ("data", Text("invalid number", "空号")),
    "DISCONNECTED": ("data", Text("disconnected", "停机")),
    "BOUNCE": ("data", Text("message bounced", "消息退回")),
    "FAILED": ("data", Text("sending failed", "发送失败")),
    "DECEASED": ("stop", Text("deceased", "身故")),
    "MINOR": ("stop", Text("a minor", "未成年")),
    "LEGAL": ("stop", Text("in litigation", "涉诉")),
    "WRONG_RECOMMENDATION": ("override", Text("wrong recommendation", "推荐不合适")),
    "SHOULD_NOT_DISTURB": ("override", Text("should not be disturbed", "不该打扰")),
    "DEFER_MOOD": ("override", Text("low spirits, care first", "情绪不佳,先关怀")),
    "ALREADY_HANDLED": ("list", Text("handled by someone else", "已由他人处理")),
    "NOT_WORKED": ("list", Text("not worked", "未处理")),
    "IMPRESSION": ("event", Text("shown", "曝光")),
    "CLICK": ("event", Text("clicked", "点击")),
    "DISMISS": ("event", Text("dismissed", "关闭")),
    "OPEN": ("event", Text("opened", "打开")),
    "DELIVERED": ("event", Text("delivered", "送达")),
}


def outcome_words(code: str) -> Text:
    """An outcome in words; a code that has none speaks for itself."""
    return OUTCOME_WORDS[code][1] if code in OUTCOME_WORDS else Text(code, code)
