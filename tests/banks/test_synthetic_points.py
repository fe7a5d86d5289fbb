"""Numbers of simulated customers: what is heard at them, and when the bank's file knows."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from banks.synthetic import simulate
from features.bank import open_bank
from goodcall.vocabulary import DEAD_FOR_ALL, DEAD_FOR_ONE

END = datetime(2026, 6, 30, 16, 0, tzinfo=UTC)
DEAD = (*DEAD_FOR_ALL, *DEAD_FOR_ONE)
# A call to a dead number is on file within three days, at six in the evening.
NOTED = timedelta(days=4)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, pd.DataFrame]]:
    """Customers, contact points and contacts of a bank of two blocks of customers."""
    path: Path = tmp_path_factory.mktemp("points") / "bank"
    simulate(path, customers=4000, months=18, seed=9)
    bank = open_bank(path)
    yield {
        name: bank.read(name).to_pandas() for name in ("customers", "contact_points", "contacts")
    }
    shutil.rmtree(path)


def test_who_is_called_is_called_at_a_number_of_theirs(tables: dict[str, pd.DataFrame]) -> None:
    """Calls and text messages that were made name a known point; nothing else names one."""
    contacts, points = tables["contacts"], tables["contact_points"]
    dialled = contacts["channel"].isin(["phone", "sms"]) & (contacts["state"] != "cancelled")
    assert (contacts["point_id"].notna() == dialled).all()
    known = points.groupby(["point_id", "customer_id"])["known_at"].min()
    made = contacts[dialled].join(known.rename("began"), on=["point_id", "customer_id"])
    assert len(made) > 5000
    assert (made["began"] < made["happened_at"]).all()


def test_after_a_change_the_new_number_is_called(tables: dict[str, pd.DataFrame]) -> None:
    """From the day after the bank knows a second number, nothing goes to the first."""
    contacts, points = tables["contacts"], tables["contact_points"]
    began = points.groupby("point_id").agg(
        customer_id=("customer_id", "first"), began=("known_at", "min")
    )
    newest = began.sort_values("began").groupby("customer_id").tail(1).reset_index()
    changed = began["customer_id"].value_counts()
    second = newest[newest["customer_id"].isin(changed[changed > 1].index)]
    made = contacts.merge(second, on="customer_id", suffixes=("", "_new"))
    later = made[made["point_id"].notna() & (made["happened_at"] > made["began"])]
    assert len(later) > 50
    assert (later["point_id"] == later["point_id_new"]).all()


def test_a_number_heard_to_be_dead_is_dead(tables: dict[str, pd.DataFrame]) -> None:
    """Nobody is reached at it again, and the bank's file marks it within days."""
    contacts, points = tables["contacts"], tables["contact_points"]
    heard = contacts[contacts["outcome"].isin(DEAD)]
    assert len(heard) > 10
    first = heard.groupby("point_id")["happened_at"].min()
    later = contacts.join(first.rename("dead_from"), on="point_id")
    later = later[later["happened_at"] >= later["dead_from"]]
    assert not later["state"].isin(["connected", "delivered"]).any()
    marked = points[~points["valid"]].groupby("point_id")["known_at"].min()
    late = first[~(marked.reindex(first.index) - first <= NOTED)]
    assert (late > END - NOTED).all()


def test_one_number_dies_of_one_cause(tables: dict[str, pd.DataFrame]) -> None:
    """At a point either somebody else answers or nobody can; never both."""
    contacts = tables["contacts"]
    causes = contacts[contacts["outcome"].isin(DEAD)].groupby("point_id")["outcome"].nunique()
    assert (causes == 1).all()


def test_calls_condemn_few_good_numbers(tables: dict[str, pd.DataFrame]) -> None:
    """About as many customers are without a number as the world lets numbers die (1.5 %)."""
    people = tables["customers"].sort_values("known_at").groupby("customer_id").tail(1)
    active = set(people.loc[people["status"] == "active", "customer_id"])
    points = tables["contact_points"].sort_values(["known_at", "valid"]).groupby("point_id").tail(1)
    heard = tables["contacts"].loc[tables["contacts"]["outcome"].isin(DEAD), "point_id"]
    usable = points[points["valid"] & ~points["point_id"].isin(heard)]
    share = len(active - set(usable["customer_id"])) / len(active)
    assert 0.003 < share < 0.025


def test_nobody_is_a_customer_before_the_age_of_sixteen(tables: dict[str, pd.DataFrame]) -> None:
    """A first day as a customer lies sixteen years or more after birth."""
    people = tables["customers"].dropna(subset=["birth_date"])
    born, opened = pd.to_datetime(people["birth_date"]), pd.to_datetime(people["opened_on"])
    assert (opened >= born + pd.DateOffset(years=16)).all()
