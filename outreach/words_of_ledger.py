"""What the ledger's tables and columns mean, for the dictionary."""

from goodcall.language import Text

# What a column of a name means wherever it stands, unless OWN says otherwise.
EVERYWHERE: dict[str, Text] = {
    "account_id": Text("the account it is about, where there is one", "所涉账户(如有)"),
    "branch_id": Text("branch whose contact it is", "所属网点"),
    "category": Text("sort of contact, such as marketing or service", "联络类别(如营销、服务)"),
    "channel": Text("channel of the contact", "联络渠道"),
    "contact_id": Text("the contact", "联络编号"),
    "customer_id": Text("the customer", "客户编号"),
    "day": Text("the day of the lists", "名单日期"),
    "decision_id": Text("the decision", "决策编号"),
    "digest": Text("SHA-256 of the plan: equal plans have equal ones", "计划的SHA-256摘要"),
    "draw_id": Text("the draw of the hold-out", "对照组抽取编号"),
    "event_id": Text("number of the change, in the order of writing", "变更序号(按写入顺序)"),
    "happened_at": Text("when it happened, in UTC", "发生时刻(UTC)"),
    "household_id": Text("the customer's household at that time", "当时所属家庭"),
    "key_print": Text("print of the secret that draws, which it does not tell", "抽取密钥的指纹"),
    "list_id": Text("whose list: a manager, or a branch", "名单归属(客户经理或网点)"),
    "manager_id": Text("manager whose contact it is", "所属客户经理"),
    "number_hash": Text("keyed hash of the number or address", "号码或地址的加密哈希"),
    "plan_id": Text("the plan", "计划编号"),
    "policy_version": Text("version of the policy it was decided under", "所依据的规则版本"),
    "recorded_at": Text("when the ledger wrote it, in UTC", "入账时刻(UTC)"),
    "request_id": Text(
        "the request, asked once however often it is sent", "请求编号(重复发送只计一次)"
    ),
    "share": Text("share of the households, between 0 and 1", "占户数比例(0至1)"),
    "staff_id": Text("who did it, where a person did", "操作人员(如由人操作)"),
    "state": Text("the state it came into", "变更后的状态"),
    "supersedes": Text("the one before, which no longer stands", "被取代的上一份"),
    "test_id": Text("the test of policies", "规则测试编号"),
}

TABLES: dict[str, Text] = {
    "ab_members": Text("who is in which arm of a test of policies", "规则测试各组成员"),
    "ab_stops": Text("tests of policies that have ended", "已结束的规则测试"),
    "ab_tests": Text("policies tried on a share of the households", "在部分家庭试行的规则"),
    "contact_events": Text("what became of a contact, step by step", "联络的每一步结果"),
    "contacts": Text("contacts that were reserved", "已预留的联络"),
    "decisions": Text("every decision on a contact, with its trail", "每次联络决策及其依据"),
    "holdout_draws": Text("how the hold-out was drawn", "对照组的抽取方式"),
    "holdout_members": Text("who is left alone to measure effects by", "对照组成员"),
    "lineage": Text("customers who were merged into one", "合并为一的客户"),
    "notes": Text("what a customer said that rules heed", "规则所依据的客户表态"),
    "look_plans": Text(
        "how often a hold-out or a test of policies is looked at", "对照组与规则测试的查看计划"
    ),
    "lots": Text(
        "whom a lot contacted, and whom it left alone beside them", "抽签联络的客户及对照"
    ),
    "owners": Text("the workspace that the ledger belongs to", "台账所属的工作区"),
    "planned_events": Text("what became of a row without a contact", "未联络行的处理"),
    "planned_rows": Text("the rows of a day's lists", "当日名单各行"),
    "plans": Text("plans of a day's lists", "每日名单的计划"),
    "policies": Text("every policy that was in force", "曾生效的每版规则"),
    "publications": Text("days whose lists stand for good", "名单已发布的日期"),
    "seals": Text(
        "the key under which numbers stand once the ledger is sealed", "台账加封所用密钥"
    ),
    "trails": Text("why each customer is on a list or not", "每位客户是否入选的依据"),
}

