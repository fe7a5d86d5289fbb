"""What a command imports: its own machinery, and not that of the others."""

import inspect
import json
import os
import subprocess
import sys
from importlib import import_module

import pytest
from typer.main import get_command

from cli.app import app
from outreach import Ledger, default_policy_text

LEARNING = {"lightgbm", "mlflow", "numba", "optuna", "pandas", "scipy", "shap", "sklearn"}
STORES = {"duckdb", "ibis", "pyarrow", "alembic"}
SERVING = {"bentoml", "fastapi", "pyspark", "matplotlib"}
HEAVY = LEARNING | STORES | SERVING | {"sqlalchemy", "numpy"}
LEDGER = HEAVY - {"sqlalchemy", "numpy"}
RUN = """
import contextlib, json, sys
from cli.app import main
with contextlib.suppress(SystemExit):
    main()
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def run(*words, **environment):
    """What a command prints in a process of its own, and the modules that it has imported."""
    place = os.pathsep.join(each for each in sys.path if each)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.argv = {['goodcall', *map(str, words)]!r}\n{RUN}"],
        env={**os.environ, "PYTHONPATH": place, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, set(json.loads(done.stderr.splitlines()[-1]))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A workspace with an empty ledger and the shipped policy."""
    folder = tmp_path_factory.mktemp("startup")
    Ledger.open(f"sqlite:///{folder / 'ledger.db'}").close()
    (folder / "policy.toml").write_text(default_policy_text(), encoding="utf-8")
    return folder


def test_the_service_starts_without_the_machinery_of_learning():
    """Reading a model needs none of the libraries that train one; half a start-up was theirs."""
    asked = "import json, sys, serving.application, models.kinds; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"models.hazard", "models.effect", "serving.application"} <= modules
    assert modules & (LEARNING - {"numba", "scipy"}) == set()


@pytest.mark.parametrize("words", [(), ("outreach", "ab")])
def test_help_imports_no_machinery(words):
    """Help names the commands and says of each what it does, at once."""
    said, modules = run(*words, "--help")
    assert all(name in said for name in names(words))
    assert modules & HEAVY == set()


def test_checking_a_policy_imports_what_reads_it(home):
    """A policy is read without the ledger, the features, the models and Arrow."""
    said, modules = run("policy", "check", home / "policy.toml", "--json")
    assert json.loads(said)["good"]
    assert modules & HEAVY <= {"numpy"}


def test_a_command_on_the_ledger_imports_the_ledger(home):
    """Who reads the ledger waits for SQLAlchemy, and not for what plans a day."""
    _, modules = run("outreach", "summary", "--date", "2026-07-01", "--home", home)
    assert "sqlalchemy" in modules
    assert modules & LEDGER == set()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("goodcall po", {"policy"}), ("goodcall outreach alloc", {"allocate"})],
)
def test_a_shell_completes_names_without_machinery(typed, offered):
    """Completion knows every command, and the options of the one that is typed."""
    said, modules = complete(typed)
    assert set(said) == offered
    assert modules & HEAVY == set()


def test_a_shell_completes_the_options_of_a_command():
    """The options are those of the command's own function."""
    said, _ = complete("goodcall policy check --d")
    assert said == ["--date"]


def test_a_command_says_in_lists_what_its_function_says():
    """The docstring that a group's help reads is that of the function that is run."""
    for group in groups(get_command(app)):
        for name, place in group.places.items():
            module, function = place.split(":")
            found = getattr(import_module(module), function)
            assert group.get_command(None, name).help == inspect.getdoc(found), place


def complete(typed):
    words = typed.split(" ")
    said, modules = run(
        _GOODCALL_COMPLETE="complete_bash",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(words) - 1),
    )
    return said.split(), modules


def groups(command):
    """A group and every group below it."""
    if hasattr(command, "places"):
        yield command
        for below in command.commands.values():
            yield from groups(below)


def names(words):
    found = get_command(app)
    for each in words:
        found = found.commands[each]
    return list(found.commands)
