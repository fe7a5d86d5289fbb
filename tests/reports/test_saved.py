"""Laws of saves: which contact saved a customer, and who said last that they leave."""

from datetime import date, timedelta

import numpy as np
import pytest

from outreach import LoggedContact, Span
from reports import leavers, retained, saves_of

DAY, DAYS = date(2026, 6, 1), 10


def call(number, after=0, *said, who=1, **facts):
    """A contact to keep a customer, so many days after the first of June."""
    plain = {
        "row_id": f"r{number}",
        "channel": "phone",
        "direction": "outbound",
        "category": "marketing",
        "purpose": "retention",
        "offer_code": None,
        "family": None,
        "branch_id": 3,
        "manager_id": 7,
        "minutes": 8,
        "states": frozenset({"reserved", "connected"}),
    }
    return LoggedContact(
        **({"contact_id": number, "customer_id": who, "day": DAY + timedelta(after), "said": said}
           | plain | facts)
    )  # fmt: skip


def span(*contacts, first=DAY, last=DAY + timedelta(29)):
    return Span(first, last, "Asia/Shanghai", (), contacts)


SAVED, LEAVES = "SAVED", "LEAVING_CONFIRMED"


@pytest.mark.parametrize(
    ("contacts", "saves", "leaves"),
    [
        ([call(1, 0, SAVED)], [1], False),
        ([call(1, 0, SAVED, LEAVES)], [], True),
        ([call(1, 0, LEAVES, SAVED)], [1], False),
        ([call(1, 0, SAVED), call(2, 5, LEAVES)], [], True),
        ([call(1, 0, SAVED), call(2, 11, LEAVES)], [1], True),
        ([call(2, 5, LEAVES), call(1, 0, SAVED)], [], True),
        ([call(1, 0, SAVED), call(2, 10, SAVED)], [2], False),
        ([call(1, 0, SAVED), call(2, 11, SAVED)], [1, 2], False),
        ([call(1, 0, LEAVES, purpose="care"), call(2, 1)], [], False),
        ([call(1, 0), call(2, 1, LEAVES, purpose="care")], [], True),
        ([call(1, 0, LEAVES, purpose="care")], [], False),
        ([call(1, 0, SAVED, purpose="care")], [], False),
        ([call(1, 0, SAVED, direction="inbound")], [], False),
        ([call(1, 30, SAVED)], [], False),
        ([call(1, 0, SAVED), call(2, 5, "NO_ANSWER")], [1], False),
        ([call(1, 0, SAVED), call(2, 5, LEAVES, who=2)], [1], False),
    ],
)
def test_the_last_word_of_leaving_says_what_became_of_a_contact_to_keep(contacts, saves, leaves):
    """Within the window it may be taken back, or count for another; earlier words do not count."""
    found = span(*contacts)
    assert [each.contact_id for each in saves_of(found, DAYS)] == saves
    assert (1 in leavers(found)) is leaves


def test_whoever_is_contacted_to_be_kept_is_there_by_the_first():
    """However often."""
    found = retained(span(call(3, 4), call(2, 2), call(1, 0, purpose="care")))
    assert [each.contact_id for each in found] == [2]


def test_two_halves_of_a_span_save_whom_the_whole_saves():
    """Whatever falls into which half, nothing is lost and nothing counts twice."""
    rng = np.random.default_rng(3)
    calls = [
        call(n, int(rng.integers(40)), ("NO_ANSWER", SAVED, LEAVES)[rng.integers(3)],
             who=int(rng.integers(90)))
        for n in range(180)
    ]  # fmt: skip
    middle = DAY + timedelta(14)

    def saved(first, last):
        seen = [each for each in calls if first <= each.day <= last + timedelta(DAYS)]
        return [each.contact_id for each in saves_of(span(*seen, first=first, last=last), DAYS)]

    whole = saved(DAY, DAY + timedelta(29))
    assert len(whole) > 10
    halves = saved(DAY, middle) + saved(middle + timedelta(1), DAY + timedelta(29))
    assert sorted(halves) == sorted(whole)
