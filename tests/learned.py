"""Small models and catalogues with known truth, for tests of what was learned."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from goodcall.language import Text
from models.blend import Blend
from models.boosted import Boosted
from models.booster import default_params, fit_booster
from models.calibration import sigmoid
from models.card import Card
from models.model import sealed_model

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
AS_OF = date(2026, 6, 1)
NAMES = ("cash_in_30d", "cash_in_90d", "visits_30d", "age_years", "noise")
CONCEPTS = {"cash_in_30d": "cash", "cash_in_90d": "cash", "visits_30d": "visits"}
FINGERPRINT = "0123456789ab"


@dataclass(frozen=True)
class ACatalog:
    """A catalogue that speaks of every feature unless told to keep silent."""

    names: tuple[str, ...] = NAMES
    fingerprint: str = FINGERPRINT
    silent: tuple[str, ...] = ()

    def concept_of(self, feature):
        return CONCEPTS.get(feature, feature)

    def say(self, feature, value):
        if feature in self.silent or np.isnan(value):
            return None
        return Text(f"{feature} is {value:.2f}", f"{feature}为{value:.2f}")


def some_rows(rng, rows, *, missing=0.1):
    """A matrix of the five features, some values missing, and the true log-odds of each row."""
    matrix = rng.normal(size=(rows, len(NAMES)))
    log_odds = -1.5 + 1.2 * matrix[:, 0] - 0.8 * matrix[:, 2]
    matrix[rng.random(matrix.shape) < missing] = np.nan
    return matrix, log_odds


def drawn(rng, log_odds):
    """Outcomes drawn with the true probabilities."""
    return (rng.random(len(log_odds)) < sigmoid(log_odds)).astype(np.int8)


def a_table(matrix, *, as_of=AS_OF, first=1, names=NAMES):
    """A features table of one date; customers are numbered from `first`."""
    keys = {
        "customer_id": pa.array(range(first, first + len(matrix)), pa.int64()),
        "as_of": pa.array([as_of] * len(matrix), pa.date32()),
    }
    columns = dict(zip(names, matrix.T, strict=True))
    return pa.table(keys | {name: pa.array(column) for name, column in columns.items()})


def a_card(**facts):
    """The card of a model of leaving over the five features."""
    plain = {
        "label": "churn",
        "meaning": Text("leaves", "流失"),
        "labels": (str(facts.get("label", "churn")),),
        "unit": "probability",
        "kind": "blend",
        "features": NAMES,
        "fingerprint": FINGERPRINT,
        "trained_as_of": (date(2026, 1, 1),),
        "tested_as_of": (),
        "rows": 2_000,
        "positives": 400,
        "measured": Text("not measured", "未评估"),
        "metrics": {},
        "baseline": {},
        "over_baseline": None,
        "excluded": {"censored": 3},
        "limits": (),
        "params": {"rounds": 60},
        "created": NOW,
    }
    return Card(**(plain | facts))


def a_model(*, calibration=None, held_out=None, rows=2_000, seed=7, **facts):
    """A model that learned the known truth from random rows."""
    rng = np.random.default_rng(seed)
    matrix, log_odds = some_rows(rng, rows)
    y = drawn(rng, log_odds)
    text = fit_booster(matrix, y, NAMES, default_params(rows, int(y.sum()), seed), 60)
    return sealed_model(a_card(**facts), Blend(Boosted(text), calibration), held_out)
