"""Labels by rule: the very days on which each begins and ends, a customer a case."""

from datetime import timedelta

import pytest
from builders import a_bank, a_customer, a_transaction
from labelled import (
    AS_OF,
    DAY,
    SECOND,
    YUAN,
    a_holding,
    an_account,
    an_event,
    at,
    daily,
    last_facts,
    outcome,
    outcomes,
    people,
)

from training.definitions.definition import (
    AssetsDropLabel,
    ClosureLabel,
    DeclineLabel,
    DigitalChurnLabel,
    InactivityLabel,
    LostLabel,
    RunOffLabel,
    SalaryStopLabel,
)


def transactions(cases, **facts):
    """Transactions of customers 1, 2, ... at midnight of the days of each, counted from as_of."""
    return [
        a_transaction(1_000 * customer + number, customer_id=customer, happened_at=at(day), **facts)
        for customer, days in enumerate(cases, start=1)
        for number, day in enumerate(days)
    ]


def made(path, cases, *more, events=(), by="customer", kind="transfer", **tables):
    """A bank whose customers make transactions on the days of each case."""
    rows = transactions(cases, initiated_by=by, kind=kind)
    last = last_facts()
    return a_bank(
        path,
        customers=people(len(cases)),
        transactions=[*rows, *more, *last["transactions"]],
        events=[*events, *last["events"]],
        **tables,
    )


def test_inactivity_is_ninety_silent_days(tmp_path):
    """Activity on day 89 breaks the silence, on day 90 it comes too late."""
    bank = made(tmp_path / "bank", [(-1, 0), (-1, 89), (-1, 90), (-1, 91)])
    assert outcomes(bank, InactivityLabel(), 4) == [0, 0, 1, 1]


def test_who_was_silent_for_ninety_days_is_inactive_already(tmp_path):
    """The 90 days before as_of begin on day -90."""
    bank = made(tmp_path / "bank", [(-1,), (-89,), (-90,), (-91,), ()])
    already = "already inactive"
    assert outcomes(bank, InactivityLabel(), 5) == [1, 1, 1, already, already]


def test_only_a_mobile_login_counts_as_activity(tmp_path):
    """Other events, and logins elsewhere, do not break the silence."""
    kinds = [("login", "mobile"), ("login", "web"), ("page_view", "mobile")]
    seen = [
        an_event(number, customer_id=number, happened_at=at(5), kind=kind, channel=channel)
        for number, (kind, channel) in enumerate(kinds, start=1)
    ]
    bank = made(tmp_path / "bank", [(-1,)] * 3, events=seen)
    assert outcomes(bank, InactivityLabel(), 3) == [0, 1, 1]


def test_what_others_initiate_is_no_activity(tmp_path):
    """Interest, fees and transfers from others keep nobody active."""
    others = [
        a_transaction(number, customer_id=number, happened_at=at(5), initiated_by=by)
        for number, by in enumerate(("bank", "third_party", "customer"), start=1)
    ]
    bank = made(tmp_path / "bank", [(-1,)] * 3, *others)
    assert outcomes(bank, InactivityLabel(), 3) == outcomes(bank, LostLabel(30), 3) == [1, 1, 0]


def test_a_gap_leaves_out_its_days(tmp_path):
    """Activity within the gap does not count; the silence begins after it."""
    bank = made(tmp_path / "bank", [(-1, 9)])
    assert outcome(bank, InactivityLabel(gap_days=9)) == 0
    assert outcome(bank, InactivityLabel(gap_days=10)) == 1


@pytest.mark.parametrize("table", ["transactions", "events"])
def test_silence_is_censored_where_a_table_ends(tmp_path, table):
    """Both tables must tell of the last day of the window; either one may end first."""
    for until, expected in ((89, 1), (88, "censored")):
        tables = last_facts() | {table: last_facts(until)[table]}
        tables["transactions"] = [*transactions([(-1,)]), *tables["transactions"]]
        bank = a_bank(tmp_path / str(until), customers=people(1), **tables)
        assert outcome(bank, InactivityLabel()) == expected


def test_an_old_fact_learned_late_did_not_keep_one_active_then(tmp_path):
    """Who was already inactive is told by what was known before as_of."""
    late = a_transaction(1, happened_at=at(-5), known_at=at(0))
    known = a_transaction(2, customer_id=2, happened_at=at(-5), known_at=at(0) - SECOND)
    bank = made(tmp_path / "bank", [(), ()], late, known)
    assert outcomes(bank, InactivityLabel(), 2) == ["already inactive", 1]


def test_lost_is_half_a_year_without_a_transaction(tmp_path):
    """Logins do not count here."""
    bank = made(
        tmp_path / "bank",
        [(-1, 179), (-1, 180), (-1,), (-181,)],
        events=[an_event(customer_id=3, happened_at=at(3))],
    )
    assert outcomes(bank, LostLabel(), 4) == [0, 1, 1, "already lost"]


