"""When CDNOW's customers buy again, counted from the raw log by pandas."""

import os
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from banks.tables import import_tables
from features import cohort_at
from features.bank import open_bank
from training import read_labels
from training.labels import events

_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
SOURCE = Path(os.environ.get("GOODCALL_PUBLIC_DATA", _DEFAULT)) / "cdnow"
SETTINGS = Path(str(files("banks") / "settings"))
AS_OF = date(1998, 3, 31)

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="GOODCALL_PUBLIC_DATA has no cdnow")


def test_the_weeks_in_which_customers_buy_again_are_those_of_the_log(tmp_path):
    """Thirteen weeks from 1998-03-31, the last ending with the log's own last day but one."""
    import_tables(str(SOURCE), tmp_path / "bank", SETTINGS / "cdnow-mapping.toml")
    bank = open_bank(tmp_path / "bank")
    (definition,) = read_labels(SETTINGS / "cdnow-labels.toml")
    found = events(bank, cohort_at(bank, [AS_OF]), definition)

    log = pd.read_csv(SOURCE / "purchases.csv.gz", parse_dates=["date"])
    days = (log.date - pd.Timestamp(AS_OF)).dt.days
    later = days[(days >= 0) & (days < 91)].groupby(log.users_id).min() // 7 + 1
    weeks = [int((later == week).sum()) for week in range(1, 14)]
    period = found.rows["period"].to_numpy()
    assert np.bincount(period)[1:].tolist() == weeks
    assert (period == 0).sum() == 23_570 - len(later)
    assert set(found.rows["observed"].to_pylist()) == {13}
    assert not found.excluded
