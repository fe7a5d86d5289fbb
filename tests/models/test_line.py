"""A line is plain numbers: its parts add up, and it reads back as it was written."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BrokenModel
from models.line import Curve, Line

NUMBERS = st.floats(-1e6, 1e6)
PATHS = st.lists(NUMBERS, min_size=2, max_size=6, unique=True).map(sorted)


@st.composite
def lines(draw):
    """Lines of one to four features, some with a path."""
    curves = []
    for _ in range(draw(st.integers(1, 4))):
        knots = draw(st.just([]) | PATHS)
        heights = draw(st.lists(NUMBERS, min_size=len(knots), max_size=len(knots)))
        slope, level, gap = (draw(NUMBERS) for _ in range(3))
        curves.append(Curve(slope, level, gap, tuple(knots), tuple(heights)))
    return Line(draw(NUMBERS), tuple(curves))


def slow(curve, x):
    """What one value adds, read off the definition."""
    if np.isnan(x):
        return curve.gap
    total = curve.level + curve.slope * np.sign(x) * np.log(1 + abs(x))
    if not curve.knots:
        return total
    if x <= curve.knots[0]:
        return total + curve.heights[0]
    for place in range(1, len(curve.knots)):
        low, high = curve.knots[place - 1 : place + 1]
        if x <= high:
            share = (x - low) / (high - low)
            below, above = curve.heights[place - 1 : place + 1]
            return total + below + share * (above - below)
    return total + curve.heights[-1]


@given(lines(), st.data())
def test_a_row_is_the_constant_and_what_each_feature_adds(line, data):
    """Log-odds are the constant plus the features' contributions, each as its curve says."""
    values = st.lists(
        NUMBERS | st.just(float("nan")), min_size=len(line.curves), max_size=len(line.curves)
    )
    matrix = np.array(data.draw(st.lists(values, min_size=1, max_size=5)))
    oracle = np.array(
        [[slow(c, x) for c, x in zip(line.curves, row, strict=True)] for row in matrix]
    )
    shares = line.contributions(matrix)
    assert shares == pytest.approx(oracle, rel=1e-9, abs=1e-3)
    assert line.raw(matrix) == pytest.approx(line.constant + shares.sum(axis=1), rel=1e-9, abs=1e-3)


@given(lines())
def test_a_line_reads_back_as_it_was_written(line):
    """Every number survives JSON in full, and equal lines give equal bytes."""
    text = line.to_json()
    assert Line.from_json(text) == line
    assert Line.from_json(text).to_json() == text


def test_no_rows_have_no_scores():
    """An empty matrix gives no scores and contributions of its width."""
    line = Line(1.0, (Curve(slope=1.0), Curve()))
    assert line.raw(np.empty((0, 2))).shape == (0,)
    assert line.contributions(np.empty((0, 2))).shape == (0, 2)


PLAIN = {"slope": 1.0, "level": 0.0, "gap": 0.0, "knots": [], "heights": []}


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "{}",
        '{"constant": 1}',
        json.dumps({"constant": "1", "curves": []}),
        json.dumps({"constant": True, "curves": []}),
        json.dumps({"constant": float("nan"), "curves": []}),
        json.dumps({"constant": 1, "curves": [{"slope": 1.0}]}),
        json.dumps({"constant": 1, "curves": [PLAIN | {"knots": [1, 2], "heights": [1]}]}),
        json.dumps({"constant": 1, "curves": [PLAIN | {"knots": [2, 1], "heights": [1, 1]}]}),
        json.dumps({"constant": 1, "curves": [PLAIN | {"gap": None}]}),
        json.dumps({"constant": 1, "curves": ["slope"]}),
    ],
)
def test_a_damaged_line_is_refused(said):
    """What is no line is a BrokenModel, never a line of other numbers."""
    with pytest.raises(BrokenModel, match="train again"):
        Line.from_json(said)


def test_few_rows_and_many_come_to_the_same_bytes():
    """A row alone equals the row among many: at a knot, beyond all, missing, or huge."""
    rng = np.random.default_rng(8)
    curves = []
    for _ in range(60):
        knots = tuple(np.sort(rng.normal(size=rng.integers(0, 7)) * 50).tolist())
        heights = tuple(rng.normal(size=len(knots)).tolist())
        slope = float(rng.normal()) * bool(rng.random() < 0.6)
        curves.append(Curve(slope, float(rng.normal()), float(rng.normal()), knots, heights))
    line = Line(0.3, (*curves, Curve()))
    matrix = rng.normal(size=(300, 61)) * 60
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    for row, place in ((0, 0), (1, -1)):
        matrix[row] = [curve.knots[place] if curve.knots else 1.0 for curve in line.curves]
    matrix[2], matrix[3] = 1e300, -1e300
    many, shares = line.raw(matrix), line.contributions(matrix)
    for row in range(len(matrix)):
        one = matrix[row : row + 1]
        assert line.raw(one).tobytes() == many[row : row + 1].tobytes()
        assert line.contributions(one).tobytes() == shares[row : row + 1].tobytes()
    expected = [sum(c.at(matrix[:, n])[7] for n, c in enumerate(line.curves)) + 0.3]
    assert many[7] == pytest.approx(expected[0])
