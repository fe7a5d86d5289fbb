"""The examples of docs/reports.md read, and it names what there is."""

import re
from pathlib import Path

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
