"""Policies run in the same made-up banks: equal terms, nothing done twice, every gap told."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import openpyxl
import pytest
from dying import killed_once
from typer.testing import CliRunner

from banks import world_version
from cli.app import app
from cli.errors import BadOption, CommandError
from cli.loop import comparison, work
from cli.loop.comparison import SEEDS, WORLDS, Comparison, Run, Store
from cli.loop.course import Course
from cli.loop.crew import work_off
from cli.loop.players import POLICIES, Rival, player_of
from cli.loop.rivals import at_random
from cli.loop.words import POLICY_WORDS, WORLD_WORDS
from features import open_bank
from goodcall import Workspace
from outreach import default_policy_text, parse_policy
from training.gates.promotions import one_at_a_time

PAIR = ("default", 1)
SMALL = Comparison(
    worlds=("default",),
    seeds=(1,),
    policies=("nothing", "random", "product_push", "goodcall"),
    customers=300,
    past=12,
    months=2,
)
RULES = default_policy_text()
FEW = (5, 3)


class Sparing(Rival):
    """In goodcall's place: a policy without models that makes a number of contacts a month."""

    def __init__(self, past):
        super().__init__(at_random)
        self.past = past

    def contacts(self, desk, _most):
        return super().contacts(desk, FEW[desk.bank.month - self.past])


def sparing(place, setup, *told):
    if setup.policy == "goodcall":
        return Sparing(setup.past)
    return player_of(place, setup, *told)


def spare(patch):
    """Put it there, and train nothing for it."""
    patch.setattr(work, "player_of", sparing)
    patch.setattr(work, "train_first", lambda *_: None)


def done(store, comparison=SMALL):
    """Do what is left, one job at a time; how many jobs that were, and what failed."""
    jobs = work.jobs_of(store, comparison, comparison.pairs)
    with ThreadPoolExecutor(1) as pool:
        return len(jobs), work_off(jobs, pool, 1, lambda _: None)


@pytest.fixture
def _spared(monkeypatch):
    spare(monkeypatch)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A comparison whose runs are all finished."""
    made = Store(tmp_path_factory.mktemp("comparison"), RULES)
    made.claim(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        spare(patch)
        assert done(made) == (7, {})
    return made


def outcomes(store):
    return {each.run.work: each for each in store.outcomes(list(SMALL.runs()))}


def test_at_equal_contacts_all_make_as_many_as_goodcall(store):
    """In every month; at capacity they make as many as there are minutes for."""
    told = outcomes(store)
    assert told["goodcall"].months == FEW
    assert told["random-equal"].months == told["product_push-equal"].months == FEW
    assert min(told["random"].months) > max(FEW)
    assert told["nothing"].months == (0, 0)
    assert {"goodcall-equal", "nothing-equal"}.isdisjoint(told)


def test_a_result_says_how_it_came_to_be(store):
    """The setup, what came of it, and the contacts of each month."""
    said = json.loads(store.result(Run(*PAIR, "random", equal=True)).read_text("utf-8"))
    own = {"customers": 300, "rules": parse_policy(RULES).version, "most": [*FEW]}
    assert said["setup"] | own == said["setup"]
    assert said["result"]["contacts"] == sum(said["months"]) == sum(FEW)


def test_in_memory_and_in_a_workspace_a_policy_comes_to_the_same(store, tmp_path):
    """A rival's life beside its own saved and loaded one, from a bank of its own."""
    setup = SMALL.setup(Run(*PAIR, "product_push"))
    course = Course.open(Workspace(tmp_path / "var"), setup, default_policy_text(), lambda *_: None)
    player = player_of(course.place, setup, (), lambda *_: None)
    result = course.run(player, lambda *_: None)
    assert result == outcomes(store)["product_push"].result


def test_who_begins_with_a_base_has_its_bank_and_leaves_it_alone(tmp_path):
    """Tables are the same files until one of both grows; a second claim finds its own."""
    made = Store(tmp_path, RULES)
    run = Run(*PAIR, "product_push")
    work.found_once(made, SMALL, [run])
    base, place = made.base(PAIR), made.place(run)
    for _ in range(2):
        Course.open(place, SMALL.setup(run), default_policy_text(), lambda *_: None, base)
    assert open_bank(place.bank).manifest == open_bank(base.bank).manifest
    name = "customers.parquet"
    assert (place.bank / name).samefile(base.bank / name)
    assert {file.name for file in place.bank.iterdir()} <= {f.name for f in base.bank.iterdir()}


