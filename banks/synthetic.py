"""A simulated bank with known truth: raw tables for everyone, the truth for judges only."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from banks.errors import BankError
from banks.world import world_named, worlds
from banks.world_arrays import stream
from banks.world_block import Block, Blocks
from banks.world_book import Book, books_of
from banks.world_calendar import BEFORE, CURRENCY, LAST_DAY, ZONE, Desk, calendar_of
from banks.world_holdings import holding_table, loan_table
from banks.world_money import move_money
from banks.world_months import History, Life
from banks.world_papers import account_table, household_table
from banks.world_people import draw_people
from banks.world_places import Places, found_bank, place_tables
from banks.world_postings import balances, transactions
from banks.world_state import Setting
from banks.world_traits import draw_traits
from banks.world_truth import write_truth
from features.bank import BankWriter, Manifest, new_bank
from goodcall.atomic import new_folder

__all__ = ["simulate", "truth_folder", "worlds"]

_BLOCK = 2000


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
    blocks = tuple(slice(low, min(low + _BLOCK, customers)) for low in range(0, customers, _BLOCK))
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
        cut = Blocks(setting, history)
        for number, (book, rows) in enumerate(zip(books, blocks, strict=True)):
            _write(writer, book, history)
            _write_whole(writer, cut.cut(rows, stream(seed, "holdings", number)), number, seed)
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


def _write_whole(writer: BankWriter, block: Block, number: int, seed: int) -> None:
    """Write what follows from the whole history of a block: money and products."""
    people, habits, booked = block.people, block.world.habits, block.account_id
    calendar = block.calendar

    def desk(concern: str) -> Desk:
        return Desk(calendar, BEFORE, number, stream(seed, concern, number))

    writer.add("accounts", account_table(people, booked, block.opened, block.gone, calendar))
    money = desk("money")
    rows, opening = move_money(block.world, calendar, people, block.course, money.rng)
    days = (block.opened, block.course.last)
    writer.add("transactions", transactions(rows, people, booked, habits.late, money))
    writer.add("balances", balances(rows, opening, days, booked, calendar))
    writer.add("holdings", holding_table(block.holdings, people, booked, habits.late, money))
    writer.add("loans", loan_table(block.holdings, people, booked, habits, money))
