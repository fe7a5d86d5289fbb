"""A simulated bank that lives month by month: contacts in, the rows of its raw tables out."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa

from banks.errors import BankError
from banks.world import World, world_named, worlds
from banks.world_arrays import Ints, Records, no_records, stream
from banks.world_book import Book, books_of
from banks.world_calendar import BEFORE, CURRENCY, ZONE, Desk, calendar_of
from banks.world_lived import Lived, fingerprint, kept, read_lived, write_lived
from banks.world_months import History, Life, Month
from banks.world_papers import household_table
from banks.world_people import draw_people
from banks.world_places import found_bank, place_tables
from banks.world_state import Setting
from banks.world_traits import draw_traits
from features.bank import Manifest


class Simulation:
    """A simulated bank, its customers, and what of them it has on file.

    The rows of a month follow from the contacts of that month and of earlier ones; nothing that
    comes later changes them. `setting` is what does not change while the bank lives; equal `seed`s
    draw alike.
    """

    def __init__(self, world: str | World, *, customers: int, months: int, seed: int) -> None:
        """Found a bank that can live so many months, the last of which is every bank's last.

        `world` is the name of one that has a file, or any world itself. Raises UnknownWorld for a
        name that no world has, BankError for a size that no bank has.
        """
        settings = world if isinstance(world, World) else world_named(world)
        if customers < 1:
            raise BankError(f"customers is {customers}; a simulated bank has 1 customer or more")
        if seed < 0:
            raise BankError(f"seed is {seed}; choose 0 or a positive number")
        calendar = calendar_of(months)
        self._places = found_bank(customers, stream(seed, "places"), settings.contacts.minutes)
        people = draw_people(settings, calendar, self._places, customers, stream(seed, "people"))
        traits = draw_traits(settings, people, stream(seed, "traits"))
        self.setting = Setting(settings, calendar, people, traits)
        self.seed, self._life = seed, Life(self.setting, seed)
        self._books = books_of(self.setting, self._life.state, self._places, seed)
        self._unwritten = BEFORE
        self._contacts: list[Records] = []

    @classmethod
    def load(cls, path: Path) -> Self:
        """The bank that `save` put into a file; it goes on as that one would have gone on.

        It lives through its months again, which takes about as long as it took then. Raises
        BrokenSource for a file of something else, BankError where the months do not come out as
        they did.
        """
        lived = read_lived(path)
        bank = cls(lived.world, customers=lived.customers, months=lived.months, seed=lived.seed)
        for contacts in lived.contacts[: max(lived.written, 0)]:
            bank.live(contacts)
        if lived.written > BEFORE:
            for _ in bank.rows():
                pass
        for contacts in lived.contacts[bank.month :]:
            bank.live(contacts)
        if fingerprint(bank._life.state) != lived.state:
            raise BankError(
                f"{path} was saved by a release, or on a machine, whose world {lived.world} lives "
                "otherwise; go on there, or found the bank anew"
            )
        return bank

    def save(self, path: Path) -> None:
        """Put into a file what `load` goes on from; the old file stands until the new one is whole.

        It holds how the bank was founded, the contacts of every month, and which rows were asked
        for: saved after a month was lived and before its rows were, the bank gives them once it is
        loaded. Banks that are equal save equal bytes. Raises BankError for a bank of a world that
        has no file: nobody could load it.
        """
        settings = self.setting.world
        if settings.name not in worlds() or world_named(settings.name) != settings:
            raise BankError(
                f"this bank's world differs from the file of world {settings.name!r}; only banks "
                "of worlds that have a file can be saved"
            )
        lived = Lived(
            world=settings.name,
            customers=self.setting.people.count,
            months=self.setting.calendar.months,
            seed=self.seed,
            written=self._unwritten,
            state=fingerprint(self._life.state),
            contacts=tuple(self._contacts),
        )
        write_lived(path, lived)

    @property
    def month(self) -> int:
        """The number of the month to be lived next."""
        return self._life.month

    @property
    def minutes(self) -> Ints:
        """The minutes a day of each member of the staff, by `People.manager`; 0 of who has none."""
        return self._places.minutes

    @property
    def away(self) -> Ints:
        """The staff, by `People.manager`, who are away in the month to be lived next."""
        return np.flatnonzero(self._life.away)

    @property
    def blocks(self) -> int:
        """How many parts `rows` has."""
        return 1 + len(self._books)

    @property
    def history(self) -> History:
        """What was true in all months that were lived; only judges look at it."""
        return self._life.history

    @property
    def complaints(self) -> Records:
        """The complaints of all months that were lived, as the bank has them on file.

        Fields: who (a customer's place from 0), opened and closed (microseconds since 1970), the
        latter past every window where a complaint is never settled. None is from before the window.
        """
        made = [
            book.complaints(number, month)
            for number, month in enumerate(self.history.months)
            for book in self._books
        ]
        return np.concatenate([no_records("who", "opened", "closed"), *made])

    @property
    def manifest(self) -> Manifest:
        """Whose tables these are, and the days that were lived."""
        calendar, count = self.setting.calendar, self.setting.people.count
        world = self.setting.world.name
        return Manifest(
            name=f"simulated-{world}",
            zone=ZONE,
            currency=CURRENCY,
            first_day=calendar.first_day,
            last_day=calendar.first_day + timedelta(int(calendar.bounds[self.month]) - 1),
            source=f"simulated: world {world}, {count} customers, {self.month} months, "
            f"seed {self.seed}",
        )

    def plan(self) -> Records:
        """The contacts of the next month that the bank's own habits and its lot bring.

        Fields: who (a customer's place from 0), day and second (local, from the window's first
        day), channel (a place in CONTACT_CHANNELS), family (a place in FAMILIES, CARE for a care
        contact), lot, carried (whether it is made), probability (of that, NaN outside the lot).
        """
        return self._life.plan()

    def live(self, contacts: Records) -> None:
        """Live through the next month with these contacts, which have the fields of `plan`.

        Raises BankError for a contact outside the month, and when the bank's months are over.
        """
        mine = kept(contacts)
        self._life.live(mine)
        self._contacts.append(mine)

    def step(self, contacts: Records) -> dict[str, pa.Table]:
        """Live through the next month; the rows that came to be in it, by raw table.

        The first time, the rows from before the window come with them, if `rows` was not asked.
        """
        self.live(contacts)
        return _joined(self.rows())

    def rows(self) -> Iterator[dict[str, pa.Table]]:
        """The rows that came to be since this was last asked: the bank's own, then by customers.

        Each part after the first holds a block of customers, in the order of their numbers. Take
        every part: none is given twice.
        """
        months, lived = range(self._unwritten, self.month), self.history.months
        self._unwritten = self.month
        yield _joined(self._of_bank(month) for month in months)
        for book in self._books:
            yield _joined(_of_book(book, month, lived) for month in months)

    def _of_bank(self, month: int) -> dict[str, pa.Table]:
        calendar, rng = self.setting.calendar, stream(self.seed, "places", 1)
        desk = Desk(calendar, month, 0, rng)
        own = place_tables(self._places, calendar, rng) if month == BEFORE else {}
        return own | {"households": household_table(self.setting.people, desk)}


def _of_book(book: Book, month: int, lived: tuple[Month, ...]) -> dict[str, pa.Table]:
    return book.open() if month == BEFORE else book.write(month, lived[month])


def _joined(parts: Iterable[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """The rows of each table in all parts, in their order."""
    found: dict[str, list[pa.Table]] = {}
    for part in parts:
        for name, table in part.items():
            found.setdefault(name, []).append(table)
    return {name: pa.concat_tables(tables) for name, tables in found.items()}
