"""Laws of learning who will grow, on customers whose truth is known."""

from datetime import UTC, date, datetime
from functools import cache
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from builders import a_bank, a_transaction
from labelled import AS_OF, DAY, a_cohort, at, daily

from training.definitions.definition import GrowthLabel, Horizon
from training.definitions.settings import parse_labels
from training.errors import BadLabel, MissingColumn
from training.evaluation.evaluate import Use
from training.growth.potential import foretell_growth
from training.growth.rows import growth_set, pace_of
from training.labels import MarginTable, future_margin

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("deposits_mean_90d", "assets_mean_90d", "fees_90d", "age", "salary_size_365d")


class Words(SimpleNamespace):
    """A phrasebook that can be told from another."""

    __hash__ = object.__hash__


CATALOG = Words(names=NAMES, fingerprint="0123456789ab", concept_of=lambda name: name.split("_")[0])
DATES = [date(2025, month, 1) for month in range(1, 10)]
QUARTER = GrowthLabel(Horizon(3, "months"))


def customers(seed, count=500, *, young=1.6, dates=DATES, idle=0):
    """A features table, and margins: the young bring `young` times the pace, others nine tenths."""
    rng = np.random.default_rng(seed)
    rows = count * len(dates)
    deposits = np.exp(rng.normal(15, 1.5, rows))
    wealth = np.exp(rng.normal(14, 1.5, rows)) * (rng.random(rows) < 0.3)
    fees, age = rng.gamma(1, 300, rows), rng.uniform(18, 80, rows)
    deposits[:idle] = wealth[:idle] = fees[:idle] = 0.0
    quarter = (deposits * 0.015 + wealth * 0.006) / 4 + fees * 365 / 4 / 90
    ratio = np.where(age < 35, young, 0.9) * rng.lognormal(0, 0.2, rows)
    margin = np.rint(quarter * ratio).astype(np.int64)
    keys = {
        "customer_id": pa.array(np.tile(np.arange(1, count + 1), len(dates))),
        "as_of": pa.array(np.repeat(np.array(dates, "datetime64[D]"), count)),
    }
    columns = [deposits, deposits + wealth, fees, age, rng.gamma(2, 300_000, rows)]
    table = pa.table(keys | dict(zip(NAMES, map(pa.array, columns), strict=True)))
    mixed = pa.array(rng.permutation(rows))
    brought = pa.table(keys | {"margin_cents": margin}).take(mixed)
    told = MarginTable(QUARTER, brought, {"censored": 4})
    return table.take(pa.array(rng.permutation(rows))), told


@cache
def foretold(**facts):
    """The model that a bank's customers teach, with its tested rows."""
    return _foretold(customers(1, **facts))


def _foretold(bank, **more):
    return foretell_growth(growth_set(*_with_catalog(*bank)), CATALOG, seed=2, now=NOW, **more)


def _with_catalog(table, told):
    return table, CATALOG, told


def test_the_pace_is_the_margin_of_going_on():
    """A million in deposits, half in wealth besides and fees of 900 a quarter, told by hand."""
    pace = pace_of(GrowthLabel(Horizon(12, "months")), NAMES)
    row = np.array([[100_000_000.0, 150_000_000.0, 900.0, 40.0, 0.0]])
    assert pace.of(row)[0] == pytest.approx(1_500_000 + 300_000 + 900 * 365 / 90)


def test_the_pace_of_income_is_the_mean_pay_once_a_month():
    """Half a year of 7,000 a month is 42,000; who has no pay has no pace."""
    pace = pace_of(GrowthLabel(Horizon(6, "months"), of="income"), NAMES)
    rows = np.array([[0, 0, 0, 40.0, 700_000.0], [0, 0, 0, 40.0, np.nan]])
    assert pace.of(rows).tolist() == pytest.approx([4_200_000.0, 0.0])


def test_rows_stand_beside_what_their_own_customer_brought():
    """Whatever the order of the features table, cents and features stay together."""
    table, told = customers(3, count=40)
    data = growth_set(table, CATALOG, told)
    brought = {
        (row["customer_id"], row["as_of"]): row["margin_cents"] for row in told.rows.to_pylist()
    }
    known = {(row["customer_id"], row["as_of"]): row["age"] for row in table.to_pylist()}
    assert len(data.cents) == 40 * len(DATES)
    for place, cents in enumerate(data.cents):
        key = (int(data.rows.customer_id[place]), data.rows.as_of[place].item())
        assert (cents, data.rows.matrix[place, 3]) == (brought[key], known[key])


def test_who_brings_nothing_is_left_out_and_counted():
    """Without a pace there is nothing to grow from; the count stands in the card."""
    table, told = customers(4, count=50, idle=7)
    data = growth_set(table, CATALOG, told)
    assert len(data.cents) == 50 * len(DATES) - 7
    assert data.rows.excluded == {"censored": 4, "nothing to grow from": 7}


