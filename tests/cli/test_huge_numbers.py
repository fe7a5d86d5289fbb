"""A number that nobody can have meant is refused by the name of its option, never by a defect."""

import pytest
from builders import a_bank, a_customer
from governed import GOOD
from typer.testing import CliRunner

from cli.app import app

# Each command, and the name by which its number is told to be wrong.
HUGE = (
    (f"outreach why {10**30} --date 2026-06-01", "CUSTOMER"),
    (f"rights view {10**30} --by 3", "CUSTOMER"),
    (f"rights ask {10**30} view", "CUSTOMER"),
    ("rights ask 1 view --days 1000000000", "--days"),
    (f"outreach list --date 2026-06-01 --manager {-(10**30)}", "--manager"),
    (f"outreach dial {10**30} --agent 3", "CONTACT"),
    (f"outreach dial 1 --agent {10**30}", "--agent"),
    (f"access user add bo --role teller --staff {10**30} --as ada", "--staff"),
    (f"access user add bo --role teller --branch 1 --branch {10**30} --as ada", "--branch"),
    (f"access key add mobile --action score --per-minute {10**12} --as ada", "--per-minute"),
    ("access key add mobile --action score --days 1000000000 --as ada", "--days"),
    (f"access request view customer {10**30} --reason why --as ada", "NUMBER"),
    ("access request view customer 1 --hours 1000000000000 --reason why --as ada", "--hours"),
    (f"access approve {10**30} --as ada", "REQUEST"),
    (f"policy approve {10**30} --as ada", "PROPOSAL"),
    (f"audit show --customer {10**30}", "--customer"),
    ("night --late-days 1000000000000", "--late-days"),
    ("serve --max-age 1000000000000", "--max-age"),
    (f"bank simulate HOME --seed {10**30}", "--seed"),
)


@pytest.mark.parametrize(("command", "name"), HUGE)
def test_a_huge_number_is_refused_by_name(tmp_path, command, name):
    """Exit 2 and what is wrong; nothing is written, not even the workspace."""
    home = tmp_path / "var"
    words = [*command.replace("HOME", str(home)).split(), "--home", str(home)]
    done = CliRunner().invoke(
        app, words[:-2] if "simulate" in words else words, env={"GOODCALL_PASSWORD": GOOD}
    )
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 2
    assert f"Invalid value for '{name}" in done.output
    assert not home.exists()


def test_days_of_the_environment_are_bounded_too(tmp_path):
    """The message names the setting and says what can be."""
    a_bank(tmp_path / "bank", customers=[a_customer(1)])
    place = ["--home", str(tmp_path / "var"), "--bank", str(tmp_path / "bank")]
    env = {"GOODCALL_RIGHTS_DAYS": "1000000000"}
    done = CliRunner().invoke(app, ["rights", "ask", "1", "view", *place], env=env)
    assert "GOODCALL_RIGHTS_DAYS=1000000000 does not read" in str(done.exception)
