"""Policies that need no model: nothing, lots, product push, managers' habits, and the oracle."""

from collections.abc import Callable, Mapping

import numpy as np

from banks import CARE, PHONE, Flags, Records, outlook
from cli.loop.desk import Desk, Wishes, capacities_of, contacts_on
from cli.loop.foreseen import wishes_of

Chooser = Callable[[Desk, int | None], Records]

_RESTS_MONTHS = 3


def nothing(desk: Desk, _most: int | None) -> Records:
    """Nobody is contacted."""
    return desk.bank.plan()[:0]


def at_random(desk: Desk, most: int | None) -> Records:
    """Customers, offers and channels by lot, as many as the minutes allow."""
    rng = np.random.default_rng([desk.bank.seed, desk.bank.month])
    families, by = desk.open_offers.shape[1:]
    may = np.concatenate([desk.open_offers.reshape(-1, families * by), desk.open_care], axis=1)
    who = np.flatnonzero(may.any(axis=1))
    action = np.where(may, rng.random(may.shape), -1.0).argmax(axis=1)[who]
    drawn = contacts_on(
        desk.bank,
        who,
        channel=np.array(desk.channels)[action % by],
        family=np.where(action < families * by, action // by, CARE),
    )
    return _within_minutes(desk, drawn, rng, most)


def product_push(desk: Desk, most: int | None) -> Records:
    """Business as usual: the dearest product the customer lacks, by phone, to the wealthiest first.

    Who was contacted in the last three months rests.
    """
    people = desk.bank.setting.people
    phone = desk.channels.index(PHONE)
    may = desk.open_offers[:, :, phone] & ~_contacted(desk)[:, None]
    dearest = np.where(may, desk.margin_cents, -1.0).argmax(axis=1)
    rank = np.argsort(np.argsort(people.assets, kind="stable"), kind="stable") + 1.0
    offers = np.zeros(desk.open_offers.shape)
    who = np.flatnonzero(may.any(axis=1))
    offers[who, dearest[who], phone] = rank[who]
    return desk.chosen(Wishes(offers, np.zeros(desk.open_care.shape)), most)


def discretion(desk: Desk, most: int | None) -> Records:
    """Managers go by habit: whom they like to see, with what they guess is needed."""
    habit = desk.bank.plan()
    habit = habit[~habit["lot"] & np.isin(habit["channel"], desk.channels)]
    allowed = np.array([_open(desk, contact) for contact in habit], dtype=np.bool_)
    rng = np.random.default_rng([desk.bank.seed, desk.bank.month, 1])
    return _within_minutes(desk, habit[allowed], rng, most)


def oracle(desk: Desk, most: int | None) -> Records:
    """Who knows what every contact would bring this month chooses; no later month is looked at."""
    return desk.chosen(wishes_of(desk, outlook(desk.bank)), most)


def _contacted(desk: Desk) -> Flags:
    """Who was contacted in the last months."""
    found = np.zeros(desk.bank.setting.people.count, dtype=np.bool_)
    for month in desk.bank.history.months[-_RESTS_MONTHS:]:
        found[month.contacts["who"][month.contacts["carried"]]] = True
    return found


def _within_minutes(
    desk: Desk, contacts: Records, rng: np.random.Generator, most: int | None
) -> Records:
    """As many of some contacts, in an order by lot, as everyone's minutes allow."""
    needs = dict(zip(desk.channels, desk.minutes.tolist(), strict=True))
    left: dict[int, float] = dict(capacities_of(desk.bank))
    taken: list[int] = []
    for place in rng.permutation(len(contacts)).tolist():
        at = int(desk.list_of[contacts["who"][place]])
        minutes = needs[int(contacts["channel"][place])]
        if left.get(at, 0) >= minutes and len(taken) != most:
            left[at] -= minutes
            taken.append(place)
    chosen: Records = contacts[np.sort(np.array(taken, dtype=np.int64))]
    return chosen


def _open(desk: Desk, contact: np.void) -> bool:
    who, channel = int(contact["who"]), desk.channels.index(int(contact["channel"]))
    family = int(contact["family"])
    if family < 0:
        return bool(desk.open_care[who, channel])
    return bool(desk.open_offers[who, family, channel])


RIVALS: Mapping[str, Chooser] = {
    "nothing": nothing,
    "random": at_random,
    "product_push": product_push,
    "discretion": discretion,
    "oracle": oracle,
}
