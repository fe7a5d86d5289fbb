"""A simulated bank that grew month by month is the one that was written at once."""

import numpy as np
import pytest

from banks.simulation import Simulation
from banks.synthetic import simulate
from features import growing
from features.asof import as_of
from features.bank import Bank, new_bank, open_bank
from features.catalog import CATALOG
from features.cohort import monthly
from features.growing import grow_bank
from features.quality.contracts import check_tables

MONTHS = 9


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bank, Bank]:
    """One bank written at once, and one founded with six months to which three were added."""
    folder = tmp_path_factory.mktemp("growing")
    simulate(folder / "whole", customers=120, months=MONTHS, seed=4)
    bank = Simulation("default", customers=120, months=MONTHS, seed=4)
    for _ in range(6):
        bank.live(bank.plan())
    with new_bank(folder / "grown", bank.manifest) as writer:
        for part in bank.rows():
            for name, rows in part.items():
                writer.add(name, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "_ROWS_AT_ONCE", 1_000)
        while bank.month < MONTHS:
            rows_of_month = bank.step(bank.plan())
            with grow_bank(folder / "grown", bank.manifest) as growth:
                for name, rows in rows_of_month.items():
                    growth.add(name, rows)
    return open_bank(folder / "whole"), open_bank(folder / "grown")


def test_every_table_reads_the_same(both: tuple[Bank, Bank]) -> None:
    """Row by row, and the manifests say the same but for the names of files."""
    whole, grown = both
    assert grown.tables == whole.tables
    for name in whole.tables:
        assert grown.read(name).equals(whole.read(name)), name
    assert set(grown.manifest.files) > {"customers", "transactions", "events"}
    assert "branches" not in grown.manifest.files
    assert check_tables(grown) == check_tables(whole)
    assert (grown.manifest.last_day, grown.versioned) == (whole.manifest.last_day, whole.versioned)


def test_features_of_every_month_are_the_same(both: tuple[Bank, Bank]) -> None:
    """Before, at and after the moments at which the bank grew, to the byte."""
    whole, grown = both
    said = whole.manifest
    cohort = monthly(whole, said.first_day.replace(day=2), said.last_day)
    assert monthly(grown, said.first_day.replace(day=2), said.last_day).equals(cohort)
    found, expected = as_of(grown, cohort, CATALOG), as_of(whole, cohort, CATALOG)
    differing = [
        name
        for name in CATALOG.names
        if not np.array_equal(found[name], expected[name], equal_nan=True)
    ]
    assert differing == []
