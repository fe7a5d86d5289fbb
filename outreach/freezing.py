"""Draws the hold-out: of each stratum of households the share with the lowest keyed hashes.

A household's stratum is the kind of customer, its assets, and its branch. Kind and branch are those
of its head, the active member with the most assets; the assets are those of all members together.
Strata of too few households are put together: over branches first, then over assets, then kinds,
but only such of which one share is held out. From a band of assets with a share of its own and too
few households nobody is drawn, and nobody of it can be compared.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil, isnan

import numpy as np
from numpy.typing import NDArray

from goodcall.profile import Profile
from outreach.errors import ExperimentError
from outreach.experiment import (
    Band,
    Draw,
    Likeness,
    Member,
    Stratum,
    hash_of,
    in_holdout,
    key_print,
)

# A tenth of fewer households than these is too coarse a number of households; of a lower share it
# takes as many as three are drawn from.
LEAST_HOUSEHOLDS = 30
_LEAST_DRAWN = 3
# Of a band of which fewer households would be drawn none is: one alone tells nothing of its spread.
_FEWEST_DRAWN = 2
_DAYS_A_YEAR = 365.25
_CENTS = 100

# A household by its id, or a customer without one by the own.
_Home = tuple[int | None, int]
# Kind, assets and branch.
_Class = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer on the day of the draw; `assets_cents` and the chance of leaving where known.

    What is not known is None or NaN; assets that are not known count as none for the stratum.
    """

    profile: Profile
    assets_cents: float | None = None
    leaving: float | None = None


def freeze(
    people: Iterable[Standing],
    *,
    key: bytes,
    share: float,
    bands: Sequence[int],
    day: date,
    apart: Sequence[Band] = (),
) -> Draw:
    """The hold-out of a day: the lowest round(share x households) hashes of every stratum.

    `bands` are the cents from which each band of assets begins, ascending; those of `apart` begin
    there too and have a share of their own, or nobody held out where that would be fewer than two
    households. The order of `people` does not matter.
    """
    standing = sorted(people, key=lambda each: each.profile.customer_id)
    if not standing:
        raise ExperimentError("there is nobody to draw a hold-out from; bring the bank's customers")
    homes: dict[_Home, list[Standing]] = {}
    for each in standing:
        homes.setdefault(_home(each.profile), []).append(each)
    limits = sorted({*bands, *(band.from_cents for band in apart)})
    strata: list[tuple[_Class, list[_Home], float]] = []
    for band, mine in _by_band(homes, share, apart):
        if band.from_cents and round(band.share * len(mine)) < _FEWEST_DRAWN:
            strata.append((("", _from(band.from_cents), ""), mine, 0.0))
            continue
        classes = {home: _class(homes[home], limits) for home in mine}
        strata.extend((*each, band.share) for each in _pooled(classes, band))
    strata.sort(key=lambda each: (each[0], each[2]))
    place = {home: at for at, (_, inside, _) in enumerate(strata) for home in inside}
    draw = Draw(
        share=share,
        strata=tuple(_stratum(name, inside, key, of) for name, inside, of in strata),
        members={
            each.profile.customer_id: Member(each.profile.household_id, place[_home(each.profile)])
            for each in standing
        },
        homes={home: at for (home, _), at in place.items() if home is not None},
        key_print=key_print(key),
        day=day,
        bands=tuple(apart),
    )
    held = np.array([in_holdout(each.profile, key, draw) for each in standing])
    weight = _weights(standing, held, draw)
    found = (_likeness(name, of, held, weight) for name, of in _traits(standing, day).items())
    return replace(draw, balance=tuple(each for each in found if each is not None))


def _home(profile: Profile) -> _Home:
    home = profile.household_id
    return (None, profile.customer_id) if home is None else (home, 0)


def _class(members: Sequence[Standing], bands: Sequence[int]) -> _Class:
    """Kind, assets and branch of a household."""

    def first(each: Standing) -> tuple[bool, float, int]:
        return each.profile.status != "active", -_assets(each), each.profile.customer_id

    head = min(members, key=first).profile
    kind = head.kind if head.status == "active" else head.status
    at = max(bisect_right(bands, _wealth(members)) - 1, 0)
    assets = _from(bands[at]) if bands else ""
    return kind, assets, "" if head.branch_id is None else str(head.branch_id)