OWN: dict[str, Text] = {
    "ab_members.arm": Text("A: the policy in force; B: the one tried", "A:现行规则;B:试行规则"),
    "ab_stops.stopped_at": Text("when the test ended, in UTC", "测试结束时刻(UTC)"),
    "ab_tests.name": Text("what the test is called", "测试名称"),
    "ab_tests.policy_a": Text("version of the policy in force", "现行规则版本"),
    "ab_tests.policy_b": Text("version of the policy that is tried", "试行规则版本"),
    "ab_tests.started_at": Text("when the test began, in UTC", "测试开始时刻(UTC)"),
    "contact_events.due_at": Text("for when something was promised, in UTC", "约定时刻(UTC)"),
    "contact_events.note": Text("free words of who noted it", "备注"),
    "contact_events.outcome": Text("code of what came of it", "结果代码"),
    "contacts.answers": Text(
        "the contact in which this one was promised", "约定此次联络的前一次联络"
    ),
    "contacts.at_local": Text("wall clock that it was scheduled for", "计划的当地时刻"),
    "contacts.direction": Text("outbound or inbound", "呼出或呼入"),
    "contacts.expires_at": Text("when an unused reservation ends, in UTC", "预留失效时刻(UTC)"),
    "contacts.family": Text("family of the product proposed", "推荐产品大类"),
    "contacts.lead_id": Text("the lead that it came from", "来源线索"),
    "contacts.offer_code": Text("the offer proposed", "推荐产品代码"),
    "contacts.point_id": Text("the number or address used", "所用联系方式"),
    "contacts.purpose": Text("purpose that consents speak of", "用途(对应授权)"),
    "contacts.run_id": Text("the run that asked for it", "发起批次"),
    "contacts.tags": Text("tags of the offer at that time", "当时产品标签"),
    "decisions.decided_at": Text("the moment of the decision, in UTC", "决策时刻(UTC)"),
    "decisions.decision": Text("verdict, rules and steps, as JSON", "结论、规则与步骤(JSON)"),
    "decisions.request": Text("what was asked, as JSON", "请求内容(JSON)"),
    "holdout_draws.day": Text("the day as of which strata were made", "分层依据日期"),
    "holdout_draws.said": Text(
        "strata, bands of assets, bounds and sizes, as JSON", "分层、资产档、边界与规模(JSON)"
    ),
    "holdout_members.stratum": Text("the stratum it was drawn in", "所在分层"),
    "lineage.kind": Text("merged or parted", "合并或拆分"),
    "lineage.lineage_id": Text("number of the entry", "记录编号"),
    "lineage.source_id": Text("the customer who was merged into the other", "被合并的客户"),
    "notes.kind": Text("what sort of word it is", "表态类别"),
    "notes.note_id": Text("number of the note", "记录编号"),
    "notes.said": Text("what was said, as JSON", "表态内容(JSON)"),
    "look_plans.look_plan_id": Text("number of the plan of looks", "查看计划编号"),
    "look_plans.looks": Text("how many looks are planned", "计划查看次数"),
    "look_plans.days": Text(
        "days from the beginning to the last look", "自开始至最后一次查看的天数"
    ),
    "look_plans.planned_at": Text("when the looks were planned, in UTC", "计划制定时刻(UTC)"),
    "lots.allowed_from": Text(
        "from when on the contact was allowed, in UTC", "可联系起始时刻(UTC)"
    ),
    "lots.contacted": Text(
        "whether the lot chose the customer, or left alone", "抽中联络或留作对照"
    ),
    "lots.lot_id": Text("number of this row", "本行编号"),
    "lots.offer_code": Text(
        "the offer of the contact; empty for a care call", "联络的产品;关怀联系为空"
    ),
    "lots.pair": Text("number of the two who stood for one place", "同一名额两位客户的配对编号"),
    "lots.point_id": Text("the number or address that would be used", "拟用的联系方式编号"),
    "lots.purpose": Text("what the contact was for", "联络目的"),
    "owners.place": Text("where the workspace lay when it first came", "工作区首次使用时的位置"),
    "owners.workspace": Text("the random name of the workspace", "工作区的随机名称"),
    "planned_events.because": Text("code of why", "原因代码"),
    "planned_events.note": Text("free words of who set it aside", "备注"),
    "planned_events.until": Text("until when the row is put off, in UTC", "推迟至何时(UTC)"),
    "planned_rows.rank": Text("place on the list, from 1", "名单内排名(自1起)"),
    "planned_rows.row": Text(
        "offer, value, reasons and terms, as JSON", "产品、价值、理由与条款(JSON)"
    ),
    "plans.funnel": Text("how many were left at each step, as JSON", "各步剩余人数(JSON)"),
    "plans.model_versions": Text("version of each model used, as JSON", "所用模型版本(JSON)"),
    "plans.prices": Text(
        "what a minute and a volume were worth, as JSON", "时间与额度的影子价格(JSON)"
    ),
    "policies.text": Text("the policy file, whole", "规则文件全文"),
    "policies.version": Text("version: a print of the file", "规则版本(文件指纹)"),
    "publications.published_at": Text("since when the lists stand, in UTC", "发布时刻(UTC)"),
    "seals.pseudonyms": Text("print of the key of the numbers' pseudonyms", "号码化名密钥的指纹"),
    "seals.seal_id": Text("always 1: there is one row", "恒为1(仅一行)"),
    "trails.trail": Text("every action, rule and factor, packed", "各行动、规则与因素(压缩)"),
}


def meaning_of(table: str, column: str) -> Text | None:
    """What a column of the ledger means; None of one that nobody has described."""
    return OWN.get(f"{table}.{column}") or EVERYWHERE.get(column)
