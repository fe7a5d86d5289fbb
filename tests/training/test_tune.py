"""Tuning: a study outlives its process, and never does worse than the parameters it began with."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState
from small_sets import rows_and_folds

from models.booster import default_params, grow
from training.fit import Settings, shapes
from training.tune import tune

ROOT = Path(__file__).parents[2]
START = default_params(300, 60, 1)

# A process that dies, with a third trial running, once two trials are done.
KILLED = """
import os, signal, sys
from pathlib import Path
import training.tune as tuning
from small_sets import rows_and_folds
from models.booster import default_params
from training.fit import Settings
grow, calls = tuning.grow, []
def dying(*given, **options):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return grow(*given, **options)
tuning.grow = dying
data, folds = rows_and_folds()
tuning.tune(data, folds, default_params(300, 60, 1), Settings(1, 5, Path(sys.argv[1])))
"""


def trials_of(file):
    (name,) = optuna.get_all_study_names(f"sqlite:///{file}")
    return optuna.load_study(study_name=name, storage=f"sqlite:///{file}").trials


def test_the_answer_is_never_worse_than_the_start():
    """The first trial is what was given, and the lowest loss over the folds wins."""
    data, folds = rows_and_folds()
    found = tune(data, folds, START, Settings(1, 6))
    assert set(START) <= set(found)
    ours = grow(data.matrix, data.y, found, folds).loss
    assert ours <= grow(data.matrix, data.y, START, folds).loss + 1e-12


@pytest.mark.parametrize(("rows", "shape"), [(300, 1), *((2_400, shape) for shape in range(5))])
def test_a_search_can_begin_at_every_shape(rows, shape):
    """Each shape of trees is within the bounds of the search, so it is the first trial."""
    data, folds = rows_and_folds(rows=rows)
    start = shapes(data, 1)[shape]
    found = tune(data, folds, start, Settings(1, 1))
    assert {name: found[name] for name in start} == start


def test_every_trial_is_told():
    """Progress hears each trial that ends, and how many there are to be."""
    heard = []
    data, folds = rows_and_folds()
    tune(data, folds, START, Settings(1, 4, step=lambda *told: heard.append(told)))
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.slow
def test_hopeless_trials_are_cut_short(tmp_path):
    """Some of many trials end before their trees stopped learning, and none of these wins."""
    data, folds = rows_and_folds()
    file = tmp_path / "study.db"
    tune(data, folds, START, Settings(1, 16, file))
    trials = trials_of(file)
    cut = [trial for trial in trials if trial.state == TrialState.PRUNED]
    assert len(trials) == 16
    assert cut
    best = min(t.value for t in trials if t.state == TrialState.COMPLETE)
    assert min(min(trial.intermediate_values.values()) for trial in cut) > best


@pytest.mark.slow
def test_a_killed_study_goes_on_where_it_stopped(tmp_path):
    """After a kill what was done stands, what ran has failed, and the rest follows."""
    file = tmp_path / "deep" / "study.db"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(file)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "tests"},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    states = [trial.state for trial in trials_of(file)]
    assert states == [TrialState.COMPLETE, TrialState.COMPLETE, TrialState.RUNNING]
    before = [trial.params for trial in trials_of(file)[:2]]
    data, folds = rows_and_folds()
    tune(data, folds, START, Settings(1, 5, file))
    after = trials_of(file)
    assert [trial.params for trial in after[:2]] == before
    assert after[2].state == TrialState.FAIL
    finished = [t for t in after if t.state in {TrialState.COMPLETE, TrialState.PRUNED}]
    assert len(finished) == 5
    assert len({tuple(trial.params.values()) for trial in finished}) == 5


def test_other_rows_begin_another_study(tmp_path):
    """A study is taken up for the same rows, outcomes and folds alone."""
    file = tmp_path / "study.db"
    for seed in (0, 1, 0):
        data, folds = rows_and_folds(seed)
        tune(data, folds, START, Settings(1, 2, file))
    names = optuna.get_all_study_names(f"sqlite:///{file}")
    assert len(names) == 2
    assert all(name.startswith("buys:fund ") for name in names)
