"""A world of which some things are more or less than its file says, to map what is possible."""

from dataclasses import replace

from banks.errors import BankError
from banks.world import World, check_world


def scaled(
    world: World, *, effect: float = 1.0, minutes: float = 1.0, observed: float | None = None
) -> World:
    """A world whose contacts change so many times as much, for good and ill, as those of another.

    `minutes` is how many times as many minutes managers have, `observed` the share of a need's
    variance that shows in what the bank sees. BankError where no world can be so. A bank of such a
    world is never saved, since only worlds that have a file can be loaded.
    """
    contacts, leaving = world.contacts, world.leaving
    changed = replace(
        world,
        contacts=replace(
            contacts,
            minutes=contacts.minutes * minutes,
            effect=_times(contacts.effect, effect),
            care=_times(contacts.care, effect),
            push=_times(contacts.push, effect),
            sleeping_dog_harm=contacts.sleeping_dog_harm * effect,
        ),
        leaving=replace(leaving, saved=leaving.saved * effect),
    )
    if observed is not None:
        changed = replace(changed, buying=replace(world.buying, observed_share=observed))
    try:
        check_world(changed)
    except BankError as error:
        raise BankError(
            f"effect {effect:g}, minutes {minutes:g} and observed {observed} make no world of "
            f"{world.name}: {error}"
        ) from error
    return changed


def _times(numbers: dict[str, float], factor: float) -> dict[str, float]:
    return {key: value * factor for key, value in numbers.items()}
