"""Customers on Spark answer as those at hand do, to the byte."""

from importlib import import_module

import numpy as np
import pyarrow as pa
import pytest
from action_rows import GROUND, a_table
from scipy.sparse import csr_array

from features.spark import spark_session
from outreach import ActionsRefused, share_out, share_out_on_spark
from outreach.allocation import Here, Market, Terms, solve
from outreach.allocation.spread import Spread

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spark():
    """One session for the whole file, of few partitions; Java takes seconds to start."""
    session = spark_session("local[2]")
    session.conf.set("spark.sql.shuffle.partitions", "3")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def market():
    """Three lists, two of them of two cells, the last cell empty; a volume and a minimum."""
    value = np.random.default_rng(1).integers(-300, 900, (200, 4)).clip(0)
    takes = np.zeros((2, 5 * 4))
    takes[0, ::2] = 1
    takes[1, 3::4] = -1
    terms = Terms(
        lists=np.array([0, 1, 3, 5]),
        minutes=np.array([1, 8, 8, 20]),
        time=np.array([100, 200, 60]),
        takes=csr_array(takes),
        room=np.array([40, -12]),
    )
    return Market(value, np.array([0, 60, 90, 150, 200, 200]), terms)


@pytest.fixture(scope="module")
def spread(spark, market):
    """The same customers as rows of a frame, a cell in a partition."""
    rows = {
        "place": np.arange(market.customers),
        "cell": market.cell_of,
        "value": market.value.tolist(),
    }
    frame = spark.createDataFrame(pa.table(rows)).repartition("cell").sortWithinPartitions("place")
    return Spread(frame.persist(), market.terms)


def test_every_answer_has_the_bytes_of_the_same_customers_at_hand(market, spread):
    """Census, soft demand, gain, and who stays in the running."""
    here, rng = Here(market), np.random.default_rng(2)
    ours, theirs = here.census(), spread.census()
    assert (ours.mean, ours.highest) == (theirs.mean, theirs.highest)
    assert ours.people.tolist() == theirs.people.tolist() == [60, 30, 60, 50, 0]
    cost = rng.uniform(-50, 600, (5, 4))
    for mine, other in zip(here.demand(cost, 35.0), spread.demand(cost, 35.0), strict=True):
        assert mine.tobytes() == other.tobytes()
    assert here.gain(cost) == spread.gain(cost)
    (places, near), (there, far) = here.running(cost), spread.running(cost)
    assert 0 < len(places) < market.customers
    assert places.tolist() == there.tolist()
    assert near.value.tobytes() == far.value.tobytes()
    assert near.cells.tolist() == far.cells.tolist()


def test_many_are_walked_among_on_spark_and_the_solution_has_the_same_bytes(
    market, spread, monkeypatch
):
    """Nobody comes home before prices have been walked to there; a few steps will do here."""
    walk = import_module("outreach.allocation.solve")
    monkeypatch.setattr(walk, "_FEW", 0)
    monkeypatch.setattr(walk, "COARSE", ((0.2, 3),))
    ours, theirs = solve(Here(market)), solve(spread)
    assert ours.picked.tobytes() == theirs.picked.tobytes()
    assert (ours.value, ours.bound) == (theirs.value, theirs.bound)
    assert ours.prices.clock.tobytes() == theirs.prices.clock.tobytes()
    assert ours.prices.limit.tobytes() == theirs.prices.limit.tobytes()
    assert (ours.time >= 0).all()
    assert (ours.left >= 0).all()


def test_a_frame_of_actions_is_shared_out_as_the_table_is(spark):
    """Volumes of the bank, of branches and of managers, a minimum, five lists, rows mixed."""
    table = a_table()
    mixed = table.take(np.random.default_rng(4).permutation(len(table)))
    there = share_out_on_spark(spark.createDataFrame(mixed), GROUND)
    here = share_out(table, GROUND)
    assert there.chosen.num_rows > 20
    assert there == here


def test_a_frame_that_does_not_hold_together_is_refused(spark):
    """A customer on two lists, and one with an action twice."""
    table = a_table(customers=6)
    for rows, who in ((table, 4), (pa.concat_tables([table, table.slice(1, 1)]), 0)):
        at = rows.column_names.index("list_id")
        lists = rows["list_id"].to_pylist()
        if who:
            place = rows["customer_id"].to_pylist().index(who)
            lists[place] = 1 + lists[place] % 5
        frame = spark.createDataFrame(rows.set_column(at, "list_id", pa.array(lists)))
        with pytest.raises(ActionsRefused, match=f"customer {who} has an action twice, or stands"):
            share_out_on_spark(frame, GROUND)