def test_policies_with_one_base_promote_at_the_same_time(tmp_path):
    """Models are the same files; the lock of who changes champions is each one's own."""
    made, runs = Store(tmp_path, RULES), [Run(*PAIR, "propensity"), Run(*PAIR, "learned_effect")]
    work.found_once(made, SMALL, [Run(*PAIR, "product_push")])
    base = made.base(PAIR)
    with one_at_a_time(base.models):
        (base.models / "champions.json").write_text("{}", encoding="utf-8")
    for run in runs:
        setup = SMALL.setup(run)
        Course.open(made.place(run), setup, default_policy_text(), lambda *_: None, base)
    one, other = (made.place(run).models for run in runs)
    assert (one / "champions.json").samefile(other / "champions.json")
    with one_at_a_time(one), one_at_a_time(other):
        assert not (one / ".promoting").samefile(other / ".promoting")


def test_nothing_is_trained_for_runs_that_learn_nothing(tmp_path, monkeypatch):
    """Once those are left that do, it is, in the same base."""
    made, trained = Store(tmp_path, RULES), []
    monkeypatch.setattr(work, "train_first", lambda base, *_: trained.append(base))
    work.found_once(made, SMALL, [Run(*PAIR, "product_push"), Run(*PAIR, "oracle", equal=True)])
    assert trained == []
    work.found_once(made, SMALL, [Run(*PAIR, "goodcall")])
    assert trained == [made.base(PAIR)]


def test_the_work_on_a_pair_goes_once_all_its_runs_are_finished(store, tmp_path):
    """Until then its base stays."""
    made = Store(tmp_path, RULES)
    work.found_once(made, SMALL, [Run(*PAIR, "product_push")])
    made.clear(SMALL, PAIR)
    assert made.work(PAIR).exists()
    for run in SMALL.runs():
        made.keep(outcomes(store)[run.work])
    made.clear(SMALL, PAIR)
    assert not made.work(PAIR).exists()


def test_a_failed_goodcall_leaves_out_equal_contacts_alone(tmp_path, monkeypatch):
    """Runs at capacity are finished, and each failure is told."""

    def broken(place, setup, *rest):
        if setup.policy == "goodcall":
            raise BadOption("no models; train some")
        return player_of(place, setup, *rest)

    monkeypatch.setattr(work, "player_of", broken)
    monkeypatch.setattr(work, "train_first", lambda *_: None)
    made = Store(tmp_path, RULES)
    _, failed = done(made)
    assert failed == {
        "default-1-goodcall": "no models; train some",
        "default-1-random-equal": "left out, since default-1-goodcall failed",
        "default-1-product_push-equal": "left out, since default-1-goodcall failed",
    }
    assert [each.run.work for each in made.outcomes([*SMALL.runs()])] == [
        *("nothing", "random", "product_push"),
    ]


@pytest.mark.usefixtures("_spared")
def test_equal_contacts_need_goodcalls_run(tmp_path):
    """Asked for by itself, a run says what it lacks."""
    made = Store(tmp_path, RULES)
    with pytest.raises(CommandError, match="goodcall has no run in default under 1; run it first"):
        work.do(made, SMALL, Run(*PAIR, "random", equal=True))


def test_goodcall_comes_first_and_every_run_once():
    """In each world under each seed, under both limits or one."""
    runs = list(replace(SMALL, seeds=(1, 2)).runs())
    assert [run.work for run in runs] == [
        *("goodcall", "nothing", "random", "product_push", "random-equal", "product_push-equal"),
    ] * 2  # fmt: skip
    assert len({run.name for run in runs}) == len(runs)
    equal = [run.work for run in replace(SMALL, contacts="equal").runs()]
    assert equal == ["goodcall", "nothing", "random-equal", "product_push-equal"]
    capacity = [run.work for run in replace(SMALL, contacts="capacity").runs()]
    assert capacity == ["goodcall", "nothing", "random", "product_push"]


def test_what_is_compared_by_default_is_named_in_advance():
    """Eight worlds, ten seeds that nothing is tuned on, all policies."""
    whole = Comparison()
    assert whole.seeds == SEEDS == tuple(range(9011, 9021))
    assert len(whole.pairs) == len(WORLDS) * len(SEEDS) == 80
    assert whole.policies == POLICIES


