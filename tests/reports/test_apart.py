"""Groups stand out only where more than chance sets them apart, however many are looked at."""

import math

import numpy as np
import pytest

from reports import Dimension, Question, set_apart
from reports.discoveries import together


def a_question(happened, group, *, stratum=None, home=None, outcome=("bought",)):
    """One outcome looked at by one dimension; everybody alone and of one kind unless said."""
    rows = len(happened)
    stratum = np.zeros(rows, dtype=np.int64) if stratum is None else stratum
    home = np.arange(rows) if home is None else home
    dimension = Dimension("region", np.asarray(group, dtype=str), stratum)
    return Question(outcome, np.asarray(happened, dtype=bool), home, (dimension,))


def rows_of(*counts):
    """Outcomes and groups from (group, those that did it, those that did not)."""
    happened = np.concatenate([np.repeat([True, False], [yes, no]) for _, yes, no in counts])
    return happened, np.repeat([name for name, _, _ in counts], [y + n for _, y, n in counts])


def test_shares_differences_and_intervals_are_those_of_a_hand_calculation():
    """120 of 1,000 against 80 of 1,000: four points, 1.5 times, and a width of two proportions."""
    asked = a_question(*rows_of(("a", 120, 880), ("b", 80, 920)))
    found = {each.group: each for each in set_apart([asked])}
    apart = found["a"]
    assert (apart.rows, apart.counted, apart.verdict) == (1000, 120, "more")
    assert apart.share == pytest.approx(0.12)
    assert apart.elsewhere == pytest.approx(0.08)
    assert apart.times == pytest.approx(1.5)
    # Both groups are found, so that the interval is that of 95 %; the pooled share is 0.1.
    half = 1.959964 * (0.1 * 0.9 * 2 / 1000) ** 0.5
    assert apart.difference.low == pytest.approx(0.04 - half)
    assert apart.at_least == pytest.approx(1 + (0.04 - half) / 0.08)
    assert found["b"].verdict == "less"


def test_both_shares_weigh_the_strata_alike():
    """Nine tenths of the group are of a kind that hardly does it, and one tenth of the others."""
    counts = (("a", 0, 180, 8820), ("a", 1, 700, 300), ("b", 0, 10, 990), ("b", 1, 4500, 4500))
    happened = np.concatenate([np.repeat([True, False], [yes, no]) for *_, yes, no in counts])
    group = np.repeat([g for g, *_ in counts], [yes + no for *_, yes, no in counts])
    stratum = np.repeat([s for _, s, *_ in counts], [yes + no for *_, yes, no in counts])
    found = {each.group: each for each in set_apart([a_question(happened, group, stratum=stratum)])}
    apart = found["a"]
    assert (apart.share, apart.elsewhere) == pytest.approx(((0.02 + 0.7) / 2, (0.01 + 0.5) / 2))
    assert apart.difference.value == pytest.approx(apart.share - apart.elsewhere)
    assert apart.verdict == "more"
    assert apart.times == pytest.approx(0.36 / 0.255)


def test_what_is_shown_is_what_benjamini_and_hochberg_reject():
    """The slow rule, one hypothesis at a time, on chances drawn at random with some effects."""
    rng = np.random.default_rng(3)
    for _ in range(200):
        sides = rng.normal(size=30) + np.where(rng.random(30) < 0.2, 3.5, 0.0)
        from_tables = [math.erfc(abs(side) / math.sqrt(2)) for side in sides]
        order = sorted(range(30), key=lambda each: from_tables[each])
        last = max(
            (rank for rank, each in enumerate(order, 1) if from_tables[each] <= 0.05 * rank / 30),
            default=0,
        )
        gains = together(sides, np.ones(30))
        assert {n for n, gain in enumerate(gains) if gain.shown} == set(order[:last])


def test_another_mix_of_kinds_is_no_difference():
    """Firms do it five times as often; a region that has more of them does not stand out."""
    rng = np.random.default_rng(5)
    group = rng.choice(["a", "b", "c"], 30_000)
    firm = rng.random(30_000) < np.where(group == "a", 0.5, 0.1)
    happened = rng.random(30_000) < np.where(firm, 0.25, 0.05)
    kinds = firm.astype(np.int64)
    mixed = {each.group: each for each in set_apart([a_question(happened, group)])}
    alike = {each.group: each for each in set_apart([a_question(happened, group, stratum=kinds)])}
    assert mixed["a"].verdict == "more"
    assert {each.verdict for each in alike.values()} == {"not_shown"}
    assert abs(alike["a"].difference.value) < 0.01


@pytest.mark.parametrize("rate", [0.01, 0.08, 0.5])
def test_where_nothing_differs_hardly_ever_is_anything_shown(rate):
    """200 worlds of 24 groups and two outcomes, households alike: at most 5 % show anything."""
    rng = np.random.default_rng(round(1000 * rate))
    shown = 0
    for _ in range(200):
        home = np.sort(rng.integers(0, 2500, 4000))
        likes = rng.beta(rate * 4, (1 - rate) * 4, 2500)
        group = rng.choice([f"g{n}" for n in range(24)], 4000)
        asked = [
            a_question(rng.random(4000) < likes[home], group, home=home, outcome=(name,))
            for name in ("bought", "looked at")
        ]
        shown += any(each.verdict in ("more", "less") for each in set_apart(asked))
    assert shown / 200 <= 0.05 + 3 * (0.05 * 0.95 / 200) ** 0.5


def test_of_what_is_shown_hardly_anything_is_chance():
    """Where one group in five does it twice as often, 5 % of what is called more is chance."""
    rng = np.random.default_rng(11)
    false = []
    for _ in range(100):
        group = rng.integers(0, 20, 12_000)
        happened = rng.random(12_000) < np.where(group % 5 == 0, 0.2, 0.1)
        found = set_apart([a_question(happened, group.astype(str))])
        more = [int(each.group) for each in found if each.verdict == "more"]
        assert more
        false.append(sum(each % 5 > 0 for each in more) / len(more))
    assert np.mean(false) <= 0.05 + 3 * np.std(false) / 10


def test_households_widen_the_interval():
    """Rows that always do alike, four at a time, count as a quarter as many."""
    happened, group = rows_of(("a", 160, 840), ("b", 120, 880))
    alone = set_apart([a_question(happened, group)])[0]
    fours = set_apart([a_question(happened, group, home=np.arange(2000) // 4)])[0]
    wide, narrow = (each.difference.high - each.difference.low for each in (fours, alone))
    assert alone.verdict == "more"
    assert fours.verdict == "not_shown"
    assert wide > 1.9 * narrow


def test_too_few_are_not_told_and_the_unknown_stand_for_nobody():
    """A group of which fewer than ten are expected has no interval; rows without a group none."""
    found = set_apart([a_question(*rows_of(("a", 100, 900), ("b", 9, 30), ("", 50, 0)))])
    assert {(each.group, each.verdict) for each in found} == {
        ("a", "insufficient"),
        ("b", "insufficient"),
    }
    assert all(each.difference is None and each.at_least is None for each in found)


def test_the_strongest_comes_first():
    """Ranked by how many times as often at least, then what is not shown, what is less."""
    found = set_apart(
        [a_question(*rows_of(("low", 50, 950), ("mid", 120, 880), ("high", 200, 800)))]
    )
    assert [each.group for each in found] == ["high", "mid", "low"]
    assert [each.verdict for each in found] == ["more", "not_shown", "less"]
