"""What the online store's tables and columns mean, for the dictionary."""

from goodcall.language import Text

TABLES: dict[str, Text] = {
    "online_current": Text("which version readers see", "当前可读版本"),
    "online_facts": Text("facts that came since the snapshot", "快照之后到达的事实"),
    "online_households": Text("who lives with whom", "家庭成员"),
    "online_phones": Text("whose a number is, by a blind index", "号码归属(盲索引)"),
    "online_profiles": Text("customers as rules and offers see them", "客户资料(供规则与产品使用)"),
    "online_rows": Text("each customer's features, kept fresh", "每位客户的特征(持续更新)"),
    "online_served": Text("rows that were served, kept to be recomputed", "已提供的特征行(供复核)"),
    "online_versions": Text("snapshots that were published", "已发布的快照"),
}
EVERYWHERE: dict[str, Text] = {
    "customer_id": Text("the customer", "客户编号"),
    "features": Text("every feature's value, as packed numbers", "全部特征值(压缩)"),
    "held": Text("features that stay as of the snapshot", "保持快照值的特征"),
    "household_id": Text("the household", "家庭编号"),
    "seq": Text("number of the newest fact counted", "已计入的最新事实序号"),
    "version": Text("the published version", "发布版本"),
}
OWN: dict[str, Text] = {
    "online_current.emptied_until": Text(
        "until when the log of facts was emptied", "事实日志已清理至"
    ),
    "online_current.only": Text("always 1: there is one row", "恒为1(仅一行)"),
    "online_facts.corrects": Text(
        "1 where it corrects what the snapshot counted", "1表示更正快照已计入的内容"
    ),
    "online_facts.happened_at": Text("when it happened, in microseconds UTC", "发生时刻(UTC微秒)"),
    "online_facts.key": Text("what tells the fact from others of its table", "事实在其表中的主键"),
    "online_facts.known_at": Text("when it came in, in microseconds UTC", "到达时刻(UTC微秒)"),
    "online_facts.raw_table": Text("the raw table that it belongs to", "所属原始表"),
    "online_facts.row": Text("the fact, as JSON", "事实内容(JSON)"),
    "online_facts.seq": Text("number of the fact, in the order of coming", "事实序号(按到达顺序)"),
    "online_phones.number": Text("keyed print of the number", "号码的密钥指纹"),
    "online_profiles.json": Text(
        "profile; its personal values reach lists masked", "客户资料(个人信息脱敏后展示)"
    ),
    "online_rows.facts": Text("how many facts came since the snapshot", "快照后到达的事实数"),
    "online_rows.live": Text("features with the facts that came since", "计入新事实后的特征"),
    "online_rows.live_states": Text(
        "partial sums with the facts that came since", "计入新事实后的部分汇总"
    ),
    "online_rows.states": Text("partial sums from which features go on", "特征续算所需的部分汇总"),
    "online_rows.until": Text(
        "just after the newest fact counted, in microseconds UTC", "已计入事实的截止时刻(UTC微秒)"
    ),
    "online_served.at": Text("when the row was served, in microseconds UTC", "提供时刻(UTC微秒)"),
    "online_served.served_id": Text("number of the serving", "提供序号"),
    "online_versions.as_of": Text("the snapshot's day", "快照日期"),
    "online_versions.bank": Text("name of the bank", "银行名称"),
    "online_versions.currency": Text("the bank's currency", "币种"),
    "online_versions.fingerprint": Text("print of the catalogue of features", "特征目录指纹"),
    "online_versions.published_at": Text(
        "when it was published, in microseconds UTC", "发布时刻(UTC微秒)"
    ),
    "online_versions.tables": Text("digests of the raw tables, as JSON", "各原始表摘要(JSON)"),
    "online_versions.zone": Text("the bank's time zone", "银行时区"),
}


def meaning_of(table: str, column: str) -> Text | None:
    """What a column of the online store means; None of one that nobody has described."""
    return OWN.get(f"{table}.{column}") or EVERYWHERE.get(column)
