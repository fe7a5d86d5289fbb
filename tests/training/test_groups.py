"""To which groups a customer belonged: only by what the bank knew by then."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from builders import EARLY, a_bank, a_customer

from features.tiers.review import tiers_of
from features.tiers.rules import default_tier_rules
from training.evaluation.groups import age_band, groups_of

THEN, LATER = date(2025, 1, 1), date(2025, 6, 1)
CORRECTED = datetime(2025, 3, 1, tzinfo=UTC)


def a_branch(branch_id, region, known_at=EARLY):
    """A branch in a region."""
    return {
        "branch_id": branch_id,
        "happened_at": EARLY,
        "known_at": known_at,
        "name": f"branch {branch_id}",
        "region": region,
    }


def asked(*rows):
    """A cohort in the order given."""
    ids, days = zip(*rows, strict=True)
    return pa.table({"customer_id": pa.array(ids, pa.int64()), "as_of": pa.array(days)})


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return a_bank(
        tmp_path_factory.mktemp("groups") / "bank",
        customers=[
            a_customer(1, birth_date=date(1990, 5, 1), sex="F", branch_id=7),
            a_customer(1, birth_date=date(1990, 5, 1), sex="M", branch_id=8, known_at=CORRECTED),
            a_customer(2, stated_age=70, sex="M", branch_id=8),
            a_customer(3),
        ],
        branches=[a_branch(7, "north"), a_branch(8, "south"), a_branch(8, "west", CORRECTED)],
    )


def test_groups_are_what_the_bank_knew_before_the_date(bank):
    """A later correction of a customer or a branch changes later dates alone."""
    told = groups_of(bank, asked((1, LATER), (2, THEN), (1, THEN), (2, LATER))).to_pylist()
    shown = [(row["customer_id"], row["as_of"], row["region"], row["sex"]) for row in told]
    assert shown == [
        (1, LATER, "west", "M"),
        (2, THEN, "south", "M"),
        (1, THEN, "north", "F"),
        (2, LATER, "west", "M"),
    ]
    assert [row["age_band"] for row in told] == ["35-44", "65 and over", "25-34", "65 and over"]


def test_what_nobody_knows_is_unknown(bank):
    """Neither a missing field nor a customer without a row is an error; both are unknown."""
    told = groups_of(bank, asked((3, THEN), (99, THEN))).to_pylist()
    for row in told:
        assert (row["region"], row["age_band"], row["sex"]) == ("unknown",) * 3


def test_the_tier_is_the_computed_one(bank):
    """Its code is that of the rank which the tiers give; other currencies have no tier."""
    cohort = asked((1, LATER), (2, LATER), (99, THEN))
    rules = default_tier_rules()
    ranks = tiers_of(bank, cohort, rules)["tier_rank"].to_pylist()
    codes = ["unknown" if rank != rank else rules.tier(int(rank)).code for rank in ranks]  # noqa: PLR0124 - NaN
    assert groups_of(bank, cohort)["tier"].to_pylist() == codes


def test_nobody_has_no_groups(bank):
    """An empty cohort gives an empty table with every column."""
    nobody = asked((1, THEN)).slice(1)
    told = groups_of(bank, nobody)
    assert told.num_rows == 0
    assert told.column_names == ["customer_id", "as_of", "tier", "region", "age_band", "sex"]


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "under 18"),
        (18, "18-24"),
        (24.99, "18-24"),
        (25, "25-34"),
        (64.9, "55-64"),
        (65, "65 and over"),
    ],
)
def test_a_band_begins_with_its_first_birthday(age, band):
    """Bands are closed on the left."""
    assert age_band(age) == band
