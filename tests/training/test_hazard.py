"""Training on events: what the model says, how it is measured, and where it keeps silent."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from builders import a_bank, a_customer
from happening import DEFINITION, FIRST, PERIODS, drawn_periods
from learned import NAMES, NOW, ACatalog, a_table, some_rows
from sklearn.metrics import roc_auc_score

from goodcall.calendar import start_of_day
from models import score_table
from models.model import load_model, save_model
from training import Leak
from training.hazards.hazard import train_hazard

LABELS = ("needs:fund:30d", "needs:fund:90d", "needs:fund:120d")


def world(path, *, dates=1, customers=300, shift=0.0, shuffled=False):
    """A bank whose customers open a fund in a period that their features make likely.

    Customers of one date never return at another, so that a purchase is the row's own.
    """
    rng = np.random.default_rng(4)
    tables, holdings, people = [], [], []
    for number in range(dates):
        as_of = FIRST + timedelta(days=30 * number)
        matrix, log_odds = some_rows(rng, customers)
        first = 1 + number * customers
        period, _ = drawn_periods(rng, log_odds + shift)
        period = rng.permutation(period) if shuffled else period
        midnight = start_of_day(as_of, "Asia/Shanghai")
        for row in np.flatnonzero(period).tolist():
            at = midnight + timedelta(days=30 * int(period[row]) - 10)
            holdings.append(a_fund(first + row, at))
        tables.append(a_table(matrix, as_of=as_of, first=first))
        people += [a_customer(first + row) for row in range(customers)]
    last = FIRST + timedelta(days=30 * (dates - 1 + PERIODS) - 1)
    bank = a_bank(path, customers=people, holdings=holdings, last_day=last)
    return bank, pa.concat_tables(tables)


def a_fund(customer_id, at):
    return {
        "holding_id": customer_id,
        "customer_id": customer_id,
        "happened_at": at,
        "known_at": at,
        "product_id": 1,
        "family": "fund",
        "opened_on": at.date(),
    }


def trained(bank, table, **options):
    return train_hazard(bank, table, ACatalog(), DEFINITION, **({"seed": 1, "now": NOW} | options))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A bank of seven dates, its features, what they teach, and the steps that were told."""
    bank, table = world(tmp_path_factory.mktemp("many") / "bank", dates=7)
    said = []
    return bank, table, trained(bank, table, progress=said.append), said


def opened_within(bank, table, days):
    """Whether each row's customer opened a fund within so many days, told from the holdings."""
    opened = {row["customer_id"]: row["opened_on"] for row in bank.read("holdings").to_pylist()}
    return np.array(
        [
            (day := opened.get(row["customer_id"])) is not None
            and day < row["as_of"] + timedelta(days=days)
            for row in table.select(["customer_id", "as_of"]).to_pylist()
        ]
    )


def test_the_latest_dates_watched_to_the_end_test(many):
    """The card's figures are of the last date whose rows were watched for every period."""
    bank, table, result, said = many
    card, tested = result.model.card, result.tested
    last = FIRST + timedelta(days=180)
    assert set(tested["as_of"].to_pylist()) == {last}
    assert card.tested_as_of == (last,)
    assert tested["y"].to_pylist() == opened_within(bank, tested, 90).astype(int).tolist()
    y, p = tested["y"].to_numpy(), tested["probability"].to_numpy()
    assert card.metrics["auc"].value == pytest.approx(roc_auc_score(y, p))
    assert card.metrics["auc"].low > 0.6
    guarded = "look whether outcomes drawn by lot are told"
    assert said == ["events", guarded, *(f"{each} dates" for each in STEPS)]
    assert len(table) == card.rows


STEPS = ("learn from the earlier", "test on the latest", "learn from all")


def test_the_card_tells_every_horizon(many):
    """One model has a label and figures a horizon, and an index of the order of events."""
    _, _, result, _ = many
    card = result.model.card
    assert (card.kind, card.labels) == ("hazard", LABELS)
    told = {"auc_30d", "ece_30d", "auc_120d", "ece_120d", "c_index", "auc", "log_loss", "ece"}
    assert told <= set(card.metrics)
    assert card.metrics["c_index"].low > 0.55
    assert "learned from what had happened by 2025-06-30" in card.measured.en
    assert {"rounds", "cells", "trees_weight"} <= set(card.params)
    assert len(card.trained_as_of) == 7


