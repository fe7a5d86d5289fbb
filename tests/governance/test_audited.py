"""Every command either has its line in the audit log before it does anything, or says why none.

A new command stands in COMMANDS or this fails; so does a command that lost its line.
"""

import ast
import json
import os
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer.main
from builders import a_bank, a_customer
from records import a_resident_id
from typer.testing import CliRunner

from cli import allocate, score
from cli.app import app
from goodcall import Workspace
from governance import AuditLog, vault_of
from outreach import Ledger, default_policy_text, load_policy, save_offers

ROOT = Path(__file__).parents[2]
DAY = "2026-06-01"
ROW = ("--manager", "7", "--date", DAY, "--rank", "1", "--agent", "3")


@dataclass(frozen=True)
class Audited:
    """Which lines a command writes: by which words each is asked for, or which test sees it."""

    asked: dict[str, str] = field(default_factory=dict)
    seen_by: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plain:
    """Why a command writes no line."""

    why: str


FIGURES = Plain("tells figures of models over many customers, and no customer's")
FILES = Plain("reads the files that it is handed, and keeps and changes nothing")
MADE_UP = Plain("its customers are made up")
NOBODY = Plain("tells of fields, rules or keys, and of nobody's data")
MODELS = Plain("packs code and models, and nobody's data")
GATE = Plain("starts the service, whose gate records every request")

