"""A check in words for a person: what was measured, what is allowed, how it came out."""

from features.quality.gates import Measure
from features.quality.judge import Check, Verdict
from goodcall.language import Language, Text

VERDICTS: dict[Verdict, Text] = {
    "fail": Text("FAIL", "不合格"),
    "warn": Text("warn", "警告"),
    "skipped": Text("not judged", "未判断"),
    "pass": Text("pass", "合格"),
}


def name_check(check: Check, language: Language) -> str:
    """The table, the column and the measure of a check."""
    gate = check.gate
    place = f"{gate.table}.{gate.column}" if gate.column else gate.table
    return f"{place}: {gate.measure.text.to(language)}"


def say_value(check: Check, language: Language) -> str:
    """What was measured, or why nothing was."""
    if check.value is None:
        return check.note.to(language) if check.note else "–"
    said = _number(check.gate.measure, check.value, language)
    return f"{said} ({check.note.to(language)})" if check.note else said


def say_limit(check: Check, language: Language) -> str:
    """What is allowed before a warning, and before a failure."""
    measure, limit = check.gate.measure, check.limit
    side = "≥" if measure.low else "≤"
    words = []
    for edge, name in ((limit.warn, VERDICTS["warn"]), (limit.fail, VERDICTS["fail"])):
        if edge is not None:
            words.append(f"{name.to(language)} {side} {_number(measure, edge, language)}")
    return Text(", ", "，").to(language).join(words)


def _number(measure: Measure, value: float, language: Language) -> str:
    if measure.unit == "share":
        return f"{value * 100:.4g} %"
    if measure.unit == "ratio":
        return f"{value:.4g} ×"
    if measure.unit == "days":
        return Text(f"{value:.4g} days", f"{value:.4g} 天").to(language)
    return f"{value:.3g}"
