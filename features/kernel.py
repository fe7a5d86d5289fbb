"""The compiled heart of the engine: states of measures for many dates in one pass over the rows.

The rows of a block stand customer by customer, the places (a customer and a date that asks about
them) too, the places of a customer in the order of their dates. A row is seen by a stretch of its
customer's places: from the first that comes after it was known, to the last whose window still
reaches back to it. `spans` finds that stretch once for every row and window; then one pass over the
rows adds each row to the shortest window that holds it, its band, and at the end each window takes
what the shorter ones hold. Everything is a whole number, so sums are exact.

Shapes: `rows` and `places` (customers + 1) hold where each customer's rows and places begin;
`span` (rows, 1 + windows) holds the first place that sees a row and, a window each, shortest first,
the place behind the last one that does, both counted within the customer. `bits` (words, rows)
says of each row which conditions it meets; a series reads bit `bit` of word `word`, and the row
`source` of `values` (columns, rows). Results are (series, windows, places).
"""

import numba
import numpy as np

NEVER = int(np.iinfo(np.int64).max)
ALWAYS = int(np.iinfo(np.int64).min)
WORD = 62
DAY = 86_400_000_000


@numba.njit(cache=True, nogil=True)
def spans(rows, places, asks, until, left, happened, known, superseded, span):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, PLR0917
    """Fill `span`; `asks` gives each place's date, `until` and `left` (windows, dates) its edges.

    A row counts where it happened and was known before `until` and was not superseded before it,
    and happened at `left` or later. All are microseconds since 1970.
    """
    windows = left.shape[0]
    ends = np.zeros(windows, np.int64)
    for customer in range(len(rows) - 1):
        begin, count = places[customer], places[customer + 1] - places[customer]
        first = 0
        seen = 0
        ends[:] = 0
        for row in range(rows[customer], rows[customer + 1]):
            at = max(happened[row], known[row])
            while first < count and until[asks[begin + first]] <= at:
                first += 1
            while first > 0 and until[asks[begin + first - 1]] > at:
                first -= 1
            seen = count
            if len(superseded) and superseded[row] != NEVER:
                seen = first
                while seen < count and until[asks[begin + seen]] <= superseded[row]:
                    seen += 1
            span[row, 0] = first
            for window in range(windows):
                end = ends[window]
                while end < count and left[window, asks[begin + end]] <= happened[row]:
                    end += 1
                while end > 0 and left[window, asks[begin + end - 1]] > happened[row]:
                    end -= 1
                ends[window] = end
                span[row, 1 + window] = max(first, min(end, seen))


