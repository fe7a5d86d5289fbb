"""The examples of docs/reports.md read, and it names what there is."""

import re
from pathlib import Path

import pytest
import typer.main

from cli.app import app
from reports import parse_costs, parse_targets
from reports.targets import MEASURES

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")


def test_the_files_of_the_page_read():
    """Costs and targets as they stand there."""
    costs, targets = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert parse_costs(costs).monthly[0].name == "hosting"
    assert parse_targets(targets)[0].manager_id == 7


def test_every_measure_is_named():
    """And those of which less is better."""
    assert [name for name in MEASURES if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("path", [("report",), ("outreach", "holdout")], ids=" ".join)
def test_every_command_stands_on_the_page(path):
    """Each report, and each command that tells or plans what the hold-out shows, by a call."""
    calls = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
    group = typer.main.get_command(app)
    for name in path:
        group = group.commands[name]
    names = group.commands.keys() - {"freeze", "show"}
    missing = {
        name
        for name in names
        if not re.search(rf"^goodcall {' '.join(path)} {name} ", calls, re.MULTILINE)
    }
    assert names > missing == set()
