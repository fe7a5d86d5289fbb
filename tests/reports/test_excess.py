"""How much a cause explains adds up, is found where it is planted, and not where nothing is."""

import numpy as np
import pytest

from goodcall.language import Text
from reports import Cause, Exposed, explain_excess


def exposed(*met):
    """Causes named by their number, [rows, causes]."""
    causes = tuple(Cause(str(n), "service", Text(str(n), str(n))) for n in range(len(met)))
    return Exposed(causes, np.column_stack(met))


def a_world(rng, *, rows=20_000, waits=0.02, harm=0.0, cares=0.0):
    """Leaving among rows a quarter of which are in the west, where `waits` more wait in vain.

    `harm` is what waiting adds to leaving. Each of 6,000 customers cares: who does waits and leaves
    more often than others, as often in the west as elsewhere.
    """
    home = rng.integers(0, 6000, rows)
    west = home % 4 == 0
    care = rng.random(6000)[home]
    wait = rng.random(rows) < 0.02 + waits * west + cares * care
    others = [rng.random(rows) < share for share in (0.02, 0.1, 0.3, 0.6, 0.9)]
    left = rng.random(rows) < 0.05 + harm * wait + 0.05 * others[1] + cares * care
    return left, west, exposed(*others, wait), home


def test_the_parts_and_the_rest_add_up_to_the_excess():
    """An identity of the pooled decomposition, whatever the world."""
    left, west, met, home = a_world(np.random.default_rng(1), waits=0.1, harm=0.3)
    (excess,) = explain_excess(left, [("west", west)], met, home)
    assert excess.excess == pytest.approx(left[west].mean() - left[~west].mean())
    parts = sum(each.part.value for each in excess.causes)
    assert parts + excess.rest.value == pytest.approx(excess.excess)
    assert sum(excess.share(each) for each in excess.causes) == pytest.approx(parts / excess.excess)


def test_one_cause_alone_explains_what_a_hand_calculation_says():
    """Half of the west waits and nobody else; of who waits two in five leave, else one in five."""
    west = np.repeat([True, False], 1000)
    wait = np.repeat([True, False], [500, 1500])
    left = np.concatenate([np.arange(500) % 5 < 2, np.arange(1500) % 5 < 1])
    (excess,) = explain_excess(left, [("west", west)], exposed(wait), np.arange(2000))
    (cause,) = excess.causes
    assert (cause.there, cause.elsewhere) == (0.5, 0.0)
    assert cause.adds == pytest.approx(0.2)
    assert cause.part.value == pytest.approx(0.1)
    assert excess.share(cause) == pytest.approx(1.0)
    assert not excess.rest.shown


def test_a_planted_cause_ranks_first_and_its_interval_holds_the_truth():
    """Waiting explains 0.1 x 0.3; in 57 of 60 worlds or so the interval says so."""
    rng, held, first = np.random.default_rng(2), 0, 0
    for _ in range(60):
        left, west, met, home = a_world(rng, waits=0.1, harm=0.3, cares=0.02)
        (excess,) = explain_excess(left, [("west", west)], met, home)
        first += excess.causes[0].cause.code == "5" and excess.causes[0].shown
        held += excess.causes[0].part.low <= 0.03 <= excess.causes[0].part.high
    assert first == 60
    assert held >= 60 * 0.95 - 3 * (60 * 0.95 * 0.05) ** 0.5


def test_where_no_cause_differs_hardly_ever_is_one_shown():
    """Causes that are as frequent everywhere, some harmful, some not: at most 5 % of 150 worlds."""
    rng, shown = np.random.default_rng(4), 0
    for _ in range(150):
        left, west, met, home = a_world(rng, rows=8000, waits=0.0, harm=0.3, cares=0.05)
        (excess,) = explain_excess(left, [("west", west)], met, home)
        shown += any(each.part is not None and each.part.shown for each in excess.causes)
    assert shown / 150 <= 0.05 + 3 * (0.05 * 0.95 / 150) ** 0.5


def test_a_frequent_thing_that_harms_nobody_explains_nothing():
    """Five times as many wait in the west, and leave no more often for it."""
    rng, shown = np.random.default_rng(6), 0
    for _ in range(60):
        left, west, met, home = a_world(rng, waits=0.1, harm=0.0)
        (excess,) = explain_excess(left, [("west", west)], met, home)
        shown += any(each.shown for each in excess.causes)
    assert shown <= 3 + 3 * (60 * 0.05 * 0.95) ** 0.5


def test_what_met_too_few_is_not_told():
    """A cause of whom fewer than ten would leave has no part, and stands last."""
    rng = np.random.default_rng(7)
    left, west, _, home = a_world(rng)
    rare, usual = np.arange(len(left)) < 100, rng.random(len(left)) < 0.3
    (excess,) = explain_excess(left, [("west", west)], exposed(rare, usual), home)
    assert [each.cause.code for each in excess.causes] == ["1", "0"]
    assert (excess.causes[1].part, excess.causes[1].adds) == (None, None)


def test_no_place_no_causes():
    """Where no place stands out, nothing is explained."""
    left, _, met, home = a_world(np.random.default_rng(8))
    assert explain_excess(left, [], met, home) == ()
