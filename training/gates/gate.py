"""Whether a challenger may become champion: every gate with its figure, its bound and its verdict.

A challenger must beat the champion on rows that neither had learned from, keep its probabilities
honest, serve groups alike, be stable and stay small. A gate that cannot be judged is closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import rankdata

from goodcall.language import Text
from training.evaluation.bootstrap import REPETITIONS
from training.evaluation.by_group import Attribute, Rows, evaluate_groups, listed_rows
from training.evaluation.calibration import chance_ece
from training.evaluation.evaluate import auc_difference, evaluate, log_loss_difference
from training.gates.effects import judge_effects
from training.gates.evidence import Evidence, Tested, measured
from training.gates.result import GateResult
from training.gates.rows import Paired, paired
from training.gates.settings import Gates
from training.monitoring.drift import drift
from training.reporting.words import ATTRIBUTES

_MEGABYTE = 1_000_000
_SEED = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A registered version as the gate sees it: its evidence and its folder's size in bytes."""

    version: int
    evidence: Evidence
    size: int


def judge(
    challenger: Candidate,
    champion: Candidate,
    gates: Gates,
    *,
    scored: pa.Table | None = None,
) -> tuple[GateResult, ...]:
    """Every gate's result for a challenger against the champion of its label.

    `scored` may hold the champion's own probabilities (customer_id, as_of, probability) of rows of
    the challenger's tested dates; those from `unknown_from` on are then what is compared.
    """
    ours, theirs = challenger.evidence, champion.evidence
    if ours.card.kind == theirs.card.kind == "effect" and ours.definition == theirs.definition:
        return (*judge_effects(ours, theirs, gates), *_small(challenger, champion, gates))
    if ours.card.unit != "probability":
        return (_other_unit(ours),)
    if ours.definition != theirs.definition:
        return (_other_question(ours, theirs),)
    own = measured(ours)
    both = paired(ours, theirs, scored, gates.positives)
    results = [_same_rows(both, champion.version, gates)]
    if both.enough:
        results += [_ranks_better(both, gates), _loses_no_more(both, gates)]
    if own is not None:
        results.append(_calibrated(own, gates))
    if both.enough:
        results += [*_fair(both, ours.use.capacity, gates), _agrees(both, gates)]
    if own is not None:
        results.append(_stable(own, gates))
    return (*results, *_small(challenger, champion, gates))


def unjudged(versions: Sequence[int]) -> GateResult:
    """The closed gate of versions that were registered without their tested rows."""
    said = ", ".join(str(version) for version in versions)
    words = Text(
        f"version {said} was registered without its tested rows; train and register it again",
        f"第{said}版登记时未保存测试数据,请重新训练并登记",
    )
    return GateResult("evidence", passed=False, words=words)


def _other_unit(ours: Evidence) -> GateResult:
    unit = ours.card.unit
    words = Text(
        f"scores in {unit} have no gates: only probabilities are judged; promote with a reason",
        f"以{unit}为单位的得分没有发布门槛,仅概率可评判;请说明理由后强制发布",
    )
    return GateResult("unit", passed=False, words=words)


def _other_question(ours: Evidence, theirs: Evidence) -> GateResult:
    names = sorted(
        name
        for name in {*ours.definition, *theirs.definition}
        if ours.definition.get(name) != theirs.definition.get(name)
    )
    said = ", ".join(names)
    words = Text(
        f"the two predict different things: {said} differ; a new definition must be forced once",
        f"两者预测的目标不同({said});更换定义须强制发布一次",
    )
    return GateResult("same question", passed=False, words=words)


def _same_rows(both: Paired, champion: int, gates: Gates) -> GateResult:
    count, positives = len(both.y), int(both.y.sum())
    if both.enough:
        words = Text(
            f"{count:,} rows, {positives:,} positives, from {both.days}: {both.how.en}",
            f"共{count:,}行,正样本{positives:,},{both.days}:{both.how.zh}",
        )
    else:
        words = Text(
            f"{positives:,} positives in {count:,} rows that neither learned from, fewer than "
            f"{gates.positives:,}; champion version {champion} has seen outcomes up to "
            f"{both.unknown_from}: compare on dates from then on, or tested dates that both share",
            f"双方均未学习过的{count:,}行中仅{positives:,}个正样本,少于{gates.positives:,};"
            f"冠军第{champion}版已见过{both.unknown_from}之前的结果,"
            "请用此日之后的日期或双方共有的测试日期比较",
        )
    return GateResult("same rows", both.enough, words, float(positives), float(gates.positives))


def _ranks_better(both: Paired, gates: Gates) -> GateResult:
    gain = auc_difference(*both.columns, np.random.default_rng(_SEED))
    said = f"{gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
    words = Text(
        f"AUC over the champion's, paired: {said}; the lower end must exceed {gates.auc_gain:g}",
        f"AUC较冠军(配对):{said};下限须大于{gates.auc_gain:g}",
    )
    return GateResult("better", gain.low > gates.auc_gain, words, gain.value, gates.auc_gain)


def _loses_no_more(both: Paired, gates: Gates) -> GateResult:
    rise = log_loss_difference(*both.columns, np.random.default_rng(_SEED))
    said = f"{rise.value:+.5f} [{rise.low:+.5f}, {rise.high:+.5f}]"
    words = Text(
        f"log-loss over the champion's, paired: {said}; it may rise by {gates.log_loss_rise:g}",
        f"对数损失较冠军(配对):{said};升幅不得超过{gates.log_loss_rise:g}",
    )
    return GateResult(
        "log-loss", rise.value <= gates.log_loss_rise, words, rise.value, gates.log_loss_rise
    )


