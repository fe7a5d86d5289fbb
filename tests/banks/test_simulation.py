"""What a simulated bank writes of a month follows from that month and earlier ones alone."""

import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banks.errors import BankError
from banks.simulation import Simulation
from banks.synthetic import simulate, worlds
from banks.world_arrays import Records
from features.bank import open_bank
from features.tables import TABLES
from goodcall.calendar import start_of_day

# The latest a row is known after it happened: four nights after a day's end, and some hours.
LATE = timedelta(days=7)

Tables = dict[str, pa.Table]


def a_bank(
    *, customers: int = 150, months: int = 12, seed: int = 1, world: str = "default"
) -> Simulation:
    """A bank on its first day, in one block of customers."""
    return Simulation(world, customers=customers, months=months, seed=seed)


def whole(bank: Simulation) -> Tables:
    """Every row that was not asked for yet, by table."""
    return joined(list(bank.rows()))


def joined(parts: list[Tables]) -> Tables:
    """The rows of all parts, by table."""
    names = {name for part in parts for name in part}
    return {
        name: pa.concat_tables([part[name] for part in parts if name in part]).unify_dictionaries()
        for name in names
    }


def as_filed(name: str, rows: pa.Table) -> pa.Table:
    """Rows in the form and order of a bank's file; columns that the simulation lacks are left."""
    fields = [field for field in TABLES[name].schema if field.name in rows.column_names]
    form = pa.schema(fields)
    order = [(key, "ascending") for key in TABLES[name].sort_key]
    return rows.select(form.names).cast(form).sort_by(order).combine_chunks()


def nobody(plan: Records) -> Records:
    """No contact at all."""
    return plan[:0]


@settings(max_examples=6)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 11), world=st.sampled_from(worlds()))
def test_what_comes_later_changes_no_row(seed: int, cut: int, world: str) -> None:
    """A bank that stops, or contacts nobody from then on, has the same first months' rows.

    They are compared with those of a bank that writes them when its whole life is known.
    """
    lived, stopped = a_bank(seed=seed, world=world), a_bank(seed=seed, world=world)
    for _ in range(12):
        lived.live(lived.plan())
    early = joined([stopped.step(stopped.plan()) for _ in range(cut)])
    stopped.live(nobody(stopped.plan()))
    late, every = whole(stopped), whole(lived)
    assert set(early) == set(every)
    for name, rows in early.items():
        first = every[name].slice(0, rows.num_rows)
        assert as_filed(name, first).equals(as_filed(name, rows)), name
    assert late["contacts"].num_rows == 0


def test_eight_months_are_the_first_eight_of_twelve() -> None:
    """A row more or a row changed in month 9 leaves every table of months 1 to 8 as it is."""
    habit, silent = a_bank(customers=400, seed=5), a_bank(customers=400, seed=5)
    months, differs = [habit.step(habit.plan()) for _ in range(12)], set()
    for month in range(12):
        plan = silent.plan()
        rows = silent.step(nobody(plan) if month == 8 else plan)
        same = {name: rows[name].equals(months[month][name]) for name in rows}
        if month < 8:
            assert all(same.values()), (month, same)
        differs |= {name for name, equal in same.items() if not equal}
    assert {"contacts", "transactions"} <= differs


def test_steps_add_up_to_the_bank_that_is_written_at_once(tmp_path: Path) -> None:
    """Over two blocks of customers, the months' rows are the rows of the bank's files."""
    simulate(tmp_path / "bank", customers=2100, months=7, seed=3)
    bank = a_bank(customers=2100, months=7, seed=3)
    steps = joined([whole(bank), *(bank.step(bank.plan()) for _ in range(7))])
    filed = open_bank(tmp_path / "bank")
    assert set(steps) == set(filed.tables)
    for name, rows in steps.items():
        stands = filed.read(name).select(
            [field.name for field in TABLES[name].schema if field.name in rows.column_names]
        )
        assert as_filed(name, rows).equals(as_filed(name, stands)), name


def test_rows_come_to_be_in_their_month() -> None:
    """Each row of a step is known from its month on, and within days of the month's end."""
    bank = a_bank(customers=600, months=7, seed=2)
    calendar = bank.setting.calendar
    before = whole(bank)
    opening = start_of_day(calendar.first_day, "Asia/Shanghai")
    for name, rows in before.items():
        assert rows.num_rows > 0, name
        assert pc.max(rows["known_at"]).as_py() < opening + LATE, name
    for month in range(7):
        start, end = (
            opening + timedelta(days=int(day)) for day in calendar.bounds[month : month + 2]
        )
        for name, rows in bank.step(bank.plan()).items():
            if rows.num_rows:
                assert pc.min(rows["known_at"]).as_py() >= start, (month, name)
                assert pc.max(rows["known_at"]).as_py() < end + LATE, (month, name)


def test_no_two_rows_have_one_id() -> None:
    """Ids are unique over blocks and months; only versions of one thing share theirs."""
    bank = a_bank(customers=2100, months=7, seed=3)
    rows = joined([bank.step(bank.plan()) for _ in range(7)])
    for name in ("transactions", "events", "contacts", "consents", "assessments"):
        key = rows[name][TABLES[name].key[0]]
        assert len(pc.unique(key)) == len(key), name
    for name in ("holdings", "loans", "cases", "contact_points", "accounts"):
        owners = (
            rows[name]
            .group_by(TABLES[name].key[0])
            .aggregate([("customer_id", "count_distinct"), ("happened_at", "count_distinct")])
        )
        assert pc.max(owners["customer_id_count_distinct"]).as_py() == 1, name
        assert pc.max(owners["happened_at_count_distinct"]).as_py() == 1, name


def test_the_manifest_says_what_was_lived() -> None:
    """The last day is that of the last month lived."""
    bank = a_bank(months=12)
    for _ in range(8):
        bank.live(bank.plan())
    assert (str(bank.manifest.first_day), str(bank.manifest.last_day)) == (
        "2025-07-01",
        "2026-02-28",
    )


def test_who_is_no_customer_yet_is_not_reached() -> None:
    """A contact with somebody who becomes a customer later reaches nobody."""
    bank = a_bank(customers=2000, months=7)
    plan = bank.plan()
    later = np.flatnonzero(bank.setting.people.opened > 40)
    plan["who"] = np.resize(later, len(plan))
    rows = bank.step(plan)["contacts"]
    assert not set(rows["state"].to_pylist()) & {"connected", "delivered"}


@pytest.mark.parametrize(("off", "told"), [(-1, "is on day -1"), (31, "is on day 31")])
def test_a_contact_outside_the_month_is_refused(off: int, told: str) -> None:
    """A plan for other days than the month's is refused in words, and nothing is lived."""
    bank = a_bank()
    plan = bank.plan()
    plan["day"][0] = off
    message = f"a contact of month 0 {told} of the window; plan for days 0 to 30"
    with pytest.raises(BankError, match=re.escape(message)):
        bank.step(plan)
    assert bank.month == 0


def test_a_bank_lives_no_longer_than_it_was_founded_for() -> None:
    """After its last month there is no other."""
    bank = a_bank(months=7)
    for _ in range(7):
        bank.live(bank.plan())
    with pytest.raises(BankError, match="the window's 7 months are over"):
        bank.plan()
