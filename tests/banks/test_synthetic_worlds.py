"""The worlds differ as they say, and what is done with one customer changes no other's fate."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from banks import world
from banks.world import (
    CONTACT_CHANNELS,
    LIFE_EVENTS,
    world_named,
    world_version,
    worlds,
)
from banks.world_arrays import records, stream
from banks.world_calendar import calendar_of
from banks.world_contacts import CARE, meet
from banks.world_leaving import SERVICE, hazards
from banks.world_months import Life
from banks.world_people import draw_people
from banks.world_places import found_bank
from banks.world_state import (
    PHONE,
    Setting,
    care_now,
    chances,
    effects_now,
    needs,
    strain,
)
from banks.world_traits import draw_traits
from goodcall.vocabulary import FAMILIES, OUTCOMES

CUSTOMERS, MONTHS = 3_000, 12


def setting_of(world: str, seed: int = 3) -> Setting:
    settings, calendar = world_named(world), calendar_of(MONTHS)
    places = found_bank(CUSTOMERS, stream(seed, "places"))
    people = draw_people(settings, calendar, places, CUSTOMERS, stream(seed, "people"))
    return Setting(
        settings, calendar, people, draw_traits(settings, people, stream(seed, "traits"))
    )


def lived(setting, plans, seed=3):
    """A life with the contacts that `plans` makes of those that the bank would make."""
    life = Life(setting, seed)
    for _ in range(MONTHS):
        life.live(plans(life.plan(), life.month))
    return life


def fates(life, but=None):
    """Everything that became of customers, but one of them."""
    found = []
    for month in life.history.months:
        for name in ("purchases", "run_offs", "cases", "contacts"):
            rows = getattr(month, name)
            found.append(np.sort(rows[rows["who"] != but]).tobytes())
        rest = np.arange(CUSTOMERS) != but
        found += [getattr(month, name)[rest].tobytes() for name in ("begins", "unsettled", "need")]
    return found


def test_a_version_tells_settings_apart_and_nothing_else(monkeypatch):
    """Each world has one of its own; any figure that changes changes it."""
    versions = {name: world_version(name) for name in worlds()}
    assert len({*versions.values()}) == len(versions)
    assert versions == {name: world_version(name) for name in worlds()}
    known = world_named("default")
    other = replace(known, habits=replace(known.habits, late=known.habits.late + 0.001))
    monkeypatch.setattr(world, "read_world", lambda file: other if file.stem == "default" else None)
    assert world_version("default") != versions["default"]


def test_whom_else_the_bank_contacts_changes_nothing_for_a_customer() -> None:
    """One customer is called every month, or never: all others live the same life, to the byte."""
    setting = setting_of("strong")
    base = lived(setting, lambda plan, _: plan)
    often = np.bincount(base.history.records("contacts")["who"], minlength=CUSTOMERS)
    who = int(often.argmax())
    plans = [month.contacts for month in base.history.months]

    def kept(plan, month):
        return plans[month][list(plan.dtype.names)]

    def without(plan, month):
        rows = kept(plan, month)
        return rows[rows["who"] != who]

    same, other = lived(setting, kept), lived(setting, without)
    assert fates(same) == fates(base)
    assert fates(other, who) == fates(base, who)
    assert fates(other) != fates(base)


def test_without_an_effect_contacts_change_no_purchase_and_no_leaving() -> None:
    """The bank that calls nobody lives exactly as the one that calls by habit and by lot."""
    setting = setting_of("no_effect")
    busy, idle = (
        lived(setting, lambda plan, _: plan),
        lived(setting, lambda plan, _: plan[:0]),
    )
    assert len(busy.history.records("contacts")) > CUSTOMERS
    for one, two in zip(busy.history.months, idle.history.months, strict=True):
        assert one.purchases.tobytes() == two.purchases.tobytes()
        assert one.run_offs.tobytes() == two.run_offs.tobytes()
        assert one.begins.tobytes() == two.begins.tobytes()
    default = setting_of("default")
    assert any(
        one.purchases.tobytes() != two.purchases.tobytes()
        for one, two in zip(
            lived(default, lambda plan, _: plan).history.months,
            lived(default, lambda plan, _: plan[:0]).history.months,
            strict=True,
        )
    )


def test_a_contact_multiplies_the_chances_of_those_alike_by_the_same() -> None:
    """Effects over chances at an average need are one number a channel, and so is care."""
    traits = setting_of("alike").traits
    ratio = traits.effect / traits.base[:, :, None]
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[0, 0], ratio.shape))
    np.testing.assert_allclose(
        traits.care, np.broadcast_to(traits.care[0], traits.care.shape), rtol=0.01
    )
    assert np.ptp(traits.push, axis=0).max() < 1e-12
    spread = setting_of("default").traits
    moved = (spread.effect > 0).all(axis=(1, 2))
    assert np.std(np.log(spread.effect[moved] / spread.base[moved, :, None])) > 0.4


@pytest.mark.parametrize(("world", "left"), [("weary", 0.35), ("default", 0.83)])
def test_who_was_contacted_of_late_gains_less_by_the_next_contact(world: str, left: float) -> None:
    """Three contacts take off as much as the world says; harm is not lessened."""
    setting = setting_of(world)
    life = Life(setting, 3)
    fresh = effects_now(setting, life.state, 0)
    life.state.tired += 3
    weary = effects_now(setting, life.state, 0)
    gains = fresh > 0
    np.testing.assert_allclose(weary[gains] / fresh[gains], left, atol=0.01)
    assert (weary[~gains] == fresh[~gains]).all()


def test_what_drifts_has_drifted_by_its_yearly_factor_after_twelve_months() -> None:
    """Chances, effects and hazards, each as the file says; the default world stands still."""
    setting = setting_of("drifting")
    state = Life(setting, 3).state
    need, drift = needs(setting, state), setting.world.drift
    first, last = (effects_now(setting, state, month) for month in (0, 11))
    moved = (first != 0).all(axis=(1, 2))
    ratio = np.mean(last[moved] / first[moved], axis=(0, 1))
    np.testing.assert_allclose(ratio, np.array([*drift.effect.values()]) ** (11 / 12))
    a, b = (chances(setting, state, need, month).mean(axis=0) for month in (0, 11))
    season = (b / a)[FAMILIES.index("business_loan")]
    fund = (b / a)[FAMILIES.index("fund")] / season
    assert fund == pytest.approx(drift.buying["fund"] ** (11 / 12), rel=0.03)
    # Nobody is new and nothing complained of in a world that was just made.
    early, late = (hazards(setting, state, month).leave for month in (0, 11))
    stays = ~state.unsettled & (setting.people.opened < -600)
    assert (late / early)[stays].mean() == pytest.approx(drift.leaving ** (11 / 12), rel=0.01)


def test_a_rate_war_draws_away_those_who_look_to_rates() -> None:
    """Hazards rise for all, the more the more they look; deposits are bought less meanwhile."""
    setting = setting_of("default")
    state = Life(setting, 3).state
    need = needs(setting, state)
    peace, bought = hazards(setting, state, 0), chances(setting, state, need, 0)
    state.war = 2
    war, meanwhile = hazards(setting, state, 0), chances(setting, state, need, 0)
    ratio, minded = war.unsettle / peace.unsettle, setting.traits.rate_minded
    assert (ratio > 1).all()
    assert np.corrcoef(np.log(ratio), minded)[0, 1] > 0.8
    deposit, card = FAMILIES.index("deposit"), FAMILIES.index("credit_card")
    assert meanwhile[:, deposit].sum() < 0.8 * bought[:, deposit].sum()
    assert (meanwhile[:, card] == bought[:, card]).all()


def test_rate_wars_come_and_go_whatever_the_bank_does() -> None:
    """As often and as long as the world says, at the same times for every policy."""
    often = replace(world_named("default").rivals, rate_war=0.4, longest_months=3)
    setting = setting_of("default")
    setting = replace(setting, world=replace(setting.world, rivals=often))
    wars = []
    for plans in (lambda plan, _: plan, lambda plan, _: plan[:0]):
        life, seen = Life(setting, 3), []
        for _ in range(MONTHS):
            life.live(plans(life.plan(), life.month))
            seen.append(life.state.war)
        wars.append(seen)
    assert wars[0] == wars[1]
    assert 0 in wars[0]
    assert 0 < max(wars[0]) <= 3


def test_an_offer_that_led_to_a_savings_product_can_replace_another() -> None:
    """Where every led purchase replaces, who was led to a fund gives up deposits that were held."""
    strong = setting_of("strong")
    counts = {}
    for share in (0.0, 1.0):
        buying = replace(strong.world.buying, replaces=share)
        setting = replace(strong, world=replace(strong.world, buying=buying))
        rows = lived(setting, lambda plan, _: plan).history.records("run_offs")
        counts[share] = len(rows)
    assert counts[1.0] > 1.05 * counts[0.0]


def test_low_spirits_take_from_what_a_contact_does_and_add_to_its_harm() -> None:
    """Offers and care do less good, offers more harm, and more contacts are refused."""
    setting = setting_of("default")
    contacts = setting.world.contacts
    states = {low: Life(setting, 3).state for low in (False, True)}
    for low, state in states.items():
        state.low[:] = low
        state.tired[:] = 0.0
    effect = {low: effects_now(setting, state, 0) for low, state in states.items()}
    care = {low: care_now(setting, state) for low, state in states.items()}
    for now, gains in ((effect, effect[False] > 0), (care, care[False] < 0)):
        np.testing.assert_allclose(now[True][gains], now[False][gains] * contacts.low_heeds)
        np.testing.assert_array_equal(now[True][~gains], now[False][~gains])
    assert strain(setting, states[False]).max() == 1
    np.testing.assert_allclose(strain(setting, states[True]), np.exp(contacts.low_refuses))
    everyone = every_contact(setting)
    met = {
        low: meet(setting, state, everyone, needs(setting, state), np.random.default_rng(5))
        for low, state in states.items()
    }
    refused = {low: (rows["refusal"] > 0).sum() for low, rows in met.items()}
    assert refused[True] > 1.5 * refused[False] > 0
    said = {low: (rows["outcome"] == OUTCOMES.index("LOW_MOOD")) for low, rows in met.items()}
    heard = met[True]["reached"] & (met[True]["refusal"] == 0)
    assert not said[False].any()
    assert not said[True][~heard].any()
    assert said[True][heard].mean() == pytest.approx(contacts.low_shows, abs=0.05)


def every_contact(setting):
    """A call to everyone in the first month."""
    count, start = setting.people.count, setting.calendar.month(0)[0]
    return records(
        who=np.arange(count),
        day=np.full(count, start),
        second=np.full(count, 36_000),
        channel=np.full(count, PHONE),
        family=np.zeros(count, dtype=np.int64),
        lot=np.zeros(count, dtype=bool),
        carried=np.ones(count, dtype=bool),
        probability=np.full(count, np.nan),
    )


def test_as_many_are_low_as_the_world_says_and_more_after_a_complaint() -> None:
    """Month by month; of those who complained, more are low in the month after."""
    setting = setting_of("default")
    months = lived(setting, lambda plan, _: plan).history.months
    share = np.mean([month.low.mean() for month in months])
    assert share == pytest.approx(setting.world.contacts.low_spirits, rel=0.25)
    after = []
    for one, two in pairwise(months):
        cross = one.cases["who"][one.cases["sort"] != SERVICE]
        after += two.low[np.setdiff1d(cross, np.flatnonzero(one.low))].tolist()
    assert np.mean(after) > 2 * share


def test_the_silent_neither_buy_nor_stay_as_others_do() -> None:
    """Only people who are paid elsewhere fall silent; they buy less and are likelier to leave."""
    setting = setting_of("default")
    state = Life(setting, 3).state
    assert 0.01 < state.silent.mean() < 0.06
    assert not state.silent[setting.people.paid_here | setting.people.firm].any()
    loud = hazards(setting, replace(state, silent=np.zeros_like(state.silent)), 0)
    ratio = hazards(setting, state, 0).unsettle / loud.unsettle
    gain = np.exp(setting.world.leaving.silent_gain)
    np.testing.assert_allclose(ratio[state.silent], gain)
    np.testing.assert_allclose(ratio[~state.silent], 1.0)
    months = lived(setting, lambda plan, _: plan).history.months
    bought, silent = np.zeros(2), np.zeros(2)
    for month in months:
        for quiet in (0, 1):
            rows = month.purchases["who"]
            bought[quiet] += (month.silent[rows] == quiet).sum()
            silent[quiet] += (month.silent == quiet).sum()
    assert bought[1] / silent[1] < 0.5 * bought[0] / silent[0]


@pytest.mark.parametrize("event", ["moving", "moving_abroad"])
def test_who_moves_is_likelier_to_leave_and_abroad_the_more(event: str) -> None:
    """By as much as the world says, in the month before the move."""
    setting = setting_of("default")
    state = Life(setting, 3).state
    stays = replace(state, coming=np.zeros_like(state.coming))
    moves = replace(state, coming=np.full_like(state.coming, 1 + LIFE_EVENTS.index(event)))
    before, after = (hazards(setting, each, 0).unsettle for each in (stays, moves))
    gains = {name: getattr(setting.world.leaving, f"{name}_gain") for name in ("moving", "abroad")}
    assert gains["abroad"] > gains["moving"] > 0
    open_ended = after < 0.5
    np.testing.assert_allclose(
        after[open_ended] / before[open_ended], np.exp(gains[event.rpartition("_")[2]])
    )
    assert open_ended.mean() > 0.5


def test_more_is_bought_at_the_turn_of_the_year() -> None:
    """Chances swing by `season` around the year's mean, at their height in January."""
    setting = setting_of("default")
    state = Life(setting, 3).state
    need, season = needs(setting, state), setting.world.buying.season
    means = {}
    for month in range(MONTHS):
        first = setting.calendar.first_of(month).month
        means[first] = chances(setting, state, need, month).mean()
    year = np.mean([*means.values()])
    assert season > 0
    assert means[1] / year == pytest.approx(1 + season, rel=0.03)
    assert means[7] / year == pytest.approx(1 - season, rel=0.03)


