"""The verdict of a report: what a committee should know first, each finding with its figure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from goodcall.language import Text
from models.card import Estimate
from training.reporting.html import HUNDRED, Say, in_line, number
from training.reporting.report import RULE, ReportFacts
from training.reporting.words import contender_name

Tone = Literal["for", "against", "neither"]

_CHANCE = 0.5
_TWO_OF_THREE = 2 / 3
_MARKS: dict[Tone, str] = {"for": "✓", "against": "✗", "neither": "○"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence with its figure, and whether it speaks for the model, against it, or neither."""

    tone: Tone
    words: Text


def verdict(facts: ReportFacts, say: Say) -> str:
    """The box at the head of the page: one sentence, then each finding."""
    found = tuple(findings(facts))
    items = "\n".join(
        f'<li class="{each.tone}"><b>{_MARKS[each.tone]}</b>{say.text(each.words)}</li>'
        for each in found
    )
    key = say(
        "✓ speaks for the model, ✗ against it, ○ neither or not shown. Figures stand with their "
        "95 % intervals.",
        "✓支持本模型,✗不支持,○中性或差异不显著。括号内为95%区间。",
    )
    return (
        f'<div class="verdict"><p class="head">{say.text(conclusion(facts))}</p>\n'
        f'<ul>\n{items}\n</ul>\n<p class="faint">{key}</p></div>'
    )


def conclusion(facts: ReportFacts) -> Text:
    """Whether the model may be used, in one sentence."""
    card = facts.card
    closed = [each for each in facts.gates if not each.passed]
    if card.kind == "base_rate":
        share = f"{HUNDRED * card.base_rate:.2f} %"
        counted = f"{card.positives:,} of {card.rows:,} rows"
        return Text(
            f"This model ranks nobody: it gives everyone the base rate, {share} ({counted}).",
            f"本模型不做排序,对所有人给出基准概率{share}({card.rows:,}行中{card.positives:,}个)。",
        )
    if closed:
        return Text(
            f"Not fit to replace the champion: {len(closed)} of {len(facts.gates)} gates closed.",
            f"不宜替换冠军模型:{len(facts.gates)}项门槛中{len(closed)}项未通过。",
        )
    against = any(each.tone == "against" for each in findings(facts))
    if against:
        return Text("To be used with care: see what speaks against it.", "须谨慎使用:见下列问题。")
    if facts.gates:
        return Text(
            "Fit to replace the champion: every gate is open.", "可替换冠军模型:全部门槛已通过。"
        )
    return Text(
        "Nothing measured speaks against using it; it was not held against a champion.",
        "各项评估未发现问题;未与冠军模型比较。",
    )


def findings(facts: ReportFacts) -> Iterator[Finding]:
    """What was found, the most telling first."""
    if facts.card.kind == "base_rate":
        return
    yield from _ranking(facts)
    yield from _gains(facts)
    yield from _growth(facts)
    yield from _honesty(facts)
    yield from _list(facts)
    yield from _reasons(facts)
    yield from _gates(facts)


def _ranking(facts: ReportFacts) -> Iterator[Finding]:
    own = facts.figures["model"]
    if (auc := own.get("auc")) is not None:
        told = in_line(auc)
        if auc.low > _CHANCE:
            yield Finding(
                "for",
                Text(f"Ranks better than chance: AUC {told}.", f"排序优于随机:AUC {told}。"),
            )
        else:
            yield Finding(
                "against",
                Text(f"Not shown to rank: AUC {told}.", f"未显示排序能力:AUC {told}。"),
            )
    over = facts.card.metrics.get("map_7_over_popularity")
    if over is not None:
        told = in_line(over, signed=True)
        yield _compared(
            over,
            Text(
                f"Ranking products against popularity: MAP@7 {told}",
                f"产品排序较热门度:MAP@7 {told}",
            ),
        )


def _gains(facts: ReportFacts) -> Iterator[Finding]:
    for name, told in facts.gains.items():
        if name == RULE and not facts.warned:
            yield _silent()
            continue
        who = contender_name(name, facts.card.kind)
        auc = told["auc"]
        said = in_line(auc, signed=True)
        yield _compared(
            auc, Text(f"Against {who.en}: AUC {said}, paired", f"较{who.zh}:AUC {said}(配对)")
        )
    if not facts.gains and facts.card.over_baseline is not None:
        over = facts.card.over_baseline
        said = in_line(over, signed=True)
        yield _compared(
            over,
            Text(f"Against plain logistic: AUC {said}, paired", f"较逻辑回归:AUC {said}(配对)"),
        )
    if RULE not in facts.gains and facts.ruled_out is not None:
        en, zh = facts.ruled_out.en, facts.ruled_out.zh
        yield Finding(
            "neither",
            Text(f"Against the rule of 90 silent days (S12): {en}", f"较90天沉寂规则(S12):{zh}"),
        )