def _calibrated(own: Tested, gates: Gates) -> GateResult:
    rng = np.random.default_rng(_SEED)
    told = evaluate(own.y, own.probability, own.customer_id, rng)
    ece, slope, intercept = told["ece"].value, told["slope"], told["intercept"]
    chance = chance_ece(own.probability, rng)
    straight = slope.low <= 1 <= slope.high and intercept.low <= 0 <= intercept.high
    line = f"{slope.value:.2f} [{slope.low:.2f}, {slope.high:.2f}]"
    words = Text(
        f"calibration error {ece:.4f}, slope {line}; allowed {gates.ece:g}, or {chance:.4f}, which "
        "honest probabilities reach on so many rows, or a line that may be the diagonal",
        f"校准误差{ece:.4f},斜率{line};上限{gates.ece:g},或抽样波动{chance:.4f},"
        "或校准线与对角线无显著差异",
    )
    open_ = ece <= max(gates.ece, chance) or straight
    return GateResult("calibration", open_, words, ece, gates.ece)


def _fair(both: Paired, capacity: int | None, gates: Gates) -> list[GateResult]:
    """A result a bounded figure, of the attribute that keeps it worst."""
    if both.groups is None:
        words = Text(
            "no groups were kept with this version; register it with groups_of(bank, tested)",
            "该版本未保存客户分组,请在登记时提供分组",
        )
        return [GateResult("fairness", passed=False, words=words)]
    ours, theirs = (
        evaluate_groups(
            _rows(both, probability, capacity),
            both.groups,
            _SEED,
            enough=gates.group_positives,
            repetitions=0,
            lots=lots,
        )
        for probability, lots in ((both.ours, REPETITIONS), (both.theirs, 0))
    )
    return [
        _alike(ours, theirs, "tpr", gates.tpr_difference),
        _alike(ours, theirs, "ece", gates.ece_difference),
    ]


def _rows(both: Paired, probability: NDArray[np.float64], capacity: int | None) -> Rows:
    return listed_rows(both.y, probability, both.customer_id, both.as_of, capacity)


def _alike(
    ours: Sequence[Attribute], theirs: Sequence[Attribute], figure: str, bound: float
) -> GateResult:
    name = f"fairness {figure}"
    before = {each.name: each.differences for each in theirs}
    told = [
        (
            each.differences[figure].value - max(bound, each.chance[figure]),
            each.differences[figure].value <= before[each.name][figure].value,
            each,
        )
        for each in ours
        if each.differences
    ]
    if not told:
        words = Text(
            "no attribute has two groups with enough positives to compare",
            "没有任何属性有两个正样本足够的分组可供比较",
        )
        return GateResult(name, passed=True, words=words, bound=bound)
    closed = [each for each in told if each[0] > 0 and not each[1]]
    _, _, worst = max(closed or told, key=lambda each: each[0])
    value, chance = worst.differences[figure].value, worst.chance[figure]
    old = before[worst.name][figure].value
    by = ATTRIBUTES[worst.name]
    words = Text(
        f"greatest difference by {by.en}: {value:.3f}; allowed {bound:g}, by chance "
        f"{chance:.3f}, the champion's {old:.3f}",
        f"按{by.zh}的最大组间差异{value:.3f};上限{bound:g},随机可达{chance:.3f},冠军为{old:.3f}",
    )
    return GateResult(name, not closed, words, value, bound)


def _agrees(both: Paired, gates: Gates) -> GateResult:
    name, bound = "agreement", gates.rank_correlation
    if np.ptp(both.theirs) == 0 or np.ptp(both.ours) == 0:
        words = Text("one of the two ranks nobody: nothing to agree on", "其中一方不排序,无需比较")
        return GateResult(name, passed=True, words=words, bound=bound)
    ranks = [rankdata(scores) for scores in (both.ours, both.theirs)]
    figure = float(np.corrcoef(*ranks)[0, 1])
    words = Text(
        f"rank correlation with the champion {figure:.3f}; at least {bound:g}",
        f"与冠军的秩相关{figure:.3f};不得低于{bound:g}",
    )
    return GateResult(name, figure >= bound, words, figure, bound)


def _stable(own: Tested, gates: Gates) -> GateResult:
    table = pa.table(
        {
            "customer_id": own.customer_id,
            "as_of": pa.array(own.as_of),
            "score": own.probability,
        }
    )
    moved = drift(table, ["score"]).to_pylist()
    if not moved:
        words = Text("tested on one date: nothing to compare", "仅一个测试日期,无可比较")
        return GateResult("stability", passed=True, words=words, bound=gates.psi)
    index, noise = moved[-1]["psi"], moved[-1]["noise"]
    words = Text(
        f"scores of {moved[-1]['as_of']} against the first tested date: index {index:.3f}; at most "
        f"{gates.psi:g}, or {noise:.3f}, which samples of one population reach",
        f"{moved[-1]['as_of']}得分相对首个测试日的稳定性指标{index:.3f};"
        f"不得超过{gates.psi:g}或抽样波动{noise:.3f}",
    )
    return GateResult("stability", index <= max(gates.psi, noise), words, index, gates.psi)


def _small(challenger: Candidate, champion: Candidate, gates: Gates) -> tuple[GateResult, ...]:
    size, times = challenger.size / _MEGABYTE, challenger.size / champion.size
    whole = Text(
        f"{size:.2f} MB; at most {gates.megabytes:g}", f"{size:.2f} MB;上限{gates.megabytes:g}"
    )
    ratio = Text(
        f"{times:.2f} times the champion's folder; at most {gates.times_champion:g}",
        f"为冠军的{times:.2f}倍;上限{gates.times_champion:g}",
    )
    return (
        GateResult("size", size <= gates.megabytes, whole, size, gates.megabytes),
        GateResult("growth", times <= gates.times_champion, ratio, times, gates.times_champion),
    )
