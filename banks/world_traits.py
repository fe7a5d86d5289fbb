"""What is true of the simulated customers and hidden from the bank."""

from dataclasses import dataclass

import numpy as np

from banks.world import CONTACT_CHANNELS, OBSERVED, World
from banks.world_arrays import Flags, Floats
from banks.world_people import People
from banks.world_places import sold_to
from goodcall.vocabulary import FAMILIES, KINDS

_YOUNG = 35.0
_BAND_STARTS = (35.0, 55.0, 65.0)
_FOR_OLD_AGE = ("wealth", "insurance")


@dataclass(frozen=True, slots=True)
class Traits:
    """The hidden nature of each customer; scores are in standard units.

    `buys` (n, families) says what the bank sells to the customer's kind. `need` is the lasting part
    of the needs; `base` the chance of buying within 90 days at an average need; `effect` (n,
    families, channels) is what a contact adds to that chance; `care` and `push` (n, channels) are
    what a care contact or an offer that reaches adds to the log hazard of leaving; `rate_minded` is
    who looks to the rates of other banks. No contact moves a `lost_cause`, who seldom buys, or a
    `sure_thing`, who buys all the same; a `sleeping_dog` is moved the wrong way; all others are to
    be persuaded, the more the higher `persuadable`.
    """

    buys: Flags
    need: Floats
    base: Floats
    restless: Floats
    tolerance: Floats
    persuadable: Floats
    sleeping_dog: Flags
    lost_cause: Flags
    sure_thing: Flags
    rising: Flags
    effect: Floats
    care: Floats
    push: Floats
    rate_minded: Floats


def draw_traits(world: World, people: People, rng: np.random.Generator) -> Traits:
    """The hidden nature of every customer."""
    seen, count = people.observed(), people.count
    need = _needs(world, seen, rng)
    persuadable = _half_hidden(rng, 0.3 * seen[:, 3] - 0.25 * seen[:, 2])
    dog, lost, sure = _answers(world, rng.random(count))
    tolerance = _half_hidden(rng, 0.2 * seen[:, 2])
    buys = np.array([sold_to(kind) for kind in KINDS])[people.kind]
    base = _base(world, people)
    base[lost] *= world.contacts.lost_causes_buy
    base[sure] *= world.contacts.sure_things_buy
    effect = _effects(world, persuadable, need, base=base, dog=dog, rng=rng)
    effect[lost | sure] = 0.0
    care = _care(world, dog, rng)
    care[lost | sure] = 0.0
    return Traits(
        buys=buys,
        need=need,
        base=base,
        restless=_half_hidden(rng, -0.25 * seen[:, 2] - 0.2 * seen[:, 3]),
        tolerance=tolerance,
        persuadable=persuadable,
        sleeping_dog=dog,
        lost_cause=lost,
        sure_thing=sure,
        rising=(people.age < _YOUNG) & ~people.firm & (rng.random(count) < world.people.rising),
        effect=effect,
        care=care,
        push=_push(world, tolerance, dog),
        rate_minded=_half_hidden(rng, 0.35 * seen[:, 0]),
    )


def chance_of_buying(world: World, base: Floats, need: Floats) -> Floats:
    """The chance of buying within 90 days at a need, without contact; its mean is near `base`."""
    gain = world.buying.need_gain
    chance: Floats = np.minimum(base * np.exp(gain * need - gain * gain / 2), 0.6)
    return chance


def _answers(world: World, drawn: Floats) -> tuple[Flags, Flags, Flags]:
    """Who is a sleeping dog, a lost cause, a sure thing: each customer is one of them at most."""
    contacts = world.contacts
    edges = np.cumsum([contacts.sleeping_dogs, contacts.lost_causes, contacts.sure_things])
    place = np.searchsorted(edges, drawn, side="right")
    return place == 0, place == 1, place == 2  # noqa: PLR2004 - the third of three


def _half_hidden(rng: np.random.Generator, visible: Floats) -> Floats:
    """A standard score of which the bank could guess `visible`, and no more."""
    rest = np.sqrt(max(1 - float(np.var(visible)), 0.1))
    score: Floats = visible + rest * rng.normal(size=len(visible))
    return score


def _needs(world: World, seen: Floats, rng: np.random.Generator) -> Floats:
    lean = np.array([[world.needs[family][key] for key in OBSERVED] for family in FAMILIES])
    visible = seen @ lean.T
    visible *= np.sqrt(world.buying.observed_share) / (visible.std(axis=0) + 1e-9)
    rest = np.sqrt(1 - world.buying.observed_share)
    needs: Floats = visible + rest * rng.normal(size=visible.shape)
    return needs


def _base(world: World, people: People) -> Floats:
    base = np.tile([world.buying.base[family] for family in FAMILIES], (people.count, 1))
    ratios = np.array(list(world.planted.business_loan.values()))
    base[:, FAMILIES.index("business_loan")] *= ratios[people.region]
    keen = np.array(list(world.planted.pension.values()))
    keen = np.where(people.firm, 1.0, keen[np.searchsorted(_BAND_STARTS, people.age, "right")])
    for family in _FOR_OLD_AGE:
        base[:, FAMILIES.index(family)] *= keen
    return base


def _effects(
    world: World,
    persuadable: Floats,
    need: Floats,
    *,
    base: Floats,
    dog: Flags,
    rng: np.random.Generator,
) -> Floats:
    spread, mean = world.contacts.effect_spread, np.array(list(world.contacts.effect.values()))
    count = len(persuadable)
    taste = 0.5 * rng.normal(size=(count, 1, len(mean)))
    fit = 0.5 * rng.normal(size=(count, len(FAMILIES), 1)) + 0.35 * need[:, :, None]
    score = 0.75 * persuadable[:, None, None] + taste + fit
    ratio = mean * np.exp(spread * score - spread * spread / 2)
    ratio = np.where(dog[:, None, None], -0.5 * np.minimum(ratio, 1.0), ratio)
    effect: Floats = np.minimum(base[:, :, None] * ratio, 0.4)
    return effect


def _care(world: World, dog: Flags, rng: np.random.Generator) -> Floats:
    mean = np.array(list(world.contacts.care.values()))
    evenness = 1 / max(world.contacts.care_spread, 1e-3) ** 2
    saves = -mean * rng.gamma(evenness, 1 / evenness, (len(dog), 1))
    return np.where(dog[:, None], 0.5 * world.contacts.sleeping_dog_harm, saves)


def _push(world: World, tolerance: Floats, dog: Flags) -> Floats:
    mean = np.array([world.contacts.push[channel] for channel in CONTACT_CHANNELS])
    annoys = mean * np.exp(-world.contacts.push_spread * tolerance[:, None])
    return annoys + np.where(dog[:, None], world.contacts.sleeping_dog_harm, 0.0)
