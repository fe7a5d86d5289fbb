"""Money of simulated customers is never owed: what an account lacks comes in on the day."""

import numpy as np
import pytest

from banks.world_postings import CARD, CURRENT, SAVINGS, SORTS, Postings


def a_month(opening: int, moves: list[tuple[int, int]], *, slot: int = CURRENT) -> Postings:
    """The postings of one customer in a month of 30 days, topped up: (day, amount) each."""
    balance = np.zeros((1, 4), dtype=np.int64)
    balance[0, slot] = opening
    opened = np.where(np.arange(4) == slot, 2, 0)[None, :]
    postings = Postings(balance, opened, (np.array([0]), np.array([30])))
    for day, amount in moves:
        postings.add("card", np.array([0]), np.array([day]), np.array([amount]), slot=slot)
    path = postings.top_up(0, 30)
    assert path[0, :CARD].min() >= 0
    return postings


@pytest.mark.parametrize("slot", [CURRENT, SAVINGS])
@pytest.mark.parametrize(
    ("opening", "moves", "brought"),
    [
        (100, [(3, -40), (9, -60)], []),
        (100, [(3, -40), (9, -61)], [(9, 1)]),
        (100, [(3, -140), (4, -60), (9, 500)], [(3, 100)]),
        (0, [(5, -7), (5, 7)], []),
    ],
)
def test_what_an_account_lacks_comes_in_when_it_does(
    slot: int, opening: int, moves: list[tuple[int, int]], brought: list[tuple[int, int]]
) -> None:
    """The first day that would end below zero brings what the whole month lacks, no more."""
    postings = a_month(opening, moves, slot=slot)
    rows = postings.rows()
    came = rows[rows["sort"] == list(SORTS).index("brought_in")]
    assert [(int(row["day"]), int(row["amount"])) for row in came] == brought
    assert postings.balance[0, slot] == opening + rows["amount"].sum()


def test_an_account_that_is_not_open_yet_moves_nothing() -> None:
    """Nothing is posted on an account before its first day, nor moved out of it or into it."""
    postings = a_month(0, [(1, 500)], slot=SAVINGS)
    who, day, amount = np.array([0]), np.array([1]), np.array([70])
    postings.move("moved", who, day, amount, source=CURRENT, to=SAVINGS)
    postings.move("moved", who, day, amount, source=SAVINGS, to=CURRENT)
    assert len(postings.rows()) == 0
    postings.move("moved", who, day + 1, amount, source=CURRENT, to=SAVINGS)
    assert postings.balance[0].tolist() == [-70, 70, 0, 0]


def test_a_card_may_owe() -> None:
    """What was bought on credit brings no money in."""
    assert len(a_month(0, [(3, -500)], slot=CARD).rows()) == 1
