"""The buy-till-you-die models' part of the comparison, in the Python of an environment of its own.

    uv venv /tmp/goodcall-benchmarks/lifetimes
    uv pip install --python /tmp/goodcall-benchmarks/lifetimes/bin/python \
        -r benchmarks/lifetimes-requirements.in
    python -m benchmarks.hazard cdnow FOLDER_OF_CDNOW /tmp/goodcall-benchmarks/lifetimes/bin/python

`hazard` starts this file as `lifetimes_peer.py PURCHASES AS_OF WEEKS OUT`, where PURCHASES is a
Parquet file with customer_id and day, all before AS_OF. OUT is written with a column a model: the
probability of a purchase within so many weeks, taken from the expected number as of a Poisson law,
which the AUC does not depend on.
"""

import sys
from datetime import date

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data

MODELS = {
    "BG/NBD": BetaGeoFitter,
    "MBG/NBD": ModifiedBetaGeoFitter,
    "Pareto/NBD": ParetoNBDFitter,
}
DAYS = 7


def main(purchases: str, as_of: date, weeks: int, out: str) -> None:
    """Fit each model to the purchases before a day and write what it expects after it."""
    bought = pd.read_parquet(purchases)
    said = summary_data_from_transaction_data(
        bought, "customer_id", "day", observation_period_end=pd.Timestamp(as_of), freq="D"
    )
    recency, age = said["recency"] / DAYS, said["T"] / DAYS
    found = {"customer_id": said.index.to_numpy()}
    for name, fitter in MODELS.items():
        model = fitter(penalizer_coef=0.0)
        model.fit(said["frequency"], recency, age)
        expected = model.conditional_expected_number_of_purchases_up_to_time(
            weeks, said["frequency"], recency, age
        )
        found[name] = -np.expm1(-np.asarray(expected))
    pd.DataFrame(found).to_parquet(out)


if __name__ == "__main__":
    main(sys.argv[1], date.fromisoformat(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
