"""The worlds differ as they say, and what is done with one customer changes no other's fate."""

from dataclasses import replace

import numpy as np
import pytest

from banks.world import CONTACT_CHANNELS, world_named
from banks.world_arrays import stream
from banks.world_calendar import calendar_of
from banks.world_contacts import CARE
from banks.world_leaving import hazards
from banks.world_months import Life
from banks.world_people import draw_people
from banks.world_places import found_bank
from banks.world_state import PHONE, Setting, chances, effects_now, needs
from banks.world_traits import draw_traits
from goodcall.vocabulary import FAMILIES

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
    assert (
        np.std(
            np.log(spread.effect[~spread.sleeping_dog] / spread.base[~spread.sleeping_dog, :, None])
        )
        > 0.4
    )


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
    ratio = np.nanmean(last / first, axis=(0, 1))
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
