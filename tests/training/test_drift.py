"""Drift: how far features have moved, against a slow reckoning and against known truth."""

import math
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learned import a_table
from scipy.stats import chi2

from features import CATALOG, UnknownFeature
from models import WrongFeatures
from training.monitoring.drift import drift, drift_over, most_drifted, verdict_of
from training.monitoring.figures import plot_drift, svg_of

FIRST, LATER, LAST = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
VALUES = st.lists(
    st.one_of(st.integers(-3, 3).map(float), st.floats(-1e6, 1e6), st.just(math.nan)),
    min_size=1,
    max_size=60,
)


def a_column(*dates, name="x"):
    """A features table of one feature, the values of each date as they are given."""
    days = (FIRST, LATER, LAST)
    return pa.concat_tables(
        a_table(np.array(values, dtype=float).reshape(-1, 1), as_of=day, names=(name,))
        for day, values in zip(days, dates, strict=False)
    )


def index_of(*dates):
    (found,) = drift(a_column(*dates)).to_pylist()
    return found["psi"]


def slow_index(before, now):
    """The index, one value at a time: its part is told by counting the deciles it lies above."""
    known = sorted(value for value in before if not math.isnan(value))
    deciles = [known[math.ceil(tenth * len(known) / 10) - 1] for tenth in range(1, 10) if known]
    frequent = {value for value in deciles if deciles.count(value) > 1}

    def part(value):
        if math.isnan(value):
            return "missing"
        if value in frequent:
            return ("exactly", value)
        return ("between", sum(decile < value for decile in set(deciles)), _own(value, frequent))

    then, today = [part(value) for value in before], [part(value) for value in now]
    parts = set(then) | set(today)
    index = 0.0
    for each in parts:
        p = (then.count(each) + 0.5) / (len(then) + len(parts) / 2)
        q = (today.count(each) + 0.5) / (len(today) + len(parts) / 2)
        index += (q - p) * math.log(q / p)
    return index


def _own(value, frequent):
    """How many of the values with a part of their own lie below."""
    return sum(each < value for each in frequent)


@settings(max_examples=150)
@given(VALUES, VALUES)
def test_the_index_is_that_of_a_slow_reckoning(before, now):
    """Whatever is missing, tied or constant, the two agree."""
    assert index_of(before, now) == pytest.approx(slow_index(before, now), abs=1e-12)


def test_the_index_of_a_flag_is_the_formula_by_hand():
    """From 50 of 100 to 80 of 100: (q - p) ln(q / p) over two parts, half a row added to each."""
    p, q = 50.5 / 101, 80.5 / 101
    by_hand = (q - p) * math.log(q / p) + (p - q) * math.log((1 - q) / (1 - p))
    assert index_of([0] * 50 + [1] * 50, [0] * 20 + [1] * 80) == pytest.approx(by_hand)


def test_equal_values_do_not_drift():
    """The order of customers does not matter; what is missing throughout stays as it was."""
    values = np.random.default_rng(0).normal(size=200)
    assert index_of(values, values[::-1]) == 0
    assert index_of([math.nan] * 9, [math.nan] * 9) == 0
    assert index_of([7.0] * 9, [7.0] * 5) == 0


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([5.0] * 100, [3.0] * 100),
        ([5.0] * 100, [8.0] * 100),
        ([5.0] * 100, [math.nan] * 100),
        ([math.nan] * 100, [5.0] * 100),
        ([*range(100)], [*range(50), *[math.nan] * 50]),
        ([0.0] * 60 + [1.0] * 40, [-1.0] * 60 + [1.0] * 40),
    ],
    ids=["falls", "rises", "goes missing", "comes up", "half missing", "below a frequent value"],
)
def test_what_plainly_changed_is_changed(before, now):
    """A constant that moves either way, and a value that comes or goes, pass the upper bound."""
    assert verdict_of(index_of(before, now)) == "changed"


@settings(max_examples=50)
@given(st.lists(st.integers(-50, 50), min_size=1), st.lists(st.integers(-50, 50), min_size=1))
def test_only_the_order_of_values_counts(before, now):
    """The same index in cents and in yuan, and on a logarithmic scale."""
    there = index_of(before, now)
    assert index_of([100 * v for v in before], [100 * v for v in now]) == there
    assert index_of([math.exp(v / 9) for v in before], [math.exp(v / 9) for v in now]) == there


def test_chance_stays_below_the_noise():
    """Of 500 features of two samples of one distribution, hardly one passes its noise."""
    rng = np.random.default_rng(3)
    names = tuple(f"f{place}" for place in range(500))
    tables = [a_table(rng.normal(size=(300, 500)), as_of=d, names=names) for d in (FIRST, LATER)]
    found = drift(pa.concat_tables(tables)).to_pandas()
    assert (found.psi > found.noise).sum() <= 4
    exact = (1 / 300 + 1 / 300) * chi2.ppf(0.999, 9)
    assert found.noise.to_numpy() == pytest.approx(exact, rel=0.01)


