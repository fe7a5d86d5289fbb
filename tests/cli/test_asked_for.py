"""Commands ask for the action of the access file that the API asks for, once access is set up."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
import typer
from governed import GOOD, a_store, a_user
from typer.testing import CliRunner

import governance.store
from cli.actions import ACTIONS, DESK
from cli.app import app
from cli.clock import now
from cli.errors import BadOption, NothingFound
from goodcall import Workspace
from governance import ACTIONS as KNOWN
from governance import AccessRefused
from outreach import PolicyError

ASKED = (
    ("audit show", "audit.read"),
    ("audit export HOME/bundle.zip", "audit.export"),
    ("models promote churn 2", "model.promote"),
    ("models rollback churn", "model.promote"),
    ("rights list", "rights.view"),
    ("rights ask 1 view", "rights.view"),
    ("rights view 1 --by 3", "rights.view"),
    ("rights scan 1", "rights.view"),
    ("rights delete 1 --by 3", "rights.delete"),
    ("rights explain 1 --by 3 --date 2026-06-01", "rights.explain"),
    ("rights object 1 --by 3 --bank HOME", "rights.object"),
    ("rights correct 1 --by 3 --bank HOME --field kind --value x", "rights.correct"),
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
TYPER = typer.main.get_command(app)
STAFF = {"carl": 2, "mona": 3}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A workspace where access is set up: one user each of some roles."""
    made = Workspace(tmp_path / "var")
    made.root.mkdir()
    with a_store(made.governance_url) as store:
        monkeypatch.setattr(governance.store, "PasswordHasher", lambda: store._hasher)  # noqa: SLF001 - quick
        store.add_user(a_user("tess", "teller", 7), GOOD, now=now())
        store.add_user(a_user("carl", "compliance", STAFF["carl"], ()), GOOD, now=now())
        store.add_user(a_user("mona", "administrator", STAFF["mona"], ()), GOOD, now=now())
        store.add_user(a_user("rita", "relationship_manager", 4), GOOD, now=now())
        store.add_user(a_user("sue", "scientist", 5, ()), GOOD, now=now())
    return made


def run(place, command, name=None):
    words = command.replace("HOME", str(place.root)).split()
    by = [] if name is None else ["--as", name]
    return CliRunner().invoke(
        app, [*words, *by, "--home", str(place.root)], env={"GOODCALL_PASSWORD": GOOD}
    )


def lines(place):
    told = map(json.loads, place.audit.read_text("utf-8").splitlines())
    return [(line["actor"], line["action"], line["subject"]) for line in told]


@pytest.mark.parametrize(("command", "action"), ASKED)
def test_a_role_without_the_action_is_refused_and_audited(place, command, action):
    """A teller does none of it, and nobody does it unnamed."""
    assert isinstance(run(place, command).exception, BadOption)
    refused = run(place, command, "tess").exception
    assert isinstance(refused, AccessRefused), refused
    assert f"may not do {action}" in str(refused)
    assert lines(place) == [("staff 7", "refused", action)]


DONE = (
    ("rights list", "carl", "list rights requests", {}),
    ("rights scan 1", "carl", "scan for residue", {}),
    ("rights ask 1 view", "carl", "ask for a right", {"right": "view"}),
    ("rights view 1 --by 3", "carl", "rights view", {"by": "3"}),
    ("rights delete 1 --by 3", "carl", "rights delete", {"by": "3"}),
    ("audit show --customer 1", "carl", "read audit log", {"customer": 1}),
    ("audit export HOME/bundle.zip", "carl", "export audit bundle", {"parts": 3}),
    ("models promote churn 2", "mona", "promote model", {"force": ""}),
    ("models rollback churn", "mona", "roll model back", {}),
)


@pytest.mark.parametrize(("command", "name", "action", "facts"), DONE)
def test_the_line_names_the_person_who_was_proved(place, command, name, action, facts):
    """And that it came by the command line, and who was said to do it."""
    run(place, command, name)
    first = json.loads(place.audit.read_text("utf-8").splitlines()[0])
    assert (first["actor"], first["action"]) == (f"staff {STAFF[name]}", action)
    assert first["facts"] == facts | {"via": "command line"}


