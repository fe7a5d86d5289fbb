"""The effect that reports tell covers the truth as often as it says, by the product's own draw.

One table of both outcomes of every customer, drawn over a thousand times: only the key differs.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module

import numpy as np
import pytest

from goodcall.profile import Profile
from outreach import Standing, freeze, in_holdout
from outreach.experiment import Band, hash_of
from reports import Sides, limits_of, looks
from reports.drawn import Drawn, spared_note
from reports.drawn import drawn as sides_of_draw

DAY, SHARE = date(2026, 6, 8), 0.1
BANDS = (0, 5_000_000, 20_000_000)
LOTS, HOMES = 1000, 700
_OUTCOMES = ("bought", "left", "value")


@dataclass(frozen=True)
class Town:
    """Customers in households, and what becomes of each held out and contacted, by outcome."""

    people: list[Standing]
    held: dict[str, np.ndarray]
    contacted: dict[str, np.ndarray]
    before: np.ndarray

    def truth(self, name):
        return float((self.contacted[name] - self.held[name]).mean())


def key(number):
    return f"sixteen bytes or more, {number}".encode()


def drawn(people, number, apart=()):
    return freeze(people, key=key(number), share=SHARE, bands=BANDS, day=DAY, apart=apart)


@pytest.fixture(scope="module")
def town():
    """Purchases and leaving that run in households, money with a long tail.

    Contacts help some and put off a few, keep some of who leaves, and raise what the rest bring.
    """
    rng, people, keen = np.random.default_rng(1), [], []
    for home in range(HOMES):
        kind, branch = ("retail", "private")[int(rng.random() < 0.3)], int(rng.integers(1, 4))
        likes, rich = rng.gamma(2, 0.5), rng.lognormal()
        for _ in range(rng.choice((1, 1, 2, 4))):
            alone = rng.random() < 0.2
            who = Profile(
                customer_id=len(people) + 1, known_before=datetime(2026, 6, 8, tzinfo=UTC),
                kind=kind, status="active", zone="Asia/Shanghai", branch_id=branch,
                household_id=None if alone else home,
            )  # fmt: skip
            people.append(Standing(who, rich * rng.lognormal(0, 0.5) * 1e7))
            keen.append(likes * (1.5 if kind == "private" else 1.0))
    likes = np.array(keen)
    count = len(likes)
    bought, left = rng.poisson(0.1 * likes), rng.random(count) < 0.08 * likes
    swayed, put_off = rng.random(count) < 0.03 * likes, (rng.random(count) < 0.05) & (bought > 0)
    stayed = left & (rng.random(count) < 0.3)
    money = np.round(rng.lognormal(10, 0.7, count) * likes)
    held = {"bought": bought, "left": left, "value": money * ~left}
    contacted = {
        "bought": bought + swayed - put_off,
        "left": left & ~stayed,
        "value": np.round(1.03 * money) * (~left | stayed) + 3000 * (bought + swayed - put_off),
    }
    as_floats = ({name: side[name].astype(float) for name in side} for side in (held, contacted))
    return Town(people, *as_floats, before=0.1 * likes)


class Lots:
    """The draw of any key over a town, by the lowest hashes of each stratum."""

    def __init__(self, people, apart):
        self.draw = drawn(people, 0, apart)
        members = [self.draw.members[each.profile.customer_id] for each in people]
        self.stratum = np.array([each.stratum for each in members])
        self.household = np.array(
            [
                -1 - each.profile.customer_id
                if member.household_id is None
                else member.household_id
                for each, member in zip(people, members, strict=True)
            ]
        )
        self.chance = np.array([self.draw.strata[each.stratum].chance for each in members])
        self.homes, first = np.unique(self.household, return_index=True)
        self.of_home = self.stratum[first]
        self.inside = [np.flatnonzero(self.of_home == n) for n in range(len(self.draw.strata))]

    def held(self, number):
        said = np.array([_hash(int(home), key(number)) for home in self.homes])
        out = np.zeros(len(self.homes), dtype=bool)
        for inside, stratum in zip(self.inside, self.draw.strata, strict=True):
            out[inside[np.argsort(said[inside])[: stratum.drawn]]] = True
        return out[np.searchsorted(self.homes, self.household)]

    def sides(self) -> Iterator[Sides]:
        for number in range(LOTS):
            yield Sides.pooled(self.held(number), self.stratum, self.household, self.chance)


def _hash(home, secret):
    return hash_of(-1 - home, None, secret) if home < 0 else hash_of(0, home, secret)


@pytest.fixture(scope="module", params=[(), (Band(20_000_000, 0.05),)], ids=["even", "apart"])
def lots(town, request):
    """With one share for all, and with a lower one for the rich."""
    return Lots(town.people, request.param)


@pytest.fixture(scope="module")
def every(lots):
    """The sides of a thousand keys."""
    return list(lots.sides())


def test_those_of_whom_nobody_could_be_held_out_are_in_no_comparison(town, monkeypatch):
    """Nobody stands for what would have become of them; who they are is told."""
    draw = drawn(town.people, 0, (Band(100_000_000, 0.01),))
    (rich,) = (number for number, each in enumerate(draw.strata) if not each.drawn)
    few = {who for who, member in draw.members.items() if member.stratum == rich}
    known = [each.profile for each in town.people]
    monkeypatch.setattr(import_module("reports.drawn"), "profiles", lambda *_: known)
    base = sides_of_draw(None, draw, key(0), DAY)
    assert base.spared == len(few) > 20
    assert base.held.keys() == draw.members.keys() - few
    (note,) = spared_note(base.among(base.held))
    assert f"{len(few)} customers are in no comparison" in note.en
    assert spared_note(Drawn(base.held, draw)) == ()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_lots_are_those_that_the_product_draws(town, lots, every, number):
    """Frozen by the same key, the same customers are held out, and the same effect is told."""
    draw = drawn(town.people, number, lots.draw.bands)
    base = Drawn(
        {
            each.profile.customer_id: in_holdout(each.profile, key(number), draw)
            for each in town.people
        },
        draw,
    )
    assert [*base.held.values()] == every[number].held.tolist() == lots.held(number).tolist()
    value = np.where(every[number].held, town.held["value"], town.contacted["value"])
    told = base.effect("value", dict(zip(base.held, value.tolist(), strict=True)))
    assert told == every[number].effect("value", value)


@pytest.mark.parametrize("name", _OUTCOMES)
def test_the_interval_covers_the_truth(town, every, name):
    """Of purchases, leaving and money 93 to 97 % of a thousand draws hold what is true.

    Where too few of the held did it to say which share of theirs the change is, none is told.
    """
    covered = defaultdict(list)
    truth, held = town.truth(name), town.held[name].mean()
    assert truth != 0
    for sides in every:
        found = sides.effect(name, np.where(sides.held, town.held[name], town.contacted[name]))
        covered["difference"].append(found.difference.low <= truth <= found.difference.high)
        if (told := found.relative) is not None:
            covered["relative"].append(told.low <= truth / held <= told.high)
    assert len(covered["relative"]) > 0.9 * LOTS
    means = {name: np.mean(each) for name, each in covered.items()}
    assert all(0.93 <= mean <= 0.97 for mean in means.values()), means


@pytest.mark.parametrize("name", _OUTCOMES)
def test_where_contacting_changes_nothing_an_effect_is_seldom_shown(town, every, name):
    """3 to 7 % of a thousand draws."""
    shown = sum(sides.effect(name, town.held[name]).difference.shown for sides in every)
    assert 0.03 <= shown / LOTS <= 0.07


def test_twelve_looks_show_what_is_not_there_in_one_of_twenty_at_most(town, every):
    """A thousand draws, each looked at every month while purchases pile up; nothing is changed."""
    rng, through = np.random.default_rng(3), [month / 12 for month in range(1, 13)]
    piled = np.cumsum(rng.poisson(town.before, (12, len(town.before))), axis=0).astype(float)
    scores = np.stack([every[0].scores(each) for each in piled])
    errors = np.sqrt((scores**2).sum(axis=1))
    limits = limits_of(scores @ scores.T / np.outer(errors, errors), through)
    found = looks(every[0], list(piled), through)
    shown = 0
    for number, sides in enumerate(every):
        ends = [
            abs(sides.effect("", each).difference.value) > sides.half(each, limit)
            for each, limit in zip(piled, limits, strict=True)
        ]
        shown += any(ends)
        if number == 0:
            assert ends == [each.shown for each in found]
    assert shown / LOTS <= 0.05
