"""Tested rows and evidence of models with known skill, for tests of reports and gates."""

from datetime import date

import numpy as np
import pyarrow as pa
from learned import a_card

from models.calibration import sigmoid
from models.card import Estimate
from training.evaluation.explained import Explained
from training.evaluation.reasons import Faithfulness
from training.gates.evidence import Evidence

DATES = (date(2026, 1, 1), date(2026, 2, 1))


def the_truth(day, customers):
    """Each customer's log-odds and outcome of a date: the same whoever asks."""
    rng = np.random.default_rng(day.toordinal())
    log_odds = rng.normal(-1.5, 1.2, customers)
    return log_odds, (rng.random(customers) < sigmoid(log_odds)).astype(np.int8)


def a_tested(noise=0.5, *, dates=DATES, customers=1_500, seed=0, twist=None):
    """Scores that see the truth through so much noise; `twist` changes the log-odds."""
    parts = []
    for day in dates:
        truth, y = the_truth(day, customers)
        rng = np.random.default_rng((seed, day.toordinal()))
        seen = truth + rng.normal(0, noise, customers)
        # Shrunk as noise asks for, the probabilities are honest.
        share = 1.2**2 / (1.2**2 + noise**2)
        told = -1.5 + share * (seen + 1.5)
        told = twist(told) if twist else told
        parts.append(
            pa.table(
                {
                    "customer_id": np.arange(customers),
                    "as_of": pa.array([day] * customers, pa.date32()),
                    "y": y,
                    "probability": sigmoid(told),
                    "baseline": sigmoid(np.round(told + rng.normal(0, 1, customers), 1)),
                    "rule": (told + rng.normal(0, 1, customers) > 0).astype(float),
                }
            )
        )
    return pa.concat_tables(parts).combine_chunks()


def some_groups(tested, **known):
    """Groups drawn by lot, the same for equal customers, unless they are given."""
    ids = tested["customer_id"].to_numpy()
    drawn = np.random.default_rng(5).choice(["F", "M"], ids.max() + 1)
    plain = {
        "tier": ["unknown"] * len(ids),
        "region": ["unknown"] * len(ids),
        "age_band": ["unknown"] * len(ids),
        "sex": drawn[ids],
    }
    keys = {"customer_id": tested["customer_id"], "as_of": tested["as_of"]}
    return pa.table(keys | plain | known)


def an_explained(rows=120):
    """What moved some rows' scores: assets most, as was said, and another seed mostly agrees."""
    rng = np.random.default_rng(6)
    moves = rng.normal(0, 1, (rows, 3)) * [0.9, 0.4, 0.1]
    faithful = Faithfulness(
        rows - 4,
        Estimate(0.93, 0.91, 0.95),
        Estimate(0.62, 0.58, 0.66),
        Estimate(0.6, 0.57, 0.63),
        Estimate(0.05, 0.02, 0.08),
    )
    return Explained(
        ("assets", "logins", "salary"),
        np.arange(rows),
        moves,
        rng.normal(size=moves.shape),
        faithful,
        Estimate(0.87, 0.85, 0.89),
    )


def an_evidence(tested, *, groups=None, unknown_from=date(2026, 5, 1), definition=None, **card):
    """What is kept beside a model that was tested on these rows."""
    return Evidence(
        a_card(tested_as_of=tuple(sorted(set(tested["as_of"].to_pylist()))), **card),
        definition or {"name": "churn", "horizon": "90 days"},
        tested,
        unknown_from,
        groups if groups is not None else some_groups(tested),
    )
