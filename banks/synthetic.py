"""A simulated bank with known truth: raw tables for everyone, the truth for judges only."""

from collections.abc import Callable
from pathlib import Path

from banks.simulation import Simulation
from banks.world import worlds
from banks.world_truth import write_truth
from features.bank import new_bank
from goodcall.atomic import new_folder

__all__ = ["simulate", "truth_folder", "worlds"]


def simulate(
    path: Path,
    *,
    customers: int,
    months: int,
    seed: int,
    world: str = "default",
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a simulated bank at `path` and its truth at `truth_folder(path)`.

    Equal arguments give equal bytes. `progress` is told the steps done and their number. Raises
    UnknownWorld for a world that does not exist, BankError for a size that no bank has.
    """
    bank = Simulation(world, customers=customers, months=months, seed=seed)
    tell = _steps(progress, months + bank.blocks)
    for _ in range(months):
        bank.live(bank.plan())
        tell()
    with new_folder(truth_folder(path)) as truth, new_bank(path, bank.manifest) as writer:
        write_truth(truth, bank.setting, bank.history, seed=seed)
        # The writer wants all rows of a customer at once, so they come by block and not by month.
        for part in bank.rows():
            for name, table in part.items():
                writer.add(name, table)
            tell()


def truth_folder(path: Path) -> Path:
    """Where the truth of the simulated bank at `path` lies; only tests and judges read it."""
    return path.with_name(path.name + "-truth")


def _steps(progress: Callable[[int, int], None] | None, total: int) -> Callable[[], None]:
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return tell
