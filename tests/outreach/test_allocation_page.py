"""The page on sharing out the day: its blocks read, its table and its Python are true."""

import re
from datetime import date
from pathlib import Path

import pyarrow as pa
from policed import offer

import outreach
from outreach import ACTIONS, Ground, share_out
from outreach.rules.volumes import VolumeTerms

PAGE = (Path(__file__).parents[2] / "docs" / "allocation.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def policy(a):
    return a.policy(head=a.head + "".join(BLOCKS))


def test_every_block_is_part_of_one_policy(a):
    """Volumes of all four units, in contacts and in minutes, and a minimum."""
    read = policy(a)
    said = {r.id: (r.terms.within, r.terms.minutes is not None, r.terms.at_most)
            for r in read.rules if isinstance(r.terms, VolumeTerms)}  # fmt: skip
    assert said == {
        "calls_a_manager": ("manager", False, 30),
        "team_minutes": ("team", True, 900),
        "visits_a_branch": ("branch", False, 12),
        "texts": ("bank", False, 1000),
        "fund_push": ("bank", False, 400),
    }
    assert [(least.id, least.at_least) for least in read.minimums] == [("pension_talks", 20)]
    assert read.explore_share == 0.05


def test_the_table_is_one_that_can_be_shared_out(a):
    """Its head has the columns of ACTIONS; of the customer's two rows the dearer is chosen."""
    head, _, *rows = [
        [cell.strip() or None for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\|.*\|$", PAGE, re.MULTILINE)
    ]
    assert head == ACTIONS.names
    whole = {field.name for field in ACTIONS if field.type == pa.int64()}
    said = [
        {name: int(cell) if name in whole else cell for name, cell in zip(head, row, strict=True)}
        for row in rows
    ]
    ground = Ground(policy(a), {"fund-a": offer("fund-a")}, date(2026, 7, 1), {4: 240}, {})
    shares = share_out(pa.Table.from_pylist(said, ACTIONS), ground)
    (row,) = shares.chosen.to_pylist()
    assert (row["offer_code"], row["channel"], row["minutes"]) == ("fund-a", "phone", 8)


def test_the_names_of_the_python_example_are_there():
    """What it imports is public."""
    (said,) = re.findall(r"from outreach import (.*)", PAGE)
    assert set(said.split(", ")) <= set(outreach.__all__)