BACKUP = "cli/test_backup_command.py::test_a_backup_and_its_restore_are_audited"
PERSONAL = "cli/test_personal.py::test_the_documents_examples_run"
DESK = "cli/test_desk.py::test_what_is_done_at_the_desk_is_audited"
LOOKS = "cli/test_ab_looks.py::test_looks_are_planned_as_a_test_begins"
NIGHT = "cli/test_night.py::test_a_night_leaves_a_line_of_what_it_changed"
ACCESS = "cli/test_access_command.py::test_"
USERS = f"{ACCESS}users_are_listed_changed_shut_out_and_let_in"
KEYS = f"{ACCESS}a_key_is_printed_once_rotated_and_revoked"
GRANTS = f"{ACCESS}wider_access_is_asked_for_approved_and_shown"
TWO = f"{ACCESS}a_loosening_policy_waits_for_a_second_person"
COMMANDS = {
    "train": Audited({"train models": "BANK --as-of 2026-06-01 --capacity 5"}),
    "score": Audited({"export scores": ""}),
    "dictionary": NOBODY,
    "night": Audited(seen_by=dict.fromkeys(("export contacts", "plan", "publish"), NIGHT)),
    "serve": GATE,
    "bento": MODELS,
    "demo": MADE_UP,
    "bank check": Audited({"check bank": "BANK"}),
    "bank gates": NOBODY,
    "bank link": Audited({"link records": "HOME/core.csv --out HOME/other"}),
    "bank unlink": Audited({"unlink records": "HOME/links core:3 --reason wrong --by 3"}),
    "bank join": Audited({"join records": "HOME/links core:1 core:2 --reason same --by 3"}),
    "bank tiers": Audited(
        {
            "read tiers": f"BANK --as-of {DAY} --customer 1",
            "export tiers": f"BANK --as-of {DAY} --out HOME/tiers.csv",
            "verify tiers": "BANK --verify HOME/tiers.csv",
        }
    ),
    "bank simulate": MADE_UP,
    "bank import berka": Audited({"import bank": "HOME HOME/new"}),
    "bank import bank-marketing": Audited({"import bank": "HOME HOME/new"}),
    "bank import tables": Audited({"import bank": "HOME HOME/new --mapping HOME/mapping.toml"}),
    "features build": Audited({"build snapshots": f"BANK --as-of {DAY}"}),
    "features absorb": Audited({"absorb facts": "HOME/core.csv --table events"}),
    "features skew": Audited({"compare served rows": "BANK"}),
    "features catalog": NOBODY,
    "features drift": FIGURES,
    "models report": FIGURES,
    "models gate": FIGURES,
    "models promote": Audited({"promote model": "churn 2"}),
    "models rollback": Audited({"roll model back": "churn"}),
    "models watch": FIGURES,
    "models list": FIGURES,
    "models show": FIGURES,
    "outreach allocate": Audited({"share out": f"HOME/core.csv --date {DAY}"}),
    "outreach replay": Audited(
        {"replay a policy": f"--policy HOME/policy.toml --from {DAY} --to {DAY}"}
    ),
    "outreach acceptance": Audited({"simulate acceptance": f"BANK D1 --date {DAY}"}),
    "outreach plan": Audited(seen_by={"plan": NIGHT}),
    "outreach list": Audited({"read list": f"--manager 7 --date {DAY}"}, {"export list": DESK}),
    "outreach why": Audited({"ask why": f"1 --date {DAY}"}),
    "outreach publish": Audited(seen_by={"publish": DESK}),
    "outreach open": Audited(seen_by={"open row": DESK}),
    "outreach reserve": Audited(seen_by={"reserve": DESK}),
    "outreach dial": Audited({"dial": "1 --agent 3"}),
    "outreach outcome": Audited({"record outcome": "1 NO_ANSWER --agent 3"}),
    "outreach keep": Audited({"keep promise": "1 --agent 3"}),
    "outreach skip": Audited({"skip row": f"ALREADY_HANDLED {' '.join(ROW)}"}),
    "outreach snooze": Audited(
        {"snooze row": f"--until 2026-06-08T15:00 --reason meeting {' '.join(ROW)}"}
    ),
    "outreach wish": Audited({"note wish": "1 --agent 3 --prefer email"}),
    "outreach summary": Audited({"read summary": f"--date {DAY}"}),
    "outreach close": Audited({"close day": f"--date {DAY} --agent 3"}),
    "outreach holdout freeze": Audited(
        seen_by={
            "draw hold-out": "cli/test_experiments.py::"
            "test_a_hold_out_is_drawn_shown_without_names_and_drawn_anew"
        }
    ),
    "outreach holdout show": Audited({"read hold-out": ""}),
    "outreach holdout effect": Audited(
        seen_by={
            "plan looks": "cli/test_holdout_effect.py::"
            "test_between_two_looks_the_earlier_one_is_told_again",
            "read effect of hold-out": "cli/test_holdout_effect.py::"
            "test_the_command_tells_and_is_audited",
        }
    ),
    "outreach holdout size": Plain("reckons with the figures that it is given"),
    "outreach ab start": Audited(
        {"start test of policies": "--policy HOME/policy.toml --share 0.5 --name calls"},
        {"plan looks": LOOKS},
    ),
    "outreach ab stop": Audited({"stop test of policies": ""}),
    "outreach ab show": Audited({"read test of policies": ""}, {"plan looks": LOOKS}),
    "report day": Audited({"read report": f"BANK --on {DAY}"}),
    "report funnel": Audited({"read report": f"BANK --on {DAY}"}),
    "report campaign": Audited({"read report": f"BANK --from {DAY} --to {DAY}"}),
    "report cross-sell": Audited({"read report": f"BANK --from {DAY} --to {DAY}"}),
    "report incentive": Audited({"read report": f"BANK --from {DAY} --to {DAY}"}),
    "report saves": Audited({"read report": f"BANK --from {DAY} --to {DAY}"}),
    "report managers": Audited({"read report": f"BANK --from {DAY} --to {DAY}"}),
    "report programme": Audited(
        {"read report": f"BANK --from {DAY} --to {DAY} --costs HOME/costs.toml"}
    ),
    "report targets": Audited({"read report": "BANK HOME/targets.toml"}),
    "report pressure": Audited({"read report": f"BANK --from {DAY} --to {DAY}"}),
    "report underserved": Audited({"read report": f"BANK --on {DAY}"}),
    "report levers": Audited({"read report": f"BANK --from {DAY} --to {DAY}"}),
    "report records": Audited({"read report": "BANK"}),
    "report fairness": Audited({"read report": f"BANK --from {DAY} --to {DAY}"}),
    "report satisfaction": Audited({"read report": f"BANK --from {DAY} --to {DAY}"}),
    "report churn": Audited({"read report": f"BANK --on {DAY}"}),
    "report churn-causes": Audited({"read churn causes": "BANK"}),
    "report demand": Audited({"read demand": "BANK"}),
    "report regions": Audited({"read regional demand": "BANK"}),
    "simulate loop": MADE_UP,
    "simulate policies": MADE_UP,
    "simulate map": MADE_UP,
    "policy decide": FILES,
    "policy diff": Audited(
        {"compare policies": f"HOME/policy.toml HOME/policy.toml --date {DAY} --bank BANK"}
    ),
    "policy check": FILES,
    "policy measure": Audited({"measure figures": "BANK --policy HOME/policy.toml"}),
    "policy propose": Audited(seen_by={"propose policy": TWO, "policy in force": TWO}),
    "policy approve": Audited(seen_by={"approve policy": TWO, "policy in force": TWO}),
    "policy refuse": Audited(
        seen_by={"refuse policy": f"{ACCESS}a_refused_policy_is_never_in_force"}
    ),
    "policy status": Audited({"read policy status": ""}),
    "policy restore": Audited(
        seen_by={"restore policy": f"{ACCESS}a_policy_edited_by_hand_is_noticed_and_plans_nothing"}
    ),
    "access matrix": NOBODY,
    "access servings": Audited(
        seen_by={"read servings": f"{ACCESS}who_is_served_is_shown_to_who_reads_access"}
    ),
    "access request": Audited(seen_by={"request access": GRANTS}),
    "access approve": Audited(seen_by={"approve access": GRANTS}),
    "access deny": Audited(seen_by={"deny access": GRANTS}),
    "access withdraw": Audited(seen_by={"take access back": GRANTS}),
    "access requests": Audited(seen_by={"read access requests": GRANTS}),
    "access user add": Audited(seen_by={"add user": USERS}),
    "access user list": Audited(seen_by={"read users": USERS}),
    "access user change": Audited(seen_by={"change user": USERS}),
    "access user disable": Audited(seen_by={"disable user": USERS}),
    "access user password": Audited(
        seen_by={
            "change password": f"{ACCESS}a_person_changes_his_own_password_and_a_manager_resets",
            "reset password": f"{ACCESS}a_person_changes_his_own_password_and_a_manager_resets",
        }
    ),
    "access key add": Audited(seen_by={"add key": KEYS}),
    "access key list": Audited(seen_by={"read keys": KEYS}),
    "access key rotate": Audited(seen_by={"rotate key": KEYS}),
    "access key revoke": Audited(seen_by={"revoke key": KEYS}),
    "backup create": Audited(seen_by={"back up": BACKUP}),
    "backup restore": Audited(seen_by={"restore": BACKUP}),
    "customer find": Audited(seen_by={"find customer by phone": PERSONAL}),
    "rights list": Audited({"list rights requests": ""}),
    "rights ask": Audited({"ask for a right": "1 view --bank BANK"}),
    "rights view": Audited({"rights view": "1 --bank BANK --by 4 --output HOME/view.html"}),
    "rights correct": Audited(
        {"rights correct": "1 --bank BANK --by 4 --field status --value closed"}
    ),
    "rights object": Audited({"rights object": "1 --bank BANK --by 4"}),
    "rights delete": Audited({"rights delete": "1 --bank BANK --by 4"}),
    "rights scan": Audited({"scan for residue": "1"}),
    "rights explain": Audited({"rights explain": f"1 --bank BANK --by 4 --date {DAY}"}),
    "vault key": Plain("draws a key into a file, and touches nobody's data"),
    "vault status": NOBODY,
    "vault seal": Audited({"seal": ""}),
    "vault rotate": Audited({"rotate data key": ""}, {"admit master key": PERSONAL}),
    "vault retire": Audited({"retire master keys": ""}),
    "audit verify": Plain("says which lines hold, and what none of them tells"),
    "audit show": Audited(
        {
            "read audit log": "",
            "export audit log": "--format csv --output HOME/lines.csv",
        }
    ),
    "audit checkpoint": Audited(
        seen_by={"checkpoint": "cli/test_audit_command.py::test_a_checkpoint_signs_what_is_there"}
    ),
    "audit key": NOBODY,
    "audit export": Audited({"export audit bundle": "HOME/bundle.zip"}),
}

