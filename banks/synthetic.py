"""A simulated bank with known truth: raw tables for everyone, the truth for judges only."""

from collections.abc import Callable
from pathlib import Path

from banks.errors import BankError
from banks.simulation import Simulation
from banks.world import World, worlds
from banks.world_truth import write_truth
from features.bank import BankWriter, new_bank
from goodcall.atomic import new_folder

__all__ = ["found", "live_by_habit", "simulate", "truth_folder", "worlds"]


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
    live_by_habit(bank, months, 0, tell)
    with new_folder(truth_folder(path)) as truth, new_bank(path, bank.manifest) as writer:
        write_truth(truth, bank.setting, bank.history, seed=seed)
        _write_rows(bank, writer, tell)


def found(
    path: Path,
    *,
    customers: int,
    months: int,
    lived: int,
    seed: int,
    world: str | World = "default",
    quiet_days: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Simulation:
    """Write a simulated bank of so many `months` that `lived` the first of them, to live on.

    In the last `quiet_days` that it lived it contacted nobody, so that no rest of so many days
    reaches into the months to come. The rows of those months are for `features.grow_bank`. What is
    hidden is not written: it is in the `history` of the bank that is handed over. Raises what
    `simulate` raises, and a BankError for a bank that lived no month, or more than it has.
    """
    if not 1 <= lived <= months:
        raise BankError(
            f"lived is {lived}; a bank of {months} months is founded with 1 to {months} lived"
        )
    bank = Simulation(world, customers=customers, months=months, seed=seed)
    tell = _steps(progress, lived + bank.blocks)
    live_by_habit(bank, lived, quiet_days, tell)
    with new_bank(path, bank.manifest) as writer:
        _write_rows(bank, writer, tell)
    return bank


def truth_folder(path: Path) -> Path:
    """Where the truth of the simulated bank at `path` lies; only tests and judges read it."""
    return path.with_name(path.name + "-truth")


def live_by_habit(
    bank: Simulation, months: int, quiet_days: int = 0, tell: Callable[[], None] | None = None
) -> None:
    """Live through so many months by the bank's own habits and its lot.

    In the last `quiet_days` nobody is contacted. `tell` hears of each month that is over.
    """
    _, ends = bank.setting.calendar.month(bank.month + months - 1)
    for _ in range(months):
        plan = bank.plan()
        bank.live(plan[plan["day"] < ends - quiet_days])
        if tell is not None:
            tell()


def _write_rows(bank: Simulation, writer: BankWriter, tell: Callable[[], None]) -> None:
    # The writer wants all rows of a customer at once, so they come by block and not by month.
    for part in bank.rows():
        for name, table in part.items():
            writer.add(name, table)
        tell()


def _steps(progress: Callable[[int, int], None] | None, total: int) -> Callable[[], None]:
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return tell
