"""A simulated bank gives no secret away: what is observable predicts no hidden truth well."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from banks.synthetic import simulate, truth_folder
from features.bank import Bank, open_bank
from goodcall.vocabulary import FAMILIES

_FEWEST = 25


def observables(bank: Bank, as_of: date) -> pd.DataFrame:
    """About seventy aggregates a customer of what the bank knew by a date."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        day = f"TIMESTAMPTZ '{as_of - timedelta(1)} 16:00:00+00'"
        for name in bank.tables:
            con.execute(_KNOWN.format(name=name, file=bank.file(name), day=day))
        con.execute(
            "CREATE VIEW total AS SELECT customer_id, ago, sum(balance_cents) AS money, "
            "sum(balance_cents) FILTER (family = 'wealth') AS invested FROM balances GROUP BY ALL"
        )
        frame = con.execute(_PEOPLE.format(day=day)).df()
        for query in (_MONEY, _FLOWS, _DIGITAL, _DEALINGS, _HELD, _CASES, _GRANTS):
            part = con.execute(query.format(views=_VIEWS, held=_HELD_EACH)).df()
            frame = frame.merge(part, how="left", on="customer_id")
    return frame.set_index("customer_id").astype(float).fillna(0.0)


_KNOWN = """CREATE VIEW {name} AS SELECT *, epoch({day} - happened_at) / 86400 AS ago
    FROM read_parquet('{file}') WHERE known_at < {day}"""
_PEOPLE = """SELECT customer_id, arg_max(kind, known_at) = 'retail' AS retail,
    arg_max(kind, known_at) = 'private' AS private, arg_max(kind, known_at) = 'corporate' AS big,
    date_diff('day', min(birth_date), {day}::date) / 365 AS age, bool_or(sex = 'F') AS female,
    date_diff('day', min(opened_on), {day}::date) AS tenure, count(household_id) > 0 AS shares,
    arg_max(marital_status, known_at) = '未婚' AS single,
    arg_max(education, known_at) = '本科' AS read,
    arg_max(branch_id, known_at) % 4 = 0 AS west, arg_max(branch_id, known_at) % 4 = 2 AS east,
    count(*) AS changes, arg_max(occupation, known_at) = '自由职业' AS free
    FROM customers GROUP BY 1 HAVING arg_max(status, known_at) = 'active'"""
_MONEY = """SELECT customer_id, avg(money) FILTER (ago < 91) AS money_90,
    avg(money) FILTER (ago < 31) AS money_30, avg(money) AS money, min(money) AS least,
    max(money) AS most, stddev(money) AS unrest, avg(invested) AS invested,
    avg(money) FILTER (ago < 31) / (avg(money) FILTER (ago < 91) + 1) AS trend
    FROM total GROUP BY 1"""
_FLOWS = """SELECT customer_id, sum(amount_cents) FILTER (kind IN ('salary', 'pension')) AS pay,
    sum(amount_cents) FILTER (kind IN ('salary', 'pension') AND ago < 32) AS pay_30,
    sum(amount_cents) FILTER (kind = 'salary' AND ago < 91) AS pay_90,
    count(*) FILTER (kind = 'card') AS cards, count(*) FILTER (kind = 'cash') AS cash,
    -sum(amount_cents) FILTER (amount_cents < 0 AND counterparty = 'other') AS sent,
    -sum(amount_cents) FILTER (amount_cents < 0 AND counterparty = 'other' AND ago < 31) AS sent_30,
    count(*) FILTER (amount_cents < 0 AND counterparty = 'other' AND ago < 31) AS sends_30,
    sum(amount_cents) FILTER (amount_cents > 0 AND kind = 'transfer') AS received,
    sum(amount_cents) FILTER (kind = 'loan_payment') AS repaid, count(*) AS moves,
    count(*) FILTER (ago < 31) AS moves_30, max(abs(amount_cents)) AS largest
    FROM transactions GROUP BY 1"""
_VIEWS = ", ".join(
    f"count(*) FILTER (kind = 'page_view' AND topic = '{family}') AS views_{family}, "
    f"count(*) FILTER (topic = '{family}' AND ago < 61) AS lately_{family}"
    for family in FAMILIES
)
_DIGITAL = """SELECT customer_id, count(*) FILTER (kind = 'login') AS logins,
    count(*) FILTER (kind = 'login' AND ago < 31) AS logins_30,
    count(*) FILTER (kind = 'login' AND ago < 31) * 3.0 /
        (count(*) FILTER (kind = 'login' AND ago < 91) + 1) AS login_trend,
    count(*) FILTER (kind = 'visit') AS visits, count(*) FILTER (kind = 'government') AS outside,
    count(*) FILTER (kind = 'application') AS applied,
    count(*) FILTER (kind = 'application_abandoned') AS gave_up, {views} FROM events GROUP BY 1"""
