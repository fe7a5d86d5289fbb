"""Laws of learning which product comes next, on shops whose truth is known."""

from datetime import UTC, date, datetime
from functools import cache
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from models.calibration import sigmoid
from models.propensity import CLOSED
from models.propensity_grow import sales_of
from training.definitions.definition import NextProduct
from training.errors import Leak, MissingColumn
from training.evaluation.evaluate import Use
from training.labels import MultiLabelTable
from training.products.learn import learn_ranker
from training.products.propensity import rank_products
from training.products.rows import product_set

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FAMILIES = ("fund", "insurance", "mortgage", "business_loan")
NAMES = (
    *("wish_fund", "wish_insurance", "wish_mortgage", "noise"),
    *(f"holds_{family}" for family in FAMILIES),
    *("is_private", "is_business"),
)


class Words(SimpleNamespace):
    """A phrasebook that can be told from another."""

    __hash__ = object.__hash__


CATALOG = Words(names=NAMES, fingerprint="0123456789ab", concept_of=lambda name: name)
DEFINITION = NextProduct(FAMILIES, sold_to={"business_loan": ("small_business", "corporate")})
DATES = [date(2025, month, 1) for month in range(1, 10)]


def a_shop(seed, customers=700, *, rates=(-2.2, -2.5, -4.0, -5.0), dates=DATES):
    """Features, purchases by known log-odds among what is open, and the true chances."""
    rng = np.random.default_rng(seed)
    rows = customers * len(dates)
    wishes = rng.normal(size=(rows, 3))
    holds = (rng.random((rows, 4)) < 0.25).astype(float)
    business = (rng.random(rows) < 0.2).astype(float)
    served = np.column_stack([np.ones((rows, 3), bool), business == 1])
    lean = np.column_stack([1.6 * wishes[:, 0], -1.4 * wishes[:, 1], wishes[:, 2], 0 * business])
    open_to = served & (holds == 0)
    chance = np.where(open_to, sigmoid(np.array(rates) + lean), 0.0)
    columns = [*wishes.T, rng.normal(size=rows), *holds.T, np.zeros(rows), business]
    keys = {
        "customer_id": pa.array(np.tile(np.arange(1, customers + 1), len(dates))),
        "as_of": pa.array(np.repeat(np.array(dates, "datetime64[D]"), customers)),
    }
    opened = rng.random(chance.shape) < chance
    mixed, order = rng.permutation(rows), rng.permutation(rows)
    told = pa.table(keys).take(pa.array(mixed))
    flags = (each[mixed] for each in (opened, holds == 1, served))
    labels = MultiLabelTable(DEFINITION, told, *flags, {"left": 2})
    table = pa.table(keys | dict(zip(NAMES, map(pa.array, columns), strict=True)))
    return table.take(pa.array(order)), labels, chance


def a_set(seed=1, **facts):
    table, labels, _ = a_shop(seed, **facts)
    return product_set(table, CATALOG, labels)


@cache
def ranked(seed=1):
    """A ranking learned from a shop, as `train` gives it."""
    return rank_products(a_set(seed), CATALOG, seed=3, now=NOW)


def chances(trained, seed):
    """What a model says of a new shop, what is true there, and what is open."""
    table, labels, truth = a_shop(seed)
    matrix = np.column_stack([table[name].to_numpy() for name in NAMES])
    said = np.empty(truth.shape)
    keys = np.lexsort((table["customer_id"].to_numpy(), table["as_of"].to_numpy()))
    said[:] = trained.model.predict(matrix[keys])
    order = np.lexsort((labels.rows["customer_id"].to_numpy(), labels.rows["as_of"].to_numpy()))
    return said, truth, (labels.served & ~labels.held)[order]


