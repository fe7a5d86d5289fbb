"""Churn on one horizon: windows, edges, exclusions, and what was known when."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from builders import a_bank, a_customer, a_transaction
from labelled import AS_OF, YUAN, ZONE, a_balance, a_cohort, daily, moved, outcome

from goodcall.calendar import start_of_day
from training import BadLabel, ChurnLabel, label

CHURN = ChurnLabel()


def churned(bank):
    return outcome(bank, CHURN)


@pytest.mark.parametrize(("after", "y"), [(69_999, 1), (70_000, 0), (100_000, 0), (0, 1)])
def test_churn_is_a_fall_below_seventy_percent(tmp_path, after, y):
    """Exactly 70 % of the mean before is kept; less is a fall. Known truth, in the bank's zone."""
    assert churned(moved(tmp_path / "bank", after)) == y


@pytest.mark.parametrize(("before", "after", "y"), [(20_000, 10_000, 1), (20_000, 10_001, 0)])
def test_churn_needs_a_fall_of_ten_thousand_yuan(tmp_path, before, after, y):
    """A fall of exactly the least amount counts; a cent-sized share of little money does not."""
    assert churned(moved(tmp_path / "bank", after, before=before)) == y


def test_who_has_less_than_the_least_fall_is_left_out(tmp_path):
    """Nobody falls by more than they have."""
    assert churned(moved(tmp_path / "bank", 0, before=9_999)) == "too little to fall"


def test_a_horizon_beyond_the_last_balance_is_censored(tmp_path):
    """The horizon's last day must be covered by a balance, at any customer's."""
    short = moved(tmp_path / "short", 0, last=AS_OF + timedelta(days=89))
    assert churned(short) == "censored"
    rows = daily(AS_OF, AS_OF + timedelta(days=90), 5, customer=2, account=2)
    rows += daily(AS_OF - timedelta(days=90), AS_OF + timedelta(days=30), 100_000)
    both = a_bank(tmp_path / "both", customers=[a_customer(1), a_customer(2)], balances=rows)
    assert churned(both) == 1


def test_who_has_already_fallen_is_left_out(tmp_path):
    """Money that left in the last month before as_of is no early warning."""
    gone = AS_OF - timedelta(days=30)
    rows = daily(AS_OF - timedelta(days=90), gone, 100_000)
    rows += daily(gone, AS_OF + timedelta(days=90), 20_000)
    assert churned(a_bank(tmp_path / "bank", balances=rows)) == "already fallen"


def test_a_closed_account_leaves_nothing(tmp_path):
    """Days without a balance after as_of count as zero, not as unknown."""
    rows = daily(AS_OF - timedelta(days=90), AS_OF + timedelta(days=60), 50_000)
    rows += daily(AS_OF - timedelta(days=90), AS_OF + timedelta(days=90), 10_000, account=2)
    assert churned(a_bank(tmp_path / "bank", balances=rows)) == 1


def test_money_moved_between_own_accounts_stays(tmp_path):
    """Balances are totals over a customer's accounts."""
    turn = AS_OF + timedelta(days=60)
    rows = daily(AS_OF - timedelta(days=90), turn, 50_000)
    rows += daily(turn, AS_OF + timedelta(days=90), 50_000, account=2)
    assert churned(a_bank(tmp_path / "bank", balances=rows)) == 0


@pytest.mark.parametrize(
    ("days", "yuan", "planned", "expected"),
    [
        (0, -10_000, True, "planned move"),
        (89, -10_000, True, "planned move"),
        (90, -10_000, True, 1),
        (-1, -10_000, True, 1),
        (5, -9_999, True, 1),
        (5, -10_000, False, 1),
        (5, 10_000, True, 1),
    ],
)
def test_announced_outflows_are_no_churn(tmp_path, days, yuan, planned, expected):
    """An announced outflow of the least fall within [as_of, as_of + 90) leaves the row out."""
    at = start_of_day(AS_OF + timedelta(days=days), ZONE)
    paid = a_transaction(happened_at=at, amount_cents=yuan * YUAN, planned=planned)
    assert churned(moved(tmp_path / "bank", 0, transactions=[paid])) == expected


