"""A simulated bank keeps the contracts, repeats byte for byte, and keeps its truth apart."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from banks.errors import BankError, BrokenWorld, UnknownWorld
from banks.synthetic import simulate, truth_folder, worlds
from banks.world import read_world, world_named
from features.bank import Bank, open_bank
from features.quality.contracts import check_tables
from features.tables import TABLES
from goodcall.vocabulary import FAMILIES

REPOSITORY = Path(__file__).parents[2]
WORLDS = REPOSITORY / "banks" / "worlds"
NAMES = "alike, default, drifting, no_effect, noisy, quiet, strong, uneven, weak, weary"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """A bank larger than one block of customers, eight months long."""
    path = tmp_path_factory.mktemp("simulated") / "bank"
    simulate(path, customers=2300, months=8, seed=5)
    yield open_bank(path)
    shutil.rmtree(path)


def ask(bank: Bank, query: str) -> pd.DataFrame:
    """What a query over the bank's tables returns; {name} is a table."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        files = {name: f"read_parquet('{bank.file(name)}')" for name in bank.tables}
        return connection.execute(query.format(**files)).df()


def fingerprints(folder: Path) -> dict[str, str]:
    """The hash of every file in a folder."""
    files = sorted(folder.iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    """Two runs with one seed write the same bytes, watched or not; another seed writes others."""
    told: list[tuple[int, int]] = []
    simulate(tmp_path / "a", customers=300, months=7, seed=3)
    simulate(
        tmp_path / "b",
        customers=300,
        months=7,
        seed=3,
        progress=lambda done, total: told.append((done, total)),
    )
    simulate(tmp_path / "c", customers=300, months=7, seed=4)
    assert fingerprints(tmp_path / "a") == fingerprints(tmp_path / "b")
    assert fingerprints(tmp_path / "a-truth") == fingerprints(tmp_path / "b-truth")
    assert fingerprints(tmp_path / "a") != fingerprints(tmp_path / "c")
    assert told == [(step, 9) for step in range(1, 10)]


@pytest.mark.parametrize("customers", [1, 2, 37])
def test_small_banks_are_banks(tmp_path: Path, customers: int) -> None:
    """A bank may be as small as one customer."""
    simulate(tmp_path / "bank", customers=customers, months=7, seed=0)
    people = open_bank(tmp_path / "bank").read("customers")
    assert len(people["customer_id"].unique()) == customers


def test_contracts_hold_without_a_doubt(bank: Bank) -> None:
    """Every table is there and filled, and no row breaks its contract or looks doubtful."""
    report = check_tables(bank)
    assert report.findings == ()
    assert set(bank.tables) == set(TABLES)
    assert min(report.row_counts.values()) > 0


def test_the_window_ends_on_one_day(bank: Bank) -> None:
    """Eight months before the last day begin on the first of a month, in the bank's own zone."""
    said = bank.manifest
    assert (said.zone, said.currency) == ("Asia/Shanghai", "CNY")
    assert (said.first_day, said.last_day) == (date(2025, 11, 1), date(2026, 6, 30))


def test_balances_move_by_what_is_posted(bank: Bank) -> None:
    """From one day's end to the next, a balance changes by that day's transactions."""
    odd = ask(
        bank,
        """WITH moved AS (SELECT account_id, happened_at::date AS day, sum(amount_cents) AS amount
            FROM {transactions} GROUP BY ALL),
        held AS (SELECT account_id, happened_at::date AS day, balance_cents - lag(balance_cents)
            OVER (PARTITION BY account_id ORDER BY happened_at) AS change FROM {balances})
        SELECT count(*) AS days, count(*) FILTER (change != coalesce(amount, 0)) AS odd
        FROM held LEFT JOIN moved USING (account_id, day) WHERE change IS NOT NULL""",
    )
    assert odd["days"][0] > 500_000
    assert odd["odd"][0] == 0


def test_balances_are_daily_and_never_negative(bank: Bank) -> None:
    """Each account has one row a day from local midnight, without a gap, and no debt."""
    found = ask(
        bank,
        """SELECT min(balance_cents) AS least, bool_and(hour(happened_at) = 0) AS midnight,
        bool_and(known_at - happened_at = INTERVAL 26 HOUR) AS next_morning FROM {balances}""",
    )
    gaps = ask(
        bank,
        """SELECT count(*) AS accounts FROM (SELECT account_id FROM {balances} GROUP BY 1 HAVING
        date_diff('day', min(happened_at), max(happened_at)) + 1 != count(*))""",
    )
    assert found["least"][0] >= 0
    assert found["midnight"][0]
    assert found["next_morning"][0]
    assert gaps["accounts"][0] == 0


def test_no_account_moves_before_it_is_opened(bank: Bank) -> None:
    """The first transaction of an account is on its first day or later."""
    early = ask(
        bank,
        """SELECT count(*) AS early FROM {transactions} t JOIN (SELECT account_id,
        min(opened_on) AS opened FROM {accounts} GROUP BY 1) a USING (account_id)
        WHERE t.happened_at::date < opened""",
    )
    assert early["early"][0] == 0


def test_some_rows_are_late(bank: Bank) -> None:
    """About one row in a hundred is known a day or more after it happened."""
    found = ask(
        bank,
        """WITH delays AS (SELECT 'transactions' AS name, known_at - happened_at AS delay
            FROM {transactions} UNION ALL SELECT 'events', known_at - happened_at FROM {events}
            UNION ALL SELECT 'contacts', known_at - happened_at FROM {contacts})
        SELECT name, avg((delay >= INTERVAL 1 DAY)::int) AS late FROM delays GROUP BY 1""",
    ).set_index("name")["late"]
    assert found.between(0.005, 0.03).all(), found.to_dict()


@pytest.mark.parametrize("table", ["customers", "accounts", "holdings", "cases", "loans"])
def test_some_facts_are_corrected_later(bank: Bank, table: str) -> None:
    """A change or a closing is a later version of its row, not another row."""
    key = TABLES[table].key[0]
    query = f"SELECT count(*) - count(DISTINCT {key}) AS versions FROM {{{table}}}"  # noqa: S608 - names from contracts
    assert ask(bank, query)["versions"][0] > 0


def test_a_closed_product_stays_closed(bank: Bank) -> None:
    """The version of a holding that is known last is the closing, where there is one."""
    found = ask(
        bank,
        """SELECT count(*) AS reopened FROM (SELECT holding_id FROM {holdings} GROUP BY 1
        HAVING count(closed_on) > 0 AND arg_max(closed_on IS NULL, known_at))""",
    )
    assert found["reopened"][0] == 0


def test_base_rates_are_plausible(bank: Bank) -> None:
    """Customers, activity and purchases have the sizes of a retail bank's."""
    found = ask(
        bank,
        """SELECT (SELECT count(*) FROM {transactions}) / 2300 / 8 AS moves,
        (SELECT count(DISTINCT account_id) FROM {balances}) / 2300 AS accounts,
        (SELECT count(DISTINCT customer_id) FROM {customers} WHERE household_id IS NOT NULL)
            / 2300 AS shared,
        (SELECT count(DISTINCT customer_id) FROM {assessments}) / 2300 AS assessed,
        (SELECT count(*) FROM {contacts} WHERE randomised) / 2300 / 8 AS lots,
        (SELECT avg((state = 'cancelled')::int) FROM {contacts} WHERE randomised) AS held_back,
        (SELECT count(DISTINCT family) FROM {holdings}) AS families,
        (SELECT count(DISTINCT holding_id) FROM {holdings} WHERE opened_on >= '2025-11-01')
            / 2300 / 8 * 3 AS bought""",
    ).iloc[0]
    assert 8 < found["moves"] < 20
    assert 1.2 < found["accounts"] < 1.9
    assert 0.25 < found["shared"] < 0.4
    assert 0.4 < found["assessed"] < 0.7
    assert 0.07 < found["lots"] < 0.12
    assert 0.45 < found["held_back"] < 0.55
    assert found["families"] == len(FAMILIES)
    assert 0.05 < found["bought"] < 0.3


def test_a_few_percent_lose_their_assets(bank: Bank) -> None:
    """Of customers with 10,000 yuan, 3 to 12 in a hundred lose 30 % and 10,000 yuan a quarter."""
    found = ask(
        bank,
        """WITH total AS (SELECT customer_id, date_diff('day', DATE '2026-04-01',
            happened_at::date) AS day, sum(balance_cents) AS money FROM {balances} GROUP BY ALL),
        means AS (SELECT customer_id, avg(money) FILTER (day >= -90 AND day < 0) AS before,
            coalesce(avg(money) FILTER (day >= 60 AND day < 90), 0) AS after FROM total GROUP BY 1)
        SELECT avg((after < 0.7 * before AND before - after >= 1000000)::int) AS churn
        FROM means WHERE before >= 1000000""",
    )
    assert 0.03 < found["churn"][0] < 0.12


def test_the_lot_is_blind(bank: Bank) -> None:
    """What is known of a customer does not tell whether a contact drawn in the lot was made."""
    rows = ask(
        bank,
        """WITH money AS (SELECT customer_id, ln(avg(balance_cents) + 1) AS money,
            stddev(balance_cents) AS unrest FROM {balances} GROUP BY 1),
        seen AS (SELECT customer_id, count(*) AS events, count(topic) AS views FROM {events}
            GROUP BY 1),
        people AS (SELECT DISTINCT ON (customer_id) customer_id, kind = 'retail' AS retail,
            year(birth_date) AS born, branch_id FROM {customers})
        SELECT (state != 'cancelled')::int AS made, money, ln(unrest + 1) AS unrest, events, views,
            retail::int AS retail, coalesce(born, 1980) AS born, branch_id
        FROM {contacts} JOIN people USING (customer_id) LEFT JOIN money USING (customer_id)
        LEFT JOIN seen USING (customer_id) WHERE randomised ORDER BY contact_id""",
    ).fillna(0.0)
    made, known = rows["made"].to_numpy(), rows.drop(columns="made").to_numpy(float)
    known = (known - known.mean(axis=0)) / known.std(axis=0)
    half = np.arange(len(made)) % 2 == 0
    model = LogisticRegression().fit(known[half], made[half])
    auc = roc_auc_score(made[~half], model.predict_proba(known[~half])[:, 1])
    assert abs(auc - 0.5) < 0.06
    assert set(
        ask(bank, "SELECT DISTINCT probability AS p FROM {contacts} WHERE randomised")["p"]
    ) == {0.5}


def test_habits_are_not_blind(bank: Bank) -> None:
    """Outside the lot the bank prefers the rich, so those contacts teach no effect."""
    found = ask(
        bank,
        """WITH money AS (SELECT customer_id, avg(balance_cents) AS money FROM {balances}
            GROUP BY 1)
        SELECT median(money) FILTER (randomised) AS lot,
            median(money) FILTER (NOT randomised) AS habit
        FROM {contacts} JOIN money USING (customer_id)""",
    )
    assert found["habit"][0] > 1.2 * found["lot"][0]


def test_no_marketing_without_consent(bank: Bank) -> None:
    """A call or message outside the branch goes only to who granted its channel and kept it so."""
    found = ask(
        bank,
        """SELECT count(*) AS contacts FROM {contacts} c WHERE channel != 'branch' AND NOT EXISTS
        (SELECT 1 FROM {consents} g WHERE g.customer_id = c.customer_id AND action = 'grant'
        AND g.channel = c.channel AND g.happened_at < c.happened_at)""",
    )
    refused = ask(
        bank,
        """SELECT count(*) AS contacts FROM {contacts} c JOIN {consents} g USING (customer_id)
        WHERE c.channel != 'branch' AND g.happened_at < c.happened_at
        AND (action = 'dnc' OR (action = 'revoke' AND g.channel = c.channel))""",
    )
    assert found["contacts"][0] == 0
    assert refused["contacts"][0] == 0


def test_truth_stands_apart(bank: Bank) -> None:
    """The truth names the same customers and lies beside the bank, not in it."""
    truth = pd.read_parquet(truth_folder(bank.path) / "customers.parquet")
    known = ask(bank, "SELECT DISTINCT customer_id FROM {customers}")
    assert set(truth["customer_id"]) == set(known["customer_id"])
    assert truth_folder(bank.path).parent == bank.path.parent
    secrets = set(truth.columns) - {"customer_id"}
    columns = {column.name for table in TABLES.values() for column in table.columns}
    assert not secrets & columns


def test_no_product_code_reads_the_truth() -> None:
    """Outside banks/, only the command that makes a bank names the truth, and it reads no table."""
    rooms = ("cli", "features", "goodcall", "governance", "models", "outreach", "reports")
    files = [
        f for room in (*rooms, "serving", "training") for f in (REPOSITORY / room).rglob("*.py")
    ]
    secret = re.compile(r"-truth\b|truth_folder|world_truth")
    naming = {f for f in files if secret.search(f.read_text("utf-8"))}
    command = REPOSITORY / "cli" / "bank.py"
    assert len(files) > 50
    assert naming <= {command}
    assert not any(
        re.search(r"parquet|read_table|open_bank\(truth", f.read_text("utf-8")) for f in naming
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"customers": 0}, "customers is 0; a simulated bank has 1 customer or more"),
        ({"months": 6}, "months is 6; a simulated bank lives 7 to 120 months"),
        ({"months": 121}, "months is 121; a simulated bank lives 7 to 120 months"),
        ({"seed": -1}, "seed is -1; choose 0 or a positive number"),
        ({"world": "paradise"}, f"world 'paradise' does not exist; known: {NAMES}"),
    ],
)
def test_impossible_banks_are_refused(tmp_path: Path, asked: dict[str, int], message: str) -> None:
    """A size or world that no bank has is refused in words, and nothing is written."""
    sizes = {"customers": 5, "months": 7, "seed": 0} | asked
    with pytest.raises(BankError, match=re.escape(message)):
        simulate(tmp_path / "bank", **sizes)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_every_world_reads() -> None:
    """Each world that is shipped has every key in range; the others say how they differ."""
    assert worlds() == tuple(NAMES.split(", "))
    for name in worlds():
        assert world_named(name).name == name
    default, quiet = world_named("default"), world_named("quiet")
    assert quiet.people == default.people
    assert quiet.contacts.effect["phone"] == 0.06
    assert quiet.contacts.reach == default.contacts.reach
    with pytest.raises(UnknownWorld, match=f"known: {NAMES}"):
        world_named("")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("arriving = 0.08", "arriving = 1.8"),
            "people.arriving is 1.8; write a number from 0 to 1",
        ),
        (
            ("arriving = 0.08", "arriving = true"),
            "people.arriving is True; write a number from 0 to 1",
        ),
        (("arriving = 0.08", "arrives = 0.08"), "people: unknown key arrives; known: arriving,"),
        (("arriving = 0.08", ""), "people: key arriving is missing; write it"),
        (
            ("phone = 0.52", "fax = 0.52"),
            "contacts.reach: unknown key fax; known: app, branch, phone",
        ),
        (("phone = 0.52", "phone = 7"), "contacts.reach.phone is 7; write a number from 0.05 to 1"),
        (("retail = 0.90", "retail = 0.50"), "people.kinds adds up to 0.6; write shares"),
        (("[people]", "[people"), "does not read as TOML"),
        (("[people]", 'like = "paradise"\n[people]'), "like is 'paradise'; name one of: alike"),
        (("[money]", "[cash]"), "unknown key cash; known: buying, contacts"),
        (("age = 0.8", "age = -2"), "needs.deposit.age is -2; write a number from -1 to 1"),
    ],
)
def test_broken_worlds_are_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    """A key that is unknown, missing or out of range is named, with what is allowed."""
    text = (WORLDS / "default.toml").read_text("utf-8")
    assert change[0] in text
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(BrokenWorld, match=re.escape(message)):
        read_world(file)
