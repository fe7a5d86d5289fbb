"""DuckDB draws no bar: what a command prints is its own words alone."""

from pathlib import Path

import pytest

from features.asof import connect
from features.embedded import embedded

ROOT = Path(__file__).parents[2]
ROOMS = ("banks", "cli", "features", "governance", "models", "outreach", "reports", "training")
SETTING = "SELECT current_setting('enable_progress_bar')"


@pytest.mark.parametrize("opened", [embedded, lambda: connect().con])
def test_no_bar_is_drawn_by_a_connection_nor_by_its_cursors(opened):
    """A query of seconds would write into the JSON that a program reads."""
    connection = opened()
    for each in (connection, connection.cursor()):
        assert each.execute(SETTING).fetchone() == (False,)


def test_nobody_opens_duckdb_by_other_ways():
    """There are two: for queries of our own, and for those that Ibis writes."""
    found = {
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if "duckdb.connect(" in file.read_text(encoding="utf-8")
    }
    assert found == {"features/asof.py", "features/embedded.py"}
