"""A customer's tier in words: the tier, and the three measures with the figures behind it."""

from collections.abc import Iterable, Mapping
from typing import Any

from features.tiers.rules import Figure, Raise, Tier, TierRules
from goodcall.language import Text
from goodcall.money import format_money

STATUS_WORDS = {
    "unknown": Text("no tier yet", "暂无等级"),
    "new": Text("first tier", "首次定级"),
    "promoted": Text("moved up", "升级"),
    "demoted": Text("moved down", "降级"),
    "watch": Text("watch", "关注客户"),
    "kept": Text("unchanged", "保持"),
    "held": Text("held: month not known", "维持(当月数据未知)"),
}
# Names under which files bring a tier that somebody typed.
_TYPED = frozenset(
    (
        *("tier", "customer_tier", "client_tier", "tier_code", "customer_level"),
        *("customer_grade", "vip_level", "客户等级", "客户层级", "等级"),
    )
)


def typed_tier_hint(columns: Iterable[str]) -> str:
    """What to tell a person whose file brings a customer tier; empty where no column is one."""
    typed = [name for name in columns if name.strip().lower() in _TYPED]
    if not typed:
        return ""
    return (
        f"; {', '.join(typed)}: customer tiers are computed, never typed: leave the column out "
        "and see the tiers with `goodcall bank tiers BANK --as-of DATE`"
    )


def explain_tier(row: Mapping[str, Any], rules: TierRules) -> Text:
    """Why a customer has the tier that a row of `tiers` or `tier_history` says.

    Names assets, frequency and contribution with their figures, or says that one is not known.
    """
    parts = (_tier(row, rules), _assets(row, rules), _frequency(row, rules))
    more = (_contribution(row, rules), _raised(row, rules), _later(row, rules), _assumed(rules))
    said = [part for part in (*parts, *more) if part]
    return Text("; ".join(part.en for part in said), ";".join(part.zh for part in said))


def _named(code: str, rules: TierRules) -> Tier:
    return next(tier for tier in rules.tiers if tier.code == code)


def _tier(row: Mapping[str, Any], rules: TierRules) -> Text:
    if row["tier"] is None:
        return Text(
            "no tier: no whole month of this customer was known by its review",
            "暂无等级:截至评定日尚无完整月份数据",
        )
    tier, status = _named(row["tier"], rules), STATUS_WORDS[row["status"]]
    here = Text(
        f"{tier.name.en} since {row['since']} ({status.en})",
        f"{row['since']}起为{tier.name.zh}({status.zh})",
    )
    if row["status"] != "watch" or tier.months_below is None:
        return here
    below, allowed = row["months_below"], int(tier.months_below.amount)
    return Text(
        f"{here.en}: {below} of {allowed} months in a row below; after {allowed} the customer "
        "moves to the tier of the last of those months",
        f"{here.zh}:已连续{below}个月低于标准,连续满{allowed}个月后按末月等级调整",
    )


def _assets(row: Mapping[str, Any], rules: TierRules) -> Text:
    month = row["month"]
    if row["assets_mean_cents"] is None:
        when = f" in {month:%Y-%m}" if month else ""
        return Text(f"average assets{when} are not known", "月日均资产未知")
    tier = _named(row["by_assets"], rules)
    money, start = (
        _money(cents, rules) for cents in (row["assets_mean_cents"], tier.assets_from_cents.amount)
    )
    return Text(
        f"average assets in {month:%Y-%m} {money.en}, which alone give {tier.name.en} "
        f"(from {start.en})",
        f"{month:%Y-%m}月日均资产{money.zh},单看资产为{tier.name.zh}({start.zh}起)",
    )


def _frequency(row: Mapping[str, Any], rules: TierRules) -> Text:
    if row["transactions_a_month"] is None:
        return Text("transaction frequency is not known", "交易频率未知")
    count, months = row["transactions_a_month"], int(rules.frequency_months.amount)
    return Text(
        f"{count:.1f} own transactions a month over {months} months",
        f"近{months}个月月均主动交易{count:.1f}笔",
    )


def _contribution(row: Mapping[str, Any], rules: TierRules) -> Text:
    if row["contribution_cents"] is None:
        return Text("contribution over 12 months is not known", "近12个月贡献未知")
    money = _money(row["contribution_cents"], rules)
    return Text(f"contribution over 12 months {money.en}", f"近12个月贡献{money.zh}")


def _raised(row: Mapping[str, Any], rules: TierRules) -> Text | None:
    if row["earned"] is None or row["earned"] == row["by_assets"]:
        return None
    tier = _named(row["earned"], rules)
    if tier.raised is None:
        return None
    count = f"{tier.raised.transactions_a_month.amount:g}"
    assets = _money(tier.raised.assets_from_cents.amount, rules)
    margin = _money(tier.raised.contribution_cents.amount, rules)
    return Text(
        f"frequency and contribution raise the month to {tier.name.en} (assets from {assets.en}, "
        f"at least {count} transactions a month and {margin.en})",
        f"交易频率与贡献将当月提升至{tier.name.zh}(资产{assets.zh}起,月均至少{count}笔且贡献"
        f"至少{margin.zh})",
    )


def _later(row: Mapping[str, Any], rules: TierRules) -> Text | None:
    """What became known of the month after its review, where it would have earned otherwise."""
    later = row.get("earned_later")
    if later is None or later == row["earned"]:
        return None
    money, tier = _money(row["assets_later_cents"], rules), _named(later, rules)
    return Text(
        f"known later: average assets {money.en}, {tier.name.en}; the decision stands, later "
        "months count it",
        f"后续更正:月日均资产{money.zh},对应{tier.name.zh};原评定不变,后续月份按更正计",
    )


def _assumed(rules: TierRules) -> Text | None:
    if not any(figure.assumed for figure in _figures(rules)):
        return None
    return Text("thresholds and margins are partly assumed", "部分门槛与利润率为假设值")


def _figures(rules: TierRules) -> Iterable[Figure]:
    yield from (rules.frequency_months, rules.deposit_margin_bps, rules.wealth_margin_bps)
    for tier in rules.tiers:
        yield tier.assets_from_cents
        if raised := tier.raised:
            yield from _of(raised)


def _of(raised: Raise) -> Iterable[Figure]:
    return raised.assets_from_cents, raised.transactions_a_month, raised.contribution_cents


def _money(cents: float, rules: TierRules) -> Text:
    whole = int(cents)
    return Text(
        format_money(whole, rules.currency, "en"), format_money(whole, rules.currency, "zh")
    )
