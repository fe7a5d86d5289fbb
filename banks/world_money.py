"""What simulated customers earn, set aside, invest, lose and carry away."""

from dataclasses import dataclass

import numpy as np

from banks.world import LIFE_EVENTS, World
from banks.world_arrays import Flags, Floats, Ints, Records
from banks.world_calendar import NEVER
from banks.world_people import People
from banks.world_postings import CARD, CURRENT, SAVINGS, WEALTH, Postings
from banks.world_spending import Budget, Span, charge, spend
from banks.world_state import Fate
from goodcall.vocabulary import FAMILIES

_JOB, _HOME, _CHILD, _WINDFALL, _MOVING, _ABROAD = range(1, 1 + len(LIFE_EVENTS))
_RAISE = 0.001  # of an income a month
_PIECES = 5
_LATER = 0.7  # leavers carry more away late than early
_INTEREST_MONTHS = (3, 6, 9, 12)
_INTEREST = {CURRENT: 0.0005, SAVINGS: 0.0025}
_BONUS_MONTH, _BONUS, _BONUS_SHARE = 1, 0.8, 0.4
_BROUGHT_IN, _BROUGHT_IN_BY_LEAVERS = 0.6, 0.1  # of an income that is paid elsewhere
_DEPOSIT, _WEALTH, _FUND = (FAMILIES.index(f) for f in ("deposit", "wealth", "fund"))
_LOANS = tuple(FAMILIES.index(f) for f in ("consumer_loan", "business_loan"))
_GIVEN_UP = 0.7  # of the account's money comes back to the current account
_BOOKED_ON = (((_DEPOSIT,), SAVINGS, "moved"), ((_WEALTH, _FUND), WEALTH, "investment"))


@dataclass(frozen=True, slots=True)
class Course:
    """What a block's money follows from in a month.

    `silent` are who do nothing themselves; `life` is the life event of the month, `coming` that of
    the next; `fate` is who leaves; `payment` the loans' payments; `opened` (n, slots) the day on
    which each account was opened; `purchases` are the holdings bought, `run_offs` the families
    given up.
    """

    unsettled: Flags
    silent: Flags
    life: Ints
    coming: Ints
    paid: Flags
    fate: Fate
    payment: Floats
    opened: Ints
    purchases: Records
    run_offs: Records


@dataclass(slots=True)
class _Purse:
    """What a customer earns, aims at and has elsewhere, carried from month to month.

    `growth` is the logarithm of income relative to that before the window.
    """

    balance: Ints
    growth: Floats
    target: Floats
    pieces: Floats
    parked: Floats
    back: Ints


@dataclass(frozen=True, slots=True)
class _Scene:
    """A block of customers whose money is being moved in a month."""

    world: World
    people: People
    saver: Flags
    course: Course
    postings: Postings
    purse: _Purse
    rng: np.random.Generator


class Money:
    """The money of a block of customers, which moves month by month."""

    def __init__(
        self, world: World, people: People, opened: Ints, rising: Flags, rng: np.random.Generator
    ) -> None:
        """Fill the accounts `opened` (n, slots) before the window; later customers bring theirs.

        `rising` are those whose income grows fast.
        """
        self._world, self._people = world, people
        before = people.opened <= 0
        self._saver, investor = (opened[:, slot] < 0 for slot in (SAVINGS, WEALTH))
        wanted = _opening(people, self._saver, investor)
        self._brings = np.where(before, 0, wanted.sum(axis=1))
        self._rate = np.where(rising, world.people.rising_growth, _RAISE)
        self._purse = _Purse(
            balance=np.where(before[:, None], wanted, 0),
            growth=np.zeros(people.count),
            target=np.where(before, wanted[:, CURRENT], wanted.sum(axis=1)).astype(np.float64),
            pieces=np.sort(rng.random((people.count, _PIECES)) ** _LATER, axis=1),
            parked=np.zeros(people.count),
            back=np.full(people.count, NEVER),
        )

    def live(self, course: Course, span: Span, rng: np.random.Generator) -> tuple[Records, Ints]:
        """A month's postings, and the balances (n, slots, days) at the end of its days."""
        people, purse = self._people, self._purse
        jumps = np.where(course.life == _JOB, 0.12 * rng.normal(size=people.count) + 0.03, 0.0)
        purse.growth += self._rate + jumps
        postings = Postings(purse.balance, course.opened, span.days)
        scene = _Scene(self._world, people, self._saver, course, postings, purse, rng)
        arriving = np.flatnonzero((people.opened == span.low) & span.open)
        postings.add("brought_in", arriving, span.low[arriving], self._brings[arriving])
        _live_month(scene, span)
        path = postings.top_up(span.start, span.end)
        return postings.rows(), path