def test_rows_stand_beside_their_own_purchases():
    """Whatever the order of the features table, each row keeps what its customer opened."""
    table, labels, _ = a_shop(1, customers=50)
    products = product_set(table, CATALOG, labels)
    opened = {
        (who, day): tuple(flags)
        for who, day, flags in zip(
            labels.rows["customer_id"].to_pylist(),
            labels.rows["as_of"].to_pylist(),
            labels.opened,
            strict=True,
        )
    }
    business = {(row["customer_id"], row["as_of"]): row["is_business"] for row in table.to_pylist()}
    column = NAMES.index("is_business")
    for place in range(len(products.rows.y)):
        key = (int(products.rows.customer_id[place]), products.rows.as_of[place].item())
        assert tuple(products.opened[place]) == opened[key]
        assert products.rows.matrix[place, column] == business[key]
        assert products.rows.y[place] == any(opened[key])


def test_a_row_weighs_one_however_much_was_bought():
    """A row stands once a purchase, its weights adding up to 1; idle rows drawn stand for all."""
    bought = np.zeros((1_000, 3), bool)
    bought[:50, 0] = bought[:20, 1] = bought[:5, 2] = True
    sales = sales_of(bought, np.random.default_rng(1))
    weight = np.bincount(sales.place, sales.weight, minlength=1_000)
    assert weight[:50] == pytest.approx(1.0)
    assert weight[50:].sum() == pytest.approx(950)
    assert (sales.bought == 0).sum() == 3 * 75
    assert sorted(sales.bought[sales.place == 0]) == [1, 2, 3]


def test_the_true_chances_are_found():
    """On a new shop the scores of each family follow its true chances, and add up to them."""
    said, truth, open_to = chances(ranked(), seed=8)
    for place in range(3):
        asked = open_to[:, place]
        found, true = said[asked, place], truth[asked, place]
        assert np.corrcoef(np.log(found), np.log(true))[0, 1] > (0.85 if place < 2 else 0.6)
        assert found.sum() == pytest.approx(true.sum(), rel=0.15)


def test_what_is_held_or_not_sold_to_a_customer_is_never_ranked():
    """Every closed family has a chance of nothing, every open one some."""
    said, _, open_to = chances(ranked(), seed=9)
    assert said[~open_to].max() < 1e-12
    assert said[open_to].min() > 1e-6


def test_a_family_without_purchases_enough_has_a_base_rate():
    """With fewer than 50 purchases nobody is told apart, and the card says so."""
    model = ranked().model
    shelf = model.scorer.counter.shelves[3]
    said, truth, open_to = chances(ranked(), seed=10)
    assert not shelf.ranks
    assert len(np.unique(said[open_to[:, 3], 3])) == 1
    assert said[open_to[:, 3], 3][0] == pytest.approx(truth[open_to[:, 3], 3].mean(), rel=0.8)
    assert any("buys:business_loan" in limit.en for limit in model.card.limits)
    assert not model.contributions(np.zeros((1, len(NAMES))), "buys:business_loan").any()


def test_the_card_tells_the_ranking_beside_popularity():
    """MAP@7 of the scores and of popularity, their paired gap, and each ranked family's AUC."""
    card = ranked().model.card
    gap = card.metrics["map_7"].value - card.baseline["map_7"].value
    assert card.metrics["map_7_over_popularity"].value == pytest.approx(gap)
    assert card.metrics["map_7_over_popularity"].low > 0
    assert card.metrics["auc:buys:fund"].low > 0.7
    assert "auc:buys:business_loan" not in card.metrics
    assert card.excluded == {"left": 2}
    assert card.tested_as_of == (DATES[-1],)


def test_tested_rows_stand_for_open_families_only():
    """One row a tested row and family open to it, on the tested date."""
    tested = ranked().tested
    _, labels, _ = a_shop(1)
    last = np.array(labels.rows["as_of"].to_pylist()) == DATES[-1]
    assert tested.num_rows == (labels.served & ~labels.held)[last].sum()
    assert tested["probability"].to_numpy().min() > 0
    assert set(tested["label"].to_pylist()) == set(DEFINITION.labels)


