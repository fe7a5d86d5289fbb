"""Whether the rows a month and a day are what a table's own history leads one to expect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from features.quality.profile import monthly_rows, months_between

_MONTHS_AROUND = 3
_FEWEST_MONTHS = 2
_WEEKS_AROUND = 4
_FEWEST_WEEKS = 3
_DAYS_BEFORE = 93


@dataclass(frozen=True, slots=True)
class Odd:
    """A month or a day: its rows, and their ratio to what was expected."""

    when: str
    rows: int
    ratio: float


def months_low(
    days: Mapping[date, int], first: date, last: date, fewest_rows: int
) -> tuple[Odd, ...]:
    """Every whole month against the smaller of the medians of 3 months before and 3 after.

    A table that grows is small against what follows, one that shrinks against what went before; a
    month that lost rows is small against both. The beginning, with fewer than 2 months before it,
    is not judged; neither is a month of which fewer than `fewest_rows` are expected.
    """
    months = _whole_months(days, first, last)
    found = []
    for place, (month, rows) in enumerate(months):
        before = [n for _, n in months[max(0, place - _MONTHS_AROUND) : place]]
        after = [n for _, n in months[place + 1 : place + 1 + _MONTHS_AROUND]]
        if len(before) < _FEWEST_MONTHS:
            continue
        expected = min(median(side) for side in (before, after) if side)
        if expected >= fewest_rows:
            found.append(Odd(month, rows, rows / expected))
    return tuple(found)


def months_high(
    days: Mapping[date, int], first: date, last: date, fewest_rows: int
) -> tuple[Odd, ...]:
    """Every whole month against the larger of the medians of 3 months before and 3 after."""
    months = _whole_months(days, first, last)
    found = []
    for place, (month, rows) in enumerate(months):
        before = [n for _, n in months[max(0, place - _MONTHS_AROUND) : place]]
        after = [n for _, n in months[place + 1 : place + 1 + _MONTHS_AROUND]]
        if len(before) < _FEWEST_MONTHS:
            continue
        expected = max(median(side) for side in (before, after) if side)
        if expected >= fewest_rows:
            found.append(Odd(month, rows, rows / expected))
    return tuple(found)


def days_low(
    days: Mapping[date, int], first: date, last: date, fewest_rows: int
) -> tuple[Odd, ...]:
    """Every day against the same weekday: the smaller of the medians of 4 weeks before and after.

    Days after the newest row are for freshness to judge.
    """
    found = []
    for day in _days_covered(days, first, last):
        before = _same_weekday(days, day, -1, first, last)
        after = _same_weekday(days, day, 1, first, last)
        if len(before) < _FEWEST_WEEKS:
            continue
        expected = min(median(side) for side in (before, after) if side)
        if expected >= fewest_rows:
            rows = days.get(day, 0)
            found.append(Odd(str(day), rows, rows / expected))
    return tuple(found)


def days_high(
    days: Mapping[date, int], first: date, last: date, fewest_rows: int
) -> tuple[Odd, ...]:
    """Every day against the largest of the 93 days before it, so that pay days are not odd."""
    found = []
    for day in _days_covered(days, first, last):
        if (day - first).days < _DAYS_BEFORE:
            continue
        largest = max(days.get(day - timedelta(days=back), 0) for back in range(1, _DAYS_BEFORE))
        if largest >= fewest_rows:
            rows = days.get(day, 0)
            found.append(Odd(str(day), rows, rows / largest))
    return tuple(found)


def history_change(
    before: Mapping[str, int], now: Mapping[str, int], fewest_rows: int
) -> tuple[Odd, ...]:
    """Every month but the newest of an earlier load: by what share its rows are others now.

    The newest month of an earlier load was not over, or still waited for late bookings.
    """
    past = sorted(before)[:-1]
    return tuple(
        Odd(month, now.get(month, 0), abs(now.get(month, 0) - before[month]) / before[month])
        for month in past
        if before[month] >= fewest_rows
    )


def _whole_months(days: Mapping[date, int], first: date, last: date) -> list[tuple[str, int]]:
    """The months wholly inside the bank's days, from the first with rows to the newest."""
    inside = {day: rows for day, rows in days.items() if first <= day <= last}
    if not inside:
        return []
    counted = monthly_rows(inside)
    begin = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    end = (last + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    whole = set(months_between(begin, end)) if begin <= end else set()
    return [(month, rows) for month, rows in counted.items() if month in whole]


def _days_covered(days: Mapping[date, int], first: date, last: date) -> list[date]:
    inside = [day for day in days if first <= day <= last]
    if not inside:
        return []
    begin, end = min(inside), max(inside)
    return [begin + timedelta(days=ahead) for ahead in range((end - begin).days + 1)]


def _same_weekday(
    days: Mapping[date, int], day: date, side: int, first: date, last: date
) -> list[int]:
    around = [day + timedelta(weeks=side * week) for week in range(1, _WEEKS_AROUND + 1)]
    newest = max(days)
    return [days.get(other, 0) for other in around if first <= other <= min(last, newest)]
