"""Brings the Berka data (PKDD'99, a Czech bank, 1993-1998) into the raw tables.

What was mapped to what, what was inferred and what is left out stands in docs/data.md.
"""

from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from banks.berka_files import read_berka
from banks.local_days import day_table
from features.bank import Manifest, new_bank
from features.embedded import embedded

ZONE = "Europe/Prague"
CURRENCY = "CZK"
_PRODUCTS = pa.table(
    {
        "product_id": [1, 2, 3, 4],
        "code": ["LOAN", "CARD_JUNIOR", "CARD_CLASSIC", "CARD_GOLD"],
        "name_en": ["Loan", "Junior credit card", "Classic credit card", "Gold credit card"],
        "name_zh": ["贷款", "青年信用卡", "普通信用卡", "金卡信用卡"],
        "family": ["consumer_loan", "credit_card", "credit_card", "credit_card"],
        "investment": [False, False, False, False],
    }
)
_DATED = ("loan", "card", "trans")
_CLOSING = pa.schema(
    [("account_id", pa.int64()), ("day", pa.date32()), ("balance_cents", pa.int64())]
)
_OWNER = "CREATE VIEW owner AS SELECT account_id, client_id AS customer_id FROM disp WHERE owns"
# A fact of a day happens as the day begins and is known in its last second: `days` holds both
# instants of every day. What the source does not date stands at the beginning of the first day.
_QUERIES = {
    "branches": """
        SELECT district_id AS branch_id, begins AS happened_at, begins AS known_at, name, region
        FROM district, covered JOIN days ON day = first
    """,
    "products": """
        SELECT product.*, begins AS happened_at, begins AS known_at
        FROM product, covered JOIN days ON day = first
    """,
    "customers": """
        SELECT client_id AS customer_id, begins AS happened_at, ends AS known_at,
               'retail' AS kind, 'active' AS status, birth_date, sex,
               account.district_id AS branch_id, district.name AS city,
               CASE WHEN owns THEN account.opened_on END AS opened_on
        FROM disp
        JOIN client USING (client_id)
        JOIN district USING (district_id)
        JOIN account USING (account_id)
        JOIN days ON day = account.opened_on
    """,
    "accounts": """
        SELECT account_id, customer_id, begins AS happened_at, ends AS known_at,
               'current' AS kind, opened_on, currency, statement
        FROM covered, account JOIN owner USING (account_id) JOIN days ON day = opened_on
    """,
    "loans": """
        SELECT loan_id, customer_id, begins AS happened_at, ends AS known_at, day AS opened_on,
               account_id, principal_cents, payment_cents, term_months
        FROM loan JOIN owner USING (account_id) JOIN days USING (day)
    """,
    # Loans and cards are numbered apart in the source: even holdings are loans, odd ones cards.
    "holdings": """
        SELECT 2 * loan_id AS holding_id, customer_id, begins AS happened_at, ends AS known_at,
               product_id, family, day AS opened_on,
               CAST(day + to_months(CAST(term_months AS INTEGER)) AS DATE) AS matures_on,
               principal_cents AS amount_cents, account_id
        FROM loan JOIN owner USING (account_id) JOIN days USING (day), product
        WHERE code = 'LOAN'
        UNION ALL BY NAME
        SELECT 2 * card_id + 1 AS holding_id, client_id AS customer_id, begins AS happened_at,
               ends AS known_at, product_id, family, day AS opened_on, account_id
        FROM card JOIN disp USING (disp_id) JOIN product USING (code) JOIN days USING (day)
    """,
    "transactions": """
        SELECT transaction_id, account_id, customer_id, begins AS happened_at, ends AS known_at,
               amount_cents, kind, initiated_by, counterparty
        FROM trans JOIN owner USING (account_id) JOIN days USING (day)
    """,
    "balances": """
        SELECT account_id, customer_id, begins AS happened_at, ends AS known_at,
               'deposit' AS family, balance_cents, 1 AS period_days
        FROM days
        JOIN (SELECT *, lead(day, 1, complete + 1) OVER (PARTITION BY account_id ORDER BY day)
                     AS next_day FROM closing, covered) AS closed
          ON days.day >= closed.day AND days.day < closed.next_day
        JOIN owner USING (account_id)
    """,
}


def import_berka(source: Path, path: Path) -> None:
    """Write the Berka files in the folder `source` as a bank at `path`.

    A file that is missing or does not read is a BrokenSource, and nothing is written. Source:
    P. Berka, PKDD'99 Discovery Challenge.
    """
    files = read_berka(source)
    trans = files["trans"]
    dated = (files["account"]["opened_on"], *(files[name]["day"] for name in _DATED))
    first = min(pc.min(days).as_py() for days in dated)
    last = max(pc.max(days).as_py() for days in dated)
    complete = _complete_day(pc.max(trans["day"]).as_py(), last)
    known = trans.filter(pc.less_equal(trans["day"], pa.scalar(complete)))
    covered = [{"first": first, "complete": complete, "currency": CURRENCY}]
    inputs = files | {
        "covered": pa.Table.from_pylist(covered),
        "days": day_table(first, last, ZONE),
        "product": _PRODUCTS,
        "closing": closing_balances(known),
    }
    words = f"PKDD'99 Discovery Challenge (Berka); transactions complete through {complete}"
    manifest = Manifest("berka", ZONE, CURRENCY, first, last, words)
    with embedded() as connection, new_bank(path, manifest) as writer:
        connection.execute("SET TimeZone = 'UTC'")
        for name, rows in inputs.items():
            connection.register(name, rows)
        connection.execute(_OWNER)
        for name, query in _QUERIES.items():
            writer.add(name, connection.sql(query).to_arrow_table())


def closing_balances(trans: pa.Table) -> pa.Table:
    """The balance at which each account ends each day on which something was booked.

    The file shuffles the bookings of a day, so its last line need not be the last of them. A day
    closes at the one of its running balances that lies nearest to the balance before plus all that
    moved; the two differ by the source's rounding. An account opens at zero.
    """
    ordered = trans.sort_by([("account_id", "ascending"), ("day", "ascending")])
    names = ("account_id", "day", "amount_cents", "balance_cents")
    lines = zip(*(ordered[name].to_pylist() for name in names), strict=True)
    closed: list[tuple[int, date, int]] = []
    for (account, day), group in groupby(lines, key=itemgetter(0, 1)):
        _, _, amounts, balances = zip(*group, strict=True)
        before = closed[-1][2] if closed and closed[-1][0] == account else 0
        due = before + sum(amounts)
        closed.append((account, day, min(balances, key=lambda cents: (abs(cents - due), cents))))
    columns = [list(column) for column in zip(*closed, strict=True)] or [[], [], []]
    return pa.table(columns, schema=_CLOSING)


def _complete_day(ending: date, last: date) -> date:
    """The last day of which every transaction is there.

    A transaction file that ends before the other files do is the head of a longer one, cut
    somewhere within its last day.
    """
    return ending if ending == last else ending - timedelta(days=1)
