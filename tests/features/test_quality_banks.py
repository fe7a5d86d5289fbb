"""Whole banks at the shipped gates: simulated ones and the public Berka bank do not fail."""

import os
from pathlib import Path

import pytest
from quality_bank import verdicts

from banks import found, import_berka, simulate
from features import grow_bank
from features.bank import open_bank
from features.quality.check import check_quality
from features.quality.loading import default_gates
from features.quality.profile import profile_of

_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
BERKA = Path(os.environ.get("GOODCALL_PUBLIC_DATA", _DEFAULT)) / "berka"

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_simulated_bank_does_not_fail(tmp_path, seed):
    """No gate fails a simulated bank, alone or against itself, and no contract looks doubtful."""
    simulate(tmp_path / "bank", customers=300, months=24, seed=seed)
    bank = open_bank(tmp_path / "bank")
    alone = check_quality(bank, default_gates())
    again = check_quality(bank, default_gates(), alone.profile)
    assert alone.contract.findings == ()
    assert "fail" not in verdicts(alone).values()
    assert verdicts(again) == verdicts(alone)
    assert {c.value for c in again.checks if c.gate.measure.name == "distribution"} <= {0, None}


def test_berka_warns_of_its_age_and_does_not_fail(tmp_path):
    """The public bank ends years before its last day: that is told, and nothing fails."""
    import_berka(BERKA, tmp_path / "bank")
    found = verdicts(check_quality(open_bank(tmp_path / "bank"), default_gates()))
    assert found["transactions", None, "freshness"] == "warn"
    assert "fail" not in found.values()


def test_no_month_of_a_simulated_bank_is_another_distribution(tmp_path):
    """Held against the month before, one after another; interest is credited once a quarter."""
    path, gates = tmp_path / "bank", default_gates()
    bank = found(path, customers=400, months=16, lived=12, seed=4)
    before = profile_of(open_bank(path), gates, 256)
    interest = []
    while bank.month < 16:
        with grow_bank(path, _month_later(bank)) as growth:
            for part in bank.rows():
                for name, rows in part.items():
                    growth.add(name, rows)
        check = check_quality(open_bank(path), gates, before)
        before = check.profile
        assert "fail" not in verdicts(check).values()
        assert ("transactions", "kind", "distribution") not in verdicts(check)
        assert 0 < check.shifts["transactions", "kind"].index < 0.25
        interest.append(before.tables["transactions"].shapes["kind"].values.get("interest", 0))
    assert min(interest) == 0 < max(interest)


def _month_later(bank):
    bank.live(bank.plan())
    return bank.manifest
