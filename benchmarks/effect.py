"""The effect of a contact on real data: Hillstrom's randomised e-mails, beside other libraries.

For each e-mail against none, 4x2-fold, learners are chosen within the rows that teach, and the
Qini of what they say of unseen rows is printed with its interval, beside what random scores reach
and what a plain response model reaches. With --python the figures of one split are held against
scikit-uplift's and causalml's, and econml's learners stand beside ours.

    python -m benchmarks.effect
    python -m benchmarks.effect --python /tmp/goodcall-benchmarks/effect/bin/python
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.features import PeersDisagree
from models.card import Estimate
from training.effects.effect import EffectLearned, EffectSettings, learn_effect
from training.effects.flat import flat_effect_set, read_flat_contact
from training.effects.learners import LEARNERS, folds_of, said_of
from training.effects.lot import EffectSet
from training.effects.uplift import MEASURES, Ranking, qini_curve
from training.flat.flat import read_flat
from training.flat.spec import read_flat_spec

_DATA = Path(os.environ.get("GOODCALL_PUBLIC_DATA", "../shared/data"))
_SETTINGS = Path(str(files("banks") / "settings"))
_CLOSE = 1e-9
# Within equal scores other libraries cut by order, ours evenly.
_NEAR = 0.002


def main() -> None:
    """Print what the lot teaches of each e-mail; with --python compare one split instead."""
    said = _arguments()
    sets = {name: _effect_set(name) for name in ("womens", "mens")}
    if said.python is not None:
        _compare(said.python, sets["womens"])
        return
    for name, data in sets.items():
        begun = time.perf_counter()
        settings = EffectSettings(said.seed, learners=tuple(said.learners))
        _report(name, data, learn_effect(data, settings), time.perf_counter() - begun)


def _effect_set(name: str) -> EffectSet:
    (file,) = (_DATA / "hillstrom").glob("*.csv.gz")
    flat = read_flat(file, read_flat_spec(_SETTINGS / "hillstrom.toml"))
    return flat_effect_set(flat, read_flat_contact(_SETTINGS / f"hillstrom-{name}.toml"))


def _report(name: str, data: EffectSet, learned: EffectLearned, seconds: float) -> None:
    gate = learned.gate
    print(f"{name}: {len(data.y):,} rows, {data.y.sum():,} visits, {learned.measured.en}")
    for measure, figure in learned.metrics.items():
        print(f"  {measure:<20} {_words(figure)}   response {_words(learned.response[measure])}")
    print(f"  {'random scores':<20} [{gate.random.low:+.4f}, {gate.random.high:+.4f}]")
    print(f"  {'over response':<20} {_words(gate.over_response)}")
    (average,) = learned.averages
    print(f"  {'average effect':<20} {_words(average.difference)}  ratio {_words(average.ratio)}")
    print(f"  learners of the tests: {', '.join(learned.chosen)}")
    print(f"  gate: {learned.learner} ({seconds:.0f} s)")


def _compare(python: Path, data: EffectSet) -> None:
    """One split of two halves: our figures against theirs, our learners beside econml's."""
    teach, test = folds_of(data, 2, 0)[0]
    part, asked = data.of(teach), data.of(test)
    trial = asked.trial()
    score = said_of(asked, LEARNERS["S-learner, lines"](part, 0))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        np.savez(folder / "scored.npz", gained=trial.gained, treated=trial.treated, score=score)
        np.savez(
            folder / "split.npz",
            matrix=part.matrix,
            treated=part.treated,
            y=part.y,
            asked=asked.matrix,
        )
        peer = Path(__file__).with_name("effect_peers.py")
        done = subprocess.run(  # noqa: S603 - the Python that the caller names
            [python, peer, folder], check=True, capture_output=True, text=True
        )
        with np.load(folder / "econml.npz") as said:
            others = dict(said)
    _agree(asked, score, json.loads(done.stdout.splitlines()[-1]))
    for name, said in {**_learned(part, asked), **others}.items():
        print(f"{name:<28} Qini {Ranking(trial, said).qini(np.ones(len(test))):.4f}")


def _agree(asked: EffectSet, score: NDArray[np.float64], theirs: dict[str, float]) -> None:
    """Print both sides' figures of the same scores; PeersDisagree when they are not the same."""
    trial = asked.trial()
    ours = dict(zip(MEASURES, Ranking(trial, score).figures(np.ones(len(score))), strict=True))
    curve = qini_curve(trial, score)
    ours["curve_half"] = np.interp(len(score) // 2, curve.reached, curve.gained)
    for name, value in ours.items():
        print(f"{name:<28} ours {value:.6f}   theirs {theirs[name]:.6f}")
        near = _NEAR if name.startswith("uplift") else _CLOSE
        if abs(value - theirs[name]) > near * max(1.0, abs(value)):
            raise PeersDisagree(f"{name} is {value} by us and {theirs[name]} by the others")


def _learned(part: EffectSet, asked: EffectSet) -> dict[str, NDArray[np.float64]]:
    return {name: said_of(asked, learner(part, 0)) for name, learner in LEARNERS.items()}


def _words(figure: Estimate) -> str:
    return f"{figure.value:+.4f} [{figure.low:+.4f}, {figure.high:+.4f}]"


def _arguments() -> argparse.Namespace:
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--python", type=Path, help="the Python of the other libraries")
    said.add_argument("--seed", type=int, default=0)
    said.add_argument("--learners", nargs="+", choices=tuple(LEARNERS), default=tuple(LEARNERS))
    return said.parse_args()


if __name__ == "__main__":
    main()
