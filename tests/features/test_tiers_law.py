"""The law of tiers, on dates: up next month, watched below, down after three months or six."""

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pytest
from builders import EARLY, a_bank, a_customer, a_table
from hypothesis import given
from hypothesis import strategies as st

from features.bank import BankWriter
from features.errors import BrokenContract, TierError
from features.tiers.review import tier_history, tiers, tiers_of
from features.tiers.rules import default_tier_rules, parse_tier_rules
from features.tiers.steps import NONE, STATUSES, nobody, step
from goodcall.calendar import start_of_day

ZONE = "Asia/Shanghai"
RULES = default_tier_rules()
YUAN = 100
# Yuan well inside each of the shipped tiers.
MASS, GOLD, PLATINUM, DIAMOND, PRIVATE = 1_000, 60_000, 250_000, 700_000, 8_000_000


def month(number: int) -> date:
    """Month 1 is January 2025."""
    return date(2025 + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def a_balance(number: int, yuan: float, customer_id: int = 1, **facts):
    """The average of a whole month, known in the evening of the month's last day."""
    first, after = month(number), month(number + 1)
    plain = {
        "account_id": customer_id * 10,
        "customer_id": customer_id,
        "happened_at": start_of_day(first, ZONE),
        "known_at": start_of_day(after, ZONE) - timedelta(hours=1),
        "family": "deposit",
        "balance_cents": round(yuan * YUAN),
        "period_days": (after - first).days,
    }
    return plain | facts


def a_history(path, *balances, months: int, last: int | None = None, **tables):
    """Every review of a bank with the given balances, up to the first of month `months`."""
    bank = a_bank(
        path,
        last_day=month(last or months) - timedelta(days=1),
        balances=list(balances),
        **tables,
    )
    # a_bank begins in 2020; the reviews before the first balance say nothing.
    rows = tier_history(bank, month(months)).to_pylist()
    return [row for row in rows if row["reviewed"] > month(1)]


def told(rows):
    """(month in which it holds, tier, status) of each review, month 1 being January 2025."""
    numbered = [(row["reviewed"].year - 2025) * 12 + row["reviewed"].month for row in rows]
    return [(n, row["tier"], row["status"]) for n, row in zip(numbered, rows, strict=True)]


def test_a_tier_is_reached_the_month_after_its_average(tmp_path):
    """January reaches diamond, so February is the first month as a diamond customer."""
    rows = a_history(
        tmp_path / "b", a_balance(1, MASS), a_balance(2, DIAMOND), a_balance(3, DIAMOND), months=4
    )
    assert told(rows) == [(2, "mass", "new"), (3, "diamond", "promoted"), (4, "diamond", "kept")]
    assert rows[1]["since"] == date(2025, 3, 1)


def test_three_months_in_a_row_below_move_down_in_month_four(tmp_path):
    """The tier of month 4 is that of month 3's average; until then the customer is watched."""
    falling = [DIAMOND, PLATINUM, MASS, GOLD, GOLD]
    balances = [a_balance(n, yuan) for n, yuan in enumerate(falling, start=1)]
    rows = a_history(tmp_path / "b", *balances, months=6)
    assert told(rows) == [
        (2, "diamond", "new"),
        (3, "diamond", "watch"),
        (4, "diamond", "watch"),
        (5, "gold", "demoted"),
        (6, "gold", "kept"),
    ]
    assert [row["months_below"] for row in rows] == [0, 1, 2, 0, 0]


def test_private_banking_is_left_in_month_seven(tmp_path):
    """Six months in a row below; in month 7 the tier of month 6's average."""
    falling = [PRIVATE, MASS, MASS, MASS, MASS, MASS, PLATINUM]
    balances = [a_balance(n, yuan) for n, yuan in enumerate(falling, start=1)]
    rows = a_history(tmp_path / "b", *balances, months=8)
    assert [status for _, _, status in told(rows)] == ["new", *["watch"] * 5, "demoted"]
    assert [tier for _, tier, _ in told(rows)] == [*["private_bank"] * 6, "platinum"]


def test_a_bounce_in_month_three_starts_the_count_anew(tmp_path):
    """Two months below, one at the tier, two below: nobody moves."""
    path = [DIAMOND, GOLD, GOLD, DIAMOND, GOLD, GOLD]
    balances = [a_balance(n, yuan) for n, yuan in enumerate(path, start=1)]
    rows = a_history(tmp_path / "b", *balances, months=7)
    assert {tier for _, tier, _ in told(rows)} == {"diamond"}
    assert [row["months_below"] for row in rows] == [0, 1, 2, 0, 1, 2]


def test_a_threshold_belongs_to_its_tier(tmp_path):
    """Exactly 50,000 is gold, a cent less is not."""
    for cents, tier in ((5_000_000, "gold"), (4_999_999, "mass")):
        rows = a_history(tmp_path / tier, a_balance(1, cents / YUAN), months=2)
        assert told(rows) == [(2, tier, "new")]


def test_the_average_is_over_the_whole_month_and_all_accounts(tmp_path):
    """Ten million on a month's last day are no private banking; deposits and wealth add up."""
    last = {"happened_at": start_of_day(date(2025, 1, 31), ZONE), "period_days": 1}
    rows = a_history(
        tmp_path / "b",
        a_balance(1, 31_000),
        a_balance(1, 10_000, account_id=11, family="wealth"),
        a_balance(1, 10_000_000, account_id=12, **last),
        months=2,
    )
    assert rows[0]["assets_mean_cents"] == round((41_000 + 10_000_000 / 31) * YUAN - 0.5)
    assert rows[0]["tier"] == "platinum"


def test_a_month_that_is_not_known_moves_nobody_and_breaks_the_row(tmp_path):
    """Below, unknown, below, below: three months below, but not in a row."""
    other = [a_balance(n, MASS, 2) for n in range(1, 7)]
    mine = [(1, DIAMOND), (2, GOLD), (4, GOLD), (5, GOLD), (6, GOLD)]
    rows = a_history(
        tmp_path / "b",
        *other,
        *(a_balance(n, yuan) for n, yuan in mine),
        months=7,
        customers=[a_customer(1), a_customer(2)],
    )
    assert told([row for row in rows if row["customer_id"] == 1]) == [
        (2, "diamond", "new"),
        (3, "diamond", "watch"),
        (4, "diamond", "held"),
        (5, "diamond", "watch"),
        (6, "diamond", "watch"),
        (7, "gold", "demoted"),
    ]


def test_a_month_known_too_late_counts_for_later_months_only(tmp_path):
    """March's average arrives after its review: it moves nobody in April, May counts it."""
    late = a_balance(3, GOLD, known_at=start_of_day(date(2025, 4, 10), ZONE))
    path = [a_balance(1, DIAMOND), a_balance(2, GOLD), late, a_balance(4, GOLD)]
    rows = a_history(tmp_path / "b", *path, months=5)
    assert told(rows) == [
        (2, "diamond", "new"),
        (3, "diamond", "watch"),
        (4, "diamond", "held"),
        (5, "gold", "demoted"),
    ]
    assert rows[2]["assets_mean_cents"] is None
    assert rows[2]["earned_later"] == "gold"


def test_a_correction_leaves_decisions_and_changes_later_months(tmp_path):
    """February was booked too low and corrected in March: the watch stands, the count is anew."""
    right = a_balance(2, DIAMOND, known_at=start_of_day(date(2025, 3, 9), ZONE))
    path = [
        a_balance(1, DIAMOND),
        a_balance(2, GOLD),
        right,
        a_balance(3, GOLD),
        a_balance(4, MASS),
    ]
    rows = a_history(tmp_path / "b", *path, months=5)
    assert [(row["status"], row["months_below"]) for row in rows] == [
        ("new", 0),
        ("watch", 1),
        ("watch", 1),
        ("watch", 2),
    ]
    assert rows[1]["assets_mean_cents"] == GOLD * YUAN
    assert rows[1]["assets_later_cents"] == DIAMOND * YUAN


def test_months_before_a_tier_held_do_not_count_against_it(tmp_path):
    """A rise that proves a misbooking is watched from its own first month on."""
    right = a_balance(3, MASS, known_at=start_of_day(date(2025, 4, 9), ZONE))
    booked = [a_balance(n, y) for n, y in enumerate([GOLD, MASS, DIAMOND, MASS], start=1)]
    rows = a_history(tmp_path / "b", *booked, right, months=5)
    assert told(rows)[2:] == [(4, "diamond", "promoted"), (5, "diamond", "watch")]
    assert rows[-1]["months_below"] == 1


def test_a_row_known_at_the_review_belongs_to_the_future(tmp_path):
    """A tie with the review's midnight is not seen; a microsecond earlier is."""
    midnight = start_of_day(date(2025, 2, 1), ZONE)
    for known, status in ((midnight, "unknown"), (midnight - timedelta(microseconds=1), "new")):
        rows = a_history(tmp_path / status, a_balance(1, GOLD, known_at=known), months=2)
        assert [row["status"] for row in rows] == [status]


def test_a_later_review_day_waits_for_late_balances(tmp_path):
    """A bank that reviews on the tenth sees what arrived by the ninth."""
    text = default_text().replace("review_day = 1", "review_day = 10")
    late = a_balance(1, GOLD, known_at=start_of_day(date(2025, 2, 9), ZONE))
    bank = a_bank(tmp_path / "b", last_day=date(2025, 2, 28), balances=[late])
    rules = parse_tier_rules(text)
    for day, tier in ((date(2025, 2, 9), None), (date(2025, 2, 10), "gold")):
        assert tiers(bank, day, rules)["tier"].to_pylist() == [tier]


def test_closed_customers_have_no_tier_and_return_as_new(tmp_path):
    """The history stops while the relation is closed; the old tier is not given back."""
    versions = [
        a_customer(),
        a_customer(status="closed", known_at=datetime(2025, 2, 10, tzinfo=UTC)),
        a_customer(known_at=datetime(2025, 3, 10, tzinfo=UTC)),
    ]
    path = [a_balance(1, DIAMOND), a_balance(2, MASS), a_balance(3, GOLD)]
    rows = a_history(tmp_path / "b", *path, months=4, customers=versions)
    assert told(rows) == [(2, "diamond", "new"), (4, "gold", "new")]


def test_an_account_whose_days_are_missing_leaves_the_month_unknown(tmp_path):
    """Wealth that arrives late is not a fall; a closed account is zero, and known to be."""
    known = {"happened_at": EARLY, "known_at": EARLY, "opened_on": EARLY.date()}
    accounts = [
        {"account_id": 10, "customer_id": 1, "kind": "current"} | known,
        {"account_id": 11, "customer_id": 1, "kind": "wealth"} | known,
    ]
    path = [
        a_balance(1, GOLD),
        a_balance(1, DIAMOND, account_id=11, family="wealth"),
        a_balance(2, GOLD),
    ]
    rows = a_history(tmp_path / "late", *path, months=3, accounts=accounts)
    assert told(rows) == [(2, "diamond", "new"), (3, "diamond", "held")]
    closing = datetime(2025, 1, 31, 12, tzinfo=UTC)
    closed = accounts[1] | {"known_at": closing, "closed_on": date(2025, 1, 31)}
    rows = a_history(tmp_path / "closed", *path, months=3, accounts=[*accounts, closed])
    assert told(rows) == [(2, "diamond", "new"), (3, "diamond", "watch")]


def test_a_bank_that_ends_within_a_month_does_not_judge_it(tmp_path):
    """Half a month of balances is not the month's average."""
    half = a_balance(2, MASS, period_days=14, known_at=start_of_day(date(2025, 2, 20), ZONE))
    bank = a_bank(
        tmp_path / "b", last_day=date(2025, 2, 20), balances=[a_balance(1, DIAMOND), half]
    )
    found = tiers(bank, date(2025, 3, 1)).to_pylist()
    assert [(row["tier"], row["status"]) for row in found] == [("diamond", "held")]


def test_tiers_need_the_banks_own_currency(tmp_path):
    """Thresholds in yuan say nothing about a bank that counts in crowns."""
    rules = parse_tier_rules(default_text().replace('"CNY"', '"CZK"'))
    with pytest.raises(TierError, match="count in CZK, bank 'test bank' in CNY"):
        tiers(a_bank(tmp_path / "b"), date(2025, 3, 1), rules)


def test_a_bank_without_balances_gives_no_tier(tmp_path):
    """What the source lacks is absent, not mass."""
    found = tiers(a_bank(tmp_path / "b"), date(2025, 3, 1)).to_pylist()
    assert [(row["tier"], row["status"]) for row in found] == [(None, "unknown")]


def test_a_typed_tier_is_refused(tmp_path):
    """An import that brings a tier is told that tiers are computed, and how to see them."""
    rows = a_table("customers", [a_customer()])
    for name in ("tier", "Customer_Tier", "客户等级"):
        brings = rows.append_column(name, [["diamond"]])
        with pytest.raises(BrokenContract, match=r"computed, never typed.*goodcall bank tiers"):
            BankWriter(tmp_path).add("customers", brings)


def test_tiers_of_a_cohort_are_those_of_each_date(tmp_path):
    """One walk over the bank gives each date the tier that a walk up to it gives."""
    path = [DIAMOND, GOLD, GOLD, GOLD, PRIVATE]
    balances = [a_balance(n, yuan) for n, yuan in enumerate(path, start=1)]
    bank = a_bank(tmp_path / "b", last_day=date(2025, 6, 30), balances=balances)
    dates = [date(2025, 1, 20), date(2025, 2, 1), date(2025, 4, 30), date(2025, 5, 1)]
    cohort = a_cohort([(1, day) for day in (*dates, date(2025, 6, 15))] + [(9, dates[1])])
    found = tiers_of(bank, cohort)
    assert np.array_equal(found["tier_rank"], [np.nan, 3, 3, 1, 4, np.nan], equal_nan=True)
    assert np.array_equal(found["months_below_tier"], [np.nan, 0, 2, 0, 0, np.nan], equal_nan=True)


def oracle(earned: list[int | None], limits: list[int]) -> list[tuple[int | None, str]]:
    """One customer's tiers, month by month, in the words of the rule."""
    tier, below, said = None, 0, []
    for rank in earned:
        if tier is None:
            tier, status = (rank, "new") if rank is not None else (None, "unknown")
        elif rank is None:
            below, status = 0, "held"
        elif rank > tier:
            tier, below, status = rank, 0, "promoted"
        elif rank == tier:
            below, status = 0, "kept"
        else:
            below += 1
            status = "watch"
            if below == limits[tier]:
                tier, below, status = rank, 0, "demoted"
        said.append((tier, status))
    return said


months_earned = st.lists(st.none() | st.integers(0, 4), min_size=1, max_size=30)


@given(st.lists(months_earned, min_size=1, max_size=8))
def test_the_law_holds_for_any_path(paths):
    """Many customers at once move as each would alone, month by month."""
    limits = [0, 3, 3, 3, 6]
    longest = max(map(len, paths))
    padded = [[*path, *[None] * (longest - len(path))] for path in paths]
    earned = np.array([[NONE if r is None else r for r in path] for path in padded], np.int8).T
    state, walked = nobody(len(paths)), []
    for number in range(1, longest + 1):
        state = step(state, earned[:number], np.ones(len(paths), bool), number, RULES)
        walked.append((state.rank.copy(), state.status.copy()))
    for place, path in enumerate(padded):
        mine = [(int(rank[place]), STATUSES[status[place]]) for rank, status in walked]
        assert [(None if r == NONE else r, s) for r, s in mine] == oracle(path, limits)


def default_text() -> str:
    return (files("features.tiers") / "default.toml").read_text(encoding="utf-8")


def a_cohort(rows):
    ids, days = zip(*rows, strict=True)
    return pa.table({"customer_id": pa.array(ids, pa.int64()), "as_of": pa.array(days)})
