"""The words of a model's report: what each figure is called, and how to read it."""

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
        Text("AUC within a month", "月内AUC"),
        Text("the same, comparing only rows of one date", "仅比较同一日期的样本"),
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
        Text("expected profit, cents a customer", "期望利润(分/客户)"),
        Text("of a retention campaign at its best size (EMPC)", "最优规模挽留活动(EMPC)"),
    ),
    "mean_profit_cents": (
        Text("profit at the mean response, cents", "平均响应下利润(分/客户)"),
        Text("the same, as if the mean share accepted (MPC)", "按平均接受率计算(MPC)"),
    ),
    "selection_rate": (
        Text("on the list", "入选率"),
        Text("share of the group that is listed", "组内被列入名单的占比"),
    ),
    "tpr": (
        Text("reach of the list", "名单召回率"),
        Text("share of the group's positives who are listed", "组内正样本被列入名单的占比"),
    ),
}
CONTENDERS = {
    "model": Text("this model", "本模型"),
    "baseline": Text("plain logistic", "逻辑回归"),
    "rule": Text("rule", "规则"),
}
ATTRIBUTES = {
    "tier": Text("tier", "客户等级"),
    "region": Text("region", "地区"),
    "age_band": Text("age", "年龄段"),
    "sex": Text("sex", "性别"),
}
GATES = {
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


def figure_name(name: str) -> Text:
    """What a figure is called; its own name where it has no words."""
    return FIGURES[name][0] if name in FIGURES else Text(name, name)


def contender_name(name: str) -> Text:
    """What a contender is called; its own name where it has no words."""
    return CONTENDERS.get(name, Text(name, name))