def _opening(people: People, saver: Flags, investor: Flags) -> Ints:
    saved = np.where(saver, np.where(investor, 0.35, 0.6), 0.0)
    invested = np.where(investor, 0.45, 0.0)
    shares = np.column_stack([1 - saved - invested, saved, invested, np.zeros(people.count)])
    opening: Ints = np.rint(people.assets[:, None] * shares).astype(np.int64)
    return opening


def _live_month(scene: _Scene, span: Span) -> None:
    purse, course, rng = scene.purse, scene.course, scene.rng
    fate = course.fate
    usual = _earn(scene, span)
    _move_holdings(scene)
    _foreshadow(scene, span)
    _strike(scene, span)
    _park(scene, span)
    _carry_away(scene, span)
    _trickle(scene, span)
    _set_aside(scene, span, usual)
    purse.target *= np.exp(scene.world.money.wander * rng.normal(size=scene.people.count))
    unsettled = course.unsettled
    budget = Budget(
        usual=usual,
        target=purse.target,
        due=course.payment,
        sends=np.where(unsettled, scene.world.leaving.transfers, 1.0),
        quiet=fate.leaving < span.low,
        silent=course.silent,
        on_credit=course.opened[:, CARD] < span.low,
    )
    spend(scene.people, budget, scene.postings, span, rng)
    charge(scene.postings, span, rng)
    if span.calendar_month in _INTEREST_MONTHS:
        _pay_interest(scene.postings, span)


def _earn(scene: _Scene, span: Span) -> Floats:
    """Post what comes in; returns what usually comes in."""
    people, course, postings, rng = scene.people, scene.course, scene.postings, scene.rng
    fate = course.fate
    income, count = people.income * np.exp(scene.purse.growth), people.count
    payday = span.start + people.payday + rng.integers(-1, 2, count) - 1
    wage = np.rint(income * np.exp(0.03 * rng.normal(size=count)) / 100) * 100
    paid = course.paid
    sorts = (("salary", paid & ~people.pensioner), ("pension", paid & people.pensioner))
    for sort, group in sorts:
        who = np.flatnonzero(group)
        postings.add(sort, who, payday[who], wage[who])
    bonus = paid & (rng.random(count) < _BONUS_SHARE) & (span.calendar_month == _BONUS_MONTH)
    who = np.flatnonzero(bonus)
    postings.add("salary", who, payday[who], wage[who] * _BONUS)
    sales = np.where(people.firm, income * np.exp(0.25 * rng.normal(size=count)), 0)
    deals = np.where(people.firm, 1 + rng.poisson(4, count), 0)
    postings.spread("turnover", sales, deals, span.days, rng)
    gone = (fate.leaving < span.low) & (fate.saved == NEVER)
    elsewhere = ~paid & ~people.firm
    active = elsewhere & ~course.silent
    brings = np.where(gone, _BROUGHT_IN_BY_LEAVERS, _BROUGHT_IN) * active
    times = rng.poisson(1.3 * active)
    postings.spread(
        "brought_in", income * brings * rng.uniform(0.5, 1.5, count), times, span.days, rng
    )
    return np.asarray(income * np.where(elsewhere, brings, 1.0))