_DEALINGS = """SELECT customer_id, count(*) FILTER (state != 'cancelled') AS contacts,
    count(*) FILTER (state = 'connected') AS spoke, count(*) FILTER (randomised) AS lots,
    count(*) FILTER (outcome IN ('CONNECTED_INTERESTED', 'CONNECTED_APPT', 'CLICK')) AS warm,
    count(*) FILTER (outcome IN ('NOT_INTERESTED_OFFER', 'NOT_NOW', 'DISMISS')) AS cold,
    count(*) FILTER (outcome IN ('REFUSED_CHANNEL', 'REFUSED_ALL', 'COMPLAINT')) AS refused,
    count(*) FILTER (outcome = 'LEAVING_CONFIRMED') AS confessed,
    count(*) FILTER (purpose = 'retention') AS cared FROM contacts GROUP BY 1"""
_HELD_EACH = ", ".join(
    f"count(DISTINCT holding_id) FILTER (family = '{family}') AS held_{family}"
    for family in FAMILIES
)
_HELD = "SELECT customer_id, count(closed_on) AS ended, {held} FROM holdings GROUP BY 1"
_CASES = """SELECT customer_id, count(DISTINCT case_id) FILTER (kind = 'complaint') AS complaints,
    count(DISTINCT case_id) FILTER (kind = 'complaint' AND ago < 91) AS complaints_90,
    count(DISTINCT case_id) FILTER (kind = 'service') AS services FROM cases GROUP BY 1"""
_GRANTS = """SELECT customer_id, count(*) FILTER (action = 'grant') AS grants,
    count(*) FILTER (action != 'grant') AS refusals FROM consents GROUP BY 1"""


def hidden(bank: Bank, as_of: date) -> dict[str, pd.Series]:
    """Every hidden truth as a yes or no, by customer; a number is cut at its half and top tenth."""
    folder = truth_folder(bank.path)
    lasting = pd.read_parquet(folder / "customers.parquet").set_index("customer_id")
    months = pq.read_table(folder / "months.parquet", filters=[("month", "=", as_of)]).to_pandas()
    months = months.set_index("customer_id").drop(columns="month")
    events = months.pop("life_event")
    months["life"] = events.notna()
    for event in events.dropna().unique():
        months[f"life_{event}"] = events == event
    facts: dict[str, pd.Series] = {}
    for frame in (lasting, months):
        for name, column in frame.items():
            known = column.dropna()
            if known.dtype == bool:
                facts[str(name)] = known
            else:
                facts[f"{name} above its median"] = known > known.median()
                facts[f"{name} in its top tenth"] = known > known.quantile(0.9)
    return facts


def auc_of(seen: pd.DataFrame, fact: pd.Series) -> float | None:
    """The AUC of a logistic model on the other half of the customers; None for a rare fact."""
    rows = seen.index.intersection(fact.index)
    truth = fact.loc[rows].to_numpy(bool)
    learns = np.arange(len(rows)) % 2 == 0
    if min(truth[learns].sum(), truth[~learns].sum()) < _FEWEST or truth.all():
        return None
    values = seen.loc[rows].to_numpy()
    values = np.hstack([values, np.sign(values) * np.log1p(np.abs(values))])
    scaled = StandardScaler().fit(values[learns]).transform(values)
    model = LogisticRegression(C=0.02, solver="newton-cholesky").fit(scaled[learns], truth[learns])
    return float(roc_auc_score(truth[~learns], model.predict_proba(scaled[~learns])[:, 1]))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_observables_do_not_give_secrets_away(tmp_path: Path, seed: int) -> None:
    """A logistic model on the observables reaches no more than .90 AUC of any hidden truth."""
    path, as_of = tmp_path / "bank", date(2026, 5, 1)
    simulate(path, customers=6000, months=12, seed=seed)
    seen = observables(open_bank(path), as_of)
    reached = {
        name: auc
        for name, fact in hidden(open_bank(path), as_of).items()
        if (auc := auc_of(seen, fact)) is not None
    }
    worst = max(reached, key=lambda name: reached[name])
    assert seen.shape[1] >= 40
    assert len(reached) >= 80
    assert reached[worst] <= 0.90, f"{worst}: {reached[worst]:.3f}"
    assert max(auc for name, auc in reached.items() if name.startswith("need_")) > 0.6
