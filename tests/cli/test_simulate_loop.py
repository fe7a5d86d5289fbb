"""`goodcall simulate loop`: policies at work in a bank whose truth is known, killed and resumed."""

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dying import killed_at
from open_to import all_open
from typer.testing import CliRunner

from banks import PHONE, Simulation, found, outlook
from banks.world_arrays import Records
from banks.world_state import BRANCH, SMS
from cli import simulate
from cli.app import app
from cli.loop import ceiling, course
from cli.loop.ceiling import lessons_in
from cli.loop.course import played
from cli.loop.desk import Desk, Terms
from cli.loop.foreseen import foreseen_cents
from cli.loop.players import Rival
from cli.loop.rivals import RIVALS
from cli.show import Show
from features import CATALOG, as_of, cohort_at, open_bank
from goodcall.vocabulary import FAMILIES
from models import matrix_of
from outreach import default_policy_text, load_policy, parse_policy

_LEAVING = """
[[label]]
kind = "leaving"
"""
_PAST = 12


def test_who_knows_the_truth_does_best(tmp_path: Path) -> None:
    """Chosen by true effects, contacts bring more than by lot, habit or push, and nothing costs."""
    net = {name: _told(tmp_path / name, "--policy", name)["result"] for name in RIVALS}
    best = net.pop("oracle")["net_value_cents"]
    assert all(best > each["net_value_cents"] for each in net.values())
    assert net["nothing"]["contacts"] == net["nothing"]["cost_cents"] == 0


def test_what_is_expected_of_months_is_what_comes_of_them() -> None:
    """Over twelve banks of equally rich customers, within four standard errors.

    Each lives once with contacts by lot and once without; the cost of contacts is a third of it.
    """
    policy, months, found = parse_policy(default_policy_text()), 4, []
    for seed in range(12):
        bank = Simulation("strong", customers=15_000, months=6 + months + 3, seed=700 + seed)
        for _ in range(6):
            bank.live(bank.plan())
        bank.setting.people.assets[:] = 20_000_000
        suits = np.ones((bank.setting.people.count, len(FAMILIES)), dtype=np.bool_)
        lots, none = (
            played(
                deepcopy(bank), Terms(policy, {}, suits, (), {}), Rival(RIVALS[name]), months, None
            )[0]
            for name in ("random", "nothing")
        )
        came = lots.net_value_cents - none.net_value_cents
        found.append((came, lots.expected_value_cents, lots.cost_cents))
    came, expected, cost = np.array(found).T
    error = (came - expected).std(ddof=1) / len(found) ** 0.5
    assert error < 0.1 * abs(expected.mean())
    assert expected.mean() < -2.5 * cost.mean()
    assert abs((came - expected).mean()) < 4 * error


def test_what_was_expected_of_a_course_is_what_was_of_its_months(tmp_path: Path) -> None:
    """The truth expects much of the oracle, and nothing of who contacts nobody."""
    told = {name: _told(tmp_path / name, "--policy", name) for name in ("oracle", "nothing")}
    months = [each["expected_value_cents"] for each in told["oracle"]["months"]]
    assert min(months) > 0
    assert told["oracle"]["result"]["expected_value_cents"] == pytest.approx(sum(months))
    assert told["nothing"]["result"]["expected_value_cents"] == 0