def _silent() -> Finding:
    """That the rule of thumb is silent of the tested rows."""
    words = Text(
        "Against the rule of 90 silent days (S12): it warns of none of the tested rows.",
        "较90天沉寂规则(S12):该规则未提示任何测试样本。",
    )
    return Finding("for", words)


def _growth(facts: ReportFacts) -> Iterator[Finding]:
    own = facts.card.metrics
    if "deviance_gain" in own:
        gain = own["deviance_gain"]
        said = in_line(gain, signed=True)
        yield _compared(
            gain,
            Text(
                f"Tells who grows better than one ratio for all: deviance lower by {said}",
                f"较统一比例更能区分增长:偏差降低{said}",
            ),
        )
    if "observed_ratio" in own:
        ratio = own["observed_ratio"]
        said = in_line(ratio)
        honest = ratio.low <= 1 <= ratio.high
        yield Finding(
            "for" if honest else "against",
            Text(
                f"What came is {said} times what was expected in all.",
                f"实际总额为预计的{said}倍。",
            ),
        )


def _honesty(facts: ReportFacts) -> Iterator[Finding]:
    own = facts.figures["model"]
    if not {"slope", "intercept", "ece"} <= set(own):
        return
    slope, level = own["slope"], own["intercept"]
    told = Text(
        f"calibration slope {in_line(slope)}, intercept {in_line(level)}, error "
        f"{in_line(own['ece'])}",
        f"校准斜率{in_line(slope)},截距{in_line(level)},误差{in_line(own['ece'])}",
    )
    tone: Tone
    if not slope.low <= 1 <= slope.high:
        far = slope.high < 1
        how = Text("too extreme", "过于极端") if far else Text("too timid", "过于保守")
        tone, said = "against", Text(f"Probabilities are {how.en}", f"概率{how.zh}")
    elif not level.low <= 0 <= level.high:
        tone, said = "neither", Text("Probabilities are a little off", "概率略有偏差")
    else:
        tone, said = "for", Text("Probabilities mean what they say", "概率准确")
    yield Finding(tone, Text(f"{said.en}: {told.en}.", f"{said.zh}:{told.zh}。"))


def _list(facts: ReportFacts) -> Iterator[Finding]:
    found = facts.figures["model"].get("precision_at_capacity")
    base = facts.curves["model"].precision[-1] if "model" in facts.curves else None
    if found is not None and facts.lists is not None and base is not None:
        name = "precision_at_capacity"
        said, all_ = in_line(found, name), number(float(base), name)
        tone: Tone = "for" if found.low > base else "neither"
        yield Finding(
            tone,
            Text(
                f"Of those on the list {said} have the outcome, of all {all_}; {facts.lists.en}.",
                f"名单中{said}为正样本,全体为{all_};{facts.lists.zh}。",
            ),
        )
    growth = facts.figures["model"].get("best_growth_cents")
    if growth is not None:
        said = in_line(growth, "best_growth_cents")
        yield Finding(
            "for" if growth.low > 0 else "neither",
            Text(
                f"Those on the list grew by {said} each, in the bank's currency.",
                f"名单客户平均增长{said}(本行币种)。",
            ),
        )


def _reasons(facts: ReportFacts) -> Iterator[Finding]:
    if facts.explained is None:
        yield Finding(
            "neither",
            Text(
                "Reasons were not tested: this version gives none, or an earlier release "
                "registered it.",
                "未检验原因:本版本不提供原因,或由较早的软件版本登记。",
            ),
        )
        return
    fell, stable = facts.explained.faithful.fell, facts.explained.stable
    first, again = in_line(fell, "precision"), in_line(stable, "precision")
    held = Text(
        f"without its first reason the score falls for {first} of customers; trained again, "
        f"{again} of the three strongest reasons return",
        f"去掉首要原因后,{first}的客户得分下降;重新训练后,前三原因的{again}保持不变",
    )
    if fell.low <= _CHANCE:
        yield Finding(
            "against",
            Text(f"Reasons are not faithful: {held.en}.", f"原因不可信:{held.zh}。"),
        )
    elif stable.low < _TWO_OF_THREE:
        yield Finding(
            "neither",
            Text(
                f"Reasons are faithful but not firm: {held.en}.", f"原因可信但不够稳定:{held.zh}。"
            ),
        )
    else:
        yield Finding("for", Text(f"Reasons hold: {held.en}.", f"原因可信且稳定:{held.zh}。"))


def _gates(facts: ReportFacts) -> Iterator[Finding]:
    for each in facts.gates:
        if not each.passed:
            en, zh = each.words.en, each.words.zh
            yield Finding("against", Text(f"Gate closed: {en}.", f"门槛未通过:{zh}。"))


def _compared(gain: Estimate, said: Text) -> Finding:
    """A difference with what its interval shows."""
    if gain.low > 0:
        return Finding("for", Text(f"{said.en}: better.", f"{said.zh}:更优。"))
    if gain.high < 0:
        return Finding("against", Text(f"{said.en}: worse.", f"{said.zh}:更差。"))
    return Finding("neither", Text(f"{said.en}: not shown to differ.", f"{said.zh}:差异不显著。"))