def test_policies_and_worlds_have_words():
    """In both languages, for every one that can be asked for."""
    assert set(POLICIES) <= set(POLICY_WORDS)
    assert set(WORLDS) <= set(WORLD_WORDS)


def test_two_are_not_at_work_on_one_pair(tmp_path):
    """Others are free; afterwards the pair is."""
    made = Store(tmp_path, RULES)
    with made.alone([PAIR]):
        with (
            pytest.raises(CommandError, match="at work on world default under seed 1"),
            made.alone([PAIR]),
        ):
            pass
        with made.alone([("default", 2)]):
            pass
    with made.alone([PAIR]):
        pass


TINY = (
    *("--world", "default", "--policy", "nothing", "--policy", "product_push"),
    *("--contacts", "capacity", "--customers", "250", "--months", "1", "--past", "12"),
    *("--jobs", "1"),
)


def run(*words):
    return CliRunner().invoke(app, ["simulate", "policies", *map(str, words)])


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A small comparison as a user runs it, in two parts, the second of which reports on all."""
    root = tmp_path_factory.mktemp("told")
    words = ("--out", root / "out", *TINY, "--seed", 1, "--seed", 2)
    first = run(*words, "--part", "1/2", "--json")
    files = ("--html", root / "page.html", "--xlsx", root / "book.xlsx")
    return root, words, first, run(*words, "--part", "2/2", "--json", *files)


def test_a_part_tells_what_is_missing_and_the_last_that_nothing_is(told):
    """Progress is on standard error, and standard output is one JSON document."""
    _, _, first, second = told
    assert (first.exit_code, second.exit_code) == (0, 0), second.output
    said = json.loads(first.stdout)
    assert [(row["seed"], row["policy"]) for row in said["missing"]] == [
        ("2", "nothing"),
        ("2", "product_push"),
    ]
    assert "3 of 3, about 0 min left; done: default-1-product_push" in first.stderr
    whole = json.loads(second.stdout)
    assert whole["missing"] == []
    assert whole["made_up"] is True
    (row,) = whole["nothing"]
    assert (row["policy"], row["seeds"]) == ("product_push", 2)
    assert set(row["net_value"]) == {"value", "low", "high", "shown"}


def test_a_killed_comparison_goes_on_and_comes_to_the_same(told, tmp_path):
    """By a signal that nothing can answer, after its first run, which is not done again."""
    root, words, _, _ = told
    out, words = tmp_path / "out", ("--out", tmp_path / "out", *TINY, "--seed", 1)
    first = out / "results" / "default-1-nothing.json"
    killed_once(first, "simulate", "policies", *words)
    since = first.stat().st_mtime_ns
    assert len([*out.rglob("results/*.json")]) < 2
    assert (out / "work" / "default" / "1").exists()
    again = run(*words)
    assert again.exit_code == 0, again.output
    assert first.stat().st_mtime_ns == since
    for name in (first.name, "default-1-product_push.json"):
        made, whole = (each / "results" / name for each in (out, root / "out"))
        assert made.read_bytes() == whole.read_bytes()
    assert not (out / "work" / "default" / "1").exists()


def test_a_page_has_pictures_numbers_and_says_that_all_is_made_up(told):
    """In both languages; it loads nothing from elsewhere."""
    root, words, _, _ = told
    page = (root / "page.html").read_text("utf-8")
    assert "Every customer here is made up" in page
    assert page.count("<svg") == 4
    assert "product push" in page
    assert "http" not in page
    zh = root / "zh.html"
    again = run(*words, "--html", zh, "--lang", "zh")
    assert again.exit_code == 0
    assert "这里的客户全部为虚构" in zh.read_text("utf-8")
    assert "default-1" not in again.stderr


def test_a_workbook_has_the_same_tables(told):
    """A sheet a table, and the notes."""
    root, *_ = told
    sheets = openpyxl.load_workbook(root / "book.xlsx").worksheets
    assert len(sheets) == 11
    assert [cell.value for cell in sheets[8][2]][:4] == ["default", "equal capacity", "nothing", 2]


def test_a_folder_of_other_runs_is_refused(told):
    """The error names what differs."""
    root, words, _, _ = told
    other = run(*words, "--months", 2)
    assert isinstance(other.exception, BadOption)
    assert "holds runs of which months is 1 and not 2" in str(other.exception)
    (root / "else").mkdir()
    (root / "else" / "file").write_text("")
    wrong = run("--out", root / "else", *TINY)
    assert "holds something else than a comparison" in str(wrong.exception)


def test_no_run_is_put_beside_those_of_other_settings_of_its_world(told, monkeypatch, tmp_path):
    """What is finished is still told; the error names what holds now."""
    _, words, _, second = told
    out = tmp_path / "out"
    shutil.copytree(words[1], out)
    result = out / "results" / "default-1-nothing.json"
    assert json.loads(result.read_text("utf-8"))["setup"]["settings"] == world_version("default")
    monkeypatch.setattr(comparison, "world_version", lambda _: "0123456789ab")
    again = run("--out", out, *words[2:], "--json")
    assert json.loads(again.stdout) == json.loads(second.stdout)
    result.unlink()
    other = run("--out", out, *words[2:])
    assert isinstance(other.exception, BadOption)
    assert f"{world_version('default')}, which are 0123456789ab now" in str(other.exception)


def test_runs_are_made_and_reported_on_by_the_contact_policy_that_is_named(told, tmp_path):
    """Dearer calls cost more; the folder keeps its policy, without which nothing is reported."""
    _, words, _, second = told
    rules, out = tmp_path / "dear.toml", tmp_path / "dear"
    rules.write_text(RULES.replace("is = 1200", "is = 9200"), encoding="utf-8")
    dear = run("--out", out, *words[2:], "--rules", rules, "--json")
    assert dear.exit_code == 0, dear.output
    kept = out / "policy.toml"
    assert kept.read_bytes() == rules.read_bytes()
    (row,), (plain,) = (json.loads(each.stdout)["nothing"] for each in (dear, second))
    assert row["net_value"]["value"] < plain["net_value"]["value"]
    again = run("--out", out, *words[2:], "--rules", kept, "--json")
    assert json.loads(again.stdout) == json.loads(dear.stdout)
    other = run("--out", out, *words[2:])
    assert isinstance(other.exception, BadOption)
    assert f"or ask for --rules {kept}" in str(other.exception)


def test_a_run_that_fails_is_told_and_stops_no_other(told):
    """It ends with an error, after the report on what there is."""
    root, words, _, _ = told
    out = root / "broken"
    lives = out / "work" / "default" / "1" / "base" / "course" / "lives.parquet"
    made = Store(out, RULES)
    made.claim(replace(SMALL, customers=250, months=1))
    lives.parent.mkdir(parents=True)
    lives.write_text("no bank")
    done = run("--out", out, *words[2:], "--json")
    assert isinstance(done.exception, CommandError)
    assert "runs that failed: 2, the first of them default-1-nothing" in str(done.exception)
    assert "is no simulated bank that was saved" in done.stderr
    said = json.loads(done.stdout)
    assert sorted(said["failed"]) == ["default-1-nothing", "default-1-product_push"]
    assert {row["seed"] for row in said["missing"]} == {"1"}
    assert [row["seeds"] for row in said["nothing"]] == [1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--world", "mars"), "world 'mars' is unknown; choose one of: alike"),
        (("--policy", "luck"), "policy 'luck' is unknown; choose one of: goodcall"),
        (("--policy", "oracle"), "equal contacts are those of goodcall, which is not among"),
        (("--seed", 1, "--seed", 1), "seeds: 1 is named twice"),
        (("--seed", 1, "--seeds", 2), "--seed and --seeds are both given"),
        (("--quick", "--seeds", 2), "--quick has its own seeds"),
        (("--quick", "--world", "weak"), "--quick has its own worlds"),
        (("--part", "3/2"), "part '3/2' is none; write K/N with K from 1 to N"),
        (("--part", "half"), "part 'half' does not read; write one such as 2/5"),
    ],
)
def test_what_cannot_be_asked_for_is_said(tmp_path, words, message):
    """Before anything is founded or written."""
    done = run("--out", tmp_path / "out", *words)
    assert isinstance(done.exception, BadOption), done.output
    assert message in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_the_help_says_what_the_seeds_are_for():
    """And that finished runs stand."""
    said = " ".join(run("--help").output.replace("│", " ").split())
    assert "9011 to 9020, which are for judging alone; tune on others" in said
    assert "is not done again" in said
