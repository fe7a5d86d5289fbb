"""Laws of a source's local days."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from banks.local_days import day_table
from goodcall.calendar import local_date

ZONES = ("Europe/Prague", "Europe/Lisbon", "Asia/Shanghai", "America/Santiago")


@given(st.sampled_from(ZONES), st.dates(date(1980, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_days_tile_time(zone: str, first: date, length: int) -> None:
    """Each day begins a second after the one before ends, and both its instants lie in it."""
    last = first + timedelta(days=length)
    rows = day_table(first, last, zone).to_pylist()
    assert [row["day"] for row in rows] == [first + timedelta(days=n) for n in range(length + 1)]
    second = timedelta(seconds=1)
    for row in rows:
        assert local_date(row["begins"], zone) == local_date(row["ends"], zone) == row["day"]
        assert local_date(row["begins"] - second, zone) < row["day"]
        assert local_date(row["ends"] + second, zone) > row["day"]


def test_summer_time_begins() -> None:
    """In Lisbon midnight of 2009-03-29 is still UTC's, and the day lasts 23 hours."""
    (row,) = day_table(date(2009, 3, 29), date(2009, 3, 29), "Europe/Lisbon").to_pylist()
    assert row["begins"] == datetime(2009, 3, 29, tzinfo=UTC)
    assert row["ends"] == datetime(2009, 3, 29, 22, 59, 59, tzinfo=UTC)
