"""A simulated bank that was saved and loaded goes on as if nothing had happened."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from banks.errors import BankError, BrokenSource
from banks.simulation import Simulation
from banks.synthetic import found, simulate, truth_folder
from banks.world_arrays import Records
from banks.world_calendar import LAST_DAY
from features.bank import Bank, open_bank
from features.growing import grow_bank

MONTHS = 9


def a_bank(*, seed: int = 1) -> Simulation:
    """A bank on its first day."""
    return Simulation("default", customers=150, months=MONTHS, seed=seed)


def policy(bank: Simulation) -> Records:
    """Contacts that no habit would bring: every second one, from another order."""
    plan = bank.plan()
    return plan[::-2] if bank.month % 2 else plan[:0]


def reloaded(bank: Simulation, file: Path) -> Simulation:
    """The bank after it was saved and loaded."""
    bank.save(file)
    return Simulation.load(file)


def rows_of(bank: Simulation) -> list[dict[str, pa.Table]]:
    """The rows that were not asked for yet, part by part."""
    return list(bank.rows())


@pytest.mark.parametrize("asked", [0, 3, 5], ids=["never", "at month 3", "at month 5"])
def test_a_loaded_bank_goes_on_as_the_saved_one(tmp_path: Path, asked: int) -> None:
    """Plans, rows and the state are equal, whenever its rows were asked for before."""
    bank = a_bank()
    for month in range(1, 6):
        bank.live(policy(bank))
        if month == asked:
            rows_of(bank)
    again = reloaded(bank, tmp_path / "bank.lived")
    assert (again.month, again.manifest) == (bank.month, bank.manifest)
    assert rows_of(again) == rows_of(bank)
    while bank.month < MONTHS:
        assert again.plan().tobytes() == bank.plan().tobytes()
        assert again.step(policy(again)) == bank.step(policy(bank))


def test_a_bank_on_its_first_day_is_saved_too(tmp_path: Path) -> None:
    """Before any month was lived, with its opening rows given or not."""
    for given in (False, True):
        bank = a_bank()
        if given:
            rows_of(bank)
        again = reloaded(bank, tmp_path / "bank.lived")
        assert rows_of(again) == rows_of(bank)
        assert again.step(policy(again)) == bank.step(policy(bank))


def test_equal_banks_save_equal_bytes(tmp_path: Path) -> None:
    """Loaded or not; a bank of another seed, another contact or another month saves others."""
    files = [tmp_path / name for name in ("one", "again", "seed", "contact", "month")]
    for file, seed, contacts, months in [
        (files[0], 1, slice(None), 2),
        (files[2], 2, slice(None), 2),
        (files[3], 1, slice(1, None), 2),
        (files[4], 1, slice(None), 3),
    ]:
        bank = a_bank(seed=seed)
        for _ in range(months):
            bank.live(bank.plan()[contacts])
        bank.save(file)
    Simulation.load(files[0]).save(files[1])
    content = [file.read_bytes() for file in files]
    assert content[0] == content[1]
    assert len(set(content)) == 4


def test_what_the_caller_does_with_a_plan_later_is_not_saved(tmp_path: Path) -> None:
    """The contacts are kept as they were when they were lived."""
    bank = a_bank()
    plan = bank.plan()
    bank.live(plan)
    plan["who"] = 0
    assert rows_of(reloaded(bank, tmp_path / "bank.lived")) == rows_of(bank)


def test_a_refused_month_is_not_saved(tmp_path: Path) -> None:
    """Contacts outside the month leave no trace."""
    bank, plan = a_bank(), a_bank().plan()
    plan["day"] += 40
    with pytest.raises(BankError):
        bank.live(plan)
    assert reloaded(bank, tmp_path / "bank.lived").month == 0


def test_the_folder_of_a_saved_bank_says_nothing(tmp_path: Path) -> None:
    """A file below a folder that is named as a column and its value reads as any other."""
    bank = a_bank()
    bank.live(bank.plan())
    assert reloaded(bank, tmp_path / "month=7" / "bank.lived").month == 1


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """A missing one, one that is no Parquet, and a table of another make."""
    words, table = tmp_path / "words", tmp_path / "table"
    words.write_text("not a bank")
    pq.write_table(pa.table({"month": [1]}), table)
    for file in (tmp_path / "none", words, table):
        with pytest.raises(BrokenSource, match="is no simulated bank that was saved"):
            Simulation.load(file)


def test_a_world_that_lives_otherwise_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bank whose months come out otherwise is refused, since its tables tell of others."""
    bank = a_bank()
    bank.live(bank.plan())
    with monkeypatch.context() as patch:
        patch.setattr("banks.simulation.fingerprint", lambda _: "of another release")
        bank.save(tmp_path / "bank.lived")
    with pytest.raises(BankError, match="whose world default lives otherwise"):
        Simulation.load(tmp_path / "bank.lived")


