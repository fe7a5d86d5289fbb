"""From the population to the day's lists: how many each step let through, and why not more."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from outreach.errors import FunnelBroken

STEPS = (
    *("holdout", "eligible", "applicable", "suitable", "rules", "worth_it", "reasons", "capacity"),
)
LISTED = "listed"


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """How many customers came to a step, and how many it dropped for which reason."""

    name: str
    entered: int
    drops: tuple[tuple[str, int], ...]

    @property
    def passed(self) -> int:
        """How many customers went on."""
        return self.entered - sum(count for _, count in self.drops)


@dataclass(frozen=True, slots=True)
class Funnel:
    """The population, every step in order, and how many customers are listed in the end."""

    population: int
    steps: tuple[FunnelStep, ...]
    listed: int


def funnel_of(fates: Iterable[tuple[str, str]]) -> Funnel:
    """The funnel of customers whose fates are (step, reason), the listed ones at step `listed`."""
    ends = list(fates)
    dropped = {step: Counter(reason for end, reason in ends if end == step) for step in STEPS}
    steps, entered = [], len(ends)
    for step in STEPS:
        counted = dropped[step]
        drops = tuple(sorted(counted.items(), key=lambda drop: (-drop[1], drop[0])))
        steps.append(FunnelStep(step, entered, drops))
        entered = steps[-1].passed
    funnel = Funnel(len(ends), tuple(steps), sum(end == LISTED for end, _ in ends))
    check_adds_up(funnel)
    return funnel


def check_adds_up(funnel: Funnel) -> None:
    """Refuse a funnel in which a customer gets lost or appears from nowhere."""
    expected = funnel.population
    for step in funnel.steps:
        if step.entered != expected or step.passed < 0:
            raise FunnelBroken(
                f"step {step.name} starts with {step.entered} customers where {expected} are left; "
                "the plan is not published: report it with the plan's day"
            )
        expected = step.passed
    if funnel.listed != expected:
        raise FunnelBroken(
            f"{funnel.listed} customers are listed where {expected} are left; "
            "the plan is not published: report it with the plan's day"
        )


def funnel_values(funnel: Funnel) -> dict[str, object]:
    """A funnel as JSON values."""
    return {
        "population": funnel.population,
        "steps": [
            {"name": step.name, "entered": step.entered, "passed": step.passed, "drops": step.drops}
            for step in funnel.steps
        ],
        "listed": funnel.listed,
    }


def funnel_from(said: dict[str, object]) -> Funnel:
    """The funnel that `funnel_values` wrote, checked again."""
    steps: list[dict[str, object]] = said["steps"]  # type: ignore[assignment]
    funnel = Funnel(
        int(str(said["population"])),
        tuple(
            FunnelStep(
                str(step["name"]),
                int(str(step["entered"])),
                tuple((str(why), int(count)) for why, count in step["drops"]),  # type: ignore[attr-defined]
            )
            for step in steps
        ),
        int(str(said["listed"])),
    )
    check_adds_up(funnel)
    return funnel
