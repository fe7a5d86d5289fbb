"""Snapshots and profiles: the same values, or an error that says why not."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from builders import EARLY, a_bank, a_customer, a_transaction

from features.asof import as_of
from features.catalog import CATALOG
from features.cohort import cohort_at
from features.errors import StaleSnapshot
from features.feature import Catalog
from features.profiles import profiles
from features.store import SnapshotMark, read_snapshot, write_snapshot
from goodcall.calendar import start_of_day
from goodcall.profile import Assessment, profile_from_json, profile_to_json

DAY = date(2026, 6, 1)
MIDNIGHT = start_of_day(DAY, "Asia/Shanghai")


@pytest.fixture
def bank(tmp_path):
    rows = [a_transaction(n, happened_at=MIDNIGHT - timedelta(days=n)) for n in range(1, 9)]
    return a_bank(tmp_path / "bank", customers=[a_customer(1), a_customer(2)], transactions=rows)


@pytest.fixture
def features(bank):
    return as_of(bank, cohort_at(bank, [DAY]), CATALOG)


def test_a_snapshot_reads_back_as_it_was_written(tmp_path, features):
    """Every column and every missing value returns."""
    write_snapshot(tmp_path, features, SnapshotMark(CATALOG.fingerprint, "b", "CNY"))
    back = read_snapshot(tmp_path, CATALOG)
    assert back.column_names == ["customer_id", "as_of", *CATALOG.names]
    for name in CATALOG.names:
        assert np.array_equal(back[name].to_numpy(), features[name].to_numpy(), equal_nan=True)


def test_a_snapshot_of_another_catalogue_is_stale(tmp_path, features):
    """Another fingerprint, a missing date and a foreign file are refused, never read."""
    with pytest.raises(StaleSnapshot, match="goodcall features build"):
        read_snapshot(tmp_path, CATALOG)
    write_snapshot(tmp_path, features, SnapshotMark(CATALOG.fingerprint, "b", "CNY"))
    with pytest.raises(StaleSnapshot, match=f"built by catalogue {CATALOG.fingerprint}"):
        read_snapshot(tmp_path, Catalog(CATALOG.features[:5]))
    with pytest.raises(StaleSnapshot, match="no snapshot of 2026-07-01"):
        read_snapshot(tmp_path, CATALOG, [date(2026, 7, 1)])
    (file,) = tmp_path.glob("as_of=*/*.parquet")
    pq.write_table(pq.read_table(file).replace_schema_metadata(None), file)
    with pytest.raises(StaleSnapshot, match="is no snapshot"):
        read_snapshot(tmp_path, CATALOG)


def test_a_profile_holds_what_was_known_before_the_day(tmp_path):
    """Facts known from the day's first instant on are not in it; versions known before win."""
    moved = a_customer(1, known_at=MIDNIGHT - timedelta(seconds=1), city="B", manager_id=8)
    later = a_customer(1, known_at=MIDNIGHT, city="C", manager_id=9)
    assessed = {"customer_id": 1, "happened_at": EARLY, "tolerance": "C2"}
    known = datetime(2026, 5, 1, tzinfo=UTC)
    bank = a_bank(
        tmp_path / "bank",
        customers=[a_customer(1, manager_id=7, branch_id=1), moved | {"branch_id": 1}, later],
        branches=[
            {
                "branch_id": 1,
                "name": "Kashgar",
                "zone": "Asia/Urumqi",
                "happened_at": EARLY,
                "known_at": EARLY,
            }
        ],
        assessments=[
            assessed | {"assessment_id": 1, "known_at": known, "expires_on": date(2026, 12, 1)},
            assessed | {"assessment_id": 2, "known_at": MIDNIGHT, "expires_on": date(2027, 5, 1)},
        ],
        cases=[
            {
                "case_id": 1,
                "customer_id": 1,
                "kind": "complaint",
                "happened_at": known,
                "known_at": known,
            }
        ],
    )
    (profile,) = profiles(bank, DAY)
    assert profile.manager_id == 8
    assert profile.zone == "Asia/Urumqi"
    assert profile.assessment == Assessment("C2", date(2026, 12, 1))
    assert [case.closed_at for case in profile.cases] == [None]
    assert profile_from_json(profile_to_json(profile)) == profile


def test_a_case_is_remembered_while_it_is_open_and_for_a_while_after(tmp_path):
    """However long ago it was opened; settled more than 400 days ago it bears on nothing."""
    asked = MIDNIGHT - timedelta(600)

    def a_case(number, closed_at):
        told = {"case_id": number, "customer_id": 1, "kind": "complaint", "happened_at": asked}
        return told | {"known_at": asked, "closed_at": closed_at}

    ago = {days: MIDNIGHT - timedelta(days) for days in (10, 399, 401, 590)}
    cases = [a_case(1, None), *(a_case(days, closed) for days, closed in ago.items())]
    bank = a_bank(tmp_path / "bank", customers=[a_customer(1)], cases=cases)
    (profile,) = profiles(bank, DAY)
    assert sorted(case.closed_at or MIDNIGHT for case in profile.cases) == [
        ago[399],
        ago[10],
        MIDNIGHT,
    ]
    untold = [{key: case[key] for key in case if key != "closed_at"} for case in cases[:1]]
    bare = a_bank(tmp_path / "bare", customers=[a_customer(1)], cases=untold)
    assert [case.closed_at for case in profiles(bare, DAY)[0].cases] == [None]
