"""Lots: a share of each list's minutes goes to any allowed contact, so that effects can be learned.

Each customer is drawn by itself with the list's chance, and one of the allowed actions is drawn
with equal chances; so the probability of every drawn action is known, and is kept with it.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from outreach.arbitrate import Action
from outreach.limits import Limit


@dataclass(frozen=True, slots=True)
class Drawn:
    """The drawn actions by customer, the chance of each, and what they leave for the rest.

    `chance_of` gives each customer's chance of being drawn at all; `crowded_out` are customers who
    were drawn and for whom no room was left.
    """

    chosen: Mapping[int, Action]
    probability: Mapping[int, float]
    chance_of: Mapping[int, float]
    crowded_out: frozenset[int]
    minutes: Mapping[int, int]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Lottery:
    """The share of minutes that lots are drawn for, the secret they are drawn with, and the day."""

    share: float
    key: bytes
    day: date


def draw_lots(
    lottery: Lottery,
    allowed: Mapping[int, Sequence[Action]],
    list_of: Mapping[int, int],
    minutes: Mapping[int, int],
    limits: Sequence[Limit],
) -> Drawn:
    """Some customers' actions, drawn from their `allowed` ones; the share holds on average.

    Customers are taken in the order of their lots while lists and limits have room. Minimums are
    nothing that lots are drawn for.
    """
    chance = _chances(lottery.share, allowed, list_of, minutes)
    lots = {who: _lot(lottery, who) for who in allowed}
    left = dict(minutes)
    rooms = [limit.amount for limit in limits]
    chosen: dict[int, Action] = {}
    crowded: set[int] = set()
    for who in sorted(lots, key=lambda who: (lots[who], who)):
        if lots[who] >= chance[who]:
            continue
        own = sorted(allowed[who], key=lambda action: (action.offer_code or "", action.channel))
        action = own[min(int(lots[who] / chance[who] * len(own)), len(own) - 1)]
        takes = [_taken(limit, action) for limit in limits]
        fits = action.minutes <= left[list_of[who]] and all(
            limit.minimum or take <= room
            for limit, take, room in zip(limits, takes, rooms, strict=True)
        )
        if not fits:
            crowded.add(who)
            continue
        chosen[who] = action
        left[list_of[who]] -= action.minutes
        rooms = [room - take for room, take in zip(rooms, takes, strict=True)]
    return Drawn(
        chosen=chosen,
        probability={who: chance[who] / len(allowed[who]) for who in chosen},
        chance_of=chance,
        crowded_out=frozenset(crowded),
        minutes=left,
        limits=tuple(_less(limits, rooms)),
    )


def _chances(
    share: float,
    allowed: Mapping[int, Sequence[Action]],
    list_of: Mapping[int, int],
    minutes: Mapping[int, int],
) -> dict[int, float]:
    """Each customer's chance, so that lots are expected to take the share of the list's minutes.

    Where a list's contacts take no minutes, the chance is the share itself.
    """
    wanted: dict[int, float] = {}
    for who, actions in sorted(allowed.items()):
        mean = sum(action.minutes for action in actions) / len(actions)
        wanted[list_of[who]] = wanted.get(list_of[who], 0.0) + mean
    by_list = {
        name: min(1.0, share * minutes[name] / total) if total else share
        for name, total in wanted.items()
    }
    return {who: by_list[list_of[who]] for who in allowed}


def _lot(lottery: Lottery, customer_id: int) -> float:
    """A number in [0, 1) that only the key's holder can foretell, another one every day."""
    said = f"lot:{lottery.day}:{customer_id}"
    digest = hmac.new(lottery.key, said.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _taken(limit: Limit, action: Action) -> int:
    return limit.take(action.customer_id, (action.offer_code, action.channel))


def _less(limits: Sequence[Limit], rooms: Sequence[int]) -> Iterable[Limit]:
    for limit, room in zip(limits, rooms, strict=True):
        yield Limit(
            name=limit.name,
            unit=limit.unit,
            amount=max(room, 0),
            takes=limit.takes,
            members=limit.members,
            minimum=limit.minimum,
        )