def _move_holdings(scene: _Scene) -> None:
    """Move money to and from savings, wealth and funds, and pay out loans."""
    postings = scene.postings
    bought, ended = scene.course.purchases, scene.course.run_offs
    loan = bought[np.isin(bought["family"], _LOANS)]
    postings.add("loan_paid_out", loan["who"], loan["opened"], loan["amount"])
    for families, slot, sort in _BOOKED_ON:
        rows = bought[np.isin(bought["family"], families)]
        free = np.maximum(postings.balance[rows["who"], CURRENT], 0) * 0.8
        postings.move(
            sort,
            rows["who"],
            rows["opened"],
            np.minimum(rows["amount"], free),
            source=CURRENT,
            to=slot,
        )
        rows = ended[np.isin(ended["family"], families)]
        amount = np.maximum(postings.balance[rows["who"], slot], 0) * _GIVEN_UP
        postings.move(sort, rows["who"], rows["day"], amount, source=slot, to=CURRENT)


def _foreshadow(scene: _Scene, span: Span) -> None:
    """What of next month's life events shows in this month's money."""
    postings, rng, coming = scene.postings, scene.rng, scene.course.coming
    income = scene.people.income * np.exp(scene.purse.growth)
    shows = rng.random(len(coming)) < scene.world.life.leads
    shows &= span.open & ~scene.course.silent
    part, day = rng.uniform(size=len(coming)), span.some_day(np.arange(len(coming)), rng)
    home = np.flatnonzero(shows & (coming == _HOME))
    saved = np.maximum(postings.balance[home, SAVINGS], 0) * (0.3 + 0.4 * part[home])
    postings.move("moved", home, day[home], saved, source=SAVINGS, to=CURRENT)
    parting = np.flatnonzero(shows & (coming == _JOB) & scene.course.paid)
    postings.add("salary", parting, day[parting], income[parting] * (0.5 + part[parting]))
    for sort, events in (("bill", (_HOME, _CHILD, _WINDFALL)), ("sent_out", (_MOVING, _ABROAD))):
        who = np.flatnonzero(shows & np.isin(coming, events))
        free = np.maximum(postings.balance[who, CURRENT], 0) * 0.5
        amount = np.minimum(income[who] * (0.3 + 0.5 * part[who]), free)
        postings.add(sort, who, day[who], -amount)


def _strike(scene: _Scene, span: Span) -> None:
    """Windfalls, homes bought, and big outlays that nobody announced."""
    postings, purse, rng = scene.postings, scene.purse, scene.rng
    wealth = postings.balance[:, :CARD].sum(axis=1)
    event = scene.course.life
    gift = np.flatnonzero(event == _WINDFALL)
    amount = wealth[gift] * rng.uniform(0.4, 2.5, len(gift)) + 2_000_000
    postings.add("brought_in", gift, span.some_day(gift, rng), amount)
    purse.target[gift] += 0.7 * amount
    home = event == _HOME
    who = np.flatnonzero(home | (rng.random(len(home)) < scene.world.money.big_spend))
    part = np.where(home[who], rng.uniform(0.4, 0.9, len(who)), rng.uniform(0.25, 0.75, len(who)))
    announced = home[who] & (rng.random(len(who)) < scene.world.life.announced)
    day = span.some_day(who, rng)
    for slot, sort in ((WEALTH, "investment"), (SAVINGS, "moved")):
        taken = np.maximum(postings.balance[who, slot], 0) * part
        postings.move(sort, who, day, taken, source=slot, to=CURRENT)
    free = np.maximum(postings.balance[who, CURRENT], 0) * 0.95
    amount = np.minimum(wealth[who] * part, free)
    postings.add("big_spend", who, day, -amount, planned=announced)
    purse.target[who] *= 1 - 0.6 * part


