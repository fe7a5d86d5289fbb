"""Sentences of reasons: the number that stands in one is recomputed from the raw rows."""

import math
import re

import numpy as np
import pytest
from oracle import oracle
from random_bank import DATES, random_bank

from features.asof import as_of
from features.catalog import CATALOG
from features.cohort import cohort_at
from features.feature import Catalog, feature
from features.sentences import SENTENCES
from features.tables import TRANSACTIONS

# Words of a change, by its direction.
LESS = {
    "en": ("below", "outflow", "went out than", "expired", "fell", "came back"),
    "zh": ("下降",),
}
MORE = {"en": ("above",), "zh": ("上升", "还有")}
SAME = {"en": ("about the same", "equal"), "zh": ("持平",)}
# The words of a value above zero, and those of one below, English and Chinese.
SIGNED = {
    "net_flow": (("inflow", "净流入"), ("outflow", "净流出")),
    "net_flow_log": (("came in than", "转入比转出多"), ("went out than", "转出比转入多")),
    "net_flow_of_assets": (("inflow", "净流入"), ("outflow", "净流出")),
    "assets_fall": (("below", "少"), ("above", "多")),
    "days_to_reassessment": (("expires", "还有"), ("expired", "已过期")),
    "idle_cash": (("never fell below", "最低仍有"), ("below zero", "透支")),
    "loan_payments": (("went into", "偿还贷款"), ("came back", "退回")),
}
# A share of something below zero: only a flow has a word for its direction.
UNSAID_BELOW = ("share", "change")
WRITTEN_AS_ZERO = {"money": 0.5, "log money": 0.5, "days": 0.05}


def stem_of(item):
    return item.name.removesuffix(f"_{item.days}d")


def written(value, unit, tongue):
    """How a person writes the size of a value, worked out by itself."""
    if unit == "log money":
        return written(math.exp(abs(value)) - 1, "money", tongue)
    if unit == "money":
        cents = round(abs(value))
        units = f"0.{cents:02}" if cents < 100 else f"{math.floor(cents / 100 + 0.5):,}"
        return f"CNY {units}" if tongue == "en" else f"{units}元"
    if unit in ("share", "change"):
        percent = 100 * abs(value)
        if percent < 0.05:
            return "<0.1%"
        return f"{percent:.1f}%" if percent < 1 else f"{percent:,.0f}%"
    if unit == "years":
        return str(int(value))
    return f"{abs(value):,.1f}".removesuffix(".0")


def stands(number, text):
    """Whether a number stands in a text by itself, not as a part of another."""
    return re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d%]|[.,]\d)", text) is not None


def refuse_wrong(item, value, text):
    """Hold a feature's sentence against the value that the raw rows give."""
    if math.isnan(value):
        assert text is None, item.name
        return
    words = SENTENCES[stem_of(item)]
    if value < 0 and item.unit in UNSAID_BELOW and words.below is None:
        assert text is None, item.name
        return
    for tongue in ("en", "zh"):
        said = text.to(tongue)
        assert "{" not in said
        if item.unit == "flag":
            assert said != CATALOG.say(item.name, 1 - value).to(tongue), item.name
        elif item.unit == "change":
            kind = SAME if abs(value) < 0.005 else MORE if value > 0 else LESS
            assert any(word in said for word in kind[tongue]), (said, value)
            assert kind is SAME or stands(written(value, "change", tongue), said), (said, value)
        elif abs(value) >= WRITTEN_AS_ZERO.get(item.unit, 1e-9):
            assert stands(written(value, item.unit, tongue), said), (said, value)
            assert not stands("0", said), said
            if stem_of(item) in SIGNED:
                assert SIGNED[stem_of(item)][value < 0][tongue == "zh"] in said, (said, value)


@pytest.mark.parametrize(
    ("seed", "zone"),
    [(4, "Asia/Shanghai"), pytest.param(5, "Europe/Prague", marks=pytest.mark.slow)],
)
def test_every_number_in_a_sentence_is_that_of_the_raw_rows(tmp_path, seed, zone):
    """Of each feature and customer, the sentence's number equals a naive reading's, zh and en."""
    bank, rows = random_bank(tmp_path / "bank", seed, zone=zone)
    built = as_of(bank, cohort_at(bank, DATES[1:]), CATALOG)
    spoken = set()
    for line in built.to_pylist():
        customer, day = line["customer_id"], line["as_of"]
        mine = {
            name: [row for row in found if row.get("customer_id") == customer] or found
            for name, found in rows.items()
        }
        for item in CATALOG.features:
            text = CATALOG.say(item.name, line[item.name])
            refuse_wrong(item, oracle(item, mine, customer, day, zone), text)
            if text is not None:
                spoken.add(item.name)
    assert spoken == set(CATALOG.names), "some feature never speaks"


