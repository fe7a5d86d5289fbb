"""Other libraries' part of the comparison; it runs with the Python of an environment of its own.

scikit-uplift, causalml and econml hold other packages back and are large, so they live apart. Make
their environment once, then name its Python:

    uv venv /tmp/goodcall-benchmarks/effect
    uv pip install --python /tmp/goodcall-benchmarks/effect/bin/python \
        -r benchmarks/effect-requirements.in
    python -m benchmarks.effect --python /tmp/goodcall-benchmarks/effect/bin/python

`benchmarks.effect` starts this file as `python benchmarks/effect_peers.py FOLDER`, where FOLDER
holds scored.npz (gained, treated, score) and split.npz (matrix, treated, y, asked). Figures of the
scores by each library are printed as JSON, and what econml's learners say of `asked` is left beside
as econml.npz.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

from causalml.metrics import get_qini  # noqa: E402 - its imports warn
from econml.dr import LinearDRLearner  # noqa: E402
from econml.metalearners import TLearner, XLearner  # noqa: E402
from sklearn.linear_model import LinearRegression, LogisticRegression  # noqa: E402
from sklift.metrics import qini_auc_score, uplift_at_k, uplift_auc_score  # noqa: E402


def main(folder: Path) -> None:
    """Measure the scores with each library, and learn the split with econml's learners."""
    with np.load(folder / "scored.npz") as said:
        print(json.dumps(figures(said["gained"], said["treated"].astype(int), said["score"])))
    with np.load(folder / "split.npz") as said:
        effects = learned(said["matrix"], said["treated"].astype(int), said["y"], said["asked"])
    np.savez(folder / "econml.npz", **effects)


def figures(gained: np.ndarray, treated: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """Every figure that a library gives under a name of ours."""
    rows = pd.DataFrame({"gained": gained, "treated": treated, "score": score})
    curve = get_qini(rows, outcome_col="gained", treatment_col="treated", normalize=False)
    return {
        "qini": float(qini_auc_score(gained, score, treated)),
        "auuc": float(uplift_auc_score(gained, score, treated)),
        "uplift_10": float(uplift_at_k(gained, score, treated, strategy="overall", k=0.1)),
        "uplift_30": float(uplift_at_k(gained, score, treated, strategy="overall", k=0.3)),
        "curve_half": float(curve["score"].iloc[len(gained) // 2]),
    }


def learned(
    matrix: np.ndarray, treated: np.ndarray, y: np.ndarray, asked: np.ndarray
) -> dict[str, np.ndarray]:
    """What econml's learners with straight lines say of the rows asked."""
    makers = {
        "econml T": TLearner(models=LinearRegression()),
        "econml X": XLearner(models=LinearRegression()),
        "econml DR": LinearDRLearner(
            model_propensity=LogisticRegression(C=1e-6),
            model_regression=LinearRegression(),
            random_state=0,
        ),
    }
    for maker in makers.values():
        maker.fit(y, treated, X=matrix)
    return {name: maker.effect(asked).ravel() for name, maker in makers.items()}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