def told(bank: Bank) -> dict[str, pa.Table]:
    """Every raw table of a bank."""
    return {name: bank.read(name) for name in bank.tables}


def a_month(path: Path, file: Path, stop: Callable[[str], None]) -> None:
    """A month of a loop that can be killed wherever it says where it is, and begun again."""
    bank = Simulation.load(file)
    if open_bank(path).manifest.last_day == bank.manifest.last_day:
        # The bank has the rows of the months before.
        rows_of(bank)
        bank.live(bank.plan())
        stop("lived")
        bank.save(file)
        stop("saved")
    with grow_bank(path, bank.manifest) as growth:
        for part in rows_of(bank):
            for name, table in part.items():
                growth.add(name, table)
        stop("growing")
    stop("grown")


@pytest.mark.parametrize("killed", ["lived", "saved", "growing", "grown"])
def test_a_loop_that_was_killed_ends_as_one_that_was_not(tmp_path: Path, killed: str) -> None:
    """A bank of seven months to which two are added, the first of them killed and begun again."""
    simulate(tmp_path / "whole", customers=150, months=MONTHS, seed=1)
    path, file = tmp_path / "bank", tmp_path / "bank.lived"
    found(path, customers=150, months=MONTHS, lived=7, seed=1).save(file)

    def stop(where: str) -> None:
        if where == killed:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        a_month(path, file, stop)
    while open_bank(path).manifest.last_day != LAST_DAY:
        a_month(path, file, lambda _: None)
    grown, whole = open_bank(path), open_bank(tmp_path / "whole")
    assert told(grown) == told(whole)


def test_a_founded_bank_is_the_bank_of_its_first_months(tmp_path: Path) -> None:
    """Its tables hold them, and its rows begin with the month after; no truth is written."""
    steps: list[tuple[int, int]] = []
    bank = found(
        tmp_path / "bank",
        customers=150,
        months=MONTHS,
        lived=4,
        seed=1,
        progress=lambda done, total: steps.append((done, total)),
    )
    other = a_bank()
    for _ in range(4):
        other.live(other.plan())
    rows_of(other)
    assert bank.month == 4
    assert open_bank(tmp_path / "bank").manifest.last_day == other.manifest.last_day
    assert bank.step(bank.plan()) == other.step(other.plan())
    assert steps == [(step, 6) for step in range(1, 7)]
    assert not truth_folder(tmp_path / "bank").exists()


@pytest.mark.parametrize("lived", [0, MONTHS + 1])
def test_a_bank_is_founded_with_some_of_its_months(tmp_path: Path, lived: int) -> None:
    """None, or more than it has, is refused, and nothing is written."""
    with pytest.raises(BankError, match=f"lived is {lived}; a bank of 9 months is founded with 1"):
        found(tmp_path / "bank", customers=150, months=MONTHS, lived=lived, seed=1)
    assert not list(tmp_path.iterdir())
