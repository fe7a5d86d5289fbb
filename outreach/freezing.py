"""Draws the hold-out: of each stratum of households the share with the lowest keyed hashes.

A household's stratum is the kind of customer, its assets, and its branch. Kind and branch are those
of its head, the active member with the most assets; the assets are those of all members together.
Strata of too few households are put together: over branches first, then over assets, then kinds.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isnan

import numpy as np
from numpy.typing import NDArray

from goodcall.profile import Profile
from outreach.errors import ExperimentError
from outreach.experiment import Draw, Likeness, Member, Stratum, hash_of, in_holdout, key_print

# A tenth of fewer households than these is too coarse a number of households.
LEAST_HOUSEHOLDS = 30
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
    people: Iterable[Standing], *, key: bytes, share: float, bands: Sequence[int], day: date
) -> Draw:
    """The hold-out of a day: the lowest round(share x households) hashes of every stratum.

    `bands` are the cents from which each band of assets begins, ascending. The order of `people`
    does not matter.
    """
    standing = sorted(people, key=lambda each: each.profile.customer_id)
    if not standing:
        raise ExperimentError("there is nobody to draw a hold-out from; bring the bank's customers")
    homes: dict[_Home, list[Standing]] = {}
    for each in standing:
        homes.setdefault(_home(each.profile), []).append(each)
    strata = _pooled({home: _class(members, bands) for home, members in homes.items()})
    place = {home: at for at, inside in enumerate(strata.values()) for home in inside}
    draw = Draw(
        share=share,
        strata=tuple(_stratum(name, inside, key, share) for name, inside in strata.items()),
        members={
            each.profile.customer_id: Member(each.profile.household_id, place[_home(each.profile)])
            for each in standing
        },
        homes={home: at for (home, _), at in place.items() if home is not None},
        key_print=key_print(key),
        day=day,
    )
    held = np.array([in_holdout(each.profile, key, draw) for each in standing])
    found = (_likeness(name, of, held) for name, of in _traits(standing, day).items())
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
    at = max(bisect_right(bands, sum(_assets(each) for each in members)) - 1, 0)
    assets = f"{bands[at] // _CENTS:,}+" if bands else ""
    return kind, assets, "" if head.branch_id is None else str(head.branch_id)


def _assets(each: Standing) -> float:
    known = each.assets_cents
    return 0.0 if known is None or isnan(known) else known


def _pooled(classes: Mapping[_Home, _Class]) -> dict[_Class, list[_Home]]:
    """The households of each stratum, small strata put together part by part from the last."""
    found: dict[_Class, list[_Home]] = {}
    left = dict(classes)
    for kept in (3, 2, 1, 0):
        groups: dict[_Class, list[_Home]] = {}
        for home, (kind, assets, branch) in left.items():
            name = (kind if kept else "", assets if kept > 1 else "", branch if kept > 2 else "")  # noqa: PLR2004 - parts of a name
            groups.setdefault(name, []).append(home)
        for name, inside in groups.items():
            if len(inside) >= LEAST_HOUSEHOLDS or not kept:
                found.setdefault(name, []).extend(inside)
                for home in inside:
                    del left[home]
    return dict(sorted(found.items()))


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


def _likeness(name: str, of: Sequence[float | None], held: NDArray[np.bool_]) -> Likeness | None:
    """How alike both sides are in a trait, None where one side knows it of nobody."""
    values = np.array([np.nan if value is None else value for value in of], dtype=np.float64)
    known = ~np.isnan(values)
    inside, outside = values[known & held], values[known & ~held]
    if not inside.size or not outside.size:
        return None
    spread = float(np.sqrt((inside.var() + outside.var()) / 2))
    means = float(inside.mean()), float(outside.mean())
    return Likeness(name, *means, (means[0] - means[1]) / spread if spread else None)