VALUES = {
    **dict.fromkeys(("money", "log money"), (7.5, 0.0, -7.5)),
    **dict.fromkeys(("share", "change"), (0.34, 0.0, -0.62)),
    **dict.fromkeys(("count", "days", "years"), (12.0, 1.0, 0.0)),
    "flag": (1.0, 0.0),
}


def test_every_feature_has_a_sentence_and_every_sentence_a_feature():
    """Nothing of the shipped catalogue falls back on its dictionary entry; nothing lies unused."""
    assert {stem_of(item) for item in CATALOG.features} == set(SENTENCES)


def test_no_two_features_say_the_same_thing():
    """A sentence names one column: whatever the values, no two features share one."""
    for tongue in ("en", "zh"):
        seen = {}
        for item in CATALOG.features:
            for value in VALUES[item.unit]:
                text = CATALOG.say(item.name, value)
                if text is not None:
                    assert seen.setdefault(text.to(tongue), item.name) == item.name, text


def test_what_is_added_up_over_a_window_names_it():
    """A sum, a count or a share over days says over how many."""
    latest = ("latest_balance", "latest_salary", "loan_payment_monthly")
    for item in CATALOG.features:
        if item.days and item.unit in ("money", "count", "share") and stem_of(item) not in latest:
            for value in VALUES[item.unit]:
                text = CATALOG.say(item.name, value)
                if text is not None and "gap" not in text.en and "只" not in text.zh:
                    assert stands(str(item.days), text.en) or "only begun" in text.en, text
                    assert stands(str(item.days), text.zh) or "刚刚" in text.zh, text


@pytest.mark.parametrize(
    ("name", "value", "en", "zh"),
    [
        (
            *("net_flow_of_assets_30d", -0.62),
            "Net outflow of 30 days equals 62% of average assets",
            "近30天资产净流出62%(占近90天日均资产)",
        ),
        (
            *("assets_month_against_quarter_90d", -0.62),
            "Average assets of the last 30 days are 62% below those of 90 days",
            "近30天日均资产较近90天日均下降62%",
        ),
        ("logins_30d", 1.0, "Logged in 1 time in the last 30 days", "近30天登录1次"),
        ("logins_30d", 0.0, "No login in the last 30 days", "近30天没有登录"),
        (
            "net_flow_7d",
            -5e6,
            "Net outflow in the last 7 days: CNY 50,000",
            "近7天资金净流出50,000元",
        ),
        ("age", 44.9, "44 years old", "客户44岁"),
        (
            "days_to_reassessment",
            -1.0,
            "The risk assessment expired 1 day ago",
            "风险评估已过期1天",
        ),
        ("wealth_share_90d", 0.004, None, "近90天资产中理财占0.4%"),
        ("salary_stopped_135d", 1.0, None, "最近45天工资或养老金中断,此前90天内曾有"),
    ],
)
def test_a_manager_reads_it_at_once(name, value, en, zh):
    """Some sentences as they read, with their numbers, in both languages."""
    text = CATALOG.say(name, value)
    assert text.zh == zh
    assert en is None or text.en == en


@feature(TRANSACTIONS, windows=(9,), zh="甲", concept="x", unit="change", purpose="offers")
def _of_a_bank(rows):
    """Something of a bank's own."""
    return rows.amount_cents.sum() / rows.count()


@pytest.mark.parametrize(("value", "en"), [(0.5, "50%"), (-0.5, "-50%"), (0.0, "0%")])
def test_a_banks_own_feature_is_told_by_its_meaning(value, en):
    """Without a sentence of its own a feature says its meaning and its value, sign and all."""
    text = Catalog(_of_a_bank).say("_of_a_bank_9d", value)
    assert text.en == f"Something of a bank's own, last 9 days: {en}"
    assert text.zh == f"近9天甲:{en}"
    assert Catalog(_of_a_bank).say("_of_a_bank_9d", np.nan) is None
