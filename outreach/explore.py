"""Lots: a share of the day's minutes goes to any allowed contact, so that effects can be learned.

First the best use of the day is found, without lots. Then each of its contacts keeps its place, or,
with a chance of its own, gives it to a lot. A place that is worth much a minute has a small chance,
by one over the root of that worth: what lots teach hangs on whom they reach and not on whose place
they take, and so a share of the minutes costs the day a smaller share of its value. Who stands for
a place is its own customer and those of the list who got none, each assigned to one place by a
hash; one of them is drawn, and one of that customer's allowed actions that fit the place. What fits
hangs on the place alone and on no other lot, so the probability of whatever comes out is known, and
is kept with it: over many days what comes out, counted by its inverse probability, adds up to the
days on which it could.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from outreach.arbitrate import Action
from outreach.limits import Limit

T = TypeVar("T")
# No place goes to a lot more often than it is kept.
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class Drawn:
    """What lots chose, by customer, the contacts whose places they took, and every probability.

    `probability` is that of what came out for a customer, nothing among it, given the best use of
    the day and who stood for which place, times the share of the list's places in which a drawn
    action fits where the customer might have stood for any; 1 for those who are not named.
    `chance_of` is the probability that a lot chose for the customer, given the same. `controls`
    names, beside each customer whom a lot chose, another who stood for the same place and was drawn
    to be left alone, with the action that would have been his; none beside one who stood alone.
    """

    chosen: Mapping[int, Action]
    displaced: Mapping[int, Action]
    probability: Mapping[int, float]
    chance_of: Mapping[int, float]
    controls: Mapping[int, tuple[int, Action]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lottery:
    """The share of each list's minutes that goes to lots, the secret that draws, and the day."""

    share: float
    key: bytes
    day: date


def draw_lots(
    lottery: Lottery,
    best: Mapping[int, Action],
    allowed: Mapping[int, Sequence[Action]],
    list_of: Mapping[int, int],
    limits: Sequence[Limit],
) -> Drawn:
    """Who takes the places that lots are drawn for, with which of the `allowed` actions.

    `best` holds the contacts of the day's best use by customer. A lot takes no more minutes than
    the place has, and of every limit what the place frees and a fixed part of what is left, so that
    no limit breaks whatever all lots draw; a place that counts for a minimum goes on counting.
    """
    chosen: dict[int, Action] = {}
    displaced: dict[int, Action] = {}
    probability: dict[int, float] = {}
    chance_of: dict[int, float] = {}
    controls: dict[int, tuple[int, Action]] = {}
    if not lottery.share:
        return Drawn(chosen, displaced, probability, chance_of)
    spare, chances = _spare(best, limits), _chances(lottery.share, best, list_of)
    for owner, standing in _standing(lottery, best, allowed, list_of).items():
        place = best[owner]
        fitting = {who: _fitting(place, allowed.get(who, ()), limits, spare) for who in standing}
        able = [who for who in standing if fitting[who]]
        if not able:
            continue
        chance = chances[owner]
        each = chance / len(able)
        chance_of |= dict.fromkeys(able, each)
        probability |= dict.fromkeys(able, 1 - each)
        probability[owner] = 1 - chance
        if _lot(lottery, "place", owner) >= chance:
            continue
        displaced[owner] = place
        probability[owner] = chance - chance_of.get(owner, 0.0)
        drawn = _one_of(able, _lot(lottery, "who", owner))
        chosen[drawn] = _one_of(fitting[drawn], _lot(lottery, "what", owner))
        probability[drawn] = each / len(fitting[drawn])
        left = [who for who in able if who != drawn]
        if left:
            beside = _one_of(left, _lot(lottery, "beside", owner))
            controls[drawn] = beside, _one_of(fitting[beside], _lot(lottery, "instead", owner))
        if drawn != owner:
            others = (a for who, a in best.items() if list_of[who] == list_of[owner])
            fits = [bool(_fitting(other, [chosen[drawn]], limits, spare)) for other in others]
            probability[drawn] *= sum(fits) / len(fits)
    return Drawn(chosen, displaced, probability, chance_of, controls)


def taken(limit: Limit, action: Action) -> int:
    """What an action takes of a limit."""
    return limit.take(action.customer_id, (action.offer_code, action.channel))


def _chances(
    share: float, best: Mapping[int, Action], list_of: Mapping[int, int]
) -> dict[int, float]:
    """Each place's chance of going to a lot, by the customer who has it.

    Of every list so many of the minutes go to lots, on average, as the share says.
    """
    lists: dict[int, list[int]] = {}
    for owner in sorted(best):
        lists.setdefault(list_of[owner], []).append(owner)
    found: dict[int, float] = {}
    for owners in lists.values():
        minutes = {owner: max(best[owner].minutes, 1) for owner in owners}
        weight = {
            owner: (minutes[owner] / max(best[owner].value_cents, 1)) ** 0.5 for owner in owners
        }
        left, rest = share * sum(minutes.values()), owners
        while rest:
            scale = left / sum(weight[owner] * minutes[owner] for owner in rest)
            full = [owner for owner in rest if scale * weight[owner] > _MOST]
            if not full:
                found |= {owner: scale * weight[owner] for owner in rest}
                break
            found |= dict.fromkeys(full, _MOST)
            left -= _MOST * sum(minutes[owner] for owner in full)
            rest = [owner for owner in rest if owner not in found]
    return found


def _standing(
    lottery: Lottery,
    best: Mapping[int, Action],
    allowed: Iterable[int],
    list_of: Mapping[int, int],
) -> dict[int, list[int]]:
    """Who stands for each place, by the customer who has it: that one first."""
    places: dict[int, list[int]] = {}
    for owner in sorted(best):
        places.setdefault(list_of[owner], []).append(owner)
    found = {owner: [owner] for owner in sorted(best)}
    for who in sorted(allowed):
        own = places.get(list_of[who])
        if own and who not in best:
            found[_one_of(own, _lot(lottery, "stands", who))].append(who)
    return found


def _spare(best: Mapping[int, Action], limits: Sequence[Limit]) -> list[int]:
    """What each place may take of every limit beyond what it frees: its part of what is left."""
    left = [limit.amount - sum(taken(limit, a) for a in best.values()) for limit in limits]
    return [max(room, 0) // max(len(best), 1) for room in left]


def _fitting(
    place: Action, actions: Iterable[Action], limits: Sequence[Limit], spare: Sequence[int]
) -> list[Action]:
    """The actions that fit a place, but for the one that has it, in the order of offer, channel."""
    frees = [taken(limit, place) for limit in limits]
    found = [
        action
        for action in actions
        if action is not place
        and action.minutes <= place.minutes
        and all(
            taken(limit, action) >= free if limit.minimum else taken(limit, action) <= free + more
            for limit, free, more in zip(limits, frees, spare, strict=True)
        )
    ]
    return sorted(found, key=lambda action: (action.offer_code or "", action.channel))


def _lot(lottery: Lottery, what: str, customer_id: int) -> float:
    """A number in [0, 1) that only the key's holder can foretell, another one every day."""
    said = f"lot:{lottery.day}:{what}:{customer_id}"
    digest = hmac.digest(lottery.key, said.encode(), "sha256")
    # 53 bits are what a float holds, so that the number never rounds up to 1.
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def _one_of(items: Sequence[T], lot: float) -> T:
    """The item that a number in [0, 1) stands for, each with equal chances."""
    return items[int(lot * len(items))]