def test_a_withdrawn_announcement_does_not_excuse(tmp_path):
    """The version of a transaction that is known last decides whether it was announced."""
    at = start_of_day(AS_OF + timedelta(days=5), ZONE)
    first = a_transaction(happened_at=at, amount_cents=-20_000 * YUAN, planned=True)
    later = first | {"known_at": at + timedelta(days=1), "planned": False}
    assert churned(moved(tmp_path / "bank", 0, transactions=[first, later])) == 1


def test_the_baseline_knows_only_what_was_known(tmp_path):
    """A correction of an old balance that arrives at as_of or later belongs to the future."""
    cut = start_of_day(AS_OF, ZONE)
    rows = daily(AS_OF - timedelta(days=90), AS_OF, 5_000)
    rows += daily(AS_OF, AS_OF + timedelta(days=90), 0)
    plain = a_bank(tmp_path / "plain", balances=rows)
    corrected = [row | {"balance_cents": 9_000_000, "known_at": cut} for row in rows[:89]]
    late = a_bank(tmp_path / "late", balances=[*rows, *corrected])
    early = [row | {"known_at": cut - timedelta(seconds=1)} for row in corrected]
    known = a_bank(tmp_path / "known", balances=[*rows[89:], *rows[:89], *early[:80]])
    assert churned(plain) == "too little to fall"
    assert churned(late) == "too little to fall"
    assert churned(known) == 1


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Prague", "America/New_York"])
@pytest.mark.parametrize("session", ["UTC", "Pacific/Auckland"])
def test_windows_are_local_days_in_every_zone(tmp_path, monkeypatch, zone, session):
    """Edges fall on the bank's midnights, across clock changes, whatever the process's zone."""
    monkeypatch.setenv("TZ", session)
    turn = AS_OF + timedelta(days=60)
    rows = daily(AS_OF - timedelta(days=90), turn, 100_000, zone=zone)
    rows += daily(turn, AS_OF + timedelta(days=90), 70_000, zone=zone)
    # A day more at either edge of the window would make it a fall.
    rows += daily(AS_OF + timedelta(days=90), AS_OF + timedelta(days=95), 0, zone=zone)
    assert churned(a_bank(tmp_path / "bank", zone=zone, balances=rows)) == 0
    rows[-6]["balance_cents"] -= 1
    assert churned(a_bank(tmp_path / "less", zone=zone, balances=rows)) == 1


def test_monthly_balances_count_by_the_days_inside(tmp_path):
    """A month's average counts with as many days as lie in a window."""
    months = [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    months += [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)]
    yuan = [100_000] * 5 + [0, 103_450, 0]
    rows = []
    for month, until, amount in zip(months[:-1], months[1:], yuan, strict=False):
        at, days = start_of_day(month, ZONE), (until - month).days
        known = at + timedelta(days=days, hours=2)
        rows.append(a_balance(at, amount, known=known, days=days))
    bank = a_bank(tmp_path / "bank", balances=rows)
    # Days 60-90 after 1 March are 30 April (1 day at 0) and 1-29 May (29 days): 100,001.67.
    assert churned(bank) == 0
    rows[6]["balance_cents"] = 7_241_300
    assert churned(a_bank(tmp_path / "less", balances=rows)) == 1
    rows[6]["balance_cents"] = 7_241_400
    assert churned(a_bank(tmp_path / "more", balances=rows)) == 0


def naive_churn(rows, zone, customer, as_of, *, definition=CHURN, planned=()):
    """The definition, day by day and account by account, for daily balances only."""
    frame = pd.DataFrame(rows)
    frame["day"] = frame.happened_at.dt.tz_convert(zone).dt.tz_localize(None).dt.date
    cut = start_of_day(as_of, zone)
    until = max(frame.day) + timedelta(days=1)
    if as_of + timedelta(days=90) > until:
        return "censored"
    seen = frame[frame.known_at < cut]
    end = min(as_of, max(seen.day) + timedelta(days=1)) if len(seen) else as_of

    def latest(known):
        mine = known[known.customer_id == customer].sort_values("known_at")
        return mine.groupby(["account_id", "day"]).balance_cents.last()

    def mean(totals, first, last, *, from_first):
        days = {}
        for (_, day), cents in totals.items():
            if first <= day < last:
                days[day] = days.get(day, 0) + int(cents)
        if not days:
            return 0.0
        start = max(first, min(days)) if from_first else first
        return sum(days.values()) / (last - start).days

    past, future = latest(seen), latest(frame)
    before = mean(past, as_of - timedelta(days=90), end, from_first=True)
    recent = mean(past, end - timedelta(days=30), end, from_first=True)
    later = [as_of + timedelta(days=days) for days in (60, 90)]
    after = mean(future, *later, from_first=False)

    def fallen(value):
        least = definition.min_fall_cents
        return value < definition.keep_share * before and before - value >= least

    if before < definition.min_fall_cents:
        return "too little to fall"
    if fallen(recent):
        return "already fallen"
    if (
        sum(
            cents
            for who, day, cents in planned
            if who == customer and as_of <= day < as_of + timedelta(days=90)
        )
        >= definition.min_fall_cents
    ):
        return "planned move"
    return int(fallen(after))