def test_those_who_will_grow_are_found():
    """On new customers the tenth expected to grow most are young, and growth is what came."""
    model = foretold().model
    data = growth_set(*_with_catalog(*customers(9)))
    growth = model.predict(data.rows.matrix)[:, 0]
    best = np.argsort(-growth)[: len(growth) // 10]
    assert (data.rows.matrix[best, 3] < 35).mean() > 0.95
    came = data.cents - data.paced
    assert growth[best].sum() == pytest.approx(came[best].sum(), rel=0.15)
    assert growth.sum() == pytest.approx(came.sum(), abs=0.05 * data.paced.sum())


def test_the_card_tells_growth_in_cents_beside_the_pace():
    """The deviance is shown to be lower than that of one ratio for all, and errors are smaller."""
    card = foretold().model.card
    assert (card.kind, card.unit, card.labels) == ("growth", "cents", ("growth",))
    assert card.metrics["deviance_gain"].low > 0
    assert card.metrics["error_cents"].high < card.baseline["error_cents"].low
    assert card.metrics["observed_ratio"].value == pytest.approx(1.0, abs=0.05)
    assert card.tested_as_of == (DATES[-1],)


def test_the_listed_are_each_dates_best_by_the_capacity():
    """The growth told of is that of the customers expected to grow most, so many a date."""
    trained = _foretold(customers(1), use=Use(30))
    tested = trained.tested.to_pandas()
    tested["growth"] = tested.expected_cents - tested.pace_cents
    best = tested.sort_values("growth", ascending=False).groupby("as_of").head(30)
    told = trained.model.card.metrics["best_growth_cents"]
    assert told.value == pytest.approx((best.cents - best.pace_cents).mean())
    assert told.low < told.value < told.high
    assert "a list is the best 30 rows of a date, the capacity" in trained.model.card.measured.en
    assert trained.use == Use(30)


def test_growth_is_explained_in_cents_on_rows_that_did_not_teach():
    """Age moves growth most, and its reasons are faithful at the customer's own pace."""
    told = foretold().explained
    assert told is not None
    mean = dict(zip(told.concepts, np.abs(told.moves).mean(axis=0), strict=True))
    assert max(mean, key=mean.get) == "age"
    assert told.faithful.fell.low > 0.8
    assert told.faithful.said.value > 1_000
    assert told.stable.low > 0.5
    assert foretold(young=0.9).explained is None


def test_where_nothing_tells_growth_everyone_grows_alike():
    """With one ratio for all, whatever the age, no trees are kept and no reasons given."""
    model = foretold(young=0.9).model
    data = growth_set(*_with_catalog(*customers(9, young=0.9)))
    matrix = data.rows.matrix
    assert model.scorer.trees is None
    assert not model.contributions(matrix, "growth").any()
    assert any("not shown" in limit.en for limit in model.card.limits)
    expected = model.predict(matrix)[:, 0] + data.paced
    assert np.ptp(expected / (data.paced + 1_000)) < 1e-9


def test_one_date_is_cross_fitted_and_keeps_scores_of_its_own_rows():
    """With one date the model carries out-of-fold growth of the rows it learned from."""
    trained = foretold(count=1_000, dates=tuple(DATES[:1]))
    own = trained.model.held_out
    assert own is not None
    tested = trained.tested
    growth = tested["expected_cents"].to_numpy() - tested["pace_cents"].to_numpy()
    assert own.raw[:, 0] == pytest.approx(growth)
    assert trained.model.card.metrics["deviance_gain"].low > 0


def test_equal_runs_give_equal_bytes():
    """Learned twice from the same rows, the models are the same to the byte."""
    again = _foretold(customers(1))
    assert again.model.card.content_hash == foretold().model.card.content_hash


def test_income_is_the_pay_that_came_within_the_horizon(tmp_path):
    """Salary and pension from as_of to the day before the horizon's end, and nothing else."""
    facts = [
        (-1, 900_000, "salary"),
        (0, 700_000, "salary"),
        (29, 80_000, "pension"),
        (29, -5_000, "salary"),
        (30, 700_000, "salary"),
        (5, 300_000, "transfer"),
        (5, -2_000, "fee"),
    ]
    paid = [
        a_transaction(number, happened_at=at(day), amount_cents=cents, kind=kind)
        for number, (day, cents, kind) in enumerate(facts)
    ]
    balances = daily(AS_OF - 5 * DAY, AS_OF + 35 * DAY, 10)
    bank = a_bank(tmp_path / "bank", balances=balances, transactions=paid)
    (label,) = parse_labels('[[label]]\nkind = "growth"\nof = "income"\nhorizon_days = 30', "it")
    found = future_margin(bank, a_cohort((1, AS_OF)), label)
    assert label.name == "growth:income"
    assert found.rows["margin_cents"].to_pylist() == [780_000]


def test_what_growth_cannot_be_told_from_is_refused():
    """A catalogue without the columns of the pace, and a sum that is not known, are named."""
    with pytest.raises(MissingColumn, match="lacks fees_90d, from which growth of margin"):
        pace_of(QUARTER, ("deposits_mean_90d", "assets_mean_90d"))
    with pytest.raises(BadLabel, match="of 'wishes' is unknown; known: margin, income"):
        GrowthLabel(of="wishes")
