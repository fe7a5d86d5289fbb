"""Contacts in a simulated bank really change what customers do, by as much as the truth says."""

import numpy as np
import pytest

from banks.world import REGIONS, world_named
from banks.world_arrays import stream
from banks.world_calendar import NEVER, calendar_of
from banks.world_contacts import CARE
from banks.world_leaving import WAITING
from banks.world_months import History, Life
from banks.world_people import draw_people
from banks.world_places import found_bank
from banks.world_state import Setting
from banks.world_traits import draw_traits
from goodcall.vocabulary import FAMILIES

_WINDOW = 90


def lived(world: str, customers: int, months: int, seed: int) -> tuple[Setting, History]:
    """A history without its raw tables."""
    settings, calendar = world_named(world), calendar_of(months)
    places = found_bank(customers, stream(seed, "places"))
    people = draw_people(settings, calendar, places, customers, stream(seed, "people"))
    traits = draw_traits(settings, people, stream(seed, "traits"))
    setting = Setting(settings, calendar, people, traits)
    life = Life(setting, seed)
    for _ in range(months):
        life.live(life.plan())
    return setting, life.history


def lift(setting: Setting, history: History) -> tuple[float, float, float]:
    """What a contact of the lot added to 90-day purchases, its standard error, and the truth."""
    contacts = history.records("contacts")
    rows = contacts[contacts["lot"] & (contacts["family"] != CARE)]
    rows = rows[rows["day"] < setting.calendar.days - _WINDOW]
    bought = history.records("purchases")
    key = rows["who"] * 10 + rows["family"]
    span = 10 * setting.calendar.days
    dates = np.sort((bought["who"] * 10 + bought["family"]) * span + bought["day"])
    first = np.searchsorted(dates, key * span + rows["day"], side="right")
    last = np.searchsorted(dates, key * span + rows["day"] + _WINDOW, side="left")
    buys, made = (last - first).astype(float), rows["carried"]
    difference = buys[made].mean() - buys[~made].mean()
    error = np.sqrt(buys[made].var() / made.sum() + buys[~made].var() / (~made).sum())
    known = setting.traits.effect[rows["who"], rows["family"], rows["channel"]]
    earlier = first - np.searchsorted(dates, key * span)
    held = history.first_held[rows["who"], rows["family"]] | (earlier > 0)
    left = history.last.leaving[rows["who"]] < rows["day"]
    truth = known * np.where(held, setting.world.buying.again, 1.0)
    truth *= np.where(left, setting.world.buying.leavers, 1.0)
    return float(difference), float(error), float(truth.mean())


@pytest.mark.slow
def test_contacts_change_purchases_as_the_truth_says() -> None:
    """In the lot, purchases rise by the mean true effect, within three standard errors."""
    setting, history = lived("default", 60_000, 18, seed=2)
    difference, error, truth = lift(setting, history)
    assert difference > 3 * error
    assert abs(difference - truth) < 3 * error


@pytest.mark.slow
def test_contacts_of_the_quiet_world_change_nothing_much() -> None:
    """In the quiet world the true effect is a tenth of the default world's, and the lot agrees."""
    setting, history = lived("quiet", 60_000, 18, seed=2)
    difference, error, truth = lift(setting, history)
    assert abs(truth) < 0.002
    assert abs(difference - truth) < 3 * error


def test_care_reaches_leavers_and_keeps_some() -> None:
    """Some who had begun to leave were kept, and only such as a care contact reached."""
    setting, history = lived("default", 20_000, 12, seed=4)
    kept = np.flatnonzero(history.last.saved < NEVER)
    contacts = history.records("contacts")
    cared = contacts["who"][contacts["reached"] & (contacts["family"] == CARE)]
    assert len(kept) > 0
    assert set(kept.tolist()) <= set(cared.tolist())
    assert (history.last.leaving[kept] < history.last.saved[kept]).all()
    assert setting.people.count == 20_000