AT_THE_DESK = (
    ("outreach close --date 2026-06-01", "contact.outcome"),
    ("outreach dial 1", "contact.outcome"),
    ("outreach keep 1", "contact.reserve"),
    ("outreach open --manager 7 --date 2026-06-01 --rank 1", "list.read"),
    ("outreach outcome 1 NO_ANSWER", "contact.outcome"),
    ("outreach reserve --manager 7 --date 2026-06-01 --rank 1", "contact.reserve"),
    ("outreach skip ALREADY_HANDLED --manager 7 --date 2026-06-01 --rank 1", "contact.outcome"),
    (
        "outreach snooze --manager 7 --date 2026-06-01 --rank 1 --until 2026-06-02 --reason away",
        "contact.outcome",
    ),
    ("outreach wish 1 --prefer email", "consent.write"),
)
READ_THERE = (
    ("outreach list --manager 7 --date 2026-06-01", "list.read"),
    ("outreach summary --date 2026-06-01", "list.read"),
    ("outreach why 1 --date 2026-06-01", "list.read"),
)


@pytest.mark.parametrize(("command", "action"), AT_THE_DESK)
def test_whoever_works_at_the_desk_is_proved_and_is_the_agent(place, command, action):
    """Nobody unnamed, nobody as a colleague, no role without the action; then it goes on."""
    assert isinstance(run(place, f"{command} --agent 4").exception, BadOption)
    colleague = run(place, f"{command} --agent 9", "rita").exception
    assert isinstance(colleague, AccessRefused)
    assert "staff 4 cannot act as staff 9; --agent is your own staff id: give 4" in str(colleague)
    unable = run(place, f"{command} --agent 3", "mona").exception
    assert f"may not do {action}" in str(unable)
    assert lines(place) == [("staff 4", "refused", action), ("staff 3", "refused", action)]
    # There is no ledger yet, and no policy.
    nothing = run(place, f"{command} --agent 4", "rita").exception
    assert isinstance(nothing, NothingFound | PolicyError), nothing


@pytest.mark.parametrize(("command", "action"), READ_THERE)
@pytest.mark.parametrize("name", ["mona", "sue"])
def test_lists_are_read_by_whose_role_it_is(place, command, action, name):
    """An administrator does not, and who works under pseudonyms meets no numbers here."""
    assert isinstance(run(place, command).exception, BadOption)
    assert f"may not do {action}" in str(run(place, command, name).exception)
    assert isinstance(run(place, command, "rita").exception, NothingFound)
    assert ("staff 4", "refused") not in [line[:2] for line in lines(place)]
    assert lines(place)[-1][0] == "staff 4"


def test_before_access_is_set_up_nobody_is_asked(tmp_path):
    """A workspace without people works as it did."""
    empty = Workspace(tmp_path / "var")
    assert run(empty, "rights list").exit_code == 0
    assert lines(empty) == [("command line", "list rights requests", "every customer")]


def test_every_action_and_every_command_of_the_table_is_there():
    """A command that moved, or an action that is gone, fails here."""
    for where, action in (ACTIONS | DESK).items():
        module, function = where.split(":")
        assert callable(getattr(import_module(module), function))
        assert action in KNOWN
    assert sorted(ACTIONS.values()) == sorted(action for _, action in ASKED)
    assert sorted(DESK.values()) == sorted(action for _, action in AT_THE_DESK + READ_THERE)


def test_the_documentation_lists_the_commands_that_ask():
    """Those that have the option --as, and no others."""
    lists = re.findall(r"^- `goodcall (\w+)`: (.+)[;.]$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    told = set()
    for group, names in lists:
        named, every = re.findall(r"`([\w ]+)`", names), names.startswith("all of it")
        told |= {f"{group} {name}" for name in named} ^ (every_command(group) if every else set())
    asking = {
        name
        for group, _ in TYPER.commands.items()
        for name in every_command(group)
        if any("--as" in option.opts for option in command_of(name).params)
    }
    assert told == asking


def every_command(*path):
    found = command_of(" ".join(path))
    if not hasattr(found, "commands"):
        return {" ".join(path)}
    return {name for key in found.commands for name in every_command(*path, key)}


def command_of(name):
    """The command itself, its options with it."""
    found = TYPER
    for word in name.split():
        _, found, _ = found.resolve_command(
            found.make_context("goodcall", [], resilient_parsing=True), [word]
        )
    return found
