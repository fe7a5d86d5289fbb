"""A small bank in which all that learn are at work: what is kept of them, cut short and killed."""

import json
import shutil
from dataclasses import replace

import pytest
from dying import killed_once
from typer.testing import CliRunner

from cli.app import app
from cli.loop import ceiling, learned, work
from cli.loop.comparison import Comparison, Run, Store
from cli.loop.course import Course
from cli.loop.players import player_of
from cli.loop.possible import Grid, looked, turns_of, worked
from cli.records import ledger_of
from features import CATALOG, build, open_bank
from outreach import default_policy_text
from training import EffectLabel, Horizon, read_labels

PAIR = ("default", 1)
RULES = default_policy_text()
LABELS = """
[[label]]
kind = "leaving"

[[label]]
kind = "next_product"
families = ["deposit", "wealth"]
"""
LEARNING = ("goodcall", "propensity", "propensity_value", "learned_effect", "ceiling")
MOST = 5


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    """A file of few labels, which are learned in seconds."""
    file = tmp_path_factory.mktemp("labels") / "labels.toml"
    file.write_text(LABELS, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def comparison(labels):
    """A month of those that learn, and of product push."""
    return Comparison(
        worlds=("default",),
        seeds=(1,),
        policies=(*LEARNING, "product_push"),
        contacts="capacity",
        customers=400,
        past=18,
        months=1,
        labels=labels,
    )


@pytest.fixture(scope="module")
def ground(comparison, tmp_path_factory):
    """The folder of that comparison once its bank is founded and its models are trained."""
    store = Store(tmp_path_factory.mktemp("compared") / "out", RULES)
    store.claim(comparison)
    with pytest.MonkeyPatch.context() as patch:
        teach_little(patch)
        base, *_ = work.jobs_of(store, comparison, comparison.pairs)
        base.call()
    return store


@pytest.fixture(scope="module")
def outcomes(comparison, ground, tmp_path_factory):
    """What each policy came to, unbroken, in a copy of that folder."""
    store = Store(copied(ground, tmp_path_factory.mktemp("unbroken")), RULES)
    with pytest.MonkeyPatch.context() as patch:
        teach_little(patch)
        for run in comparison.runs():
            work.do(store, comparison, run)
    return store, {each.run.policy: each for each in store.outcomes(list(comparison.runs()))}


def teach_little(patch):
    """Let the ceiling learn of one small bank, and lots teach of complaints alone."""
    patch.setattr(ceiling, "SEEDS", (7_001,))
    patch.setattr(ceiling, "_CUSTOMERS", 600)
    patch.setattr(ceiling, "_ROUNDS", 20)
    patch.setattr(learned, "_EFFECTS", (EffectLabel("complaint", Horizon(30)),))


def copied(store, folder):
    return shutil.copytree(store.root, folder / "out")


def test_features_of_the_first_month_are_built_once_for_all(comparison, ground, tmp_path):
    """A policy that begins with the base finds them up to date."""
    store, run = Store(copied(ground, tmp_path), RULES), Run(*PAIR, "goodcall")
    place, setup = store.place(run), comparison.setup(run)
    course = Course.open(place, setup, RULES, lambda *_: None, store.base(PAIR))
    day = course.bank.setting.calendar.first_of(setup.past)
    assert build(open_bank(place.bank), place.snapshots, [day], CATALOG).unchanged == (day,)


def test_policies_that_learn_choose_by_what_they_learned(outcomes):
    """Chances sell by phone alone, chances by value care for whoever may leave."""
    _, told = outcomes
    contacts = {policy: each.result.contacts for policy, each in told.items()}
    care = {policy: each.result.care for policy, each in told.items()}
    assert min(contacts.values()) > 0
    assert care["propensity"] == care["product_push"] == 0
    assert contacts["propensity"] == contacts["product_push"]
    assert 0 < care["propensity_value"] <= contacts["propensity_value"]
    assert care["learned_effect"] > 0
    assert care["ceiling"] > 0


def test_policies_begin_with_one_training_and_lots_teach_effects_besides(outcomes):
    """Kept are why models were trained, which stood, and whether one of effects proved itself."""
    _, told = outcomes
    months = {policy: each.own.months for policy, each in told.items() if each.own}
    assert set(months) == {*LEARNING} - {"ceiling"}
    (first,) = months["goodcall"]
    assert first["trained"] == "first"
    assert set(first["champions"]) == {"churn", "next_product"}
    assert months["propensity"] == months["propensity_value"] == months["goodcall"]
    (learned_too,) = months["learned_effect"]
    effect = learned_too["champions"].pop("effect:complaint")
    assert learned_too == first
    assert len(effect) == 64
    assert set(told["learned_effect"].own.effects) == {"effect:complaint"}
    assert told["goodcall"].own.effects == {}


def test_what_goodcalls_own_holdout_shows_is_kept(outcomes):
    """Both outcomes of its report with their intervals; other policies hold nobody out."""
    store, told = outcomes
    own = told["goodcall"].own
    assert own.untold is None
    assert set(own.holdout) == {"families", "left"}
    assert own.holdout["families"].verdict in ("more", "less", "not_shown", "insufficient")
    for each in own.holdout.values():
        assert each.difference.low < each.difference.value < each.difference.high
    assert told["propensity"].own.holdout == {}
    said = json.loads(store.result(Run(*PAIR, "goodcall")).read_text("utf-8"))
    assert said["own"]["holdout"]["left"]["difference"].keys() == {"value", "low", "high"}
    said = json.loads(store.result(Run(*PAIR, "product_push")).read_text("utf-8"))
    assert "own" not in said


def test_a_result_of_before_is_read_without_what_it_did_not_keep(outcomes, tmp_path):
    """All else of it counts; one that does not read is refused."""
    store, told = outcomes
    older, run = Store(tmp_path, RULES), Run(*PAIR, "goodcall")
    said = json.loads(store.result(run).read_text("utf-8"))
    del said["own"]
    older.result(run).parent.mkdir()
    older.result(run).write_text(json.dumps(said), encoding="utf-8")
    assert older.outcome(run) == replace(told["goodcall"], own=None)
    older.result(run).write_text(json.dumps(said | {"own": {}}), encoding="utf-8")
    with pytest.raises(Exception, match="is no result"):
        older.outcome(run)


@pytest.fixture(scope="module")
def cut_short(comparison, ground, tmp_path_factory):
    """Goodcall held to a few contacts: its course, and what came of it."""
    store = Store(copied(ground, tmp_path_factory.mktemp("few")), RULES)
    run = Run(*PAIR, "goodcall")
    setup = comparison.setup(run, most=(MOST,))
    course = Course.open(store.place(run), setup, RULES, lambda *_: None, store.base(PAIR))
    player = player_of(course.place, setup, read_labels(comparison.labels), lambda _: None)
    return course, course.run(player, lambda *_: None)


def test_of_a_number_of_contacts_the_best_of_all_lists_are_made(cut_short):
    """No manager's customers come first: each row that was left is worth no more."""
    course, result = cut_short
    day = course.bank.setting.calendar.first_of(course.setup.past)
    lists = range(1, len(course.bank.minutes) + 1)
    with ledger_of(course.place) as ledger:
        rows = [row for each in lists for row in ledger.list_rows(day, each)]
    made = [each.row for each in rows if each.contact_id is not None]
    left = [each.row for each in rows if each.contact_id is None]
    assert len(made) == MOST == result.contacts
    assert len(left) > MOST
    assert min(each.value_cents for each in made) >= max(each.value_cents for each in left)


def test_goodcall_on_the_map_is_goodcall_in_simulated_time(cut_short, labels):
    """Its turn in the world as it is comes to what a course comes to that may contact as many."""
    own = {"effects": (1.0,), "minutes": (1.0,), "observed": (0.22,), "seeds": (1,)}
    grid = Grid(**own, customers=400, past=18, months=1, goodcall=True, labels=labels)
    (turn,) = turns_of(grid, looked(grid.tasks[0]))
    assert turn.most[0] > MOST
    found = worked(replace(turn, most=(MOST,)))
    assert found.months == (MOST,)
    assert found.result == cut_short[1]


def test_a_comparison_killed_while_goodcall_is_at_work_comes_to_the_same(
    comparison, ground, outcomes, tmp_path
):
    """By a signal that nothing can answer, in the night of its first month."""
    out, run = copied(ground, tmp_path), Run(*PAIR, "goodcall")
    store, unbroken = Store(out, RULES), outcomes[0]
    words = (
        *("simulate", "policies", "--out", out, "--world", "default", "--seed", 1),
        *("--policy", "goodcall", "--policy", "product_push", "--contacts", "capacity"),
        *("--customers", 400, "--past", 18, "--months", 1, "--labels", comparison.labels),
        *("--every", comparison.every, "--jobs", 1, "--json"),
    )
    killed_once(store.place(run).ledger, *words)
    assert not store.result(run).exists()
    done = CliRunner().invoke(app, [*map(str, words)])
    assert done.exit_code == 0, done.output
    for policy in ("goodcall", "product_push"):
        run = replace(run, policy=policy)
        assert store.result(run).read_bytes() == unbroken.result(run).read_bytes()
    assert not store.work(PAIR).exists()