def test_hazards_come_true() -> None:
    """As many customers start to leave as the true hazards add up to, within four deviations."""
    _, history = lived("default", 20_000, 12, seed=4)
    expected = sum(float(np.nansum(month.hazard)) for month in history.months)
    began = sum(int(month.begins.sum()) for month in history.months)
    assert abs(began - expected) < 4 * np.sqrt(expected) + 0.05 * expected


def test_truth_lies_in_every_trait() -> None:
    """Needs are in standard units; contacts harm some, do nothing to others, help the rest."""
    setting, _ = lived("default", 20_000, 7, seed=6)
    traits = setting.traits
    assert np.abs(traits.need.mean(axis=0)).max() < 0.05
    assert np.abs(traits.need.std(axis=0) - 1).max() < 0.05
    groups = (traits.sleeping_dog, traits.lost_cause, traits.sure_thing)
    contacts, moved = setting.world.contacts, ~np.any(groups, axis=0)
    shares = (contacts.sleeping_dogs, contacts.lost_causes, contacts.sure_things)
    assert np.sum(groups, axis=0).max() == 1
    for group, share in zip(groups, shares, strict=True):
        assert group.mean() == pytest.approx(share, abs=0.01)
    assert (traits.effect[traits.sleeping_dog] < 0).all()
    assert (traits.care[traits.sleeping_dog] > 0).all()
    for unmoved in (traits.lost_cause, traits.sure_thing):
        assert (traits.effect[unmoved] == 0).all()
        assert (traits.care[unmoved] == 0).all()
    assert (traits.effect[moved] > 0).all()
    assert (traits.care[moved] <= 0).all()


def test_sure_things_buy_and_lost_causes_do_not_whoever_is_called() -> None:
    """Purchases of both, by customer, stand to those of others as the world says."""
    setting, history = lived("default", 40_000, 12, seed=6)
    contacts, traits = setting.world.contacts, setting.traits
    rows = history.records("purchases")
    each = np.bincount(rows["who"][~rows["caused"]], minlength=setting.people.count)
    others = each[~(traits.sure_thing | traits.lost_cause | traits.sleeping_dog)].mean()
    # Who holds something already seldom buys it again, so the sure buy less than twice as much.
    assert each[traits.sure_thing].mean() / others == pytest.approx(
        contacts.sure_things_buy, rel=0.2
    )
    assert each[traits.lost_cause].mean() / others == pytest.approx(
        contacts.lost_causes_buy, rel=0.2
    )
    assert not np.isin(rows["who"][rows["caused"]], np.flatnonzero(traits.lost_cause)).any()


def test_people_wait_in_the_west_of_the_uneven_world_and_leave_for_it() -> None:
    """Only there is it planted; who complained of it leaves half as often again, or more."""
    setting, history = lived("uneven", 20_000, 12, seed=5)
    cases, region = history.records("cases"), setting.people.region
    waited = np.zeros(setting.people.count, dtype=bool)
    waited[cases["who"][cases["sort"] == WAITING]] = True
    assert set(region[waited].tolist()) == {REGIONS.index("west")}
    left, west = history.last.leaving < NEVER, region == REGIONS.index("west")
    assert left[west].mean() > 1.2 * left[~west].mean()
    assert left[waited].mean() > 1.5 * left[west & ~waited].mean()


def test_those_of_55_to_64_provide_for_old_age_in_the_uneven_world() -> None:
    """They buy wealth products and insurance about 2.5 times as often as in the default world."""
    bought = {}
    for world in ("default", "uneven"):
        setting, history = lived(world, 20_000, 12, seed=5)
        age, rows = setting.people.age, history.records("purchases")
        keen = (age >= 55) & (age < 65) & ~setting.people.firm
        for family in ("wealth", "insurance", "fund"):
            of_family = rows["who"][rows["family"] == FAMILIES.index(family)]
            bought[world, family] = keen[of_family].sum()
    for family, least, most in (("wealth", 1.8, 2.7), ("insurance", 1.8, 2.7), ("fund", 0.8, 1.2)):
        assert least < bought["uneven", family] / bought["default", family] < most
