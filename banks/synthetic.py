"""A simulated bank with known truth: raw tables for everyone, the truth for judges only."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from banks.errors import BankError
from banks.world import world_named, worlds
from banks.world_arrays import stream
from banks.world_book import Book, books_of
from banks.world_calendar import BEFORE, CURRENCY, LAST_DAY, ZONE, Desk, calendar_of
from banks.world_months import History, Life
from banks.world_papers import household_table
from banks.world_people import draw_people
from banks.world_places import Places, found_bank, place_tables
from banks.world_state import Setting
from banks.world_traits import draw_traits
from banks.world_truth import write_truth
from features.bank import BankWriter, Manifest, new_bank
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
    settings = world_named(world)
    if customers < 1:
        raise BankError(f"customers is {customers}; a simulated bank has 1 customer or more")
    if seed < 0:
        raise BankError(f"seed is {seed}; choose 0 or a positive number")
    calendar = calendar_of(months)
    places = found_bank(customers, stream(seed, "places"))
    people = draw_people(settings, calendar, places, customers, stream(seed, "people"))
    traits = draw_traits(settings, people, stream(seed, "traits"))
    setting = Setting(settings, calendar, people, traits)
    life = Life(setting, seed)
    books = books_of(setting, life.state, places, seed)
    tell = _steps(progress, months + len(books))
    for _ in range(months):
        life.live(life.plan())
        tell()
    history = life.history
    manifest = Manifest(
        name=f"simulated-{world}",
        zone=ZONE,
        currency=CURRENCY,
        first_day=calendar.first_day,
        last_day=LAST_DAY,
        source=f"simulated: world {world}, {customers} customers, {months} months, seed {seed}",
    )
    with new_folder(truth_folder(path)) as truth, new_bank(path, manifest) as writer:
        write_truth(truth, setting, history, seed=seed)
        _write_places(writer, setting, places, seed)
        for book in books:
            _write(writer, book, history)
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


def _write_places(writer: BankWriter, setting: Setting, places: Places, seed: int) -> None:
    calendar = setting.calendar
    tables = place_tables(places, calendar, stream(seed, "places", 1))
    for name, table in tables.items():
        writer.add(name, table)
    for month in range(BEFORE, calendar.months):
        desk = Desk(calendar, month, 0, stream(seed, "places", 2, month - BEFORE))
        writer.add("households", household_table(setting.people, desk))


def _write(writer: BankWriter, book: Book, history: History) -> None:
    """Write what a book says of all months; the writer wants a customer's rows at once."""
    months = [book.open(), *(book.write(n, month) for n, month in enumerate(history.months))]
    for name in months[-1]:
        writer.add(name, pa.concat_tables(month[name] for month in months if name in month))
