"""The map of what is possible: more where contacts change more, and the same whoever looks."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from banks import BankError, UnknownWorld
from cli.app import app
from cli.errors import BadOption
from cli.loop.judging import middle_of
from cli.loop.possible import Cell, Grid, cells_of, looked
from cli.loop.possible_page import possible_page
from outreach.replay import Gain
from reports.pages import page_facts
from reports.web_page import page_html

GRID = Grid(
    effects=(0.0, 3.0),
    minutes=(1.0, 2.0),
    observed=(0.22,),
    seeds=(1,),
    customers=600,
    past=4,
    months=3,
)


@pytest.fixture(scope="module")
def outcomes():
    return [each for task in GRID.tasks for each in looked(task)]


@pytest.fixture(scope="module")
def cells(outcomes):
    return {(cell.effect, cell.minutes): cell for cell in cells_of(GRID, outcomes)}


def test_where_contacts_change_nothing_nothing_is_possible(cells):
    """The oracle's purchases and churn are product push's."""
    for minutes in GRID.minutes:
        cell = cells[0.0, minutes]
        assert (cell.sold, cell.churn, cell.possible) == (0, 0, False)


def test_where_they_change_much_the_oracle_sells_more(cells):
    """With as many contacts as product push made."""
    assert middle_of(cells[3.0, 1.0].sold) > 0.02


def test_more_minutes_are_more_contacts(cells):
    """About twice as many of twice the minutes, since customers are many."""
    ratio = cells[3.0, 2.0].contacts / cells[3.0, 1.0].contacts
    assert 1.8 < ratio < 2.2


def test_the_oracle_makes_no_more_contacts_than_product_push(outcomes):
    """In no month."""
    by = {(each.run.world, each.run.policy): each.months for each in outcomes}
    pairs = [(by[place, "oracle"], by[place, "product_push"]) for place, _ in by]
    assert all(ours <= theirs for each in pairs for ours, theirs in zip(*each, strict=True))


def test_looking_again_finds_the_same(outcomes):
    """Equal tasks come to equal outcomes."""
    assert looked(GRID.tasks[-1]) == outcomes[-4:]


@pytest.mark.parametrize(
    ("sold", "churn", "possible"),
    [
        (0.3, -0.15, True),
        (Gain(0.4, 0.1, 0.7), Gain(-0.2, -0.4, 0.0), True),
        (0.29, -0.2, False),
        (0.4, -0.14, False),
        (None, -0.2, False),
    ],
)
def test_both_hopes_come_true_or_it_is_not_possible(sold, churn, possible):
    """30 % more purchases and 15 % less churn, together."""
    assert Cell(1, 1, 0.2, 3, 0.1, sold, churn).possible is possible


def test_a_page_maps_every_place_and_frames_the_possible(cells):
    """Two heat maps for each noise, whose numbers stand beside; in both languages."""
    found = [replace(cell, sold=0.4, churn=-0.3) for cell in cells.values()][:1]
    found += [*cells.values()][1:]
    page = possible_page(GRID, found, currency="CNY")
    rows = page_facts(page)["cells"]
    assert [row["possible"] for row in rows] == ["yes", "no", "no", "no"]
    for language, words in (("en", "made up"), ("zh", "虚构")):
        said = page_html(page, language).decode()
        assert said.count("<svg") == 2
        assert said.count('stroke="#222222"') == 2
        assert said.count("<td") == 4 * 8
        assert words in said


def test_the_command_hands_over_the_map(tmp_path):
    """By a process of its own, as JSON and as a page."""
    words = (
        *("--effect", 2, "--minutes", 1, "--observed", 0.22, "--seed", 3, "--customers", 250),
        *("--months", 1, "--past", 4, "--jobs", 1, "--json", "--html", tmp_path / "map.html"),
    )
    done = CliRunner().invoke(app, ["simulate", "map", *map(str, words)])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["made_up"] is True
    (cell,) = said["cells"]
    assert (cell["effect"], cell["minutes"], cell["seeds"]) == (2, 1, 1)
    assert "<svg" in (tmp_path / "map.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (("--effect", "9"), BankError, "effect 9, minutes 0.5 and observed 0.08 make no world"),
        (("--minutes", "0"), BankError, "contacts.minutes is 0.0; write a number from 0.05"),
        (("--world", "mars"), UnknownWorld, "world 'mars' does not exist; known: alike"),
        (("--seed", "1", "--seed", "1"), BadOption, "seeds: a value is given twice"),
    ],
)
def test_what_cannot_be_mapped_is_said(words, error, message):
    """Before anything is simulated."""
    done = CliRunner().invoke(app, ["simulate", "map", *words])
    assert isinstance(done.exception, error)
    assert message in str(done.exception)
