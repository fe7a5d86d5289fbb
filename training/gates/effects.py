"""Whether a challenger that tells effects may become champion.

An effect is seen in nobody alone, so nothing but its order is judged, on contacts that a lot drew:
what it learned must have proved itself on unseen rows, and it must rank better than the champion.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from goodcall.language import Text
from training.effects.uplift import Ranking, Scored, Trial, qini_difference, random_band
from training.gates.evidence import Evidence
from training.gates.result import GateResult
from training.gates.settings import Gates

_SEED = 1
_KEYS = ["customer_id", "as_of", "label"]


@dataclass(frozen=True, slots=True, eq=False)
class _Both:
    """The lot's rows that both versions were tested on, with the effects that each told of them.

    Effects are turned so that more is better; those of several tests of a row are their mean.
    """

    trial: Trial
    ours: Scored
    theirs: Scored


def judge_effects(ours: Evidence, theirs: Evidence, gates: Gates) -> tuple[GateResult, ...]:
    """The gates of a challenger that tells effects, against the champion's own tested rows."""
    both = _both(ours, theirs)
    told = int(both.trial.gained.sum())
    if not ours.card.params["wanted"]:
        told = len(both.trial.gained) - told
    results = [_signal(ours), _same_rows(len(both.trial.gained), told, gates)]
    if results[-1].passed:
        results.append(_ranks_better(ours, theirs, both))
    return tuple(results)


def _signal(ours: Evidence) -> GateResult:
    """A learned effect proved itself; the average effect claims nothing that it had to prove."""
    figures = ours.card.metrics
    qini, band, over = (figures[name] for name in ("qini", "qini_random", "qini_over_response"))
    said = f"Qini {qini.value:.4f}, {band.low:.4f} – {band.high:.4f}"
    if not ours.card.params["signal"]:
        words = Text(
            f"no signal: the average effect is told, which claims nothing ({said} at random)",
            f"无信号:给出平均效果,无需证明({said}为随机区间)",
        )
        return GateResult("signal", passed=True, words=words, figure=qini.value, bound=band.high)
    lead = f"{over.value:+.4f} [{over.low:+.4f}, {over.high:+.4f}]"
    words = Text(
        f"{said} at random; over the chance times the average, paired: {lead}; it must lie above "
        "both",
        f"{said}为随机区间;较概率乘以平均效果(配对):{lead};须高于两者",
    )
    open_ = qini.value > band.high and over.low > 0
    return GateResult("signal", open_, words, qini.value, band.high)


def _same_rows(rows: int, outcomes: int, gates: Gates) -> GateResult:
    enough = gates.positives <= outcomes < rows
    words = Text(
        f"{rows:,} contacts of the lot with {outcomes:,} outcomes that both were tested on, each "
        f"before it learned from them; {gates.positives:,} are needed",
        f"双方均在学习前测试过的随机联系{rows:,}条,结果{outcomes:,}个;至少需{gates.positives:,}个",
    )
    return GateResult("same rows", enough, words, float(outcomes), float(gates.positives))


def _ranks_better(ours: Evidence, theirs: Evidence, both: _Both) -> GateResult:
    """The lower end of the paired gain lies above zero.

    A champion that shows no signal on these rows any more gives way to the average effect, which
    is what stands where nothing is known.
    """
    rng = np.random.default_rng(_SEED)
    gain = qini_difference(both.trial, [both.ours], [both.theirs], rng)
    said = f"{gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
    falls_back = theirs.card.params["signal"] and not ours.card.params["signal"]
    if falls_back and not _shows(both):
        words = Text(
            f"the champion's effect shows no signal on these rows; the average takes its place "
            f"(Qini over the champion's: {said})",
            f"冠军模型的效果在这些样本上已无信号,由平均效果取代(Qini较冠军:{said})",
        )
        return GateResult("better", passed=True, words=words, figure=gain.value, bound=0.0)
    words = Text(
        f"Qini over the champion's, paired: {said}; the lower end must exceed 0",
        f"Qini较冠军(配对):{said};下限须大于0",
    )
    return GateResult("better", gain.low > 0, words, gain.value, 0.0)


def _shows(both: _Both) -> bool:
    """Whether the champion ranks the rows better than random scores do."""
    reached = Ranking(both.trial, both.theirs.score).qini(np.ones(len(both.trial.gained)))
    return reached > random_band(both.trial, [both.theirs], np.random.default_rng(_SEED)).high


def _both(ours: Evidence, theirs: Evidence) -> _Both:
    mine, other = (_by_row(each.tested) for each in (ours, theirs))
    other = other.select([*_KEYS, "used_mean"]).rename_columns([*_KEYS, "theirs"])
    rows = mine.join(other, _KEYS, join_type="inner").sort_by([(key, "ascending") for key in _KEYS])
    sign = 1 if ours.card.params["wanted"] else -1
    y = rows["y_max"].to_numpy().astype(np.int8)
    trial = Trial(
        y if sign > 0 else (1 - y).astype(np.int8),
        rows["treated_max"].to_numpy(zero_copy_only=False),
        rows["chance_mean"].to_numpy(),
        rows["customer_id"].to_numpy(),
    )
    every = np.arange(rows.num_rows)
    return _Both(
        trial,
        Scored(every, sign * rows["used_mean"].to_numpy()),
        Scored(every, sign * rows["theirs"].to_numpy()),
    )


def _by_row(tested: pa.Table) -> pa.Table:
    """Each contact once, with the mean of what its tests told."""
    return tested.group_by(_KEYS).aggregate(
        [("y", "max"), ("treated", "max"), ("chance", "mean"), ("used", "mean")]
    )
