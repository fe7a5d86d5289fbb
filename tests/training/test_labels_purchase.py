"""Purchases and needs: who holds, who opens, and when."""

from datetime import date, timedelta

import pytest
from builders import a_bank, a_customer
from labelled import AS_OF, CUT, DAY, SECOND, ZONE, a_cohort, a_holding, moved, outcome

from goodcall.calendar import start_of_day
from training import ChurnLabel, Horizon, PurchaseLabel, label

FUND = PurchaseLabel("fund")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (CUT - SECOND, "holds it already"),
        (CUT, 1),
        (CUT + 90 * DAY - SECOND, 1),
        (CUT + 90 * DAY, 0),
    ],
)
def test_a_purchase_counts_from_as_of_to_the_horizon(tmp_path, at, expected):
    """The window is [as_of, as_of + 90 days) in the bank's zone; before it, one is a holder."""
    known = at if at >= CUT else CUT - SECOND
    assert outcome(a_bank(tmp_path / "b", holdings=[a_holding(at, known=known)]), FUND) == expected


def test_another_family_is_no_purchase(tmp_path):
    """Only the label's own family counts, for buying and for holding."""
    rows = [a_holding(CUT - DAY, family="wealth"), a_holding(CUT, number=2, family="insurance")]
    assert outcome(a_bank(tmp_path / "bank", holdings=rows), FUND) == 0


@pytest.mark.parametrize(
    ("known", "closed_on", "expected"),
    [
        (CUT - SECOND, AS_OF - DAY, 0),
        (CUT - SECOND, AS_OF, "holds it already"),
        (CUT, AS_OF - DAY, "holds it already"),
        (CUT + 5 * DAY, AS_OF + 4 * DAY, "holds it already"),
    ],
)
def test_a_closing_counts_once_known(tmp_path, known, closed_on, expected):
    """A holder is whoever the bank took for one at as_of; a closing is no purchase."""
    opened = a_holding(CUT - 400 * DAY)
    happened = min(known, start_of_day(closed_on, ZONE))
    closing = a_holding(happened, known=known, closed_on=closed_on, opened_on=opened["opened_on"])
    assert outcome(a_bank(tmp_path / "bank", holdings=[opened, closing]), FUND) == expected


def test_a_holding_booked_late_was_unknown(tmp_path):
    """A holding from before as_of that the bank learned of later excludes nobody, nor is it a
    purchase.
    """  # noqa: D205 - one sentence
    late = a_holding(CUT - DAY, known=CUT)
    assert outcome(a_bank(tmp_path / "bank", holdings=[late]), FUND) == 0


@pytest.mark.parametrize(
    ("last_day", "expected"), [(date(2027, 2, 28), 0), (date(2027, 2, 27), "censored")]
)
def test_a_horizon_in_months_ends_on_the_calendar(tmp_path, last_day, expected):
    """Twelve months after 1 March 2026 end with 28 February 2027."""
    bank = a_bank(tmp_path / "bank", last_day=last_day, holdings=[])
    assert outcome(bank, PurchaseLabel("fund", Horizon(12, "months"))) == expected


def test_what_happens_later_never_changes_earlier_rows(tmp_path):
    """Rows of an early date keep their outcome when everything beyond their horizon changes."""
    early = moved(tmp_path / "early", 50_000, last=AS_OF + timedelta(days=90))
    later = moved(
        tmp_path / "later",
        50_000,
        last=AS_OF + timedelta(days=90),
        holdings=[a_holding(CUT + 200 * DAY)],
    )
    assert outcome(early, ChurnLabel()) == outcome(later, ChurnLabel()) == 1
    assert outcome(later, FUND) == 0


def test_a_family_that_a_kind_is_not_sold_has_no_label_for_it(tmp_path):
    """Customers of other kinds are left out and counted, by what was known of them before as_of."""
    firm = a_customer(2, kind="small_business")
    turned = start_of_day(AS_OF, ZONE)
    later = a_customer(3, kind="small_business", known_at=turned)
    bank = a_bank(tmp_path / "bank", customers=[a_customer(1), firm, a_customer(3), later])
    definition = PurchaseLabel("business_loan", kinds=("small_business", "corporate"))
    found = label(bank, a_cohort((1, AS_OF), (2, AS_OF), (3, AS_OF)), definition)
    assert found.rows["customer_id"].to_pylist() == [2]
    assert dict(found.excluded) == {"not sold to this kind": 2}