@pytest.mark.parametrize("seed", range(2))
def test_churn_equals_a_naive_reading_of_its_definition(tmp_path, seed):
    """Random balances with gaps, corrections and late bookings, read day by day in pandas."""
    rng = np.random.default_rng(seed)
    zone = ["Asia/Shanghai", "Europe/Prague"][seed]
    first, rows = date(2025, 12, 1), []
    for customer in range(1, 25):
        for account in range(int(rng.integers(1, 3))):
            level = int(rng.integers(0, 60_000))
            opened, closed = sorted(rng.integers(0, 260, size=2))
            for number in range(int(opened), 260 if rng.random() < 0.7 else int(closed)):
                level = int(rng.integers(0, 60_000)) if rng.random() < 0.02 else level
                at = start_of_day(first + timedelta(days=number), zone)
                late = timedelta(hours=int(rng.integers(24, 80)))
                row = a_balance(
                    at,
                    level,
                    customer=customer,
                    account=10 * customer + account,
                    known=at + late,
                )
                rows.append(row)
                if rng.random() < 0.05:
                    rows.append(
                        row
                        | {
                            "known_at": row["known_at"] + timedelta(days=3),
                            "balance_cents": 2 * row["balance_cents"],
                        }
                    )
    planned = [
        (int(c), date(2026, 3, 1) + timedelta(days=int(d)), 2_000_000)
        for c, d in zip(range(1, 25, 4), rng.integers(-20, 120, size=6), strict=True)
    ]
    paid = [
        a_transaction(
            number,
            customer_id=who,
            happened_at=start_of_day(day, zone),
            amount_cents=-cents,
            planned=True,
        )
        for number, (who, day, cents) in enumerate(planned)
    ]
    customers = [a_customer(number) for number in range(1, 25)]
    bank = a_bank(
        tmp_path / "bank", zone=zone, customers=customers, balances=rows, transactions=paid
    )
    days = [
        date(2026, 2, 1),
        date(2026, 3, 1),
        date(2026, 3, 29),
        date(2026, 4, 15),
        date(2026, 6, 1),
    ]
    pairs = [(customer, day) for day in days for customer in range(1, 25)]
    found = label(bank, a_cohort(*pairs), CHURN)
    slow = {pair: naive_churn(rows, zone, *pair, planned=planned) for pair in pairs}
    kept = {(row["customer_id"], row["as_of"]): row["y"] for row in found.rows.to_pylist()}
    assert kept == {pair: y for pair, y in slow.items() if isinstance(y, int)}
    reasons = pd.Series([y for y in slow.values() if isinstance(y, str)]).value_counts()
    assert found.excluded == reasons.to_dict()
    assert {0, 1} <= set(kept.values())
    assert len(found.excluded) >= 3


def test_a_row_that_stands_twice_is_refused(tmp_path):
    """A cohort has one row a customer and date."""
    with pytest.raises(BadLabel, match="twice"):
        label(a_bank(tmp_path / "bank"), a_cohort((1, AS_OF), (1, AS_OF)), CHURN)


def test_a_bank_without_the_table_is_censored(tmp_path):
    """Where there are no balances, nobody's fall can be seen."""
    assert churned(a_bank(tmp_path / "bank")) == "censored"


def test_kinds_not_looked_at_are_left_out(tmp_path):
    """A label for some kinds leaves the others out, by what was known of them before as_of."""
    bank = moved(tmp_path / "bank", 0)
    assert outcome(bank, ChurnLabel(kinds=("retail",))) == 1
    assert outcome(bank, ChurnLabel(kinds=("private",))) == "another kind"
