"""Pictures place what they are told where it belongs, and run nothing."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from goodcall import Text
from outreach.replay import Gain
from reports.pages import Page, page_facts
from reports.pictures import Dot, Dots, Heat, Picture, Point, Scatter
from reports.web_page import page_html

NAME = Text("a <b> & c", "甲<乙>")


def drawn(panel, language="en"):
    """The picture's parts."""
    return ET.fromstring(panel.svg("CNY", language))  # noqa: S314 - our own picture


def numbers(part, *names):
    return [float(part.get(name)) for name in names]


def words(root):
    return [each.text for each in root.iter("text")]


def test_dots_lie_in_the_order_of_their_figures_about_zero():
    """An interval reaches as far as it does, and a figure without one has no length."""
    told = (Gain(-2.0, -3.0, -1.0), Gain(4.0, 2.0, 6.0), 0.0)
    root = drawn(Dots(NAME, [Dot(NAME, each) for each in told], "number"))
    less, more, none = (numbers(each, "cx")[0] for each in root.iter("circle"))
    zero, *spans = root.iter("line")
    assert less < none < more
    assert numbers(zero, "x1", "x2") == pytest.approx([none, none])
    wide = [numbers(each, "x1", "x2") for each in spans]
    unit = (more - less) / 6
    assert wide[0] == pytest.approx([less - unit, less + unit], abs=0.2)
    assert wide[1] == pytest.approx([more - 2 * unit, more + 2 * unit], abs=0.2)
    assert wide[2] == [none, none]


def test_figures_are_said_beside_and_names_are_text():
    """In the reader's language; what looks like a tag is none."""
    panel = Dots(NAME, [Dot(NAME, 123_456)], "money")
    assert words(drawn(panel)) == ["a <b> & c", "CNY 1,235"]
    assert words(drawn(panel, "zh")) == ["甲<乙>", "1,235元"]


def test_points_go_right_and_up_with_their_figures():
    """Less churn lies lower, more purchases further to the right."""
    points = [Point(NAME, 0.1, -0.2), Point(NAME, 0.3, 0.1)]
    root = drawn(Scatter(NAME, points, across=Text("x", "x"), up=Text("y", "y")))
    (high_x, high_y), (low_x, low_y) = (numbers(each, "cx", "cy") for each in root.iter("circle"))
    assert (low_x, high_x) == (min(low_x, high_x), max(low_x, high_x))
    assert high_y < low_y


def test_names_of_points_that_lie_close_do_not_overlap():
    """However many there are; each lies within the picture."""
    points = [Point(Text(f"name {n}", ""), 0.1 * n, 0.001 * n) for n in range(12)]
    root = drawn(Scatter(NAME, points, across=Text("x", "x"), up=Text("y", "y")))
    heights = sorted(
        numbers(each, "y")[0] for each in root.iter("text") if each.text.startswith("name")
    )
    assert all(below - above >= 12.9 for above, below in pairwise(heights))
    assert heights[0] > 0
    assert heights[-1] < float(root.get("viewBox").split()[3])


def test_a_heat_map_has_a_cell_each_and_frames_the_marked():
    """What is not known is white and says so; more is another colour than less."""
    heat = Heat(
        NAME,
        rows=[Text("r", "r")] * 2,
        columns=[Text("c", "c")] * 2,
        cells=[[0.5, -0.5], [None, 0.0]],
        marked=[[True, False], [False, False]],
    )
    cells = list(drawn(heat).iter("rect"))
    assert [each.get("stroke") is not None for each in cells] == [True, False, False, False]
    fills = [each.get("fill") for each in cells]
    assert fills[2:] == ["#ffffff", "rgb(255,255,255)"]
    assert len(set(fills)) == 4
    assert words(drawn(heat)) == ["c", "c", "r", "50.0%", "-50.0%", "r", "–", "0.0%"]


def test_what_is_not_sure_has_a_broken_frame():
    """Unless it is marked, which says more."""
    heat = Heat(
        NAME,
        rows=[Text("r", "r")],
        columns=[Text("c", "c")] * 3,
        cells=[[0.1, 0.2, 0.3]],
        marked=[[True, False, False]],
        unsure=[[True, True, False]],
    )
    cells = list(drawn(heat).iter("rect"))
    assert [each.get("stroke") is not None for each in cells] == [True, True, False]
    assert [each.get("stroke-dasharray") is not None for each in cells] == [False, True, False]


def test_a_page_shows_the_panels_that_have_something_to_show():
    """Pictures stand on the page alone; its facts are those of its tables."""
    full, empty = Dots(NAME, [Dot(NAME, 1)], "count"), Dots(NAME, [], "count")
    page = Page(Text("Report", "报表"), "CNY", [], pictures=[Picture(NAME, [full, empty])])
    said = page_html(page, "en").decode()
    assert said.count("<svg") == said.count("<figure>") == 1
    assert "a &lt;b&gt; &amp; c" in said
    assert not re.search(r"<script|http", said)
    assert page_facts(page) == {"currency": "CNY", "notes": []}
