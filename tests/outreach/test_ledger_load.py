"""64 processes ask one ledger at once while workers, and the server, are killed.

The world and the workers are those of `python -m benchmarks.ledger`, which asks more often.
"""

from itertools import pairwise

import pytest

from benchmarks.ledger_server import Server
from benchmarks.ledger_workers import Crew, Harm, broken_promises
from benchmarks.ledger_world import World, kept
from outreach import Ledger

PROCESSES, CUSTOMERS, ATTEMPTS = 64, 60, 900


@pytest.mark.slow
def test_CP_45_of_64_processes_exactly_the_allowed_number_succeed(ledger_url, tmp_path):
    """Twelve workers are killed at random; what was told is kept, and nothing counts twice."""
    crew = Crew(World(CUSTOMERS, ATTEMPTS), ledger_url, PROCESSES, tmp_path / "told")
    run = crew.asks(Harm(kills=12))
    assert broken_promises(crew, run) == ()
    assert (run.killed, len(run.allowed)) == (12, 150)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_postgresql_is_killed(tmp_path):
    """Its processes die at once, twice, under load; it starts again on the same data."""
    with Server() as server:
        url = server.url.render_as_string(hide_password=False)
        crew = Crew(World(24, 400), url, 16, tmp_path / "told")
        run = crew.asks(Harm(kills=4, hurts=2, hurt=server.restart))
        assert broken_promises(crew, run) == ()
        assert (run.killed, len(run.allowed)) == (4, 60)


def test_the_number_of_allowed_contacts_is_that_of_every_order():
    """By hand: of six who live together two share a number, and three may be called a day."""
    for customers, allowed in ((6, 3), (12, 6), (7, 4), (8, 4), (9, 5), (11, 6), (120, 60)):
        assert World(customers, 1).allowed == 5 * allowed


def test_the_shares_of_workers_are_the_attempts():
    """Each attempt is one worker's, and of ten one repeats the request of another worker."""
    world = World(12, 300)
    whole = [attempt.request.request_id for attempt in world.asked()]
    shares = [[each.request.request_id for each in world.asked(n, 7)] for n in range(7)]
    assert [shares[n % 7][n // 7] for n in range(300)] == whole
    assert sum(a == b for a, b in pairwise(whole)) == 29
    assert len(set(whole)) == 271


def test_a_contact_too_many_is_seen(a, ledger_url):
    """The judge of these tests is not blind: two calls a day to one customer are too many."""
    world = World(2, 1)
    with Ledger.open(ledger_url) as ledger:
        for number in range(2):
            decision = ledger.reserve(
                *(a.request("phone", request_id=str(number), point_id=0, customer_id=0),),
                world.people()[0],
                offers=(),
                policy=a.policy(),
                now=a.moment("2026-06-08 10:00"),
                holdout=False,
            )
            assert decision.verdict == "allow"
    found = kept(ledger_url)
    assert (found.contacts, found.violations) == (2, 2)
    assert found.decisions == {"0": "allow", "1": "allow"}
