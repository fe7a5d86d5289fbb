"""The words that policies, requests and outcomes may use, spelt as in the raw tables."""

from goodcall.language import Text

KINDS = ("retail", "private", "small_business", "corporate")
FAMILIES = (
    *("deposit", "wealth", "fund", "insurance"),
    *("credit_card", "consumer_loan", "mortgage", "business_loan"),
)
CREDIT_FAMILIES = ("credit_card", "consumer_loan", "mortgage", "business_loan")
RATINGS = ("R1", "R2", "R3", "R4", "R5")
CATEGORIES = ("marketing", "service", "regulatory", "risk")
EXEMPT = ("regulatory", "risk")
COUNTED_STATES = ("reserved", "attempted", "delivered", "connected")
REFUSALS = ("REFUSED_CHANNEL", "REFUSED_ALL", "UNSUBSCRIBE")
STATE_OF_OUTCOME = {
    **dict.fromkeys(
        (
            *("CONNECTED_INTERESTED", "CONNECTED_APPT", "CONNECTED_CALLBACK"),
            *("CONNECTED_THINKING", "ACCEPTED", "APPLIED", "PURCHASED"),
            *("NOT_INTERESTED_OFFER", "NOT_NOW", "REFUSED_CHANNEL", "REFUSED_ALL", "COMPLAINT"),
            *("LEAVING_CONFIRMED", "SAVED", "LANGUAGE", "DECEASED", "MINOR", "LEGAL"),
            *("WRONG_RECOMMENDATION", "DEFER_MOOD", "LOW_MOOD"),
        ),
        "connected",
    ),
    **dict.fromkeys(
        ("NO_ANSWER", "BUSY", "VOICEMAIL", "POWER_OFF", "WRONG_NUMBER", "THIRD_PARTY"), "attempted"
    ),
    **dict.fromkeys(("INVALID", "DISCONNECTED", "BOUNCE", "FAILED"), "failed"),
    **dict.fromkeys(
        ("IMPRESSION", "CLICK", "DISMISS", "OPEN", "UNSUBSCRIBE", "DELIVERED"), "delivered"
    ),
    **dict.fromkeys(("SHOULD_NOT_DISTURB", "ALREADY_HANDLED", "NOT_WORKED"), "cancelled"),
}
OUTCOMES = tuple(STATE_OF_OUTCOME)
CHANNEL_NAMES = {
    "phone": Text("phone", "电话"),
    "sms": Text("text message", "短信"),
    "app": Text("app message", "手机银行消息"),
    "email": Text("e-mail", "电子邮件"),
    "branch": Text("at the branch", "网点面谈"),
    "visit": Text("visit", "上门拜访"),
    "post": Text("letter", "信函"),
}
CHANNELS = tuple(CHANNEL_NAMES)