def _park(scene: _Scene, span: Span) -> None:
    """Money that goes to another bank for some weeks, and comes back."""
    postings, purse, rng = scene.postings, scene.purse, scene.rng
    back = np.flatnonzero((purse.back < span.high) & (purse.parked > 0))
    postings.add("brought_in", back, np.maximum(purse.back, span.low)[back], purse.parked[back])
    purse.target[back] += purse.parked[back]
    purse.parked[back] = 0
    idle = (purse.parked == 0) & (rng.random(len(purse.target)) < scene.world.money.parking)
    idle &= ~scene.course.silent
    who = np.flatnonzero(idle & span.open)
    amount = np.maximum(postings.balance[who, CURRENT], 0) * rng.uniform(0.2, 0.7, len(who))
    day = span.some_day(who, rng)
    postings.add("sent_out", who, day, -amount)
    purse.target[who] -= amount
    purse.parked[who] = amount
    purse.back[who] = np.maximum(day + rng.integers(15, 75, len(who)), span.high[who])


def _carry_away(scene: _Scene, span: Span) -> None:
    """The parts of a leaver's money that go to another bank in a month."""
    fate, postings, purse = scene.course.fate, scene.postings, scene.purse
    length = fate.leaving_end - fate.leaving
    for piece in range(_PIECES):
        day = fate.leaving + (purse.pieces[:, piece] * length).astype(np.int64)
        now = (day >= span.start) & (day < span.end) & (day < fate.saved)
        who = np.flatnonzero(now & (fate.leaving < NEVER))
        left = 1 - fate.share[who] * piece / _PIECES
        part = np.minimum(fate.share[who] / _PIECES / left, 0.97)
        invested = np.maximum(postings.balance[who, WEALTH], 0) * part
        postings.move("investment", who, day[who], invested, source=WEALTH, to=CURRENT)
        saved = np.maximum(postings.balance[who, SAVINGS], 0) * part
        postings.add("sent_out", who, day[who], -saved, slot=SAVINGS)
        free = np.maximum(postings.balance[who, CURRENT] - invested, 0) * part
        postings.add("sent_out", who, day[who], -(free + invested))
        purse.target[who] *= 1 - part


def _trickle(scene: _Scene, span: Span) -> None:
    """Small parts that come from other banks and go there; of the unsettled, more go."""
    postings, purse, rng = scene.postings, scene.purse, scene.rng
    unsettled = scene.course.unsettled
    often = scene.world.habits.small_transfer
    more = np.where(unsettled, scene.world.leaving.transfers, 1.0)
    for sort, chance, sign in (("brought_in", often / more, 1), ("sent_out", often * more, -1)):
        who = np.flatnonzero((rng.random(len(more)) < chance) & span.open & ~scene.course.silent)
        for slot in (SAVINGS, CURRENT):
            part = sign * rng.uniform(0.02, 0.12, len(who))
            amount = np.maximum(postings.balance[who, slot], 0) * part
            postings.add(sort, who, span.some_day(who, rng), amount, slot=slot)
        purse.target[who] += amount


def _set_aside(scene: _Scene, span: Span, usual: Floats) -> None:
    """A part of income that half of the savers set aside by standing order."""
    people, postings, fate = scene.people, scene.postings, scene.course.fate
    regular = scene.saver & (fate.leaving > span.high) & ~people.firm & (people.payday % 2 == 0)
    who = np.flatnonzero(regular & span.open)
    free = np.maximum(postings.balance[who, CURRENT], 0) * 0.2
    day = np.minimum(span.low[who] + 27, span.high[who] - 1)
    amount = np.minimum(usual[who] * 0.08, free)
    postings.move("set_aside", who, day, amount, source=CURRENT, to=SAVINGS)


def _pay_interest(postings: Postings, span: Span) -> None:
    for slot, rate in _INTEREST.items():
        who = np.flatnonzero(postings.balance[:, slot] > 0)
        day = np.full(len(who), span.end - 10)
        postings.add("interest", who, day, postings.balance[who, slot] * rate, slot=slot)
