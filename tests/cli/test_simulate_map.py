"""The map: more is possible where contacts change more, and Goodcall on it is Goodcall."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from banks import BankError, UnknownWorld
from cli.app import app
from cli.errors import BadOption
from cli.loop.course import Course, Setup, labels_of, mark_of_labels
from cli.loop.judging import middle_of
from cli.loop.players import player_of
from cli.loop.possible import Grid, Reached, cells_of, looked, turns_of, worked
from cli.loop.possible_page import possible_page
from goodcall import Workspace
from outreach import default_policy_text
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
        oracle = cells[0.0, minutes].oracle
        assert (oracle.sold, oracle.churn, oracle.both) == (0, 0, False)


def test_where_they_change_much_the_oracle_sells_more(cells):
    """With as many contacts as product push made."""
    assert middle_of(cells[3.0, 1.0].oracle.sold) > 0.02


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


@pytest.fixture(scope="module")
def turn(tmp_path_factory):
    """Goodcall's turn in the world as it is, its minutes and noise included."""
    labels = tmp_path_factory.mktemp("labels") / "labels.toml"
    labels.write_text('[[label]]\nkind = "leaving"\n', encoding="utf-8")
    size = {"customers": 400, "past": 18, "months": 1, "goodcall": True, "labels": labels}
    own = {"effects": (1.0,), "minutes": (1.0,), "observed": (0.22,), "seeds": (1,)}
    grid = Grid(**own, **size)
    (found,) = turns_of(grid, looked(grid.tasks[0]))
    return found


def test_goodcall_on_the_map_is_goodcall_in_simulated_time(turn, tmp_path):
    """Its turn comes to what a course comes to that may contact as many."""
    found = worked(turn)
    assert 0 < found.months[0] <= turn.most[0]
    grid, rules = turn.task.grid, default_policy_text()
    mark = mark_of_labels(grid.labels)
    setup = Setup("default", "goodcall", 400, 18, 1, 1, every=1, labels=mark, most=turn.most)
    course = Course.open(Workspace(tmp_path / "home"), setup, rules, lambda *_: None)
    player = player_of(course.place, setup, labels_of(grid.labels), lambda _: None)
    assert course.run(player, lambda *_: None) == found.result


def test_what_goodcall_reached_stands_beside_the_oracle(turn, outcomes):
    """Framed where it has both hopes itself; nothing is told of it where it took no turn."""
    grid = replace(turn.task.grid, effects=(3.0,), minutes=(1.0,), labels=None)
    ours = [each for each in outcomes if each.run.world == "3 1 0.22"]
    pushed = next(each for each in ours if each.run.policy == "product_push")
    shipped = replace(
        pushed,
        run=replace(pushed.run, policy="goodcall"),
        result=replace(
            pushed.result, purchases=2 * pushed.result.purchases, left=pushed.result.left // 2
        ),
    )
    (cell,) = cells_of(grid, [*ours, shipped])
    assert cell.goodcall == Reached(1.0, pytest.approx(-0.5, abs=0.1))
    (row,) = page_facts(page := possible_page(grid, [cell], currency="CNY"))["cells"]
    assert (row["goodcall_cross_sell"], row["goodcall_reaches"]) == (1.0, "yes")
    said = page_html(page, "en").decode()
    assert said.count("<svg") == 4
    assert said.count('stroke="#222222"') == 2
    assert "has both at 1 of them" in said
    assert cells_of(GRID, ours)[0].goodcall is None


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
    assert Reached(sold, churn).both is possible


def test_a_page_maps_every_place_and_frames_the_possible(cells):
    """Two heat maps for each noise, whose numbers stand beside; in both languages."""
    found = [replace(cell, oracle=Reached(0.4, -0.3)) for cell in cells.values()][:1]
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
        (("--labels", __file__), BadOption, "labels are what Goodcall learns; add --goodcall"),
    ],
)
def test_what_cannot_be_mapped_is_said(words, error, message):
    """Before anything is simulated."""
    done = CliRunner().invoke(app, ["simulate", "map", *words])
    assert isinstance(done.exception, error)
    assert message in str(done.exception)
