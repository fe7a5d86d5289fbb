"""The words that raw tables, features, policies and outcomes may use, for every room."""

from typing import Literal

from goodcall.language import Text

KINDS = ("retail", "private", "small_business", "corporate")

FAMILY_NAMES = {
    "deposit": Text("term deposits", "定期存款"),
    "wealth": Text("wealth products", "理财产品"),
    "fund": Text("funds", "基金"),
    "insurance": Text("insurance", "保险"),
    "credit_card": Text("credit cards", "信用卡"),
    "consumer_loan": Text("consumer loans", "消费贷款"),
    "mortgage": Text("mortgages", "住房贷款"),
    "business_loan": Text("business loans", "经营贷款"),
}
FAMILIES = tuple(FAMILY_NAMES)
CREDIT_FAMILIES = ("credit_card", "consumer_loan", "mortgage", "business_loan")

# From the lowest to the highest: of a product, and of what a customer tolerates.
RISK_RATINGS = ("R1", "R2", "R3", "R4", "R5")
TOLERANCES = ("C1", "C2", "C3", "C4", "C5")

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

CATEGORIES = ("marketing", "service", "regulatory", "risk")
# Messages that the law or the customer's safety asks for; they never carry an offer.
EXEMPT = ("regulatory", "risk")

CONTACT_STATES = (
    *("planned", "reserved", "attempted", "delivered", "connected"),
    *("failed", "cancelled", "expired"),
)
# States in which a customer was, or may have been, disturbed.
COUNTED_STATES = ("reserved", "attempted", "delivered", "connected")

# Every outcome, and how far a contact got that ended with it.
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
REFUSALS = ("REFUSED_CHANNEL", "REFUSED_ALL", "UNSUBSCRIBE")
# A number or address that these are heard of reaches nobody, or not the customer who gave it.
DEAD_FOR_ALL = ("INVALID", "DISCONNECTED")
DEAD_FOR_ONE = ("WRONG_NUMBER", "BOUNCE")
# The customer was spoken to about the matter; nobody picked up.
CONTACT_GROUP = (
    *("CONNECTED_INTERESTED", "CONNECTED_APPT", "CONNECTED_CALLBACK", "CONNECTED_THINKING"),
    *("ACCEPTED", "APPLIED", "PURCHASED", "NOT_INTERESTED_OFFER", "NOT_NOW"),
)
UNANSWERED = ("NO_ANSWER", "BUSY", "VOICEMAIL", "POWER_OFF")
# What was promised to the customer for a moment to come.
PROMISES = ("CONNECTED_CALLBACK", "CONNECTED_APPT")
# What a manager may say of a row of a list without having contacted anybody.
ROW_WORDS = (
    *("WRONG_RECOMMENDATION", "SHOULD_NOT_DISTURB", "DEFER_MOOD", "ALREADY_HANDLED", "NOT_WORKED"),
)

# Why a customer is left alone while it lasts: by order of others, and for the customer's own sake.
HOLDS = ("legal", "aml", "fraud")
STOPS = ("bereavement", "vulnerability", "litigation", "collections")

# What a policy assumes of a contact by each channel until contacts measured it.
ContactFigure = Literal["lift_ratio", "save_rate", "opt_out_probability", "complaint_probability"]