def test_decline_is_thirty_percent_fewer(tmp_path):
    """A fall of exactly 30 % counts, whatever floating point makes of it; 7 after 10 is one."""
    few, fallen = "too little to fall", "already fallen"
    cases = {
        (0, 10, 7): 1,
        (0, 10, 8): 0,
        (0, 4, 0): few,
        (0, 5, 0): 1,
        (0, 70, 49): 1,
        (0, 60, 43): 0,
        (10, 7, 0): fallen,
        (9, 7, 0): 1,
        (4, 2, 0): few,
    }
    days = [[*[-100] * earlier, *[-1] * before, *[1] * after] for earlier, before, after in cases]
    bank = made(tmp_path / "bank", days)
    assert outcomes(bank, DeclineLabel(), len(cases)) == list(cases.values())


def test_digital_churn_needs_an_open_account(tmp_path):
    """Whoever closes the last account leaves in another way; the day of closing is still open."""
    closings = {2: (90, 90), 3: (89, 89), 4: (30, 40)}
    accounts = [an_account(number, customer_id=number) for number in range(1, 5)]
    for number, (closed, known) in closings.items():
        last = {"known_at": at(known) + SECOND, "closed_on": AS_OF + timedelta(days=closed)}
        accounts.append(accounts[number - 1] | last)
    paid = transactions([(-1,)] * 4, channel="web")
    bank = made(tmp_path / "bank", [()] * 4, *paid, accounts=accounts)
    assert outcomes(bank, DigitalChurnLabel(), 4) == [1, 1, 0, 0]


def test_digital_use_is_by_mobile_or_web(tmp_path):
    """Branches and machines are no electronic channels; a bank without accounts closes none."""
    before = transactions([(-1,)] * 4, channel="mobile")
    after = [
        a_transaction(number, customer_id=number, happened_at=at(1), channel=channel)
        for number, channel in enumerate(("mobile", "web", "atm", None), start=1)
    ]
    bank = made(tmp_path / "bank", [()] * 5, *before, *after)
    assert outcomes(bank, DigitalChurnLabel(), 5) == [0, 0, 1, 1, "not digital"]


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (0, [1, 1, 0, 1, 1, "closed before the window", "no open account"]),
        (30, ["closed before the window", 1, 0, "closed before the window", 1]),
    ],
)
def test_closure_is_of_the_last_account_within_the_window(tmp_path, gap, expected):
    """A closing before the window that became known later leaves the row out."""
    closed = [0, 89, 90, 29, 30, -1]
    rows = []
    for number, day in enumerate(closed, start=1):
        account = an_account(number, customer_id=number)
        known = at(max(day, 0)) + SECOND
        last = account | {"known_at": known, "closed_on": AS_OF + timedelta(days=day)}
        earlier = an_account(10 + number, customer_id=number, closed_on=AS_OF - 10 * DAY)
        rows += [account, last, earlier]
    rows.append(an_account(7, customer_id=7, closed_on=AS_OF - DAY))
    bank = a_bank(tmp_path / "bank", customers=people(7), accounts=rows)
    assert outcomes(bank, ClosureLabel(gap_days=gap), len(expected)) == expected
    still = [*rows, *(an_account(20 + each, customer_id=each) for each in range(1, 7))]
    bank = a_bank(tmp_path / "still", customers=people(7), accounts=still)
    assert outcomes(bank, ClosureLabel(gap_days=gap), 6) == [0] * 6


def test_an_account_is_open_as_known_before_as_of(tmp_path):
    """A closing announced for as_of or later is still to come; what is known at as_of is late."""
    early = at(0) - SECOND
    closed = [(0, early), (-1, early), (-1, at(0))]
    rows = []
    for number, (day, known) in enumerate(closed, start=1):
        account = an_account(number, customer_id=number)
        rows += [
            account,
            account | {"known_at": known, "closed_on": AS_OF + timedelta(days=day)},
        ]
    rows += [an_account(4, customer_id=4, known=at(0)), an_account(5, customer_id=5, known=early)]
    bank = a_bank(tmp_path / "bank", customers=people(5), accounts=rows)
    expected = [1, "no open account", "closed before the window", "no open account", 0]
    assert outcomes(bank, ClosureLabel(), 5) == expected


def test_a_salary_stops_when_two_cycles_miss_it(tmp_path):
    """Three payments make it regular; two cycles of 31 days without one make a stop."""
    cases = [(-70, -40, -9, day) for day in (0, 61, 62)]
    bank = made(tmp_path / "bank", cases, by="third_party", kind="salary")
    assert outcomes(bank, SalaryStopLabel(), 3) == [0, 0, 1]


def test_a_salary_must_be_regular_and_run(tmp_path):
    """Three in four cycles of 31 days, the last no older than a cycle and two weeks."""
    cases = [(-124, -60, -45), (-125, -60, -45), (-110, -80, -45), (-110, -80, -46)]
    bank = made(tmp_path / "bank", cases, by="third_party", kind="pension")
    expected = [1, "no regular salary", 1, "already stopped"]
    assert outcomes(bank, SalaryStopLabel(), 4) == expected


