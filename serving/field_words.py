"""What each field of a request or an answer means, where its own description does not say it all.

A field is found as `Schema.field`, else by its name alone, which then means the same everywhere.
The English stands in the OpenAPI document where the field has no description of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from goodcall.language import Text
from serving import schemas
from serving.field_words_of_work import WORK_FIELDS

FIELDS: dict[str, Text] = {
    "about": Text(
        "whether it tells why the customer stands out, or why a call helps",
        "说明类别:客户为何突出,或联系为何有益",
    ),
    "action": Text("what is done: an offer, or a care call", "行动:产品推荐或关怀联络"),
    "actions": Text("what may be proposed, best first", "可推荐的行动(最优在前)"),
    "added": Text("how many events were new", "新增事件数"),
    "as_of": Text("the snapshot's day", "快照日期"),
    "assumed": Text("factors of the value that nobody has measured", "价值中未经测量的假设因素"),
    "at": Text("the moment up to which what arrived since counts", "计入新到达事实的截止时刻"),
    "band": Text("name of the price band", "价格档位名称"),
    "bank": Text("name of the bank whose snapshot answers", "快照所属银行"),
    "base_value": Text(
        "the log-odds before anything is known of the customer", "尚不了解客户时的对数几率"
    ),
    "because": Text("code of the reason", "原因代码"),
    "change": Text("the change in probability that the contact makes", "联系带来的概率变化"),
    "channel": Text("the channel, such as phone or branch", "渠道(如电话、网点)"),
    "channels": Text("each channel with its verdict", "各渠道及其结论"),
    "concept": Text("name of the concept that the feature belongs to", "特征所属概念"),
    "concepts": Text(
        "what each concept adds to the score, strongest first", "各概念对评分的贡献(最强在前)"
    ),
    "contacts": Text("what contacts would change about the probability", "联系可带来的概率变化"),
    "contribution": Text("what the concept adds to the score", "该概念对评分的贡献"),
    "currency": Text("currency of the amounts, as ISO 4217 has it", "币种(ISO 4217)"),
    "customer_id": Text("the bank's number of the customer", "客户编号"),
    "customers": Text("customers whose row is another now", "特征行已更新的客户数"),
    "decided_at": Text("the moment of the decision, in UTC", "决策时刻(UTC)"),
    "drop": Text(
        "what the contact takes from the probability of leaving", "联系使流失概率降低的幅度"
    ),
    "effect": Text(
        "what the contact adds to the probability of a purchase", "联系使购买概率提高的幅度"
    ),
    "effect_from": Text(
        "how the effect is known: learned, measured or assumed", "效果的依据:学习、测量或假设"
    ),
    "en": Text("in English", "英文"),
    "error": Text("a code for programs", "错误代码(供程序使用)"),
    "event_id": Text("the bank's number of the event", "事件编号"),
    "events": Text("what customers did, up to 1,000 at once", "客户行为事件(一次至多1000条)"),
    "facts_since": Text("how many facts arrived since the snapshot", "快照后到达的事实数"),
    "failing": Text("the rules against it", "不通过的规则"),
    "family": Text("family of the product", "产品大类"),
    "feature": Text("the catalogue's column", "特征名称"),
    "fee_bps": Text("the fee in basis points", "手续费(基点)"),
    "happened_at": Text("when it happened, with its zone", "发生时刻(含时区)"),
    "kind": Text("sort of event, such as a login or a page view", "事件类型(如登录、浏览)"),
    "known": Text(
        "how the effect is known: learned, measured or assumed", "效果的依据:学习、测量或假设"
    ),
    "label": Text("what is predicted, such as churn", "预测标签(如流失)"),
    "labels": Text("what to predict; everything where left out", "预测标签(缺省为全部)"),
    "limit": Text("how many actions to return at most", "最多返回的行动数"),
    "log_odds": Text(
        "the score before it becomes a probability, in log-odds", "对数几率形式的评分"
    ),
    "meaning": Text("what the label means", "标签含义"),
    "message": Text("what is wrong", "错误说明"),
    "model_version": Text("the model that answered", "作答的模型版本"),
    "model_versions": Text("by label, the model that answered", "各标签作答的模型版本"),
    "name": Text("name of the product", "产品名称"),
    "offer_code": Text(
        "the bank's code of the offer; null for a care call", "产品代码(关怀联络为空)"
    ),
    "policy_version": Text("version of the policy that decided", "所依据的规则版本"),
    "price": Text("the customer's price band", "客户的价格档位"),
    "probabilities": Text("by label, each between 0 and 1", "各标签的概率(0至1)"),
    "probability": Text("the chance of the label, between 0 and 1", "标签的概率(0至1)"),
    "problem": Text("what is wrong with the newest version", "最新版本的问题"),
    "rank": Text("place among the actions, from 1", "行动排名(自1起)"),
    "rate_bps": Text("the rate in basis points", "利率(基点)"),
    "reasons": Text("why, in words, strongest first", "文字理由(最强在前)"),
    "rule": Text("id of the rule", "规则编号"),
    "serving": Text("whether an older version answers meanwhile", "是否由较早版本继续服务"),
    "snapshot_age_days": Text("how old the snapshot is, in days", "快照已有天数"),
    "snapshot_as_of": Text("day of the snapshot that answers", "服务所用快照日期"),
    "source": Text(
        "what the service reads: models, snapshot, offers or policy",
        "服务读取的来源:模型、快照、产品或规则",
    ),
    "pseudonym": Text("the customer's pseudonym", "客户假名"),
    "sources": Text("each source of the service, and how it is", "服务的各来源及其状态"),
    "stands_as_of": Text("features that stay as of the snapshot", "保持快照值的特征"),
    "status": Text("how the service is", "服务状态"),
    "text": Text("the reason in words", "文字理由"),
    "topic": Text("the family of product looked at", "浏览的产品大类"),
    "unchanged": Text("events that were known alike before", "此前已知的事件数"),
    "until": Text("when it would next be allowed", "下次允许的时刻"),
    "value": Text("that column in the row that was scored", "被评分行中的特征值"),
    "value_cents": Text("what the action is worth, in cents", "行动的预期价值(分)"),
    "verdict": Text("allow, defer or block", "允许、推迟或禁止"),
    "what_to_do": Text("what whoever asks can do about it", "处理办法"),
    "withheld": Text("what is not proposed, and why", "未推荐的行动及原因"),
    "zh": Text("in Chinese", "中文"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a request or an answer, with its JSON type; a meaning that lacks is empty."""

    schema: str
    name: str
    type: str
    meaning: Text


