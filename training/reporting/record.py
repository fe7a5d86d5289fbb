"""What stands on the record of a model: gates, groups, limits, data, settings and hashes."""

from collections.abc import Sequence
from html import escape

from models.card import Estimate
from training.evaluation.by_group import FIGURES as GROUP_FIGURES
from training.reporting.html import HUNDRED, Say, figure_cell, number, pairs, section, table
from training.reporting.report import ReportFacts
from training.reporting.words import ATTRIBUTES, GATES, figure_name, group_name


def groups_part(facts: ReportFacts, say: Say) -> str:
    """Whether groups of customers are served alike."""
    if not facts.groups:
        return ""
    note = say(
        "Groups serve this evaluation only; no model sees sex, and none is trained on these. A "
        "difference within chance is what groups drawn by lot would show. Redrawing makes few rows "
        "look less calibrated than they are, so a calibration error may lie below its interval.",
        "分组仅用于评估,性别不进入模型。“随机水平”为随机分组时会出现的差异。"
        "重抽样会使少量样本显得校准更差,因此校准误差可能低于其区间。",
    )
    parts = [section(say("By group of customers", "按客户分组"), note)]
    head = [say("group", "分组"), say("rows", "行数"), say("positives", "正样本")]
    head += [say.text(figure_name(name)) for name in GROUP_FIGURES]
    for each in facts.groups:
        rows = [
            [
                say.text(group_name(group.name)) + ("" if group.judged else " *"),
                f"{group.rows:,}",
                f"{group.positives:,}",
                *(figure_cell(group.figures[name], name) for name in GROUP_FIGURES),
            ]
            for group in each.groups
        ]
        if each.differences:
            differ = [_differ(each.differences[n], each.chance[n], n, say) for n in GROUP_FIGURES]
            rows.append([say("greatest difference", "最大差异"), "", "", *differ])
        title = say.text(ATTRIBUTES[each.name])
        parts.append(f"<h3>{title}</h3>\n" + table(head, rows))
    few = say("* unknown, or too few positives to compare", "* 未知,或正样本过少,不参与比较")
    return "\n".join((*parts, f'<p class="faint">{few}</p>'))


def gates_part(facts: ReportFacts, say: Say) -> str:
    """Every gate of promotion with its verdict and why."""
    if not facts.gates:
        return ""
    states = {
        True: f'<span class="open">{say("open", "通过")}</span>',
        False: f'<span class="closed">{say("closed", "未通过")}</span>',
    }
    rows = [
        [say.text(GATES[each.gate]), states[each.passed], say.text(each.words)]
        for each in facts.gates
    ]
    head = [say("gate", "门槛"), say("verdict", "结论"), say("why", "依据")]
    note = say(
        "A gate holds a figure against a bound that was set beforehand; what chance alone would "
        "reach stands beside it where there is no interval.",
        "门槛将指标与事先设定的界限比较;无区间处列出随机波动可达到的水平。",
    )
    return section(say("Against the champion", "与冠军模型比较"), note) + table(
        head, rows, numbers=0
    )


def limits_part(facts: ReportFacts, say: Say) -> str:
    """What the model is not good for."""
    if not facts.card.limits:
        return ""
    items = "\n".join(f"<li>{say.text(limit)}</li>" for limit in facts.card.limits)
    return section(say("Limits", "局限")) + f"<ul>\n{items}\n</ul>"


def data_part(facts: ReportFacts, say: Say) -> str:
    """What the model learned from, in counts."""
    card = facts.card
    learned, tested = card.trained_as_of, card.tested_as_of
    told: list[tuple[str, object]] = [
        (say("rows with an outcome", "有结果的行数"), f"{card.rows:,}"),
        (
            say("positives", "正样本"),
            f"{card.positives:,} ({HUNDRED * card.base_rate:.2f} %)",
        ),
        (say("dates learned from", "学习日期"), _span([str(day) for day in learned])),
        (say("dates tested on", "测试日期"), _span([str(day) for day in tested])),
        (say("features", "特征数"), f"{len(card.features):,}"),
        *(
            (f"{say('left out', '剔除')}: {escape(why)}", f"{count:,}")
            for why, count in card.excluded.items()
        ),
    ]
    note = say(
        "Counts of what was there, not estimates; they need no interval.",
        "以下为实际计数而非估计,无需区间。",
    )
    return section(say("What it learned from", "学习数据"), note) + pairs(told)


def settings_part(facts: ReportFacts, say: Say) -> str:
    """How it was learned, and the hashes by which it is known again."""
    card = facts.card
    told: list[tuple[str, object]] = [
        (say("kind", "模型类型"), escape(card.kind)),
        (say("scores", "得分"), escape(", ".join(card.labels))),
        *((escape(name), escape(str(value))) for name, value in card.params.items()),
        (say("feature catalogue", "特征目录"), f"<code>{escape(card.fingerprint)}</code>"),
        (say("hash of the content", "内容哈希"), f"<code>{escape(card.content_hash)}</code>"),
    ]
    return section(say("Settings and hashes", "参数与哈希")) + pairs(told)


def _differ(figure: Estimate, chance: float, name: str, say: Say) -> str:
    said = number(chance, name)
    return f"{figure_cell(figure, name)}<small>{say(f'chance {said}', f'随机水平{said}')}</small>"


def _span(days: Sequence[str]) -> str:
    if not days:
        return "–"
    return days[0] if len(days) == 1 else f"{days[0]} – {days[-1]} ({len(days)})"