def a_deposit(customer, matures, *, number=0, begun=-200, family="deposit"):
    due = AS_OF + timedelta(days=matures)
    held = a_holding(at(begun), number=10 * customer + number, family=family, matures_on=due)
    return held | {"customer_id": customer}


def test_run_off_looks_at_what_falls_due_in_the_window(tmp_path):
    """The due day counts from as_of to day 89; a short product does not renew itself."""
    rows = [a_deposit(number, day) for number, day in enumerate((0, 89, 90, -1), start=1)]
    rows.append(a_deposit(5, 2, begun=-3))
    bank = a_bank(tmp_path / "bank", customers=people(5), holdings=rows)
    nothing = "nothing falls due"
    assert outcomes(bank, RunOffLabel(), 5) == [1, 1, nothing, nothing, 1]


def test_a_new_deposit_or_wealth_product_renews(tmp_path):
    """From 7 days before the end, on day 50, to 30 days after it."""
    openings = [(42, "deposit"), (43, "wealth"), (79, "deposit"), (80, "deposit"), (55, "fund")]
    rows = []
    for number, (begun, family) in enumerate(openings, start=1):
        new = a_deposit(number, 400, number=1, begun=begun, family=family)
        rows += [a_deposit(number, 50), new]
    bank = a_bank(tmp_path / "bank", customers=people(5), holdings=rows)
    assert outcomes(bank, RunOffLabel(), 5) == [1, 0, 0, 1, 1]


def test_what_is_put_off_is_renewed_and_what_ends_early_ends_then(tmp_path):
    """A later due date renews; a product closed early may be renewed from then on."""
    due = [a_deposit(number, 50) for number in (1, 2, 3)]
    put_off = due[0] | {"known_at": at(45), "matures_on": AS_OF + timedelta(days=400)}
    early = [
        each | {"known_at": at(21), "closed_on": AS_OF + timedelta(days=20)} for each in due[1:]
    ]
    new = a_deposit(2, 400, number=1, begun=14)
    rows = [*due, put_off, *early, new]
    bank = a_bank(tmp_path / "bank", customers=people(3), holdings=rows)
    assert outcomes(bank, RunOffLabel(), 3) == [0, 0, 1]


@pytest.mark.parametrize("mean", ["quarter", "month"])
def test_assets_drop_by_exactly_thirty_percent(tmp_path, mean):
    """A fall of exactly the share counts; the quarter begins at as_of, the month after 60 days."""
    turn = AS_OF + (60 * DAY if mean == "month" else 0 * DAY)
    amounts = [(100_000, 70_000), (100_000, 70_001), (33_340, 23_338), (9_999, 0), (20_000, 10_001)]
    rows = []
    for number, (before, after) in enumerate(amounts, start=1):
        whose = {"customer": number, "account": number}
        rows += daily(AS_OF - 90 * DAY, turn, before, **whose)
        rows += daily(turn, AS_OF + 90 * DAY, after, **whose)
    bank = a_bank(tmp_path / "bank", customers=people(5), balances=rows)
    assert outcomes(bank, AssetsDropLabel(mean), 5) == [1, 0, 1, "too little to fall", 0]


def test_a_month_that_lies_below_its_quarter_has_dropped_already(tmp_path):
    """The month before as_of is held against the quarter before it, for either mean."""
    turn = AS_OF - 30 * DAY
    rows = daily(AS_OF - 90 * DAY, turn, 100_000) + daily(turn, AS_OF + 90 * DAY, 20_000)
    bank = a_bank(tmp_path / "bank", balances=rows)
    for mean in ("quarter", "month"):
        assert outcome(bank, AssetsDropLabel(mean)) == "already fallen"


def test_announced_outflows_are_no_drop(tmp_path):
    """An announced outflow of the least fall within the window leaves the row out."""
    rows = daily(AS_OF - 90 * DAY, AS_OF, 50_000) + daily(AS_OF, AS_OF + 90 * DAY, 5)
    paid = a_transaction(happened_at=at(89), amount_cents=-10_000 * YUAN, planned=True)
    bank = a_bank(tmp_path / "bank", balances=rows, transactions=[paid])
    assert outcome(bank, AssetsDropLabel()) == "planned move"


def test_who_dies_in_the_horizon_is_no_churner(tmp_path):
    """Silence after a death warns of nothing, however late and often the death is told."""
    dead = []
    for number, day in ((1, 89), (2, 90)):
        told = {"status": "deceased", "happened_at": at(day), "known_at": at(day) + 9 * DAY}
        later = {"happened_at": at(day) + 20 * DAY, "known_at": at(day) + 20 * DAY}
        dead += [a_customer(number, **told), a_customer(number, **told | later)]
    rows = [*transactions([(-1,), (-1,)]), *last_facts()["transactions"]]
    bank = a_bank(tmp_path / "bank", customers=[*people(2), *dead], transactions=rows)
    assert outcomes(bank, InactivityLabel(), 2) == ["dies", 1]
