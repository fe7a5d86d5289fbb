"""The families of products, in words."""

from goodcall.language import Text

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