def _from(cents: int) -> str:
    return f"{cents // _CENTS:,}+"


def _wealth(members: Iterable[Standing]) -> float:
    return sum(_assets(each) for each in members)


def _assets(each: Standing) -> float:
    known = each.assets_cents
    return 0.0 if known is None or isnan(known) else known


def _by_band(
    homes: Mapping[_Home, Sequence[Standing]], share: float, apart: Sequence[Band]
) -> list[tuple[Band, list[_Home]]]:
    """The households of each band with a share of its own, first those below them all."""
    begins = [band.from_cents for band in apart]
    inside: list[list[_Home]] = [[] for _ in range(len(apart) + 1)]
    for home, members in homes.items():
        inside[bisect_right(begins, _wealth(members))].append(home)
    every = zip((Band(0, share), *apart), inside, strict=True)
    return [(band, mine) for band, mine in every if mine]


def _pooled(classes: Mapping[_Home, _Class], band: Band) -> list[tuple[_Class, list[_Home]]]:
    """The households of each stratum of a band, small ones put together part by part."""
    found: dict[_Class, list[_Home]] = {}
    left, least = dict(classes), max(LEAST_HOUSEHOLDS, ceil(_LEAST_DRAWN / band.share))
    whole = _from(band.from_cents) if band.from_cents else ""
    for kept in (3, 2, 1, 0):
        groups: dict[_Class, list[_Home]] = {}
        for home, (kind, assets, branch) in left.items():
            name = (kind if kept else "", assets if kept > 1 else whole, branch if kept > 2 else "")  # noqa: PLR2004 - parts of a name
            groups.setdefault(name, []).append(home)
        for name, inside in groups.items():
            if len(inside) >= least or not kept:
                found.setdefault(name, []).extend(inside)
                for home in inside:
                    del left[home]
    return list(found.items())


def _stratum(name: _Class, homes: Iterable[_Home], key: bytes, share: float) -> Stratum:
    hashes = sorted(hash_of(who, home, key) for home, who in homes)
    drawn = round(share * len(hashes))
    return Stratum(name, len(hashes), drawn, hashes[drawn - 1] if drawn else "")


def _traits(standing: Sequence[Standing], day: date) -> dict[str, list[float | None]]:
    """What should be alike on both sides, a value a customer, None where it is not known."""

    def years(since: date | None) -> float | None:
        return None if since is None else (day - since).days / _DAYS_A_YEAR

    people = [each.profile for each in standing]
    return {
        "assets_cents": [each.assets_cents for each in standing],
        "leaving": [each.leaving for each in standing],
        "age": [years(who.birth_date) for who in people],
        "years_with_bank": [years(who.opened_on) for who in people],
        "products_held": [float(sum(h.closed_on is None for h in p.holdings)) for p in people],
        "contacts_before": [float(len(who.contacts)) for who in people],
    }


def _weights(
    standing: Sequence[Standing], held: NDArray[np.bool_], draw: Draw
) -> NDArray[np.float64]:
    """For how many of the bank each customer stands on his side: one over the chance to be there.

    None is held out of a stratum without a draw; its others stand for themselves.
    """
    stratum = (draw.strata[draw.members[each.profile.customer_id].stratum] for each in standing)
    chance = np.array([each.chance for each in stratum])
    weights: NDArray[np.float64] = 1 / np.where(held, chance, 1 - chance)
    return weights


def _likeness(
    name: str,
    of: Sequence[float | None],
    held: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> Likeness | None:
    """How alike both sides are in a trait, None where one side knows it of nobody."""
    values = np.array([np.nan if value is None else value for value in of], dtype=np.float64)
    known = ~np.isnan(values)
    sides = [known & held, known & ~held]
    if not all(side.any() for side in sides):
        return None
    means = [float(np.average(values[each], weights=weight[each])) for each in sides]
    variances = [
        np.average((values[side] - middle) ** 2, weights=weight[side])
        for side, middle in zip(sides, means, strict=True)
    ]
    spread, (inside, outside) = float(np.sqrt(sum(variances) / 2)), means
    return Likeness(name, inside, outside, (inside - outside) / spread if spread else None)
