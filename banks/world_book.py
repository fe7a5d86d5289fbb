"""What a block of simulated customers has on the bank's file, written a month at a time."""

import numpy as np
import pyarrow as pa

from banks.world_arrays import Records, no_records, records, stream
from banks.world_calendar import BEFORE, NEVER, Desk
from banks.world_dealings import case_table, consent_table, contact_table, draw_grants, open_cases
from banks.world_digital import Interest, events
from banks.world_holdings import (
    buy_holdings,
    end_holdings,
    first_holdings,
    holding_table,
    loan_table,
    open_accounts,
    payments,
)
from banks.world_money import Course, Money
from banks.world_months import Month
from banks.world_papers import account_table, assessment_table, customer_table, draw_file
from banks.world_places import Places, colleagues
from banks.world_points import point_table
from banks.world_postings import ACCOUNTS_EACH, CURRENT, SLOTS, balances, transactions
from banks.world_spending import Span
from banks.world_state import Setting, State, fate_of

_BLOCK = 2000
_NO_DAYS = no_records("who", "day")
_NO_CONTACTS = no_records("who", "day", "second", "channel", "refusal")


class Book:
    """The rows of raw tables that the bank writes of a block of customers.

    It carries from month to month what later rows follow from, so months are written in their
    order; what is written of one follows from it and from earlier ones alone.
    """

    def __init__(
        self, setting: Setting, first: State, places: Places, *, block: int, seed: int
    ) -> None:
        """Open the book of a block, by its number, of everyone as the window opens."""
        self._setting, self._block, self._seed = setting, block, seed
        self._rows = slice(block * _BLOCK, (block + 1) * _BLOCK)
        self._people = people = setting.people.part(self._rows)
        self._owner = first.numbers.owner[self._rows].copy()
        self._fate = fate_of(first).part(self._rows)
        others = colleagues(places, people.branch, people.manager)
        self._file = draw_file(setting.world, people, others, self._desk("papers", BEFORE))
        allowed, unproven = first.allowed[self._rows], setting.world.habits.unproven
        self._grants = draw_grants(allowed, people, unproven, self._desk("dealings", BEFORE))
        self._moved = np.full(people.count, NEVER)
        self._booked = people.customer_id[:, None] * ACCOUNTS_EACH + np.arange(len(SLOTS))
        held, habits = first.held[self._rows], setting.world.habits
        self._holdings = first_holdings(habits, people, held, self._desk("holdings", BEFORE))
        self._opened = np.full(self._booked.shape, NEVER)
        self._opened[:, CURRENT] = people.opened
        open_accounts(self._opened, self._holdings)
        rising, rng = setting.traits.rising[self._rows], self._desk("money", BEFORE).rng
        self._money = Money(setting.world, people, self._opened, rising, rng)
        none = no_records("who", "day", "sort", "low")
        self._cases = open_cases(none, 0.0, self._desk("dealings", BEFORE))

    def open(self) -> dict[str, pa.Table]:
        """The rows of each raw table that were there before the window."""
        papers = self._papers(BEFORE, _NO_DAYS, _NO_DAYS)
        return papers | {"consents": self._consents(_NO_CONTACTS, self._desk("dealings", BEFORE))}

    def write(self, number: int, month: Month) -> dict[str, pa.Table]:
        """The rows of each raw table that came to be in a month that the whole bank lived."""
        lived = month.part(self._rows)
        self._moved[lived.moves["who"]] = lived.moves["day"]
        self._fate = lived.fate
        bought = self._hold(lived, self._desk("holdings", number))
        papers = self._papers(number, lived.found_dead, lived.moves)
        dealings = self._dealings(lived, self._desk("dealings", number))
        span = self._span(number)
        money = self._move_money(lived, bought, span)
        return papers | dealings | money | {"events": self._events(lived, span)}

    def complaints(self, number: int, month: Month) -> Records:
        """The complaints of a month that the whole bank lived; written of it or not, the same.

        Fields: who, by a place in the whole bank; opened and closed, as `open_cases` gives them.
        """
        opened = self._opened_in(month.part(self._rows), self._desk("dealings", number))
        made = opened[opened["complaint"]]
        return records(
            who=made["who"] + self._rows.start, opened=made["opened"], closed=made["closed"]
        )

    def _desk(self, concern: str, month: int) -> Desk:
        rng = stream(self._seed, concern, self._block, month - BEFORE)
        return Desk(self._setting.calendar, month, self._block, rng)

    def _papers(self, number: int, found_dead: Records, moves: Records) -> dict[str, pa.Table]:
        people, file, desk = self._people, self._file, self._desk("papers", number)
        return {
            "customers": customer_table(people, file, self._moved, self._fate, desk),
            "contact_points": point_table(people, self._owner, found_dead, moves, desk),
            "assessments": assessment_table(people, file.tests, desk),
            "accounts": account_table(people, self._booked, self._opened, self._fate.gone, desk),
            "holdings": holding_table(self._holdings, people, self._booked, desk),
            "loans": loan_table(self._holdings, people, self._booked, desk),
        }

    def _consents(self, contacts: Records, desk: Desk) -> pa.Table:
        return consent_table(self._grants, contacts, self._people, desk)

    def _opened_in(self, lived: Month, desk: Desk) -> Records:
        """The cases of a month; they take the first draws of its dealings."""
        return open_cases(lived.cases, self._setting.world.habits.unsettled_cases, desk)

    def _dealings(self, lived: Month, desk: Desk) -> dict[str, pa.Table]:
        people, habits = self._people, self._setting.world.habits
        opened = self._opened_in(lived, desk)
        waiting = np.concatenate([self._cases, opened])
        closing = waiting["closed"] < desk.calendar.instant(np.array(desk.days[1]))
        self._cases = waiting[~closing]
        return {
            "contacts": contact_table(lived.contacts, people, self._file, habits.late, desk),
            "consents": self._consents(lived.contacts, desk),
            "cases": case_table(opened, waiting[closing], people),
        }

    def _hold(self, lived: Month, desk: Desk) -> Records:
        """Let products be bought and given up; returns those that were bought."""
        habits = self._setting.world.habits
        bought = buy_holdings(habits, self._people, lived.purchases, desk)
        self._holdings = np.concatenate([self._holdings, bought])
        end_holdings(self._holdings, lived.run_offs, lived.fate.gone)
        open_accounts(self._opened, bought)
        return bought

    def _move_money(self, lived: Month, bought: Records, span: Span) -> dict[str, pa.Table]:
        people, desk = self._people, self._desk("money", span.month)
        course = Course(
            unsettled=lived.unsettled,
            silent=lived.silent,
            life=lived.life,
            coming=lived.coming,
            paid=lived.paid,
            fate=lived.fate,
            payment=payments(self._holdings, people.count, desk.days),
            opened=self._opened,
            purchases=bought,
            run_offs=lived.run_offs,
        )
        rows, path = self._money.live(course, span, desk.rng)
        late = self._setting.world.habits.late
        return {
            "transactions": transactions(rows, people, self._booked, late, desk),
            "balances": balances(path, self._opened, span.days, self._booked, desk),
        }

    def _span(self, number: int) -> Span:
        calendar, (start, end) = self._setting.calendar, self._setting.calendar.month(number)
        low, gone = np.maximum(self._people.opened, start), np.minimum(self._fate.gone, end)
        month = calendar.first_of(number).month
        return Span(number, month, start, end, low, np.maximum(gone, low))

    def _events(self, lived: Month, span: Span) -> pa.Table:
        interest = Interest(
            need=lived.need,
            buys=self._setting.traits.buys[self._rows],
            unsettled=lived.unsettled,
            silent=lived.silent,
            coming=lived.coming,
            leaving=lived.fate.leaving,
            until=lived.fate.saved,
            purchases=lived.purchases,
        )
        desk = self._desk("digital", span.month)
        return events(self._setting.world, self._people, interest, span, desk)


def books_of(setting: Setting, first: State, places: Places, seed: int) -> tuple[Book, ...]:
    """The books of all customers, in the order of their numbers."""
    blocks = range(-(-setting.people.count // _BLOCK))
    return tuple(Book(setting, first, places, block=block, seed=seed) for block in blocks)
