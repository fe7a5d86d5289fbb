"""The whole path as a user walks it: the command line on a small simulated bank."""

import csv
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from chained import verify_audit
from oracle import oracle

from cli.app import main
from features import CATALOG, open_bank
from goodcall import Workspace
from governance import vault_of
from outreach import Ledger

DAY = date(2026, 7, 1)


class Home:
    """A workspace and the command line on it."""

    def __init__(self, root: Path) -> None:
        self.place = Workspace(root)

    def run(self, *words: object, lang: str = "C.UTF-8", code: int = 0) -> str:
        done = self.ask(*words, lang=lang)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    def ask(self, *words: object, lang: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
        """What the command says and exits with; an error that was not foreseen is raised."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as here, redirect_stdout(out), redirect_stderr(err):
            here.setenv("GOODCALL_HOME", str(self.place.root))
            here.setenv("LC_ALL", lang)
            here.setattr(sys, "argv", ["goodcall", *map(str, words)])
            try:
                main()
            except SystemExit as left:
                code = int(left.code or 0)
        return subprocess.CompletedProcess(sys.argv, code, out.getvalue(), err.getvalue())

    def started(self, *words: object, lang: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
        """The same from the installed command, in a process of its own."""
        return subprocess.run(
            [Path(sys.executable).parent / "goodcall", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"GOODCALL_HOME": str(self.place.root), "LC_ALL": lang},
        )

    def facts(self, *words: object):
        return json.loads(self.run(*words, "--json"))


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    return Home(tmp_path_factory.mktemp("home") / "var")


@pytest.fixture(scope="module")
def told(home) -> str:
    """What `goodcall demo` says on a bank of 700 customers."""
    done = home.started("demo", "--customers", 700, "--months", 18)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def list_id(told) -> int:
    """The list that the demonstration showed."""
    return int(told.split("--manager ")[1].split()[0])


pytestmark = pytest.mark.slow


def test_the_demo_prints_a_list_what_was_left_out_a_funnel_and_where_things_lie(home, told):
    """Every part that a new user is promised stands in the output, and the files exist."""
    for part in ("Models", "Call list", "Left out", "Funnel of 2026-07-01", "Steps", "Where"):
        assert part in told
    assert "assumed" in told
    place = home.place
    for path in (place.bank, place.tracking, place.ledger, place.policy, place.audit, place.online):
        assert path.exists()


def test_nothing_is_written_outside_the_workspace(home, told):
    """The folder that the workspace stands in holds nothing but the workspace."""
    assert told
    assert [path.name for path in home.place.root.parent.iterdir()] == ["var"]


def test_every_listed_row_has_reasons_that_the_raw_rows_confirm(home, told):
    """Each reason's value equals a naive reading of the raw tables as of the list's day."""
    assert told
    bank = open_bank(home.place.bank)
    raw = {name: bank.read(name).to_pylist() for name in bank.tables}
    ledger = Ledger.open(f"sqlite:///{home.place.ledger}", vault_of(home.place, os.environ))
    rows = [
        each.row
        for list_id in ledger.plan(DAY).prices
        for each in ledger.list_rows(DAY, int(list_id))
    ]
    ledger.close()
    assert rows
    checked = 0
    for row in rows:
        assert row.reasons, row
        mine = {
            name: [each for each in rows if each.get("customer_id") == row.customer_id]
            for name, rows in raw.items()
        }
        for reason in row.reasons:
            item = CATALOG.get(reason.feature)
            expected = oracle(item, mine, row.customer_id, DAY)
            assert reason.value == pytest.approx(expected, rel=1e-9), (row.customer_id, reason)
            assert CATALOG.say(reason.feature, expected) == reason.text
            checked += 1
    assert checked >= len(rows)


def test_the_funnel_adds_up_and_ends_in_the_rows_of_the_lists(home, told):
    """Population less every drop is what is listed, and as many rows stand in the lists."""
    assert told
    funnel = home.facts("outreach", "plan", home.place.bank, "--date", DAY)
    left = funnel["population"]
    for step in funnel["steps"]:
        assert step["entered"] == left
        left -= sum(step["dropped"].values())
        assert step["passed"] == left
    assert left == funnel["listed"] == sum(funnel["lists"].values())


def test_the_same_date_planned_twice_gives_the_same_list_byte_for_byte(home, list_id):
    """Planning again changes neither the plan's digest nor one byte of a list's CSV and XLSX."""
    answers = []
    for number in (1, 2):
        plan = home.facts("outreach", "plan", home.place.bank, "--date", DAY)["plan"]
        files = [home.place.root / f"{number}.csv", home.place.root / f"{number}.xlsx"]
        home.run(
            *("outreach", "list", "--manager", list_id, "--date", DAY),
            *("--csv", files[0], "--xlsx", files[1]),
        )
        answers.append((plan, *(file.read_bytes() for file in files)))
    assert answers[0] == answers[1]


def test_a_list_is_masked_in_every_form(home, list_id):
    """No name and no number of the bank stands whole in a list's text, CSV, XLSX or JSON."""
    bank = open_bank(home.place.bank)
    names = set(bank.read("customers")["name"].to_pylist())
    numbers = set(bank.read("contact_points")["value"].to_pylist())
    sheet, table = home.place.root / "m.xlsx", home.place.root / "m.csv"
    asked = ("outreach", "list", "--manager", list_id, "--date", DAY)
    text = home.run(*asked, "--csv", table, "--xlsx", sheet)
    cells = [str(cell.value) for line in openpyxl.load_workbook(sheet).active for cell in line]
    lines = list(csv.reader(table.read_text("utf-8-sig").splitlines()))
    listed = home.facts(*asked)
    said = "\n".join((text, *cells, *(cell for line in lines for cell in line), json.dumps(listed)))
    assert not [name for name in names if name and len(name) > 1 and name in said]
    assert not [number for number in numbers if number in said]
    assert len(lines) - 1 == len(listed["rows"]) > 0


def test_a_list_speaks_chinese_where_the_environment_does(home, list_id):
    """LANG=zh_CN.UTF-8 and --lang zh give the same Chinese words."""
    asked = ("outreach", "list", "--manager", list_id, "--date", DAY)
    by_environment = home.started(*asked, lang="zh_CN.UTF-8").stdout
    assert by_environment == home.run(*asked, "--lang", "zh")
    assert "外呼名单" in by_environment
    assert "Call list" not in by_environment


def test_why_answers_for_those_on_a_list_and_for_those_who_are_not(home, list_id):
    """A listed customer's trail ends at `listed`; the hold-out's at the hold-out."""
    listed = home.facts("outreach", "list", "--manager", list_id, "--date", DAY)["rows"][0]
    trail = home.facts("outreach", "why", listed["customer_id"], "--date", DAY)
    assert (trail["step"], trail["list"]) == ("listed", list_id)
    (chosen,) = [action for action in trail["actions"] if action["ended_at"] == "listed"]
    assert chosen["value"]["value_cents"] == listed["value_cents"]
    assert all({"rule", "passes", "counted", "left"} <= set(rule) for rule in chosen["rules"])
    told = home.run("outreach", "why", listed["customer_id"], "--date", DAY)
    assert "on list" in told
    assert "Rules on" in told
    unknown = home.run("outreach", "why", 5, "--date", DAY, code=1)
    assert "customer 5 was not weighed" in unknown


def test_a_row_is_taken_only_where_the_rules_allow_it_now(home, list_id):
    """The ledger judges at this moment: a contact's number, or the rules that stand against it."""
    asked = ("outreach", "reserve", "--manager", list_id, "--date", DAY, "--rank", 1)
    done = home.ask(*asked, "--agent", 7, "--json")
    answer = json.loads(done.stdout)
    if answer["verdict"] == "allow":
        assert done.returncode == 0
        home.run("outreach", "outcome", answer["contact_id"], "REFUSED_ALL", "--agent", 7)
        assert "NOWHERE" in home.run(
            "outreach", "outcome", answer["contact_id"], "NOWHERE", "--agent", 7, code=1
        )
    else:
        assert done.returncode == 1
        assert answer["failing"]
        assert answer["contact_id"] is None


def test_reading_is_audited_and_the_chain_holds(home, list_id):
    """Every list read and every export leaves a line in an unbroken chain."""
    before = verify_audit(home.place.audit)
    home.run("outreach", "list", "--manager", list_id, "--date", DAY)
    assert verify_audit(home.place.audit) == before + 1
    last = json.loads(home.place.audit.read_text().splitlines()[-1])
    assert (last["action"], last["subject"]) == ("read list", f"list {list_id} of {DAY}")


def test_models_are_listed_shown_and_promoted(home, told):
    """Each label has a champion with measured intervals, and training again makes a challenger."""
    assert told
    models = home.facts("models", "list")
    champions = [model["labels"] for model in models if model["role"] == "champion"]
    spoken = {label for labels in champions for label in labels}
    assert {"churn", "churn:30d", "churn:180d", "buys:deposit", "buys:fund", "growth"} <= spoken
    card = home.facts("models", "show", "churn")
    auc = card["metrics"]["auc"]["model"]
    assert auc["low"] <= auc["value"] <= auc["high"]
    assert card["fingerprint"] == CATALOG.fingerprint
    shown = home.run("models", "show", "churn")
    assert "plain logistic" in shown
    again = home.facts("models", "promote", "churn", card["version"])
    assert again["role"] == "champion"
    assert "known" in home.run("models", "show", "buys:gold", code=1)


def test_a_bank_is_checked_and_a_broken_one_exits_with_1(home, told, tmp_path):
    """The demo's bank keeps its contracts; a table that is no Parquet does not."""
    assert told
    facts = home.facts("bank", "check", home.place.bank)
    assert not [finding for finding in facts["findings"] if finding["broken"]]
    broken = tmp_path / "bank"
    broken.mkdir()
    for file in home.place.bank.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    (broken / "loans.parquet").write_bytes(b"no")
    assert "is no readable Parquet" in home.run("bank", "check", broken, code=1)


def test_a_snapshot_is_built_for_several_dates(home, told, tmp_path):
    """`features build` writes one row a customer and date, and the second time nothing."""
    assert told
    asked = ("features", "build", home.place.bank, "--as-of", "2026-01-01,2026-02-01")
    facts = home.facts(*asked, "--store", tmp_path / "store")
    assert facts["fingerprint"] == CATALOG.fingerprint
    assert facts["rows"] == sum(facts["written"].values()) > 1000
    assert len(home.facts("features", "catalog")["features"]) == facts["features"] >= 150
    again = home.facts(*asked, "--store", tmp_path / "store")
    assert again["rows"] == 0
    assert again["unchanged"] == ["2026-01-01", "2026-02-01"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bank", "check", "nowhere"), "is no bank"),
        (
            ("outreach", "list", "--manager", 999, "--date", DAY),
            "list 999 of 2026-07-01 has no rows",
        ),
        (("outreach", "why", 1, "--date", "tomorrow"), "write one such as 2026-07-01"),
        (("demo", "--bank", "berka"), "name their folder with --source"),
        (("bank", "simulate", "x", "--world", "mars"), "mars"),
        (("features", "catalog", "--lang", "cs"), "choose one of: en, zh"),
        (("serve", "--host", "0.0.0.0"), "can be reached from other machines"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(home, told, words, said):
    """A foreseen error names what is wrong and what to do, exits with 1, and shows no traceback."""
    assert told
    answer = home.run(*words, code=1)
    assert said in " ".join(answer.split())
    assert "Traceback" not in answer


def test_the_installed_command_tells_an_error_and_exits_with_1(home, told):
    """The process that a shell starts says the same as the function that it calls."""
    assert told
    words = ("bank", "check", "nowhere")
    done = home.started(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == home.run(*words, code=1)
