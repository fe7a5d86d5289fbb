"""The map: more is possible where contacts change more, and Goodcall on it is Goodcall."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from banks import BankError, UnknownWorld
from cli.app import app
from cli.errors import BadOption
from cli.loop.judging import middle_of
from cli.loop.possible import Grid, Reached, cells_of, looked
from cli.loop.possible_page import possible_page
from outreach import default_policy_text, load_policy
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
    """Every oracle's purchases and churn are product push's."""
    for minutes in GRID.minutes:
        for reached in cells[0.0, minutes].oracles.values():
            assert (reached.sold, reached.churn, reached.both) == (0, 0, "no")


def test_each_oracle_has_most_of_what_it_is_after(cells):
    """Purchases and churn are traded against each other, and net value has the most of neither."""
    for minutes in GRID.minutes:
        oracles = cells[3.0, minutes].oracles
        sold, churn = (
            {name: middle_of(getattr(each, figure)) for name, each in oracles.items()}
            for figure in ("sold", "churn")
        )
        assert max(sold, key=sold.get) == "by_purchases"
        assert sold["by_purchases"] > sold["oracle"] + 0.05
        assert sold["by_purchases"] > sold["both_alike"] > sold["by_churn"]
        assert min(churn.values()) == churn["by_churn"] < churn["oracle"]
        assert churn["by_churn"] <= churn["both_alike"] < churn["by_purchases"] - 0.05


def test_an_oracle_after_purchases_causes_more_than_one_after_value(outcomes):
    """It cares for nobody; who is after churn sells nothing."""
    told = {each.run.policy: each.result for each in outcomes if each.run.world == "3 1 0.22"}
    assert told["by_purchases"].care == 0
    assert told["by_purchases"].caused > told["oracle"].caused
    assert told["by_churn"].care == told["by_churn"].contacts
    assert told["by_churn"].left < told["product_push"].left


def test_more_minutes_are_more_contacts(cells):
    """About twice as many of twice the minutes, since customers are many."""
    ratio = cells[3.0, 2.0].contacts / cells[3.0, 1.0].contacts
    assert 1.8 < ratio < 2.2


def test_no_oracle_makes_more_contacts_than_product_push(outcomes):
    """In no month."""
    by = {(each.run.world, each.run.policy): each.months for each in outcomes}
    assert len(by) == 4 * 7
    pairs = [(months, by[place, "product_push"]) for (place, _), months in by.items()]
    assert all(ours <= theirs for each in pairs for ours, theirs in zip(*each, strict=True))


def test_looking_again_finds_the_same(outcomes):
    """Equal tasks come to equal outcomes."""
    assert looked(GRID.tasks[-1]) == outcomes[-14:]


def test_the_map_goes_by_the_contact_policy_that_is_named(outcomes):
    """Where a call takes an hour fewer are made; one with other channels is refused."""
    text = default_policy_text()
    slow = text.replace("minutes = 8\n", "minutes = 60\n")
    assert slow != text
    grid = replace(GRID, effects=(3.0,), minutes=(1.0,), rules=slow)
    ours = {each.run.policy: each.result for each in looked(grid.tasks[0])}
    usual = {each.run.policy: each.result for each in outcomes if each.run.world == "3 1 0.22"}
    assert 0 < ours["product_push"].contacts < usual["product_push"].contacts / 4
    with pytest.raises(BadOption, match="by which a simulated bank reaches nobody"):
        replace(GRID, rules=text.replace('"sms"', '"post"').replace("sms = ", "post = "))


def test_what_goodcall_reached_stands_beside_the_oracles(outcomes):
    """Framed where it has both hopes itself; nothing is told of it where it took no turn."""
    grid = replace(GRID, effects=(3.0,), minutes=(1.0,), seeds=(1, 2), goodcall=True)
    ours = [each for each in outcomes if each.run.world == "3 1 0.22"]
    ours += [replace(each, run=replace(each.run, seed=2)) for each in ours]
    shipped = [
        replace(
            each,
            run=replace(each.run, policy="goodcall"),
            result=replace(
                each.result, purchases=2 * each.result.purchases, left=each.result.left // 2
            ),
        )
        for each in ours
        if each.run.policy == "product_push"
    ]
    (cell,) = cells_of(grid, [*ours, *shipped])
    assert middle_of(cell.goodcall.sold) == 1
    assert middle_of(cell.goodcall.churn) == pytest.approx(-0.5, abs=0.1)
    (row,) = page_facts(page := possible_page(grid, [cell], currency="CNY"))["cells"]
    assert (row["goodcall_cross_sell"]["value"], row["goodcall_reaches"]) == (1.0, "yes")
    said = page_html(page, "en").decode()
    assert said.count("<svg") == 6
    assert "has both at 1 of them by the interval, at 0 more on average alone" in said
    assert cells_of(GRID, ours)[0].goodcall is None


@pytest.mark.parametrize(
    ("sold", "churn", "both"),
    [
        (Gain(0.4, 0.3, 0.5), Gain(-0.2, -0.25, -0.15), "yes"),
        (Gain(0.4, 0.1, 0.7), Gain(-0.2, -0.25, -0.15), "unsure"),
        (Gain(0.4, 0.3, 0.5), Gain(-0.2, -0.4, 0.0), "unsure"),
        (0.3, -0.15, "unsure"),
        (0.29, -0.2, "no"),
        (0.4, -0.14, "no"),
        (Gain(0.29, 0.28, 0.3), Gain(-0.2, -0.25, -0.15), "no"),
        (None, -0.2, "no"),
    ],
)
def test_both_hopes_come_true_or_it_is_not_possible(sold, churn, both):
    """30 % more purchases and 15 % less churn, together; of one seed nothing is shown."""
    assert Reached(sold, churn).both == both


def test_the_nearest_is_one_policy_that_has_most_of_both(cells):
    """Not the most of each by itself; one that is shown to have both goes before."""
    some = next(iter(cells.values()))
    apart = {"by_purchases": Reached(0.9, 0.0), "by_churn": Reached(0.0, -0.9)}
    between = replace(some, oracles=apart | {"both_alike": Reached(0.29, -0.14)})
    assert between.nearest == "both_alike"
    assert between.oracles[between.nearest].both == "no"
    assert between.apart == Reached(0.9, -0.9)
    sure = Reached(Gain(0.32, 0.31, 0.33), Gain(-0.2, -0.21, -0.19))
    lucky = Reached(Gain(0.9, 0.1, 1.7), Gain(-0.9, -1.0, -0.8))
    both = replace(some, oracles=apart | {"both_alike": lucky, "mostly_churn": sure})
    assert both.nearest == "mostly_churn"


def test_a_page_maps_every_place_and_frames_the_possible(cells):
    """Four heat maps for each noise, whose numbers stand beside; in both languages.

    Of two hopes that came true by themselves each has a frame in the map of its own oracle.
    """
    sure = Reached(Gain(0.4, 0.35, 0.45), Gain(-0.3, -0.35, -0.25))
    shown, average, *others = (
        replace(cell, oracles=dict.fromkeys(cell.oracles, Reached(0, 0))) for cell in cells.values()
    )
    shown = replace(shown, oracles=shown.oracles | {"both_alike": sure, "by_churn": sure})
    average = replace(average, oracles=average.oracles | {"mostly_churn": Reached(0.4, -0.3)})
    page = possible_page(GRID, [shown, average, *others], currency="CNY")
    facts = page_facts(page)
    assert [row["possible"] for row in facts["cells"]] == ["yes", "unsure", "no", "no"]
    assert [row["nearest"] for row in facts["cells"]][:2] == ["both_alike", "mostly_churn"]
    assert len(facts["oracles"]) == 4 * 6
    for language, words in (("en", "made up"), ("zh", "虚构")):
        said = page_html(page, language).decode()
        assert said.count("<svg") == 4
        assert said.count('stroke="#222222"') == 1 + 2 + 2
        assert said.count("stroke-dasharray") == 2
        assert said.count("<td") == 4 * 11 + 4 * 6 * 7
        assert words in said


def test_the_command_hands_over_the_map(tmp_path):
    """By a process of its own, as JSON and as a page, by a contact policy of one's own."""
    rules = tmp_path / "policy.toml"
    rules.write_text(default_policy_text().replace("is = 1200", "is = 1100"), encoding="utf-8")
    words = (
        *("--effect", 2, "--minutes", 1, "--observed", 0.22, "--seed", 3, "--customers", 250),
        *("--months", 1, "--past", 4, "--jobs", 1, "--json", "--html", tmp_path / "map.html"),
        *("--rules", rules, "--xlsx", tmp_path / "map.xlsx"),
    )
    done = CliRunner().invoke(app, ["simulate", "map", *map(str, words)])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["made_up"] is True
    assert said["rules"] == load_policy(rules).version
    (cell,) = said["cells"]
    assert (cell["effect"], cell["minutes"], cell["seeds"]) == (2, 1, 1)
    assert "<svg" in (tmp_path / "map.html").read_text("utf-8")
    assert (tmp_path / "map.xlsx").exists()


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
