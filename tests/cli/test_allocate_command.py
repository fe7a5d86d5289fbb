"""`goodcall outreach allocate`: a bank's own table of actions, shared out here and on Spark."""

import json
from dataclasses import replace

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from action_rows import DAY, GROUND, a_table
from typer.testing import CliRunner

from cli.app import app
from cli.errors import BadOption, NothingFound
from goodcall import Workspace
from outreach import save_offers, share_out


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A workspace with a policy and offers, and a bank's table of actions in two files."""
    place = Workspace(tmp_path_factory.mktemp("allocate"))
    place.policy.write_text(GROUND.policy.text)
    save_offers(place.offers, GROUND.offers.values())
    table = a_table()
    (place.root / "actions").mkdir()
    pq.write_table(table.slice(0, 400), place.root / "actions" / "part-0.parquet")
    pq.write_table(table.slice(400), place.root / "actions" / "part-1.parquet")
    (place.root / "minutes.csv").write_text("list_id,minutes\n1,60\n2,90\n3,0\n9,30\n")
    return place


def run(home, *words):
    arguments = ["outreach", "allocate", *map(str, words), "--home", str(home.root)]
    done = CliRunner().invoke(app, arguments)
    if isinstance(done.exception, Exception):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def ask(home, *words):
    plain = [home.root / "actions", "--date", DAY, "--minutes", home.root / "minutes.csv"]
    return json.loads(run(home, *plain, *words, "--json"))


def test_the_chosen_contacts_are_those_of_the_library(home):
    """Written to the workspace as Parquet; the value, the bound and the gap are told."""
    said = ask(home)
    shares = share_out(a_table(), replace(GROUND, used={}))
    assert pq.read_table(said["file"], partitioning=None).equals(shares.chosen)
    assert said["rows"] == len(shares.chosen) > 20
    assert said["value_cents"] == shares.balance.value_cents
    assert said["gap"] == 1 - said["value_cents"] / said["bound_cents"]
    assert said["limits"][-1] == {
        "name": "loans", "unit": None, "amount": 15, "taken": 15, "short": 0,
        "price_cents": shares.balance.limits[-1].price,
    }  # fmt: skip


def test_a_person_reads_the_gap_and_the_uses(home, tmp_path):
    """As CSV; the gap, every limit and what one more is worth are printed."""
    words = ("--date", DAY, "--minutes", home.root / "minutes.csv", "--lang", "en")
    text = run(home, home.root / "actions", *words, "--output", tmp_path / "shares.csv")
    assert "gap at most" in text
    assert "branch_minutes 20" in text
    assert pa_csv.read_csv(tmp_path / "shares.csv").num_rows > 20


@pytest.mark.slow
def test_spark_shares_out_as_one_machine_does(home):
    """The same file from a folder read by Spark."""
    here = pq.read_table(ask(home)["file"], partitioning=None)
    there = ask(home, "--engine", "spark", "--master", "local[2]")
    assert pq.read_table(there["file"], partitioning=None).equals(here)
    assert {**there, "file": ""} == {**ask(home), "file": ""}


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["--output", "shares.txt"], BadOption, "must end in one of: .parquet, .csv"),
        (["--master", "local[2]"], BadOption, "belongs to --engine spark"),
        (["--minutes", "nowhere.csv"], NothingFound, "list_id,minutes"),
        (["--date", "tomorrow"], BadOption, "is no date"),
    ],
)
def test_what_cannot_be_shared_out_is_said(home, words, error, message):
    """A wrong ending, a stray option, a missing file or no date is an error with a remedy."""
    with pytest.raises(error, match=message):
        ask(home, *words)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("list,minutes\n1,60\n", "must have a head list_id,minutes"),
        ("list_id,minutes\n1,many\n", "whole numbers"),
        ("list_id,minutes\n1,-5\n", "minutes of 0 or more"),
        ("list_id,minutes\n1,5\n1,6\n", "names a list twice"),
    ],
)
def test_minutes_that_do_not_read_are_refused(home, tmp_path, lines, message):
    """The head, the numbers, and each list once."""
    path = tmp_path / "minutes.csv"
    path.write_text(lines)
    with pytest.raises(BadOption, match=message):
        ask(home, "--minutes", path)


def test_missing_actions_are_told(home):
    """The file is named."""
    with pytest.raises(NothingFound, match="no actions at"):
        run(home, home.root / "nothing.parquet", "--date", DAY)


def test_a_bank_may_leave_out_what_no_volume_counts_by(home, tmp_path):
    """Without branches, where no volume is of branches."""
    policy = tmp_path / "policy.toml"
    policy.write_text(GROUND.policy.text.replace('within = "branch"', 'within = "bank"'))
    actions = tmp_path / "actions.parquet"
    pq.write_table(a_table().drop_columns(["branch_id"]), actions)
    said = json.loads(run(home, actions, "--date", DAY, "--policy", policy, "--json"))
    assert {use["unit"] for use in said["limits"] if use["name"] == "branch_minutes"} == {None}