# Where each line is written: the file, the function, and the action as the source has it.
CALLS = {
    ("ab.py", "show_command", "read test of policies"),
    ("ab.py", "start_command", "start test of policies"),
    ("ab.py", "stop_command", "stop test of policies"),
    ("absorb.py", "absorb_command", "absorb facts"),
    ("allocate.py", "allocate_command", "share out"),
    ("audit.py", "export_command", "export audit bundle"),
    ("audit.py", "show_command", "what"),
    ("bank_import.py", "_audited", "import bank"),
    ("champions.py", "promote_command", "promote model"),
    ("champions.py", "rollback_command", "roll model back"),
    ("day.py", "close_command", "read summary"),
    ("day.py", "summary_command", "read summary"),
    ("day.py", "close_command", "close day"),
    ("day.py", "publish", "publish"),
    ("desk.py", "dial_command", "dial"),
    ("desk.py", "outcome_command", "record outcome"),
    ("desk.py", "skip_command", "skip row"),
    ("desk.py", "snooze_command", "snooze row"),
    ("drawing.py", "draw_anew", "draw hold-out"),
    ("holdout.py", "show_command", "read hold-out"),
    ("identity.py", "_decide", "action"),
    ("identity.py", "link_command", "link records"),
    ("lists.py", "pull_list", "read list"),
    ("models.py", "train_command", "train models"),
    ("night_steps.py", "_close", "export contacts"),
    ("night_steps.py", "_plan", "plan"),
    ("night_steps.py", "_publish", "publish"),
    ("outreach.py", "list_command", "export list"),
    ("outreach.py", "why_command", "ask why"),
    ("policy_approval.py", "status_command", "read policy status"),
    ("policy_diff.py", "diff_command", "compare policies"),
    ("policy_measure.py", "measure_command", "measure figures"),
    ("proving.py", "_proved", "sign-in refused"),
    ("quality.py", "check_command", "check bank"),
    ("report_span.py", "given", "read report"),
    ("report_targets.py", "targets_command", "read report"),
    ("acceptance.py", "acceptance_command", "simulate acceptance"),
    ("replay.py", "replay_command", "replay a policy"),
    ("rows.py", "keep_promise", "keep promise"),
    ("rows.py", "_audited", "action"),
    ("look_plans.py", "plan_looks", "plan looks"),
    ("holdout_effect.py", "effect_command", "read effect of hold-out"),
    ("report_day.py", "day_command", "read report"),
    ("report_funnel.py", "funnel_command", "read report"),
    ("report_underserved.py", "underserved_command", "read report"),
    ("report_levers.py", "levers_command", "read report"),
    ("report_records.py", "records_command", "read report"),
    ("report_fairness.py", "fairness_command", "read report"),
    ("report_satisfaction.py", "satisfaction_command", "read report"),
    ("report_board.py", "churn_command", "read report"),
    ("report_churn.py", "churn_causes_command", "read churn causes"),
    ("report_demand.py", "demand_command", "read demand"),
    ("report_demand.py", "regions_command", "read regional demand"),
    ("score.py", "score_command", "export scores"),
    ("skew.py", "skew_command", "compare served rows"),
    ("snapshots.py", "build_command", "build snapshots"),
    ("tiers.py", "tiers_command", "read tiers"),
    ("tiers.py", "tiers_command", "verify tiers"),
    ("tiers.py", "tiers_command", "what"),
    ("backup.py", "create_command", "back up"),
    ("backup.py", "restore_command", "restore"),
    ("customer.py", "find_command", "find customer by phone"),
    ("rights_handling.py", "noted", "action"),
    ("rights.py", "list_command", "list rights requests"),
    ("rights.py", "scan_command", "scan for residue"),
    ("wish.py", "wish_command", "note wish"),
    ("vault.py", "_admit", "admit master key"),
    ("vault.py", "retire_command", "retire master keys"),
    ("vault.py", "rotate_command", "rotate data key"),
    ("vault.py", "seal_command", "seal"),
}
ASKED = [
    pytest.param(command, action, words, id=f"{command}: {action}")
    for command, audited in COMMANDS.items()
    if isinstance(audited, Audited)
    for action, words in audited.asked.items()
]


