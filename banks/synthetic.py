"""A simulated bank with known truth: raw tables for everyone, the truth for judges only."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from banks.errors import BankError
from banks.world import world_named, worlds
from banks.world_arrays import Rows, stream
from banks.world_block import Block, Blocks
from banks.world_calendar import CURRENCY, LAST_DAY, ZONE, Desk, calendar_of
from banks.world_dealings import case_table, consent_table, contact_table
from banks.world_digital import events
from banks.world_holdings import holding_table, loan_table
from banks.world_money import move_money
from banks.world_months import History, live
from banks.world_papers import (
    Changes,
    account_table,
    assessment_table,
    customer_table,
    draw_changes,
    household_table,
)
from banks.world_people import draw_people
from banks.world_places import Places, colleagues, found_bank, place_tables
from banks.world_points import point_table
from banks.world_postings import balances, transactions
from banks.world_state import Setting
from banks.world_traits import draw_traits
from banks.world_truth import write_truth
from features.bank import BankWriter, Manifest, new_bank
from goodcall.atomic import new_folder

__all__ = ["simulate", "truth_folder", "worlds"]

_BLOCK = 2000


@dataclass(frozen=True, slots=True)
class _Job:
    """A lived history that is to be written in blocks of customers."""

    setting: Setting
    history: History
    blocks: tuple[slice, ...]
    seed: int


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
    tell = _steps(progress, months + len(blocks))
    places = found_bank(customers, stream(seed, "places"))
    people = draw_people(settings, calendar, places, customers, stream(seed, "people"))
    traits = draw_traits(settings, people, stream(seed, "traits"))
    setting = Setting(settings, calendar, people, traits)
    history = live(setting, seed, tell)
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
        _write_bank(writer, _Job(setting, history, blocks, seed), places, tell)


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


def _write_bank(writer: BankWriter, job: _Job, places: Places, tell: Callable[[], None]) -> None:
    setting, seed = job.setting, job.seed
    tables = place_tables(places, setting.calendar, stream(seed, "places", 1))
    for name, table in tables.items():
        writer.add(name, table)
    writer.add("households", household_table(setting.people, setting.calendar))
    every, numbers = Blocks(setting, job.history), Rows()
    for number, rows in enumerate(job.blocks):
        block = every.cut(rows, stream(seed, "holdings", number))

        def desk(concern: str, number: int = number) -> Desk:
            return Desk(setting.calendar, numbers, stream(seed, concern, number))

        changes = _changes(block, places, desk("changes"))
        points = point_table(block.people, block.numbers, block.gone, setting.calendar)
        writer.add("contact_points", points)
        _write_papers(writer, block, changes, desk("papers"))
        _write_dealings(writer, block, changes, desk("dealings"))
        _write_money(writer, block, desk("money"))
        found = events(block.world, block.people, block.interest, desk("digital"))
        writer.add("events", found)
        tell()


def _changes(block: Block, places: Places, desk: Desk) -> Changes:
    people, ends = block.people, (block.gone, block.died)
    others = colleagues(places, people.branch, people.manager)
    share = block.world.habits.new_manager
    return draw_changes(people, others, block.numbers.changed, ends, desk, share=share)


def _write_papers(writer: BankWriter, block: Block, changes: Changes, desk: Desk) -> None:
    people, habits = block.people, block.world.habits
    assessed, again = block.world.people.assessed, habits.tested_again
    writer.add("customers", customer_table(people, changes, habits.objects, desk))
    writer.add("assessments", assessment_table(people, assessed, again, desk))
    accounts = account_table(people, block.account_id, block.opened, block.gone, desk.calendar)
    writer.add("accounts", accounts)


def _write_dealings(writer: BankWriter, block: Block, changes: Changes, desk: Desk) -> None:
    people, habits, contacts = block.people, block.world.habits, block.contacts
    consents = consent_table(contacts, block.allowed, people, habits.unproven, desk)
    writer.add("contacts", contact_table(contacts, people, changes, habits.late, desk))
    writer.add("consents", consents)
    writer.add("cases", case_table(block.cases, people, habits.unsettled_cases, desk))


def _write_money(writer: BankWriter, block: Block, desk: Desk) -> None:
    people, habits, booked = block.people, block.world.habits, block.account_id
    rows, opening = move_money(block.world, desk.calendar, people, block.course, desk.rng)
    days = (block.opened, block.course.last)
    writer.add("transactions", transactions(rows, people, booked, habits.late, desk))
    writer.add("balances", balances(rows, opening, days, booked, desk.calendar))
    holdings = block.holdings
    writer.add("holdings", holding_table(holdings, people, booked, habits.late, desk))
    writer.add("loans", loan_table(holdings, people, booked, habits, desk))
