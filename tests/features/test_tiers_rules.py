"""The file of tier rules: what is read, and how each mistake is answered."""

from importlib.resources import files

import pytest

from features.errors import BadTierRules
from features.tiers.rules import default_tier_rules, parse_tier_rules, read_tier_rules

TEXT = (files("features.tiers") / "default.toml").read_text(encoding="utf-8")


def line_of(words: str) -> int:
    return TEXT[: TEXT.index(words)].count("\n") + 1


BAD = [
    ('currency = "CNY"', 'currency = "yuan"', "an ISO 4217 code such as CNY"),
    ("review_day = 1", "review_day = 31", "review_day is 31; write a whole number from 1 to 28"),
    ("review_day = 1", "review_day = true", "review_day is True"),
    ("is = 0.9", "is = 1.5", "is is 1.5; write a number from 0.01 to 1"),
    ('code = "gold"', 'code = "mass"', "code 'mass' stands twice"),
    ('code = "gold"', 'code = "Gold!"', "lower-case letters, digits and _"),
    ("is = 20_000_000,", "is = 5_000_000,", "platinum begins at 5,000,000, gold before it at"),
    ("is = 20_000_000,", "is = 20_000_000.5,", "is is 20000000.5; write a whole number"),
    ("assets_from_cents = { is = 0,", "assets_from_cents = { is = 1,", "begin it at 0"),
    ("is = 3_500_000,", "is = 5_000_000,", "write a whole number from 0 to 4,999,999"),
    ("months_below = { is = 6,", "months_below = { is = 0,", "a whole number from 1 to 12"),
    ('name_zh = "金卡客户"', 'name_zh = " "', "name_zh is ' '; write a name"),
    ("[frequency]\nmonths", "[frequency]\nyears", "months is missing; add months ="),
    ("[contribution]", "[contribution]\nbonus = 3", "key 'bonus' is unknown here; known: deposit"),
]


@pytest.mark.parametrize(("good", "bad", "words"), BAD)
def test_a_mistake_is_answered_with_its_line(good, bad, words):
    """The message names file, line, what is wrong and what is allowed."""
    assert good in TEXT
    changed = TEXT.replace(good, bad, 1)
    with pytest.raises(BadTierRules) as refused:
        parse_tier_rules(changed, "bank.toml")
    assert words in str(refused.value)
    assert f"bank.toml, line {line_of(good)}" in str(refused.value) or "\n" in good + bad


def test_the_lowest_tier_has_nothing_below_it():
    """A count of months below, or a raise, makes no sense there."""
    for line in ('months_below = { is = 3, source = "x" }', "raise = {}"):
        changed = TEXT.replace('code = "mass"', f'code = "mass"\n{line}')
        with pytest.raises(BadTierRules, match="there is no tier below"):
            parse_tier_rules(changed)


def test_a_file_that_is_no_toml_or_not_there_is_named(tmp_path):
    """Whatever cannot be read says which file."""
    with pytest.raises(BadTierRules, match=r"mine\.toml does not read as TOML"):
        parse_tier_rules("[[tier", "mine.toml")
    with pytest.raises(BadTierRules, match="name a UTF-8 TOML file that exists"):
        read_tier_rules(tmp_path / "none.toml")


def test_the_shipped_thresholds_are_those_of_the_specification():
    """0 / 50,000 / 200,000 / 600,000 / 6,000,000 yuan, assumed; three months, six for the last."""
    rules = default_tier_rules()
    cents = [tier.assets_from_cents for tier in rules.tiers]
    assert [each.amount // 100 for each in cents] == [0, 50_000, 200_000, 600_000, 6_000_000]
    assert all(each.assumed for each in cents)
    assert [t.months_below.amount for t in rules.tiers if t.months_below] == [3, 3, 3, 6]


def test_any_change_of_the_text_changes_the_fingerprint():
    """Tiers carry the fingerprint, so rules that differ in a cent are told apart."""
    other = TEXT.replace("is = 20_000_000,", "is = 20_000_001,")
    assert parse_tier_rules(TEXT).fingerprint != parse_tier_rules(other).fingerprint
