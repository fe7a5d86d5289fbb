"""Who is champion, as a scientist works: gate, promote, force, roll back, report."""

import json
from datetime import date

import pytest
from chained import verify_audit
from judged import a_tested, some_groups
from learned import NOW, a_model
from typer.testing import CliRunner

from cli.app import app
from goodcall import Workspace
from models import read_champions
from training import ChurnLabel, GateClosed, RegistryError, Trained, register

pytestmark = pytest.mark.slow


def enter(place, noise, seed):
    """Register a model beside the rows that it saw through so much noise."""
    tested = a_tested(noise)
    model = a_model(seed=seed, trained_as_of=(date(2025, 12, 1),))
    register(place, Trained(model, ChurnLabel(), tested), now=NOW, groups=some_groups(tested))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A champion, a better challenger and a worse one."""
    made = Workspace(tmp_path_factory.mktemp("champions") / "var")
    for seed, noise in enumerate((1.5, 0.5, 3.0), start=1):
        enter(made, noise, seed)
    return made


def ask(place, *words):
    """What a command answers."""
    return CliRunner().invoke(app, ["models", *map(str, words), "--home", str(place.root)])


def test_the_gate_tells_every_verdict_and_promotes_nothing(place):
    """Open gates end well, a closed one exits with 1; in the language asked for."""
    told = ask(place, "gate", "churn", 2, "--json")
    assert told.exit_code == 0
    assert {gate["gate"]: gate["passed"] for gate in json.loads(told.stdout)}["better"] is True
    worse = ask(place, "gate", "churn", 3, "--lang", "zh")
    assert worse.exit_code == 1
    assert "未通过" in worse.stdout
    assert read_champions(place.models)["churn"].version == 1


def test_a_champion_is_promoted_forced_and_rolled_back(place):
    """Each change is told with how it came to be, and leaves a line in the audit."""
    done = ask(place, "promote", "churn", 2)
    assert done.exit_code == 0
    assert "churn version 2 is the champion (every gate is open)" in done.stdout
    closed = ask(place, "promote", "churn", 3)
    assert isinstance(closed.exception, GateClosed)
    assert "closed" in closed.stdout
    assert isinstance(ask(place, "promote", "churn", 3, "--force", "").exception, RegistryError)
    forced = json.loads(ask(place, "promote", "churn", 3, "--force", "a new law", "--json").stdout)
    assert (forced["version"], forced["how"], forced["reason"]) == (3, "forced", "a new law")
    assert not all(gate["passed"] for gate in forced["gates"])
    back = ask(place, "rollback", "churn", "--lang", "zh")
    assert "churn 第2版已成为冠军模型(回退)" in back.stdout
    assert read_champions(place.models)["churn"].version == 2
    lines = [json.loads(line) for line in place.audit.read_text().splitlines()]
    assert [line["action"] for line in lines] == ["promote model"] * 4 + ["roll model back"]
    assert lines[-2]["facts"] == {"force": "a new law"}
    assert verify_audit(place.audit) == 5


def test_the_bounds_are_those_of_the_banks_own_file(place, tmp_path):
    """A file that asks for more closes the gate that the shipped one opens."""
    file = tmp_path / "gates.toml"
    ask(place, "promote", "churn", 1, "--force", "begin anew")
    assert ask(place, "gate", "churn", 2).exit_code == 0
    from importlib.resources import files  # noqa: PLC0415

    text = (files("training.gates") / "gates.toml").read_text(encoding="utf-8")
    file.write_text(text.replace("auc_gain = 0.0", "auc_gain = 0.4"))
    assert ask(place, "gate", "churn", 2, "--gates", file).exit_code == 1


def test_a_report_is_written_in_the_language_asked_for(place, tmp_path):
    """The champion's without a version; gates stand in it once it was judged."""
    file = tmp_path / "report.html"
    told = ask(place, "report", "churn", "--version", 2, "--output", file, "--lang", "zh")
    assert told.exit_code == 0
    text = file.read_text()
    assert "第2版" in text
    assert "与冠军模型比较" in text
    plain = json.loads(ask(place, "report", "churn", "--output", file, "--json").stdout)
    assert plain["file"] == str(file)
    assert "Model report: churn" in file.read_text()
    assert isinstance(ask(place, "report", "gold").exception, RegistryError)