@numba.njit(cache=True, nogil=True)
def days(happened, changes, offsets, day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Fill `day` with the local day of each instant; see `features.local_day`, in microseconds."""
    for row in range(len(happened)):
        shift = offsets[0]
        if len(changes):
            shift = offsets[np.searchsorted(changes, happened[row], side="right")]
        day[row] = (happened[row] + shift) // DAY


@numba.njit(cache=True, nogil=True)
def by_day(rows, day, order):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Fill `order` with each customer's rows in the order of their days."""
    for customer in range(len(rows) - 1):
        first, stop = rows[customer], rows[customer + 1]
        sorted_already = True
        for row in range(first + 1, stop):
            if day[row] < day[row - 1]:
                sorted_already = False
                break
        if sorted_already:
            order[first:stop] = np.arange(first, stop)
        else:
            order[first:stop] = first + np.argsort(day[first:stop], kind="mergesort")


@numba.njit(cache=True, nogil=True)
def totals(rows, places, span, bits, word, bit, values, source, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, C901, PLR0912, PLR0917
    """Sum a column over the rows that meet a condition; where `source` is negative, count them.

    A row is added where its stretch of places begins and taken off where it ends, so that a
    running sum over the places gives every date its total, however many dates there are. A
    customer's sums stand close together while they are made, which keeps them in the cache.
    """
    windows, series = span.shape[1] - 1, len(source)
    hits, amounts = np.empty(series, np.int64), np.empty(series, np.int64)
    most = np.max(places[1:] - places[:-1])
    sums = np.empty((windows, most + 1, series), np.int64)
    for customer in range(len(rows) - 1):
        begin, count = places[customer], places[customer + 1] - places[customer]
        sums[:, :count] = 0
        for row in range(rows[customer], rows[customer + 1]):
            if span[row, windows] > span[row, 0]:
                met = 0
                for each in range(series):
                    if bits[word[each], row] >> bit[each] & 1:
                        hits[met] = each
                        amounts[met] = 1 if source[each] < 0 else values[source[each], row]
                        met += 1
                first = span[row, 0]
                for window in range(windows):
                    last = max(first, span[row, 1 + window])
                    for hit in range(met if last > first else 0):
                        sums[window, first, hits[hit]] += amounts[hit]
                        sums[window, last, hits[hit]] -= amounts[hit]
                    first = last
        for window in range(windows):
            for place in range(count):
                for each in range(series):
                    if place:
                        sums[window, place, each] += sums[window, place - 1, each]
        for each in range(series):
            for place in range(count):
                running = 0
                for window in range(windows):
                    running += sums[window, place, each]
                    total[each, window, begin + place] = running


@numba.njit(cache=True, nogil=True)
def extremes(rows, places, span, bits, word, bit, values, source, sign, best):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, C901, PLR0917
    """Keep the greatest value of a column (`sign` 1) or the least (-1) where a condition is met.

    `best` is float64, NaN where nothing meets it.
    """
    windows, series = span.shape[1] - 1, len(source)
    most = np.max(places[1:] - places[:-1])
    tops = np.empty((windows, most, series), np.int64)
    for customer in range(len(rows) - 1):
        begin, count = places[customer], places[customer + 1] - places[customer]
        tops[:, :count] = ALWAYS
        for row in range(rows[customer], rows[customer + 1]):
            if span[row, windows] > span[row, 0]:
                for each in range(series):
                    if bits[word[each], row] >> bit[each] & 1:
                        value = sign[each] * values[source[each], row]
                        place = span[row, 0]
                        for window in range(windows):
                            while place < span[row, 1 + window]:
                                tops[window, place, each] = max(tops[window, place, each], value)
                                place += 1
        for each in range(series):
            for place in range(count):
                top = ALWAYS
                for window in range(windows):
                    top = max(top, tops[window, place, each])
                    found = sign[each] * float(top) if top != ALWAYS else np.nan
                    best[each, window, begin + place] = found


@numba.njit(cache=True, nogil=True)
def latest(rows, places, span, bits, word, bit, at, values, source, best, found):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, PLR0917
    """Keep the greatest `at` of the rows that meet a condition in `best`, a column's value there.

    Of several rows at one instant the greatest value stands. `best` and `found` begin at ALWAYS
    and are (windows, places): one series at a time.
    """
    windows = span.shape[1] - 1
    for customer in range(len(rows) - 1):
        begin, end = places[customer], places[customer + 1]
        for row in range(rows[customer], rows[customer + 1]):
            if bits[word, row] >> bit & 1:
                pair = (at[row], values[source, row])
                place = begin + span[row, 0]
                for window in range(windows):
                    while place < begin + span[row, 1 + window]:
                        if pair > (best[window, place], found[window, place]):  # noqa: PLR1730 - two arrays
                            best[window, place], found[window, place] = pair
                        place += 1
        for window in range(1, windows):
            for place in range(begin, end):
                pair = (best[window - 1, place], found[window - 1, place])
                if pair > (best[window, place], found[window, place]):  # noqa: PLR1730 - two arrays
                    best[window, place], found[window, place] = pair


@numba.njit(cache=True, nogil=True)
def distinct(rows, places, span, bits, word, bit, order, day, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, C901, PLR0917
    """Count the different days of the rows that meet a condition; one series at a time.

    Windows begin at midnights, so a day lies in one band and bands add up: each day is added from
    the first place that knows of one of its rows, or for each place where its rows come and go.
    """
    windows = span.shape[1] - 1
    for customer in range(len(rows) - 1):
        begin, end = places[customer], places[customer + 1]
        counted = np.full(end - begin, ALWAYS, np.int64)
        for index in range(rows[customer], rows[customer + 1]):
            row = order[index]
            if bits[word, row] >> bit & 1:
                place = begin + span[row, 0]
                for window in range(windows):
                    last = begin + span[row, 1 + window]
                    while place < last and counted[place - begin] == day[row]:
                        place += 1
                    start = place
                    while place < last and counted[place - begin] != day[row]:
                        counted[place - begin] = day[row]
                        place += 1
                    if place > start:
                        total[window, start] += 1
                        if place < end:
                            total[window, place] -= 1
                    place = max(place, last)
        for window in range(windows):
            running = 0
            for place in range(begin, end):
                running += total[window, place]
                total[window, place] = running
                if window:
                    total[window, place] += total[window - 1, place]


@numba.njit(cache=True, nogil=True)
def put(values, at, column):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Put each value into its row of a column."""
    for index in range(len(values)):
        column[at[index]] = values[index]


@numba.njit(cache=True, nogil=True)
def in_order(bits, bit, happened, values):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The rows kept, in the order of their instants, and of their values at one instant."""
    kept = np.flatnonzero(bits >> bit & 1)
    for place in range(1, len(kept)):
        row, before = kept[place], kept[place - 1]
        if (happened[row], values[row]) < (happened[before], values[before]):
            kept = kept[np.argsort(values[kept], kind="mergesort")]
            return kept[np.argsort(happened[kept], kind="mergesort")]
    return kept


@numba.njit(cache=True, nogil=True)
def spreads(rows, places, span, bits, word, bit, happened, values, source, count, mean, squares):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, PLR0917
    """Keep number, mean and summed squared distance from the mean; one series at a time.

    Values are counted from the customer's first one, in whole numbers, so that large amounts that
    differ little keep their digits; rows are taken in the order of their instants, so that the last
    digit never depends on how they were read. Source: Welford, Technometrics 4 (1962); bands are
    joined as in Chan, Golub and LeVeque (1979).
    """
    windows = span.shape[1] - 1
    for customer in range(len(rows) - 1):
        begin, end = places[customer], places[customer + 1]
        low, high = rows[customer], rows[customer + 1]
        kept = in_order(bits[word, low:high], bit, happened[low:high], values[source, low:high])
        origin = values[source, low + kept[0]] if len(kept) else 0
        for index in range(len(kept)):
            row = low + kept[index]
            value = values[source, row] - origin
            place = begin + span[row, 0]
            for window in range(windows):
                while place < begin + span[row, 1 + window]:
                    count[window, place] += 1
                    away = value - mean[window, place]
                    mean[window, place] += away / count[window, place]
                    squares[window, place] += away * (value - mean[window, place])
                    place += 1
        for window in range(1, windows):
            for place in range(begin, end):
                before, now = count[window - 1, place], count[window, place]
                if before:
                    both = before + now
                    away = mean[window - 1, place] - mean[window, place]
                    mean[window, place] += away * before / both
                    squares[window, place] += squares[window - 1, place]
                    squares[window, place] += away * away * before * now / both
                    count[window, place] = both
        mean[:, begin:end] += origin * (count[:, begin:end] > 0)