class Refused(Exception):
    """The audit log takes no line."""


def commands(of=None, path=()):
    """The names of all commands of the application."""
    of = of or typer.main.get_command(app)
    if not hasattr(of, "commands"):
        return [" ".join(path)]
    return [name for key, sub in of.commands.items() for name in commands(sub, (*path, key))]


def test_every_command_says_which_lines_it_writes_or_why_none():
    """A new command is in the table, or it is not finished."""
    assert sorted(COMMANDS) == sorted(commands())


def test_no_line_is_lost_and_none_is_forgotten():
    """The command line writes these lines from these functions, and no others."""
    found = {
        (path.name, function.name, _said(call.args[1]))
        for path in sorted((ROOT / "cli").glob("*.py"))
        if ".record(" in (text := path.read_text(encoding="utf-8"))
        for function in ast.parse(text).body
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "record"
        and len(call.args) >= 3
    }
    assert found == CALLS


def _said(node):
    return node.value if isinstance(node, ast.Constant) else ast.unparse(node)


@pytest.mark.parametrize(
    "test",
    sorted({
        test
        for audited in COMMANDS.values()
        if isinstance(audited, Audited)
        for test in audited.seen_by.values()
    }),
)  # fmt: skip
def test_a_line_that_is_seen_elsewhere_is_seen_there(test):
    """The test that the table names exists."""
    file, name = test.split("::")
    assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A workspace with just enough for every command to come to its first line."""
    made = Workspace(tmp_path_factory.mktemp("audited") / "var")
    a_bank(made.bank, customers=[a_customer(1), a_customer(2)])
    made.policy.write_text(default_policy_text(), encoding="utf-8")
    made.holdout_key.write_bytes(b"sixteen bytes or more")
    save_offers(made.offers, load_policy(made.policy).offers)
    Ledger.of(made, vault_of(made, os.environ)).close()
    rows = [
        f"{key},2026-01-05T10:00:00+08:00,resident_id,{a_resident_id(serial=person)}"
        for key, person in ((1, 1), (2, 2), (3, 1))
    ]
    head = "source_key,known_at,document_type,document_number"
    (made.root / "core.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    run(made, "bank link", "HOME/core.csv --out HOME/links")
    return made


def run(place, command, words):
    said = words.replace("BANK", str(place.bank)).replace("HOME", str(place.root)).split()
    return CliRunner().invoke(app, [*command.split(), *said, "--home", str(place.root)])


def there(place):
    """What stands in a workspace, but for locks, which hold nothing, and the ledger's own files."""
    return {
        path: path.stat().st_size
        for path in place.root.rglob("*")
        if path.is_file() and "ledger" not in path.name and not path.name.endswith(".lock")
    }


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("report ")])
def test_the_line_of_a_report_names_the_files_that_it_writes(place, command, monkeypatch):
    """A page and a workbook leave the place where access is held, so the log knows of them."""
    told = []

    def refuse(*_, **facts):
        told.append(facts.get("files"))
        raise Refused

    monkeypatch.setattr(AuditLog, "record", refuse)
    (words,) = COMMANDS[command].asked.values()
    run(place, command, f"{words} --html HOME/page.html --xlsx HOME/book.xlsx")
    assert told == [["page.html", "book.xlsx"]]