def test_a_planted_change_is_found_first():
    """One column of thirty, multiplied on the last date, heads the ranking with that date."""
    rng = np.random.default_rng(5)
    names = tuple(f"f{place}" for place in range(30))
    matrices = [rng.lognormal(size=(1_000, 30)) for _ in range(3)]
    matrices[2][:, 17] *= 3
    days = (FIRST, LATER, LAST)
    table = pa.concat_tables(
        a_table(matrix, as_of=day, names=names) for matrix, day in zip(matrices, days, strict=True)
    )
    ranking = most_drifted(drift(table)).to_pylist()
    assert (ranking[0]["feature"], ranking[0]["as_of"]) == ("f17", LAST)
    assert verdict_of(ranking[0]["psi"]) == "changed"
    assert verdict_of(ranking[1]["psi"]) == "steady"
    assert sorted(row["feature"] for row in ranking) == sorted(names)
    assert most_drifted(drift(table), 3).to_pylist() == ranking[:3]


def test_dates_one_by_one_are_the_table_at_once():
    """What is read date by date gives what all of it in memory gives, in whatever row order."""
    rng = np.random.default_rng(8)
    parts = [
        a_table(rng.normal(size=(rows, 2)), as_of=day, names=("b", "a"))
        for rows, day in ((40, FIRST), (50, LATER), (60, LAST))
    ]
    whole = pa.concat_tables(parts)
    shuffled = whole.take(rng.permutation(whole.num_rows))
    found = drift_over(iter(parts))
    assert found.to_pylist() == drift(shuffled).to_pylist()
    assert found["feature"].to_pylist() == ["b", "b", "a", "a"]
    assert found["as_of"].to_pylist() == [LATER, LAST] * 2
    assert found["rows"].to_pylist() == [50, 60] * 2
    assert drift(whole, ["a"]).to_pylist() == found.slice(2).to_pylist()


def test_shares_of_missing_values_are_told():
    """Missing at the first date, and missing then."""
    (row,) = drift(a_column([1, 2, 3, math.nan], [1, math.nan])).to_pylist()
    assert (row["missing_first"], row["missing"]) == (0.25, 0.5)


def test_one_date_has_nothing_to_be_compared_with():
    """A table without rows, and with the columns that others have."""
    found = drift(a_column([1, 2]))
    assert found.num_rows == drift_over([]).num_rows == 0
    assert found.schema == drift(a_column([1], [1])).schema


def test_a_column_that_is_not_there_is_named():
    """What is asked for and absent is refused by name."""
    with pytest.raises(WrongFeatures, match="first: y"):
        drift(a_column([1], [1]), ["y"])


def some_money():
    """A feature of the catalogue over three dates, half of it missing on the last."""
    values = np.arange(1, 101) * 10_000.0
    return a_column(
        values, values, np.where(values > 500_000, math.nan, values), name="cash_in_30d"
    )


def test_the_picture_shows_every_share_and_index():
    """Each date's bands fill its column, and each bar below is as high as the index."""
    table = some_money()
    upper, lower = plot_drift(table, "cash_in_30d", CATALOG).axes
    heights = {}
    for bands in upper.containers:
        for date_, bar in enumerate(bands):
            heights.setdefault(date_, []).append(bar.get_height())
    assert [sum(heights[place]) for place in range(3)] == pytest.approx([1, 1, 1])
    missing = next(bands for bands in upper.containers if bands.get_label() == "missing")
    assert [bar.get_height() for bar in missing] == pytest.approx([0, 0, 0.5])
    (bars,) = lower.containers
    assert [bar.get_height() for bar in bars] == drift(table)["psi"].to_pylist()
    assert [label.get_text() for label in lower.get_xticklabels()] == [
        "2026-01",
        "2026-02",
        "2026-03",
    ]


def test_the_picture_names_parts_in_the_unit_of_the_feature():
    """Cents are shown in units of the currency; a value with a part of its own stands alone."""
    upper, _ = plot_drift(some_money(), "cash_in_30d", CATALOG.speaking("EUR")).axes
    assert upper.get_legend().get_title().get_text() == "EUR"
    shown = [text.get_text() for text in upper.get_legend().get_texts()]
    assert (shown[0], shown[1], shown[-1]) == ("> 9,000", "≤ 9,000", "missing")
    flags = a_column([0] * 60 + [1] * 40, [0] * 70 + [1] * 29 + [-1], name="own_transactions_30d")
    upper, _ = plot_drift(flags, "own_transactions_30d", CATALOG).axes
    shown = [text.get_text() for text in upper.get_legend().get_texts()]
    assert shown == ["1", "0", "< 0"]


def test_the_picture_speaks_chinese_and_repeats_itself():
    """As SVG its words stay words, and equal figures give equal bytes."""
    first, again = (
        svg_of(plot_drift(some_money(), "cash_in_30d", CATALOG, language="zh")) for _ in range(2)
    )
    assert first == again
    words = first.decode()
    assert CATALOG.get("cash_in_30d").meaning.zh in words
    assert "缺失" in words


def test_the_picture_of_an_unknown_feature_is_refused():
    """A column that the catalogue does not declare has no meaning to be headed with."""
    with pytest.raises(UnknownFeature, match="'x' is not in the catalogue"):
        plot_drift(a_column([1], [1]), "x", CATALOG)
