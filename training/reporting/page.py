"""The page of a model's report: its sections in reading order, each as HTML.

Only what shows a report imports this file, since it draws.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import isnan

from goodcall.language import Language, Text
from models.card import Estimate
from training.evaluation.by_group import FIGURES as GROUP_FIGURES
from training.reporting.figures import gain_svg, inlined, lift_svg, precision_svg, reliability_svg
from training.reporting.report import ReportFacts
from training.reporting.style import CSS
from training.reporting.words import ATTRIBUTES, FIGURES, GATES, contender_name, figure_name

_TITLE = Text("Model report", "模型报告")
_HUNDRED, _TEN = 100, 10


@dataclass(frozen=True, slots=True)
class _Say:
    """Words in the page's language, escaped."""

    language: Language

    def __call__(self, en: str, zh: str) -> str:
        """One of the two."""
        return escape(Text(en, zh).to(self.language))

    def text(self, words: Text) -> str:
        """A text of both languages."""
        return escape(words.to(self.language))


def page(facts: ReportFacts, language: Language) -> str:
    """The whole report as one HTML file."""
    say = _Say(language)
    title = f"{say.text(_TITLE)}: {escape(facts.card.label)}"
    code = "zh-CN" if language == "zh" else "en"
    body = "\n".join(part for section in _SECTIONS if (part := section(facts, say)))
    return (
        f'<!DOCTYPE html>\n<html lang="{code}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _heading(facts: ReportFacts, say: _Say) -> str:
    card = facts.card
    version = say(f"version {facts.version}", f"第{facts.version}版") if facts.version else ""
    role = {
        "champion": say("champion", "冠军模型"),
        "challenger": say("challenger", "挑战者模型"),
    }.get(facts.role, "")
    facts_line = [version, role, f"{card.created:%Y-%m-%d %H:%M} UTC", card.content_hash[:12]]
    return (
        f"<h1>{say.text(_TITLE)}: {escape(card.label)}</h1>\n"
        f'<p class="faint">{" · ".join(part for part in facts_line if part)}</p>\n'
        f'<p class="lead">{say.text(card.meaning)}</p>\n<p>{say.text(card.measured)}</p>\n'
        f"{_summary(facts, say)}"
    )


def _summary(facts: ReportFacts, say: _Say) -> str:
    """What matters most in one sentence, and what it is not good for."""
    card = facts.card
    if card.kind == "base_rate":
        rate = f"{_HUNDRED * card.base_rate:.2f} %"
        line = say(
            f"This model ranks nobody: it gives everyone the base rate, {rate}.",
            f"本模型不做排序,对所有人给出基准概率{rate}。",
        )
        return f"<p><strong>{line}</strong></p>"
    over = card.over_baseline
    if over is None:
        return ""
    said = f"{over.value:+.3f} ({over.low:+.3f} – {over.high:+.3f})"
    verdict = say("shown", "差异显著") if over.shown else say("not shown", "差异不显著")
    line = say("AUC over a plain logistic regression", "AUC较逻辑回归")
    return f"<p><strong>{line}: {said}, {verdict}</strong></p>"


def _headline(facts: ReportFacts, say: _Say) -> str:
    names = [name for name in FIGURES if name in facts.figures["model"]]
    names += [name for name in sorted(facts.figures["model"]) if name not in FIGURES]
    if not names:
        return ""
    contenders = [name for name, told in facts.figures.items() if told]
    size = str(facts.capacity) if facts.capacity else say("a tenth of the", "十分之一的")
    lists = say(f"A list holds {size} rows of a date", f"每日名单{size}行")
    interval = say("Intervals are 95 %, by redrawing customers.", "区间为95%,按客户重抽样得出。")
    judged = say(f"Figures are of {facts.judged_by}.", f"指标针对{facts.judged_by}。")
    several = judged if facts.judged_by and len(facts.card.labels) > 1 else ""
    rows = [
        [
            _named(name, say),
            *(_estimate(facts.figures[each].get(name)) for each in contenders),
        ]
        for name in names
    ]
    head = [say("figure", "指标"), *(say.text(contender_name(each)) for each in contenders)]
    return (
        _section(say("How good it is", "模型表现"))
        + f'<p class="faint">{lists}. {interval} {several}</p>\n'
        + _table(head, rows)
    )


def _figures(facts: ReportFacts, say: _Say) -> str:
    if facts.reliability is None:
        return ""
    language = say.language
    drawn = [
        (
            say("Reliability: are probabilities honest?", "可靠性图:概率是否准确"),
            reliability_svg(facts.reliability, language),
        ),
        (
            say("Gain: whom a list reaches", "增益曲线:名单覆盖多少正样本"),
            gain_svg(facts.curves, language),
        ),
        (
            say("Lift: how much richer a list is", "提升曲线:名单比随机好多少"),
            lift_svg(facts.curves, language),
        ),
        (
            say("Precision and reach", "精确率与召回率"),
            precision_svg(facts.curves, language),
        ),
    ]
    return _section(say("Curves", "曲线")) + _grid(drawn)


def _months(facts: ReportFacts, say: _Say) -> str:
    if not facts.months:
        return ""
    head = [
        say("date", "日期"),
        say("rows", "行数"),
        say("positives", "正样本"),
        "AUC",
        say("calibration slope", "校准斜率"),
    ]
    rows = [
        [
            str(month.as_of),
            f"{month.rows:,}",
            f"{month.positives:,}",
            _estimate(month.auc),
            _estimate(month.slope),
        ]
        for month in facts.months
    ]
    return _section(say("By date", "按日期")) + _table(head, rows)


def _groups(facts: ReportFacts, say: _Say) -> str:
    if not facts.groups:
        return ""
    note = say(
        "Groups serve this evaluation only; no model sees sex, and none is trained on these. A "
        "difference within chance is what groups drawn by lot would show.",
        "分组仅用于评估,性别不进入模型。“随机水平”为随机分组时会出现的差异。",
    )
    parts = [_section(say("By group of customers", "按客户分组")), f'<p class="faint">{note}</p>']
    head = [say("group", "分组"), say("rows", "行数"), say("positives", "正样本")]
    head += [say.text(figure_name(name)) for name in GROUP_FIGURES]
    for each in facts.groups:
        rows = [
            [
                escape(group.name) + ("" if group.judged else " *"),
                f"{group.rows:,}",
                f"{group.positives:,}",
                *(_estimate(group.figures[name]) for name in GROUP_FIGURES),
            ]
            for group in each.groups
        ]
        if each.differences:
            differ = [_differ(each.differences[n], each.chance[n], say) for n in GROUP_FIGURES]
            rows.append([say("greatest difference", "最大差异"), "", "", *differ])
        title = say.text(ATTRIBUTES[each.name])
        parts.append(f"<h3>{title}</h3>\n" + _table(head, rows))
    few = say("* unknown, or too few positives to compare", "* 未知,或正样本过少,不参与比较")
    return "\n".join((*parts, f'<p class="faint">{few}</p>'))


def _pictures(facts: ReportFacts, say: _Say) -> str:
    if not facts.pictures:
        return ""
    drawn = [
        (escape(title), inlined(svg, f"picture{number}"))
        for number, (title, svg) in enumerate(facts.pictures.items(), start=1)
    ]
    return _section(say("What moves the score", "影响得分的因素")) + _grid(drawn)


def _gates(facts: ReportFacts, say: _Say) -> str:
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
    return _section(say("Against the champion", "与冠军模型比较")) + _table(head, rows, numbers=0)


def _limits(facts: ReportFacts, say: _Say) -> str:
    if not facts.card.limits:
        return ""
    items = "\n".join(f"<li>{say.text(limit)}</li>" for limit in facts.card.limits)
    return _section(say("Limits", "局限")) + f"<ul>\n{items}\n</ul>"


def _data(facts: ReportFacts, say: _Say) -> str:
    card = facts.card
    learned, tested = card.trained_as_of, card.tested_as_of
    told: list[tuple[str, object]] = [
        (say("rows with an outcome", "有结果的行数"), f"{card.rows:,}"),
        (
            say("positives", "正样本"),
            f"{card.positives:,} ({_HUNDRED * card.base_rate:.2f} %)",
        ),
        (say("dates learned from", "学习日期"), _span([str(day) for day in learned])),
        (say("dates tested on", "测试日期"), _span([str(day) for day in tested])),
        (say("features", "特征数"), f"{len(card.features):,}"),
        *(
            (f"{say('left out', '剔除')}: {escape(why)}", f"{count:,}")
            for why, count in card.excluded.items()
        ),
    ]
    return _section(say("What it learned from", "学习数据")) + _pairs(told)


def _settings(facts: ReportFacts, say: _Say) -> str:
    card = facts.card
    told: list[tuple[str, object]] = [
        (say("kind", "模型类型"), escape(card.kind)),
        (say("scores", "得分"), escape(", ".join(card.labels))),
        *((escape(name), escape(str(value))) for name, value in card.params.items()),
        (say("feature catalogue", "特征目录"), f"<code>{escape(card.fingerprint)}</code>"),
        (say("hash of the content", "内容哈希"), f"<code>{escape(card.content_hash)}</code>"),
    ]
    return _section(say("Settings and hashes", "参数与哈希")) + _pairs(told)


_SECTIONS: tuple[Callable[[ReportFacts, _Say], str], ...] = (
    _heading,
    _headline,
    _figures,
    _gates,
    _months,
    _groups,
    _pictures,
    _limits,
    _data,
    _settings,
)


def _section(title: str) -> str:
    return f"<h2>{title}</h2>\n"


def _named(name: str, say: _Say) -> str:
    said = say.text(figure_name(name))
    return f"{said}<small>{say.text(FIGURES[name][1])}</small>" if name in FIGURES else said


def _estimate(figure: Estimate | None) -> str:
    """A figure above its interval."""
    if figure is None or isnan(figure.value):
        return "–"
    if isnan(figure.low):
        return _number(figure.value)
    return f"{_number(figure.value)}<small>{_number(figure.low)} – {_number(figure.high)}</small>"


def _differ(figure: Estimate, chance: float, say: _Say) -> str:
    within = say(f"chance {_number(chance)}", f"随机水平{_number(chance)}")
    return f"{_number(figure.value)}<small>{within}</small>"


def _number(value: float) -> str:
    if abs(value) >= _HUNDRED:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= _TEN else f"{value:.3f}"


def _span(days: Sequence[str]) -> str:
    if not days:
        return "–"
    return days[0] if len(days) == 1 else f"{days[0]} – {days[-1]} ({len(days)})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 1) -> str:
    """A table whose columns after the first `numbers` hold numbers; 0 for a table of words."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="n">{cell}</{tag}>'
            if numbers and place >= numbers
            else f"<{tag}>{cell}</{tag}>"
            for place, cell in enumerate(row)
        )

    body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table>\n<thead><tr>{cells("th", head)}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _pairs(told: Iterable[tuple[str, object]]) -> str:
    rows = "\n".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in told)
    return f'<div class="wide"><table>\n<tbody>\n{rows}\n</tbody>\n</table></div>'


def _grid(drawn: Iterable[tuple[str, str]]) -> str:
    figures = "\n".join(
        f"<figure><figcaption>{title}</figcaption>\n{svg}</figure>" for title, svg in drawn
    )
    return f'<div class="figures">\n{figures}\n</div>'