@pytest.mark.parametrize(("command", "action", "words"), ASKED)
def test_a_command_does_nothing_before_its_line_stands(place, command, action, words, monkeypatch):
    """Where the log takes no line, the command ends there: nothing is told, written or changed."""
    told = []

    def refuse(_, actor, what, subject, **facts):
        told.append((actor, what, subject, facts))
        raise Refused

    monkeypatch.setattr(AuditLog, "record", refuse)
    batch = SimpleNamespace(day=date(2026, 6, 1), rows=lambda: 3, models={})
    monkeypatch.setattr(score, "_batch", lambda *_, **__: batch)
    actions = SimpleNamespace(to_table=dict)
    monkeypatch.setattr(allocate.pa_dataset, "dataset", lambda *_, **__: actions)
    monkeypatch.setattr(allocate, "share_out", lambda *_: SimpleNamespace(chosen=[]))
    before = there(place)
    done = run(place, command, words)
    assert isinstance(done.exception, Refused), (done.output, done.exception)
    assert [each[1] for each in told] == [action]
    assert done.stdout == ""
    assert there(place) == before
    actor, _, subject, facts = told[0]
    assert re.fullmatch(r"command line|staff \d+|\d+", actor)
    assert "resident" not in json.dumps([subject, facts], default=str)
