"""Every policy by its name, and how each comes to work in a workspace."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from banks import Records, Simulation
from cli.errors import BadOption
from cli.loop.ceiling import Ceiling, lessons_in
from cli.loop.course import Player, Setup
from cli.loop.desk import Desk, channels_of
from cli.loop.learned import LEARNED, Inactivity, Learned, learned_effect, taught
from cli.loop.own import Own
from cli.loop.rivals import RIVALS, Chooser
from cli.loop.shipped import Shipped
from cli.loop.workshop import Workshop
from goodcall import Workspace
from outreach import load_policy
from training import Definition

SHIPPED, NOTHING, PUSH, ORACLE, CEILING, INACTIVITY = (
    *("goodcall", "nothing", "product_push"),
    *("oracle", "ceiling", "inactivity"),
)
BY_VALUE, BY_EFFECT = "propensity_value", "learned_effect"
POLICIES = (SHIPPED, *LEARNED, INACTIVITY, CEILING, *RIVALS)


class Rival:
    """A policy without a workspace: it chooses by what it sees of the month, and keeps nothing."""

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser

    def contacts(self, desk: Desk, most: int | None) -> Records:
        """Whom it contacts in the month that comes."""
        return self._chooser(desk, most)

    def heard(self, _bank: Simulation, _month: int) -> dict[str, Any]:
        """Nothing is kept."""
        return {}

    def own(self, _bank: Simulation) -> Own | None:
        """It has no instruments."""
        return None


def check_policy(policy: str) -> None:
    """BadOption for a policy that does not exist."""
    if policy not in POLICIES:
        raise BadOption(f"policy {policy!r} is unknown; choose one of: {', '.join(POLICIES)}")


def player_of(
    place: Workspace,
    setup: Setup,
    labels: Sequence[Definition],
    say: Callable[[str], None],
    lessons: Path | None = None,
) -> Player:
    """The policy of a course at work in its workspace; one without tables leaves it alone.

    `labels` are trained where the policy learns. `lessons` is the file of what the ceiling was
    taught, in the workspace where None.
    """
    if setup.policy in RIVALS:
        return Rival(RIVALS[setup.policy])
    if setup.policy in LEARNED:
        labels = taught(labels, effects=LEARNED[setup.policy] is learned_effect)
    workshop = Workshop(place, labels, setup.seed, setup.every, say)
    if setup.policy == INACTIVITY:
        return Inactivity(workshop)
    if setup.policy == CEILING:
        file = lessons or place.root / "course" / "lessons.json"
        channels = channels_of(load_policy(place.policy))
        return Ceiling(workshop, lessons_in(file, setup.world, setup.past, channels))
    if setup.policy in LEARNED:
        return Learned(workshop, setup.policy)
    return Shipped(replace(workshop, watches=True))