def test_the_main_horizon_is_explained_on_rows_that_did_not_teach(many):
    """The true causes move its score most, on the tested date, and removing them tells."""
    told = many[2].explained
    assert told is not None
    assert set(told.customer_id.tolist()) <= set(many[2].tested["customer_id"].to_pylist())
    mean = dict(zip(told.concepts, np.abs(told.moves).mean(axis=0), strict=True))
    assert sorted(mean, key=mean.get)[-2:] == ["visits", "cash"]
    assert told.faithful.fell.low > 0.8
    assert many[2].tested["rule"].null_count == many[2].tested.num_rows


def test_scores_of_all_horizons_come_from_one_model(many, tmp_path):
    """A saved model scores a new date for each label, a longer horizon never less."""
    _, table, result, _ = many
    save_model(result.model, tmp_path / "model")
    model = load_model(tmp_path / "model")
    later = FIRST + timedelta(days=400)
    day = pa.array([later] * table.num_rows, pa.date32())
    scores = score_table(dict.fromkeys(LABELS, model), table.set_column(1, "as_of", day))
    columns = np.column_stack([scores[label].to_numpy() for label in LABELS])
    assert (np.diff(columns, axis=1) > 0).all()
    for place, days in enumerate(DEFINITION.horizons):
        rate = opened_within(many[0], table, days).mean()
        assert columns[:, place].mean() == pytest.approx(rate, abs=0.03)


def test_the_tested_dates_do_not_move_their_own_scores(many, tmp_path):
    """Other outcomes after the first date tested leave every tested probability as it was."""
    bank, table, result, _ = many
    holdings = bank.read("holdings").to_pylist()
    cut = start_of_day(FIRST + timedelta(days=180), "Asia/Shanghai")
    early = [row for row in holdings if row["happened_at"] < cut]
    late = [row | {"customer_id": row["customer_id"] - 1} for row in holdings if row not in early]
    held = {row["customer_id"] for row in early}
    other = a_bank(
        tmp_path / "bank",
        customers=[a_customer(number) for number in range(1, 2_101)],
        holdings=early + [row for row in late if row["customer_id"] not in held],
        last_day=bank.manifest.last_day,
    )
    again = trained(other, table).tested
    assert again["y"].to_pylist() != result.tested["y"].to_pylist()
    assert again["probability"].to_pylist() == result.tested["probability"].to_pylist()


@pytest.mark.slow
def test_one_date_is_cross_fitted(tmp_path):
    """With one date every row is tested by models that never saw it, and lists show that score."""
    bank, table = world(tmp_path / "bank", customers=260, shift=0.5)
    result = trained(bank, table)
    card = result.model.card
    assert card.measured.en.startswith("cross-fitted")
    assert result.tested["customer_id"].to_pylist() == table["customer_id"].to_pylist()
    scores = score_table({LABELS[1]: result.model}, table)[LABELS[1]].to_numpy()
    assert scores == pytest.approx(result.tested["probability"].to_numpy(), abs=1e-12)
    matrix = np.column_stack([table[name].to_numpy() for name in NAMES])
    assert np.abs(result.model.predict(matrix)[:, 1] - scores).max() > 0.01


def test_few_events_make_base_rates(tmp_path):
    """With fewer than fifty events everyone gets the share of each horizon, and no reason."""
    bank, table = world(tmp_path / "bank", customers=150, shift=-1.5)
    result = trained(bank, table)
    assert not result.model.explains
    assert result.tested.num_rows == 0
    shares = [opened_within(bank, table, days).mean() for days in DEFINITION.horizons]
    assert 0 < shares[0] < shares[2]
    found = score_table(dict.fromkeys(LABELS, result.model), table)
    for label, share in zip(LABELS, shares, strict=True):
        assert found[label].to_pylist() == pytest.approx([share] * 150)


def test_events_without_a_cause_make_base_rates(tmp_path):
    """Where features tell nothing, nobody is ranked, and the card keeps the figures that say so."""
    bank, table = world(tmp_path / "bank", dates=6, shuffled=True)
    model = trained(bank, table).model
    assert model.card.kind == "base_rate"
    assert model.card.labels == LABELS
    assert model.card.metrics["auc"].low < 0.5


def test_a_leak_stops_the_training(tmp_path):
    """A feature that knows who will buy is refused before anything is learned."""
    bank, table = world(tmp_path / "bank")
    knows = opened_within(bank, table, 400).astype(float)
    with pytest.raises(Leak, match="noise"):
        trained(bank, table.set_column(6, "noise", pa.array(knows)))