def test_a_killed_loop_comes_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in its first training, or three times in its second month, it leaves the same bytes.

    Whom Goodcall contacts is open at the desk of all other policies, too; the lists of a manager
    who is away are worked by nobody, in a bank whose branches have one manager each.
    """
    labels, rules = tmp_path / "labels.toml", tmp_path / "policy.toml"
    labels.write_text(_LEAVING, encoding="utf-8")
    rules.write_text(default_policy_text().replace("is = 1200", "is = 0"), encoding="utf-8")
    size = ("--customers", "500", "--months", "2", "--past", "18", "--every", "12")
    options = (*size, "--labels", str(labels), "--rules", str(rules))
    home, again, early = (tmp_path / name for name in ("whole", "again", "early"))

    def copy_first_month(_speak: Show, number: int, _facts: dict[str, Any]) -> None:
        if number == 0:
            shutil.copytree(home, again)

    away = []

    def check_open(desk: Desk, made: Records) -> float:
        assert all_open(desk, made)
        assert not np.isin(desk.list_of[made["who"]] - 1, desk.bank.away).any()
        away.extend(desk.bank.away)
        return foreseen_cents(desk, made)

    monkeypatch.setattr(simulate, "_tell", copy_first_month)
    monkeypatch.setattr(course, "foreseen_cents", check_open)
    whole = _told(home, *options)
    assert all(month["contacts"] > 0 for month in whole["months"])
    assert away
    first, words = _bytes(again), ("simulate", "loop", *options, "--json", "--home")
    assert killed_at(150, *words, early)
    assert list((early / "snapshots").glob("**/*.parquet"))
    assert not (early / "models" / "champions.json").exists()
    with monkeypatch.context() as patch:
        patch.setattr(simulate, "_tell", _stop)
        assert isinstance(_run(early, *options).exception, _Stopped)
    assert _bytes(early) == first
    assert all(killed_at(step, *words, again) for step in (3, 30, 90))
    assert _told(again, *options) == whole
    assert _bytes(again) == _bytes(home)
    figures = [
        load_policy(home / "policy.toml").value.save_rate["branch"],
        parse_policy(default_policy_text()).value.save_rate["branch"],
    ]
    assert not figures[0].assumed
    assert figures[0].prior == figures[1].amount


def test_another_course_is_not_gone_on_with(tmp_path: Path) -> None:
    """A workspace keeps one course: other options are refused, and it stays as it was."""
    _told(tmp_path / "home", "--policy", "nothing")
    before = _bytes(tmp_path / "home")
    done = _run(tmp_path / "home", "--policy", "nothing", "--seed", "8")
    assert done.exit_code == 1
    assert "seed is 1 there and not 8" in str(done.exception)
    assert _bytes(tmp_path / "home") == before


def test_a_course_is_not_gone_on_with_by_other_labels(tmp_path: Path) -> None:
    """Nor by models of another age: it would come to something else."""
    labels = tmp_path / "labels.toml"
    labels.write_text(_LEAVING, encoding="utf-8")
    _told(tmp_path / "home", "--policy", "nothing")
    for option, value in (("--every", "6"), ("--labels", str(labels))):
        done = _run(tmp_path / "home", "--policy", "nothing", option, value)
        assert f"{option[2:]} is " in str(done.exception)


def test_the_rule_of_inactivity_sells_nothing_and_trains_nothing(tmp_path: Path) -> None:
    """It calls the silent, and needs the bank's tables, which grow by the month, and no model."""
    told = _told(tmp_path, "--policy", "inactivity")
    assert told["result"]["contacts"] > 0
    assert told["result"]["contacts"] == told["result"]["care"]
    assert not (tmp_path / "models").exists()
    bank = open_bank(tmp_path / "bank").manifest
    assert str(bank.last_day) > told["months"][-1]["day"]


def test_the_ceiling_is_taught_once_and_knows_more_than_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lessons are kept; told of a bank that did not teach, they rank as the truth does."""
    monkeypatch.setattr(ceiling, "SEEDS", (7_001,))
    monkeypatch.setattr(ceiling, "_CUSTOMERS", 1_200)
    monkeypatch.setattr(ceiling, "_ROUNDS", 30)
    file = tmp_path / "lessons.json"
    lessons = lessons_in(file, "strong", _PAST, (PHONE, BRANCH))
    monkeypatch.setattr(ceiling, "SEEDS", ())
    assert lessons_in(file, "strong", _PAST, (PHONE, BRANCH)).trees.keys() == lessons.trees.keys()
    place = tmp_path / "bank"
    bank = found(place, customers=1_200, months=_PAST + 1, lived=_PAST, seed=12, world="strong")
    opened = open_bank(place)
    table = as_of(opened, cohort_at(opened, [bank.setting.calendar.first_of(_PAST)]), CATALOG)
    at = table["customer_id"].to_numpy() - int(bank.setting.people.customer_id[0])
    seen = lessons.outlook(matrix_of(table, CATALOG.names), at, 1_200)
    truth = outlook(bank)
    for figure in ("bought", "kept_by_care"):
        said, true = (getattr(each, figure)[at][..., PHONE].ravel() for each in (seen, truth))
        assert np.corrcoef(said, true)[0, 1] > 0.1
    assert not seen.bought[:, :, SMS].any()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A bank's own workspace is no place for a simulation."""
    (tmp_path / "ledger.db").write_bytes(b"a bank's own")
    done = _run(tmp_path, "--policy", "nothing")
    assert "name an empty folder" in str(done.exception)
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.db"]


def test_an_unknown_policy_or_world_is_refused(tmp_path: Path) -> None:
    """The error says what there is."""
    for option, known in (("--policy", "product_push"), ("--world", "no_effect")):
        done = _run(tmp_path / "home", option, "best")
        assert done.exit_code == 1
        assert known in str(done.exception)


def _told(home: Path, *options: str) -> dict:
    if "--customers" not in options:
        options = (*options, "--customers", "600", "--months", "4", "--past", "12")
    done = CliRunner().invoke(app, ["simulate", "loop", *options, "--home", str(home), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


class _Stopped(Exception):
    """A loop was ended after a month."""


def _stop(*_: object) -> None:
    raise _Stopped


def _run(home: Path, *options: str):
    size = (
        () if "--customers" in options else ("--customers", "600", "--months", "4", "--past", "12")
    )
    return CliRunner().invoke(app, ["simulate", "loop", *options, *size, "--home", str(home)])


def _bytes(home: Path) -> dict[str, bytes]:
    """All that a course keeps of itself and of its bank."""
    return {
        str(file.relative_to(home)): file.read_bytes()
        for folder in ("course", "bank")
        for file in sorted((home / folder).rglob("*"))
        if file.is_file() and not file.name.endswith(".lock")
    }
