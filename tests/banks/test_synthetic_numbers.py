"""Numbers of simulated customers die by themselves, and whoever dials a dead one reaches nobody."""

import numpy as np

from banks.world import world_named
from banks.world_arrays import Records, stream
from banks.world_calendar import NEVER, calendar_of
from banks.world_contacts import meet, plan_contacts
from banks.world_months import step
from banks.world_numbers import FIRST, NO_NUMBER
from banks.world_people import draw_people
from banks.world_places import found_bank
from banks.world_state import PHONE, SMS, Setting, State, begin, needs
from banks.world_traits import draw_traits
from goodcall.vocabulary import OUTCOMES

WRONG, INVALID = OUTCOMES.index("WRONG_NUMBER"), OUTCOMES.index("INVALID")


def founded(customers: int, months: int, seed: int) -> tuple[Setting, State]:
    """A bank on its first day."""
    world, calendar = world_named("default"), calendar_of(months)
    places = found_bank(customers, stream(seed, "places"))
    people = draw_people(world, calendar, places, customers, stream(seed, "people"))
    traits = draw_traits(world, people, stream(seed, "traits"))
    setting = Setting(world, calendar, people, traits)
    return setting, begin(setting, stream(seed, "months"))


def a_plan(setting: Setting, state: State, *, month: int, seed: int = 1) -> Records:
    """What the bank itself would do in a month."""
    nobody = np.zeros(int(setting.people.manager.max()) + 1, dtype=bool)
    return plan_contacts(setting, state, month, nobody, stream(seed, "contacts", month))


def test_numbers_die_whoever_is_called() -> None:
    """Without any contact the same numbers die of age on the same days, and some do."""
    setting, called = founded(4000, 8, seed=3)
    _, alone = founded(4000, 8, seed=3)
    for month in range(8):
        plan = a_plan(setting, called, month=month)
        step(setting, called, plan, month, stream(3, "months", 1 + month))
        step(setting, alone, plan[:0], month, stream(3, "months", 1 + month))
    stays = (called.numbers.changed == NEVER) & (alone.numbers.changed == NEVER)
    died = called.numbers.died[stays]
    assert (died == alone.numbers.died[stays]).all()
    assert 0.010 < (died < setting.calendar.days).mean() < 0.020
    assert (called.numbers.found[stays] <= alone.numbers.found[stays]).all()


def test_a_dead_number_reaches_nobody() -> None:
    """Calls and text messages to dead numbers reach nobody and hear so; no other does."""
    setting, state = founded(4000, 8, seed=3)
    plan = a_plan(setting, state, month=0)
    state.numbers.died[:] = np.where(np.arange(4000) % 2 == 0, 10, NEVER)
    met = meet(setting, state, plan, needs(setting, state), stream(3, "months", 1))
    dialled = met["carried"] & np.isin(met["channel"], (PHONE, SMS))
    dead = dialled & (met["who"] % 2 == 0) & (met["day"] >= 10)
    assert dead.sum() > 50
    assert not met["reached"][dead].any()
    assert np.isin(met["outcome"][dead], (WRONG, INVALID)).all()
    assert not np.isin(met["outcome"][~dead], (WRONG, INVALID)).any()
    assert met["reached"][dialled & ~dead].mean() > 0.5
    assert set(met["point"][dialled]) == {FIRST}
    assert set(met["point"][~dialled]) == {NO_NUMBER}


def test_a_dead_number_that_is_dialled_is_on_file_within_days() -> None:
    """The bank's file says so one to three days after the first contact that heard it."""
    setting, state = founded(4000, 8, seed=3)
    plan = a_plan(setting, state, month=0)
    state.numbers.died[:] = 10
    state.numbers.found[:] = NEVER
    met = meet(setting, state, plan, needs(setting, state), stream(3, "months", 1))
    heard = met[np.isin(met["outcome"], (WRONG, INVALID))]
    first = np.full(4000, NEVER)
    np.minimum.at(first, heard["who"], heard["day"])
    who = np.flatnonzero(first < NEVER)
    assert set((state.numbers.found[who] - first[who]).tolist()) == {1, 2, 3}