def test_families_that_rank_are_explained_on_rows_that_did_not_teach():
    """Each wish moves its family's score, reasons are faithful, and what is held stays closed."""
    told = ranked().explained
    assert told is not None
    mean = dict(zip(told.concepts, np.abs(told.moves).mean(axis=0), strict=True))
    assert max(mean, key=mean.get).startswith("wish")
    assert told.faithful.fell.low > 0.8
    assert abs(told.faithful.fall.value) < 5
    assert told.stable.low > 0.5


def test_precision_is_of_the_best_pairs_of_a_customer_and_a_family():
    """With room for forty, precision is the share bought of a date's forty best open pairs."""
    trained = rank_products(a_set(), CATALOG, seed=3, now=NOW, use=Use(40))
    tested = trained.tested.to_pandas().sort_values("probability", ascending=False)
    best = tested.groupby("as_of").head(40)
    told = trained.model.card.metrics["precision_at_capacity"]
    assert told.value == pytest.approx(best.y.mean())
    assert told.low < told.value < told.high
    assert trained.tested["rule"].null_count == trained.tested.num_rows


def test_equal_runs_give_equal_bytes():
    """Learned twice from the same rows, the models are the same to the byte."""
    again = rank_products(a_set(), CATALOG, seed=3, now=NOW)
    assert again.model.card.content_hash == ranked().model.card.content_hash


def test_shuffled_purchases_teach_no_ranking():
    """Where features tell nothing, no family is shown to rank, or hardly one by chance."""
    products = a_set(4)
    rng = np.random.default_rng(2)
    for name in ("wish_fund", "wish_insurance", "wish_mortgage"):
        column = NAMES.index(name)
        products.rows.matrix[:, column] = rng.permutation(products.rows.matrix[:, column])
    card = rank_products(products, CATALOG, seed=3, now=NOW).model.card
    aucs = [figure.value for name, figure in card.metrics.items() if name.startswith("auc:")]
    assert len(aucs) >= 2
    assert all(0.4 < auc < 0.6 for auc in aucs)


def test_one_date_is_cross_fitted_and_keeps_scores_of_its_own_rows():
    """With one date the model carries out-of-fold scores, closed ones among them."""
    products = a_set(5, customers=2_000, dates=DATES[:1])
    model = rank_products(products, CATALOG, seed=3, now=NOW).model
    assert model.held_out is not None
    assert model.held_out.raw.shape == (2_000, 4)
    assert (model.held_out.raw[~products.open_to] == CLOSED).all()
    assert model.card.metrics["auc:buys:fund"].low > 0.6


def test_hardly_a_purchase_gives_base_rates():
    """With fewer than 50 purchases in all, the model is a base rate that says why."""
    model = rank_products(
        a_set(6, customers=60, rates=(-5.0, -5.0, -6.0, -6.0)), CATALOG, seed=3, now=NOW
    ).model
    assert model.card.kind == "base_rate"
    assert "50 purchases" in model.card.limits[0].en
    assert (model.predict(np.zeros((1, len(NAMES)))) < 0.1).all()
    assert learn_ranker(a_set(6, customers=60, rates=(-5.0, -5.0, -6.0, -6.0)), 3) is None


def test_a_feature_that_tells_a_purchase_is_a_leak():
    """A column that follows one family's purchases alone is named."""
    products = a_set(7)
    products.rows.matrix[:, 3] = products.opened[:, 1]
    with pytest.raises(Leak, match=r"noise .* nearly tells 'buys:insurance'"):
        rank_products(products, CATALOG, seed=3, now=NOW)


def test_a_catalogue_without_the_flags_is_refused():
    """A served model could not know what is held."""
    table, labels, _ = a_shop(1, customers=50)
    names = tuple(name for name in NAMES if name not in ("holds_fund", "is_business"))
    poor = SimpleNamespace(names=names, fingerprint="0123456789ab")
    with pytest.raises(MissingColumn, match="lacks holds_fund, is_business"):
        product_set(table, poor, labels)
