"""Tier rules: what assets each tier needs, how long one may stay below it, what raises a tier.

The business edits one TOML file (features/tiers/default.toml is a start); reading it gives
TierRules, or an error that names the line, what is wrong and what is allowed.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from features.errors import BadTierRules
from goodcall.language import Text
from goodcall.section import Section, read_text, read_toml

FINGERPRINT_LENGTH = 12
_MOST_CENTS = 10**15
_MOST_BPS = 10_000
_MOST_TRANSACTIONS = 10_000
_YEAR = 12
_LAST_SAFE_DAY = 28  # every month has it
_FIGURE = '{ is = <number>, source = "assumed" }'


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and where it comes from; `assumed` where nobody has measured or decided it."""

    amount: float
    source: str

    @property
    def assumed(self) -> bool:
        """Whether the figure is an assumption."""
        return self.source == "assumed"


@dataclass(frozen=True, slots=True)
class Raise:
    """What lifts a customer of the tier below into a tier; all three must be reached."""

    assets_from_cents: Figure
    transactions_a_month: Figure
    contribution_cents: Figure


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier; `months_below` is None for the lowest, below which nothing lies."""

    code: str
    name: Text
    assets_from_cents: Figure
    months_below: Figure | None
    raised: Raise | None


@dataclass(frozen=True, slots=True)
class TierRules:
    """Rules that hold together: tiers ascend, and the rank of a tier is its place among them.

    `fingerprint` is the hash of the text that the rules were read from.
    """

    fingerprint: str
    currency: str
    review_day: int
    least_share_known: Figure
    frequency_months: Figure
    deposit_margin_bps: Figure
    wealth_margin_bps: Figure
    tiers: tuple[Tier, ...]

    def tier(self, rank: int) -> Tier:
        """The tier of a rank, 0 being the lowest."""
        return self.tiers[rank]


def default_tier_rules() -> TierRules:
    """The rules that Goodcall ships, their thresholds assumed."""
    return parse_tier_rules(default_tier_rules_text(), "the shipped tier rules")


def default_tier_rules_text() -> str:
    """The file of rules that Goodcall ships, to begin from."""
    return (files("features.tiers") / "default.toml").read_text(encoding="utf-8")


def read_tier_rules(path: Path) -> TierRules:
    """The rules in a file."""
    return parse_tier_rules(read_text(path, "the tier rules", BadTierRules), str(path))


def parse_tier_rules(text: str, file: str = "tiers.toml") -> TierRules:
    """The rules that a TOML text says; `file` is the name that errors use."""
    document = read_toml(text, file, BadTierRules)
    frequency, contribution = document.table("frequency"), document.table("contribution")
    rules = TierRules(
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_LENGTH],
        currency=_word(document, "currency", r"[A-Z]{3}", "an ISO 4217 code such as CNY"),
        review_day=document.whole("review_day", 1, _LAST_SAFE_DAY),
        least_share_known=_figure(document, "least_share_known", 0.01, 1),
        frequency_months=_whole_figure(frequency, "months", 1, _YEAR),
        deposit_margin_bps=_figure(contribution, "deposit_margin_bps", 0, _MOST_BPS),
        wealth_margin_bps=_figure(contribution, "wealth_margin_bps", 0, _MOST_BPS),
        tiers=_tiers(document),
    )
    for section in (frequency, contribution, document):
        section.done()
    return rules


def _tiers(document: Section) -> tuple[Tier, ...]:
    sections = document.tables("tier")
    if not sections:
        raise document.refuse("tier is missing", "add one [[tier]] table for each, lowest first")
    found: list[Tier] = []
    for section in sections:
        tier = _tier(section, found[-1] if found else None)
        if tier.code in {earlier.code for earlier in found}:
            raise section.refuse(
                f"code {tier.code!r} stands twice", "give each tier its own", key="code"
            )
        section.done()
        found.append(tier)
    return tuple(found)


def _tier(section: Section, below: Tier | None) -> Tier:
    meant = "lower-case letters, digits and _, such as gold"
    code = _word(section, "code", r"[a-z][a-z0-9_]*", meant)
    name = Text(*(_word(section, f"name_{each}", r".*\S.*", "a name") for each in ("en", "zh")))
    assets = _whole_figure(section, "assets_from_cents", 0, _MOST_CENTS)
    if below is None:
        _refuse_in_lowest(section, assets)
        return Tier(code, name, assets, None, None)
    if assets.amount <= below.assets_from_cents.amount:
        raise section.refuse(
            f"{code} begins at {assets.amount:,}, {below.code} before it at "
            f"{below.assets_from_cents.amount:,}",
            "write the tiers from the lowest to the highest, each beginning above the one before",
            key="assets_from_cents",
        )
    months = _whole_figure(section, "months_below", 1, _YEAR)
    raised = section.optional("raise", section.table)
    return Tier(code, name, assets, months, _raise(raised, below, assets) if raised else None)


def _refuse_in_lowest(section: Section, assets: Figure) -> None:
    if assets.amount != 0:
        raise section.refuse(
            f"the lowest tier begins at {assets.amount:,}",
            "begin it at 0, so that every customer has a tier",
            key="assets_from_cents",
        )
    for key in ("months_below", "raise"):
        if key in section.said:
            raise section.refuse(
                f"the lowest tier has {key}", "take it out: there is no tier below", key=key
            )


def _raise(section: Section, below: Tier, assets: Figure) -> Raise:
    low, high = int(below.assets_from_cents.amount), int(assets.amount) - 1
    raised = Raise(
        _whole_figure(section, "assets_from_cents", low, high),
        _figure(section, "transactions_a_month", 0, _MOST_TRANSACTIONS),
        _whole_figure(section, "contribution_cents", 0, _MOST_CENTS),
    )
    section.done()
    return raised


def _figure(section: Section, key: str, low: float, high: float) -> Figure:
    table = section.table(key, _FIGURE)
    return _sourced(table, table.number("is", low, high))


def _whole_figure(section: Section, key: str, low: int, high: int) -> Figure:
    table = section.table(key, _FIGURE)
    return _sourced(table, table.whole("is", low, high))


def _sourced(table: Section, amount: float) -> Figure:
    figure = Figure(amount, _word(table, "source", r".*\S.*", 'a source, or "assumed"'))
    table.done()
    return figure


def _word(section: Section, key: str, pattern: str, meant: str) -> str:
    """A text that matches `pattern`, which `meant` puts into words."""
    value = str(section.value(key, str, f"{meant}, in quotes"))
    if not re.fullmatch(pattern, value):
        raise section.refuse(f"{key} is {value!r}", f"write {meant}", key=key)
    return value