def described() -> Iterator[Field]:
    """Every field of every request and answer."""
    for schema, said in sorted(_schemas().items()):
        for name, each in said.get("properties", {}).items():
            words = words_of(schema, name) or Text("", "")
            own = each.get("description")
            yield Field(schema, name, _type(each), Text(own or words.en, words.zh))


def told(components: dict[str, Any]) -> None:
    """Give every property that has no description of its own the English one."""
    for schema, said in components.items():
        for name, each in said.get("properties", {}).items():
            words = words_of(schema, name)
            if words is not None and "$ref" not in each:
                each.setdefault("description", words.en)


def words_of(schema: str, name: str) -> Text | None:
    """What a field means; None of one that nobody has described."""
    own = f"{schema}.{name}"
    return FIELDS.get(own) or WORK_FIELDS.get(own) or FIELDS.get(name) or WORK_FIELDS.get(name)


def _schemas() -> dict[str, Any]:
    here = schemas.__name__
    found = [each for each in _models(BaseModel) if each.__module__.startswith(here)]
    _, said = models_json_schema([(each, "serialization") for each in dict.fromkeys(found)])
    defined: dict[str, Any] = said["$defs"]
    return defined


def _models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in kind.__subclasses__():
        yield each
        yield from _models(each)


def _type(said: dict[str, Any]) -> str:
    """A JSON type in a word or two."""
    if "$ref" in said:
        return str(said["$ref"]).rpartition("/")[2]
    if "anyOf" in said:
        return " or ".join(_type(each) for each in said["anyOf"])
    kind = str(said.get("type", "any"))
    if kind == "array":
        return f"list of {_type(said['items'])}"
    if kind == "object" and isinstance(said.get("additionalProperties"), dict):
        return f"object of {_type(said['additionalProperties'])}"
    return str(said.get("format", kind))
