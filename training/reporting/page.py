"""The page of a model's report: its sections in reading order, the verdict first.

Only what shows a report imports this file, since it draws.
"""

from collections.abc import Callable
from html import escape

from goodcall.language import Language, Text
from training.reporting.effect_page import effect_part
from training.reporting.html import Say
from training.reporting.performance import curves_part, figures_part, months_part, parts_part
from training.reporting.record import data_part, gates_part, groups_part, limits_part, settings_part
from training.reporting.report import ReportFacts
from training.reporting.style import CSS
from training.reporting.verdict import verdict
from training.reporting.why import why_part

_TITLE = Text("Model report", "模型报告")


def page(facts: ReportFacts, language: Language) -> str:
    """The whole report as one HTML file."""
    say = Say(language)
    title = f"{say.text(_TITLE)}: {escape(facts.card.label)}"
    code = "zh-CN" if language == "zh" else "en"
    body = "\n".join(part for section in _SECTIONS if (part := section(facts, say)))
    return (
        f'<!DOCTYPE html>\n<html lang="{code}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _heading(facts: ReportFacts, say: Say) -> str:
    card = facts.card
    version = say(f"version {facts.version}", f"第{facts.version}版") if facts.version else ""
    role = {
        "champion": say("champion", "冠军模型"),
        "challenger": say("challenger", "挑战者模型"),
    }.get(facts.role, "")
    facts_line = [version, role, f"{card.created:%Y-%m-%d %H:%M} UTC", card.content_hash[:12]]
    what, how = say("What it foretells:", "预测目标:"), say("How it was tested:", "评估方式:")
    return (
        f"<h1>{say.text(_TITLE)}: {escape(card.label)}</h1>\n"
        f'<p class="faint">{" · ".join(part for part in facts_line if part)}</p>\n'
        f'<p class="lead">{what} {say.text(card.meaning)}</p>\n'
        f"{verdict(facts, say)}\n<p>{how} {say.text(card.measured)}</p>"
    )


_SECTIONS: tuple[Callable[[ReportFacts, Say], str], ...] = (
    _heading,
    limits_part,
    gates_part,
    effect_part,
    figures_part,
    curves_part,
    parts_part,
    months_part,
    why_part,
    groups_part,
    data_part,
    settings_part,
)
