"""A world that is scaled in memory is the one whose file says the same, and lives as it would."""

from dataclasses import replace

import pytest

from banks import BankError, Simulation, scaled, world_named


def test_twice_the_default_effect_is_the_strong_world():
    """The file of the strong world says twice what the default one says of contacts."""
    strong = scaled(world_named("default"), effect=2)
    assert replace(strong, name="strong") == world_named("strong")


def test_nothing_changed_is_the_world_itself():
    """Factors of 1 leave every number."""
    assert scaled(world_named("noisy")) == world_named("noisy")


def test_minutes_are_more_and_the_past_stays():
    """Managers have twice the minutes; the bank lives by habit as it lived."""
    plain, rich = (
        Simulation(scaled(world_named("default"), minutes=factor), customers=300, months=8, seed=1)
        for factor in (1, 2)
    )
    assert rich.minutes.sum() == 2 * plain.minutes.sum() > 0
    for bank in (plain, rich):
        for _ in range(3):
            bank.live(bank.plan())
    assert rich.plan().tobytes() == plain.plan().tobytes()


def test_what_shows_of_needs_is_as_asked():
    """More of the variance of a need is explained by what the bank sees."""
    world = scaled(world_named("default"), observed=0.6)
    assert world.buying.observed_share == 0.6
    assert replace(world, buying=world_named("default").buying) == world_named("default")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effect": 4.0}, "care.branch is 3.2; write a number from 0 to 3"),
        ({"effect": -1.0}, "is -1.2; write a number from 0 to 10"),
        ({"minutes": 0.0}, "minutes is 0.0; write a number from 0.05 to 20"),
        ({"observed": 1.5}, "observed_share is 1.5; write a number from 0 to 1"),
    ],
)
def test_a_world_out_of_range_is_refused(change, message):
    """The error names the key and what it may be."""
    with pytest.raises(BankError, match="make no world of default") as raised:
        scaled(world_named("default"), **change)
    assert message in str(raised.value)


def test_a_bank_of_a_world_without_a_file_is_not_saved(tmp_path):
    """It could never be loaded; one that differs in nothing can."""
    for effect, refused in ((2.0, True), (1.0, False)):
        world = scaled(world_named("default"), effect=effect)
        bank = Simulation(world, customers=60, months=7, seed=1)
        if refused:
            with pytest.raises(BankError, match="differs from the file of world 'default'"):
                bank.save(tmp_path / "bank")
        else:
            bank.save(tmp_path / "bank")
    assert Simulation.load(tmp_path / "bank").month == 0
