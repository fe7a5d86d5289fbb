"""A run of simulated customers with their whole history, small enough to render at once."""

from dataclasses import dataclass

import numpy as np

from banks.world import LIFE_EVENTS, World
from banks.world_arrays import Flags, Floats, Ints, Records, records
from banks.world_calendar import Calendar
from banks.world_holdings import Holdings, hold, opened_slots, payments
from banks.world_money import Course
from banks.world_months import History
from banks.world_people import People
from banks.world_postings import ACCOUNTS_EACH, SLOTS
from banks.world_state import Setting

_JOB = 1 + LIFE_EVENTS.index("job_change")
_GIVEN_UP = 0.7
_RAISE = 0.001


@dataclass(frozen=True, slots=True)
class Block:
    """Customers of a block; records name them by their place in it.

    `course` is their history as money shows it; `opened` (n, slots) the day each account opened.
    """

    world: World
    calendar: Calendar
    people: People
    holdings: Holdings
    opened: Ints
    account_id: Ints
    gone: Ints
    died: Flags
    course: Course


class Blocks:
    """Cuts a history into blocks of customers."""

    def __init__(self, setting: Setting, history: History) -> None:
        self._setting, self._history = setting, history
        names = ("purchases", "run_offs")
        self._records = {name: history.records(name) for name in names}

    def cut(self, rows: slice, rng: np.random.Generator) -> Block:
        """The block of the customers in `rows`."""
        setting, last = self._setting, self._history.last
        calendar, people = setting.calendar, setting.people.part(rows)
        gone = last.gone[rows]
        moves = (self._of("purchases", rows), self._of("run_offs", rows))
        holdings = hold(people, self._history.first_held[rows], moves, gone, rng)
        opened = opened_slots(holdings, people.count, people.opened)
        course = self._course(rows, people, holdings, opened, rng)
        return Block(
            world=setting.world,
            calendar=calendar,
            people=people,
            holdings=holdings,
            opened=opened,
            account_id=people.customer_id[:, None] * ACCOUNTS_EACH + np.arange(len(SLOTS)),
            gone=gone,
            died=last.died[rows],
            course=course,
        )

    def _course(
        self,
        rows: slice,
        people: People,
        holdings: Holdings,
        opened: Ints,
        rng: np.random.Generator,
    ) -> Course:
        setting, last = self._setting, self._history.last
        first, life = np.maximum(people.opened, 0), self._by_month("life", rows)
        return Course(
            unsettled=self._by_month("unsettled", rows).astype(np.bool_),
            life=life,
            paid=self._by_month("paid", rows).astype(np.bool_),
            growth=_growth(setting, life, setting.traits.rising[rows], rng),
            payment=payments(holdings, people.count, setting.calendar),
            leaving=last.leaving[rows],
            leaving_end=last.leaving_end[rows],
            share=last.share[rows],
            until=last.saved[rows],
            first=first,
            last=np.minimum(last.gone[rows], setting.calendar.days),
            saver=opened[:, SLOTS.index("savings")] < first,
            investor=opened[:, SLOTS.index("wealth")] < first,
            card_from=opened[:, SLOTS.index("credit_card")],
            purchases=_bought(holdings),
            run_offs=_given_up(self._of("run_offs", rows)),
        )

    def _by_month(self, name: str, rows: slice) -> Ints:
        months = self._history.months
        return np.stack([getattr(month, name)[rows] for month in months], axis=1).astype(np.int64)

    def _of(self, name: str, rows: slice) -> Records:
        """The records of a block's customers, who are then named by their place in it."""
        every = self._records[name]
        low, high = np.searchsorted(every["who"], [rows.start, rows.stop])
        part = every[low:high].copy()
        part["who"] -= rows.start
        return part


def _growth(setting: Setting, life: Ints, rising: Flags, rng: np.random.Generator) -> Floats:
    """(n, months): income relative to that of the first month."""
    rate = np.where(rising, setting.world.people.rising_growth, _RAISE)[:, None]
    jumps = np.where(life == _JOB, 0.12 * rng.normal(size=life.shape) + 0.03, 0.0)
    growth: Floats = np.exp(np.cumsum(rate + jumps, axis=1))
    return growth


def _bought(holdings: Holdings) -> Records:
    rows = holdings.rows[holdings.rows["opened"] >= 0]
    return records(
        who=rows["who"],
        family=rows["family"],
        day=rows["opened"],
        amount=rows["amount"].astype(np.float64),
    )


def _given_up(rows: Records) -> Records:
    """Run-offs, with the share of the account's money that comes back to the current account."""
    share = np.full(len(rows), _GIVEN_UP)
    return records(who=rows["who"], family=rows["family"], day=rows["day"], amount=share)
