"""The words of a model's report: what each figure is called, and how to read it."""

import re

from goodcall.language import Text

FIGURES: dict[str, tuple[Text, Text]] = {
    "auc": (
        Text("AUC", "AUC"),
        Text(
            "chance that someone with the outcome scores above someone without; 0.5 is chance",
            "正样本得分高于负样本的概率;0.5为随机",
        ),
    ),
    "auc_within": (
        Text("AUC within a date", "同日AUC"),
        Text("the same, comparing only rows of one date", "仅比较同一日期的样本"),
    ),
    "map_7": (
        Text("MAP@7", "MAP@7"),
        Text(
            "how near the top the bought products stand among the first seven; 1 is first",
            "已购产品在前7名中的靠前程度;1为最佳",
        ),
    ),
    "map_7_over_popularity": (
        Text("MAP@7 over popularity", "MAP@7较热门度"),
        Text("above 0 it ranks better than selling what sells most", "大于0表示优于按热门度排序"),
    ),
    "pr_auc": (
        Text("average precision", "平均精确率"),
        Text("mean precision over all list lengths; the base rate is chance", "随机水平为基准率"),
    ),
    "precision_at_capacity": (
        Text("precision on the list", "名单精确率"),
        Text("share of the listed who have the outcome", "名单中正样本的占比"),
    ),
    "recall_at_capacity": (
        Text("reach of the list", "名单召回率"),
        Text("share of all with the outcome who are listed", "全部正样本中被列入名单的占比"),
    ),
    "lift_10": (
        Text("lift of the best tenth", "前10%提升度"),
        Text("their rate over the rate of all", "前10%正样本率与总体之比"),
    ),
    "c_index": (
        Text("C-index", "C指数"),
        Text(
            "chance that of two customers the one who comes first scores higher; 0.5 is chance",
            "两位客户中先发生者得分更高的概率;0.5为随机",
        ),
    ),
    "log_loss": (
        Text("log-loss", "对数损失"),
        Text("surprise at what came; lower is better", "越低越好"),
    ),
    "brier": (
        Text("Brier score", "Brier分数"),
        Text("mean squared error of the probabilities; lower is better", "概率的均方误差,越低越好"),
    ),
    "ece": (
        Text("calibration error", "校准误差"),
        Text("mean distance of predicted and observed rate", "预测与实际比率的平均差距"),
    ),
    "slope": (
        Text("calibration slope", "校准斜率"),
        Text(
            "1 is honest; below 1 the probabilities are too extreme",
            "1为准确;小于1表示概率过于极端",
        ),
    ),
    "intercept": (
        Text("calibration intercept", "校准截距"),
        Text("0 is honest", "0为准确"),
    ),
    "profit_cents": (
        Text("expected profit a customer", "每客户期望利润"),
        Text("of a retention campaign at its best size (EMPC)", "最优规模挽留活动(EMPC)"),
    ),
    "mean_profit_cents": (
        Text("profit a customer at the mean response", "平均响应下每客户利润"),
        Text("the same, as if the mean share accepted (MPC)", "按平均接受率计算(MPC)"),
    ),
    "best_growth_cents": (
        Text("growth of the listed", "名单客户的增长"),
        Text(
            "mean growth that came to those expected to grow most",
            "预计增长最多的客户实际实现的平均增长",
        ),
    ),
    "error_cents": (
        Text("mean error", "平均误差"),
        Text("mean distance of what came from what was expected", "实际与预计之间的平均差距"),
    ),
    "observed_ratio": (
        Text("came over expected", "实际与预计之比"),
        Text("1 is honest on the whole", "1表示总体准确"),
    ),
    "deviance": (
        Text("Tweedie deviance", "Tweedie偏差"),
        Text("misfit of the expected sums; lower is better", "预计金额的拟合误差,越低越好"),
    ),
    "deviance_gain": (
        Text("deviance below one ratio for all", "较统一比例的偏差降幅"),
        Text("above 0 the model tells customers apart", "大于0表示模型能区分客户"),
    ),
    "selection_rate": (
        Text("on the list", "入选率"),
        Text("share of the group that is listed", "组内被列入名单的占比"),
    ),
    "tpr": (
        Text("reach of the list", "名单召回率"),
        Text("share of the group's positives who are listed", "组内正样本被列入名单的占比"),
    ),
    "qini": (
        Text("Qini", "Qini系数"),
        Text("gain of contacting the best first; 0 is chance", "优先联系得分高者的增益,0为随机"),
    ),
    "qini_random": (
        Text("Qini at random", "随机排序的Qini"),
        Text("what orders drawn at random reach", "随机排序所达到的范围"),
    ),
    "qini_over_response": (
        Text("Qini over the average effect", "Qini较平均效果"),
        Text(
            "paired, over the chance times the average effect",
            "与“概率乘以平均效果”的配对差",
        ),
    ),
    "auuc": (
        Text("AUUC", "AUUC"),
        Text("area under the uplift curve, over a perfect order's", "增益曲线下面积(相对完美排序)"),
    ),
    "uplift_10": (
        Text("uplift in the best tenth", "前10%增益"),
        Text("rate of the contacted less that of those left alone", "联系者与未联系者比率之差"),
    ),
    "uplift_30": (
        Text("uplift in the best 30 %", "前30%增益"),
        Text("the same in the best 30 %", "前30%中的同一指标"),
    ),
    "ratio": (
        Text("times as likely with a contact", "联系后概率的倍数"),
        Text("on average; small arms lean on arms alike", "平均值,样本少的分组向同类收缩"),
    ),
    "added": (
        Text("added by a contact", "联系增加的概率"),
        Text("on average; small arms lean on arms alike", "平均值,样本少的分组向同类收缩"),
    ),
}
_CONTENDERS = {
    "model": Text("this model", "本模型"),
    "baseline": Text("plain logistic", "逻辑回归"),
    "rule": Text("rule of 90 silent days", "90天沉寂规则"),
}
# What stands beside a kind of model where no logistic regression does.
_BASELINES = {
    "ranker": Text("popularity", "热门度"),
    "growth": Text("one ratio for all", "统一比例"),
    "effect": Text("chance times average", "概率乘以平均效果"),
}
ATTRIBUTES = {
    "tier": Text("tier", "客户等级"),
    "region": Text("region", "地区"),
    "age_band": Text("age", "年龄段"),
    "sex": Text("sex", "性别"),
}
_GROUPS = {
    "unknown": Text("unknown", "未知"),
    "F": Text("women", "女"),
    "M": Text("men", "男"),
    "female": Text("women", "女"),
    "male": Text("men", "男"),
    "under 18": Text("under 18", "18岁以下"),
    "65 and over": Text("65 and over", "65岁及以上"),
}
GATES = {
    "signal": Text("signal", "信号"),
    "unit": Text("unit", "单位"),
    "same question": Text("same question", "目标一致"),
    "evidence": Text("evidence", "测试数据"),
    "same rows": Text("same rows", "相同样本"),
    "better": Text("better", "排序更优"),
    "log-loss": Text("log-loss", "对数损失"),
    "calibration": Text("calibration", "校准"),
    "fairness": Text("fairness", "公平性"),
    "fairness tpr": Text("fairness: reach", "公平性:召回率"),
    "fairness ece": Text("fairness: calibration", "公平性:校准"),
    "agreement": Text("agreement", "排序一致性"),
    "stability": Text("stability", "稳定性"),
    "size": Text("size", "大小"),
    "growth": Text("growth", "增幅"),
}
_OF_HORIZON = re.compile(r"(.+)_(\d+)d")


def figure_name(name: str) -> Text:
    """What a figure is called; its own name where it has no words."""
    return FIGURES[name][0] if name in FIGURES else Text(name, name)


def contender_name(name: str, kind: str = "") -> Text:
    """What a contender is called beside a kind of model; its own name where it has no words."""
    if name == "baseline" and kind in _BASELINES:
        return _BASELINES[kind]
    return _CONTENDERS.get(name, Text(name, name))


def group_name(name: str) -> Text:
    """What a group of customers is called; its own name where it has no words."""
    return _GROUPS.get(name, Text(name, name))


def part_of(name: str) -> tuple[str, Text] | None:
    """The figure and the horizon or label of which it is told, where a card has it for several.

    >>> part_of("auc_30d")
    ('auc', Text(en='30 days', zh='30天'))
    >>> part_of("ece:buys:fund")[1].en
    'buys:fund'
    >>> part_of("lift_10")
    """
    if ":" in name:
        figure, label = name.split(":", 1)
        return figure, Text(label, label)
    found = _OF_HORIZON.fullmatch(name)
    return (found[1], Text(f"{found[2]} days", f"{found[2]}天")) if found else None
