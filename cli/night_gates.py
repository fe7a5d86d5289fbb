"""The gates of a night: what a plan must rest on, and what it must not come out as."""

from datetime import date, timedelta

from cli.errors import NightFailed
from features import Bank
from features.quality.check import QualityCheck
from features.quality.words import name_check, say_limit, say_value
from goodcall import Text
from goodcall.language import Language
from outreach import Plan, StoredPlan

_SHOWN = 3
# The kinds of rules by which a day may be closed to all contacts.
_CLOCKS = ("quiet_hours", "holidays")


def refuse_stale(bank: Bank, day: date, late_days: int) -> None:
    """NightFailed where the bank's tables end before what the day's lists must rest on."""
    last, wanted = bank.manifest.last_day, day - timedelta(days=1)
    if last + timedelta(days=late_days) >= wanted:
        return
    late = f", even {late_days} days late" if late_days else ""
    late_zh = f"(已容许迟到{late_days}天)" if late_days else ""
    raise NightFailed(
        Text(
            f"the bank's tables end with {last}, and lists of {day} need {wanted}{late}; "
            "load what is missing, or allow more with --late-days",
            f"银行数据截至{last},{day}的名单需要{wanted}的数据{late_zh};请补数,或以--late-days放宽",
        )
    )


def refuse_unfit(found: QualityCheck) -> None:
    """NightFailed where a contract is broken or a quality gate fails, with the first of them."""
    if not found.failed:
        return
    english, chinese = (", ".join(_faults(found, spoken)) for spoken in ("en", "zh"))
    raise NightFailed(
        Text(
            f"the bank's tables are not fit for use: {english}; "
            "`goodcall bank check` shows every finding",
            f"银行数据不合格:{chinese};`goodcall bank check`列出全部问题",
        )
    )


def refuse_hollow(plan: Plan, before: StoredPlan | None, least_share: float) -> None:
    """NightFailed where a plan has far fewer rows than the last one, and no closed day says why.

    A day is closed where the policy's hours or holidays let no contact at all through.
    """
    if before is None or plan.funnel.listed >= least_share * before.funnel.listed:
        return
    if _is_closed(plan):
        return
    rows, then = plan.funnel.listed, before.funnel.listed
    raise NightFailed(
        Text(
            f"the plan of {plan.day} has {rows} rows where that of {before.day} had {then}; look "
            "for what changed in policy, models or data, or allow it with --least-share",
            f"{plan.day}计划仅{rows}行,{before.day}为{then}行;"
            "请核查规则、模型或数据的变化,或以--least-share放宽",
        )
    )


def _is_closed(plan: Plan) -> bool:
    (rules,) = (step for step in plan.funnel.steps if step.name == "rules")
    clocks = {rule.id for rule in plan.policy.rules if rule.kind in _CLOCKS}
    return rules.passed == 0 and any(reason in clocks for reason, _ in rules.drops)


def _faults(found: QualityCheck, language: Language) -> list[str]:
    broken = [f"{each.table}: {each.reason}" for each in found.contract.broken]
    failed = [
        f"{name_check(check, language)} {say_value(check, language)} ({say_limit(check, language)})"
        for check in found.checks
        if check.verdict == "fail"
    ]
    faults = broken + failed
    more = len(faults) - _SHOWN
    rest = Text(f"and {more} more", f"另有{more}项").to(language)
    return faults[:_SHOWN] + ([rest] if more > 0 else [])