def test_each_family_is_given_up_at_its_own_rate() -> None:
    """Only what the world names is given up, and more of what it says is given up more."""
    setting = setting_of("default")
    rates = {"deposit": 0.0, "wealth": 0.05, "fund": 0.1, "insurance": 0.0}
    buying = replace(setting.world.buying, runs_off=rates, replaces=0.0)
    stays = replace(setting.world.leaving, unsettled=0.0, direct=0.0)
    world = replace(setting.world, buying=buying, leaving=stays)
    life = lived(replace(setting, world=world), lambda plan, _: plan)
    first = life.history.first_held
    ended = np.zeros_like(first)
    rows = life.history.records("run_offs")
    ended[rows["who"], rows["family"]] = True
    gone = life.state.gone < setting.calendar.days
    share = {
        family: ended[first[:, place] & ~gone, place].mean()
        for place, family in enumerate(FAMILIES)
    }
    assert {family for family, each in share.items() if each > 0} == {"wealth", "fund"}
    assert share["wealth"] == pytest.approx(1 - 0.95**MONTHS, abs=0.1)
    assert share["fund"] == pytest.approx(1 - 0.9**MONTHS, abs=0.12)


def test_managers_who_are_away_contact_nobody_by_habit() -> None:
    """In a world in which all are away there is the lot alone."""
    setting = setting_of("default")
    contacts = replace(setting.world.contacts, absent=1.0)
    away = Life(replace(setting, world=replace(setting.world, contacts=contacts)), 3).plan()
    assert away["lot"].all()
    some = Life(setting, 3).plan()
    assert not some["lot"].all()
    assert set(some["channel"].tolist()) == set(range(len(CONTACT_CHANNELS)))
    assert (some["family"] == CARE).any()
    assert PHONE in away["channel"]
