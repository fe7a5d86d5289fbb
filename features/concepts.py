"""The concepts under which features are summed up when a score gives its reasons."""

from goodcall.language import Text

CONCEPTS: dict[str, Text] = {
    concept.en: concept
    for concept in (
        Text("assets", "资产规模"),
        Text("asset trend", "资产走势"),
        Text("balance swings", "余额波动"),
        Text("idle cash", "闲置资金"),
        Text("asset mix", "资产配置"),
        Text("money in", "资金流入"),
        Text("money out", "资金流出"),
        Text("net flow", "资金净流入"),
        Text("money to other banks", "他行往来"),
        Text("spending", "消费与取现"),
        Text("fees and interest", "手续费与利息"),
        Text("salary", "工资与养老金"),
        Text("regular payments", "定期缴付"),
        Text("borrowing", "借贷与逾期"),
        Text("own activity", "自主交易"),
        Text("inactivity", "沉寂"),
        Text("channels used", "渠道使用"),
        Text("logins", "登录"),
        Text("product interest", "产品关注"),
        Text("applications", "业务申请"),
        Text("outside signals", "外部信号"),
        Text("products held", "持有产品"),
        Text("product changes", "产品增减"),
        Text("maturities ahead", "即将到期"),
        Text("contact pressure", "联络频度"),
        Text("response to contacts", "联络反馈"),
        Text("complaints and service", "投诉与服务"),
        Text("mood", "客户情绪"),
        Text("customer profile", "客户概况"),
        Text("risk tolerance", "风险承受能力"),
    )
}
