"""Training: what it finds, what it does not invent, and what its card says."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from builders import a_bank, a_customer, a_transaction
from learned import NAMES, NOW, ACatalog, a_table, drawn, some_rows
from sklearn.metrics import roc_auc_score

from goodcall.calendar import start_of_day
from models import score_table
from models.calibration import logit, sigmoid
from training import Horizon, Leak, PurchaseLabel, guards, train
from training.errors import MissingMonth

FUND = PurchaseLabel("fund", Horizon(30))
FIRST = date(2025, 1, 1)


def world(path, *, dates=1, customers=600, seed=0, shift=0.0, shuffled=False, last_day=None):
    """A bank whose customers buy a fund with a known probability of their features.

    Customers of one date never return at another, so that a purchase is the row's own.
    """
    rng = np.random.default_rng(seed)
    tables, holdings, truth = [], [], []
    for number in range(dates):
        as_of = FIRST + timedelta(days=31 * number)
        matrix, log_odds = some_rows(rng, customers)
        first = 1 + number * customers
        y = drawn(rng, log_odds + shift)
        bought = rng.permutation(y) if shuffled else y
        truth.append(log_odds + shift)
        at = start_of_day(as_of, "Asia/Shanghai") + timedelta(days=3)
        buyers = (first + np.flatnonzero(bought)).tolist()
        holdings += [a_fund(customer_id, at) for customer_id in buyers]
        tables.append(a_table(matrix, as_of=as_of, first=first))
    people = [a_customer(number) for number in range(1, 1 + dates * customers)]
    bank = a_bank(
        path,
        customers=people,
        holdings=holdings,
        last_day=last_day or FIRST + timedelta(days=31 * dates + 30),
    )
    return bank, pa.concat_tables(tables), np.concatenate(truth)


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


@pytest.fixture(scope="module")
def one_date(tmp_path_factory):
    """A bank of one date, its features, its truth, and the model they teach."""
    bank, table, truth = world(tmp_path_factory.mktemp("one") / "bank", customers=800)
    return bank, table, truth, trained(bank, table)


def trained(bank, table, **options):
    return train(bank, table, ACatalog(), FUND, **({"seed": 1, "now": NOW} | options))


def figures(result):
    tested = result.tested
    return tested["y"].to_numpy(), tested["probability"].to_numpy()


def test_one_date_is_cross_fitted(one_date):
    """With one date every row is tested by models that never saw it, and the truth is found."""
    _, table, truth, result = one_date
    y, p = figures(result)
    card = result.model.card
    assert result.tested["customer_id"].to_pylist() == table["customer_id"].to_pylist()
    assert card.metrics["auc"].value == pytest.approx(roc_auc_score(y, p))
    assert roc_auc_score(y, p) > roc_auc_score(y, truth) - 0.08
    assert card.measured.en.startswith("cross-fitted")
    assert card.tested_as_of == card.trained_as_of == (FIRST,)
    assert (card.rows, card.positives) == (800, int(y.sum()))
    assert set(card.baseline) == set(card.metrics)
    assert card.over_baseline is not None


def test_lists_on_the_training_rows_are_out_of_fold(one_date):
    """Scoring the very rows learned from gives the tested probabilities, with their reasons."""
    _, table, _, result = one_date
    scores = score_table({"buys:fund": result.model}, table)["buys:fund"].to_numpy()
    _, p = figures(result)
    assert scores == pytest.approx(p, abs=1e-12)
    own = result.model.held_out
    matrix = np.column_stack([table[name].to_numpy() for name in NAMES])
    fresh = result.model.predict(matrix)[:, 0]
    assert np.abs(fresh - scores).max() > 0.01
    rest = own.raw - own.contributions.sum(axis=2)
    assert np.std(rest) < 0.3 * np.std(own.raw)


def test_many_dates_are_tested_on_the_latest(tmp_path):
    """With enough dates the last test what the earlier taught, after the embargo."""
    bank, table, truth = world(tmp_path / "bank", dates=6, customers=250)
    result = trained(bank, table)
    y, p = figures(result)
    last = FIRST + timedelta(days=155)
    assert set(result.tested["as_of"].to_pylist()) == {last}
    assert roc_auc_score(y, p) > roc_auc_score(y, truth[-250:]) - 0.08
    card = result.model.card
    assert card.tested_as_of == (last,)
    assert len(card.trained_as_of) == 6
    assert "embargo 30 days" in card.measured.en
    assert result.model.held_out is None
    assert card.params["rounds"] > 10


def test_what_moves_scores_is_told_of_rows_that_did_not_teach(one_date):
    """The true causes move scores most, by rows of customers whom the explained model never saw."""
    told = one_date[3].explained
    assert told is not None
    assert len(np.unique(told.customer_id)) == len(told.moves) == 160
    mean = dict(zip(told.concepts, np.abs(told.moves).mean(axis=0), strict=True))
    assert sorted(mean, key=mean.get)[-2:] == ["visits", "cash"]
    assert told.faithful.fell.low > 0.8
    assert told.stable.low > 0.6


def test_the_tested_dates_do_not_move_their_own_scores(tmp_path):
    """Other outcomes on the tested date leave every tested probability as it was."""
    bank, table, _ = world(tmp_path / "one", dates=4, customers=250)
    holdings = bank.read("holdings")
    last = FIRST + timedelta(days=93)
    cut = pa.scalar(start_of_day(last, "Asia/Shanghai"), pa.timestamp("us", tz="UTC"))
    early = holdings.filter(pa.compute.less(holdings["happened_at"], cut)).to_pylist()
    late = holdings.filter(pa.compute.greater_equal(holdings["happened_at"], cut)).to_pylist()
    swapped = [row | {"customer_id": 751 + (row["customer_id"] - 751 + 7) % 250} for row in late]
    people = [a_customer(number) for number in range(1, 1_001)]
    other = a_bank(
        tmp_path / "two",
        customers=people,
        holdings=early + swapped,
        last_day=bank.manifest.last_day,
    )
    (y, p), (z, q) = figures(trained(bank, table)), figures(trained(other, table))
    assert (y != z).any()
    assert (p == q).all()


def test_shuffled_outcomes_teach_nothing(tmp_path):
    """Where features and outcomes are unrelated, the tested AUC is that of chance."""
    bank, table, _ = world(tmp_path / "bank", shuffled=True, customers=800)
    model = trained(bank, table).model
    card = model.card
    assert card.metrics["auc"].low < 0.5 < card.metrics["auc"].high + 0.02
    assert (card.kind, model.explains) == ("base_rate", False)
    assert card.metrics["log_loss"].value < -np.log(0.5)


def test_equal_runs_give_equal_models(one_date):
    """The same rows and seed give the same content hash, in whatever order the rows come."""
    bank, table, _, result = one_date
    assert trained(bank, table.take(np.arange(800)[::-1])).model.version == result.model.version


def test_few_positives_make_a_base_rate(tmp_path):
    """With fewer than fifty positives everyone gets the base rate, and the card says why."""
    bank, table, _ = world(tmp_path / "bank", customers=300, shift=-1.5)
    result = trained(bank, table)
    positives = bank.read("holdings").num_rows
    assert 0 < positives < 50
    assert not result.model.explains
    assert result.model.card.kind == "base_rate"
    assert f"only {positives} positives" in result.model.card.limits[0].en
    assert result.tested.num_rows == 0
    assert score_table({"buys:fund": result.model}, table)["buys:fund"].to_pylist() == (
        pytest.approx([positives / 300] * 300)
    )


def test_probabilities_mean_what_they_say(one_date):
    """Calibrated or not, the mean tested probability is near the rate that came true."""
    _, _, truth, result = one_date
    y, p = figures(result)
    assert p.mean() == pytest.approx(y.mean(), abs=0.02)
    slope = np.polyfit(truth, logit(p), 1)[0]
    assert 0.4 < slope < 1.2
    assert np.abs(sigmoid(truth) - p).mean() < 0.1


def test_a_leak_stops_the_training(tmp_path):
    """A feature that knows the outcome is refused before anything is learned."""
    bank, table, _ = world(tmp_path / "bank")
    buyers = set(bank.read("holdings")["customer_id"].to_pylist())
    knows = [float(each in buyers) for each in table["customer_id"].to_pylist()]
    leaky = table.set_column(6, "noise", pa.array(knows))
    with pytest.raises(Leak, match="noise"):
        trained(bank, leaky)


def test_steps_are_told_and_absences_are_on_the_card(tmp_path):
    """Progress hears each step; a column without a source is among the limits."""
    bank, table, _ = world(tmp_path / "bank", dates=3, customers=250)
    empty = table.set_column(6, "noise", pa.nulls(750, pa.float64()))
    said = []
    card = trained(bank, empty, absent=["noise"], progress=said.append).model.card
    assert said[0] == "labels"
    assert said[-1] == "learn from all dates"
    assert any("no data for: noise" in limit.en for limit in card.limits)


@pytest.mark.slow
def test_trials_are_resumed_and_keep_clear_of_the_test(tmp_path):
    """A study in a file is taken up where it stopped and ends as an unbroken one would rank."""
    bank, table, _ = world(tmp_path / "bank", dates=4, customers=250)
    study = tmp_path / "optuna.db"
    plain = trained(bank, table)
    once = trained(bank, table, trials=3, study=study)
    size = study.stat().st_size
    again = trained(bank, table, trials=3, study=study)
    assert study.stat().st_size == size
    assert once.model.version == again.model.version
    more = trained(bank, table, trials=5, study=study)
    assert len(more.tested) == len(plain.tested)
    memory = trained(bank, table, trials=3)
    assert memory.model.version == once.model.version


def test_a_bank_with_a_missing_month_teaches_nothing(tmp_path):
    """Training itself looks: a month without transactions between full ones stops it by name."""
    _, table, _ = world(tmp_path / "whole", customers=200)
    days = [FIRST - timedelta(days=back) for back in range(150) if not 31 <= back < 62]
    rows = [
        a_transaction(number, happened_at=start_of_day(day, "Asia/Shanghai"))
        for number, day in enumerate(days)
    ]
    people = [a_customer(number) for number in range(1, 201)]
    bank = a_bank(tmp_path / "gap", customers=people, transactions=rows)
    with pytest.raises(MissingMonth, match=r"lack 2024-11"):
        trained(bank, table)


def test_learning_that_tells_a_lot_teaches_nothing(one_date, monkeypatch):
    """Training itself draws outcomes by lot: folds that test what they taught are found out."""
    bank, table, _, _ = one_date

    def both(customer_id, _y, _rng, folds):
        rows = np.arange(len(customer_id))
        return [(rows, rows[place::folds]) for place in range(folds)]

    monkeypatch.setattr(guards, "grouped_folds", both)
    with pytest.raises(Leak, match="drawn by lot are told"):
        trained(bank, table)
