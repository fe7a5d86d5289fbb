"""The gate: what opens it, and each single fault that closes it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from judged import DATES, a_tested, an_evidence, some_groups
from scipy.stats import spearmanr
from sklearn.metrics import log_loss, roc_auc_score

from goodcall.section import read_toml
from training import BadGates, default_gates, read_gates
from training.gates.gate import Candidate, judge
from training.gates.result import passed
from training.gates.settings import parse_gates

GATES = default_gates()


def against(challenger, champion, gates=GATES, *, size=900_000, scored=None):
    """The results by the gate's name, of folders of so many bytes."""
    sides = (Candidate(2, challenger, size), Candidate(1, champion, 800_000))
    return {each.gate: each for each in judge(*sides, gates, scored=scored)}


@pytest.fixture(scope="module")
def champion():
    return an_evidence(a_tested(2.0, seed=1))


@pytest.fixture(scope="module")
def better():
    return an_evidence(a_tested(0.5))


@pytest.fixture(scope="module")
def opened(champion, better):
    return against(better, champion)


def test_a_better_model_that_is_honest_fair_stable_and_small_passes(opened):
    """Every gate is open and tells its figure, its bound and its words in both languages."""
    assert passed(list(opened.values()))
    assert list(opened) == [
        *("same rows", "better", "log-loss", "calibration"),
        *("fairness tpr", "fairness ece", "agreement", "stability", "size", "growth"),
    ]
    for result in opened.values():
        assert result.figure is not None
        assert result.bound is not None
        assert result.words.en
        assert result.words.zh


def test_the_figures_are_those_of_the_same_rows(opened, champion, better):
    """AUC and log-loss differ by what scikit-learn says of both; agreement is Spearman's."""
    y = better.tested["y"].to_numpy()
    ours, theirs = (each.tested["probability"].to_numpy() for each in (better, champion))
    gain = roc_auc_score(y, ours) - roc_auc_score(y, theirs)
    assert opened["better"].figure == pytest.approx(gain)
    assert opened["log-loss"].figure == pytest.approx(log_loss(y, ours) - log_loss(y, theirs))
    assert opened["agreement"].figure == pytest.approx(spearmanr(ours, theirs).statistic)
    assert opened["same rows"].figure == y.sum()


def test_an_equal_model_does_not_replace_the_champion(champion):
    """A gain whose interval holds zero is no proof, and a model does not beat itself."""
    again = against(champion, champion)
    assert not again["better"].passed
    assert again["log-loss"].passed


def test_a_gain_that_may_be_luck_is_no_proof(champion):
    """Seeing a little better ranks a little better on these rows; that is not yet shown."""
    result = against(an_evidence(a_tested(1.8, seed=2)), champion)["better"]
    assert result.figure > 0
    assert not result.passed


def test_only_rows_that_both_were_tested_on_are_compared(champion):
    """A challenger of the next month meets the champion on the date that both tested."""
    later = (date(2026, 2, 1), date(2026, 3, 1))
    monthly = against(an_evidence(a_tested(0.5, dates=later)), champion)
    whole = against(an_evidence(a_tested(0.5, dates=later[:1])), champion)
    assert monthly["same rows"].passed
    assert monthly["better"] == whole["better"]
    assert "2026-02-01:" in monthly["same rows"].words.en


def test_without_rows_in_common_the_gate_says_from_when_it_can_compare(champion):
    """Nothing was shown, so it is closed, and what can be judged alone is judged."""
    later = an_evidence(a_tested(0.5, dates=(date(2026, 6, 1),)))
    results = against(later, champion)
    assert not results["same rows"].passed
    assert "compare on dates from then on" in results["same rows"].words.en
    assert "2026-05-01" in results["same rows"].words.en
    assert "better" not in results
    assert results["calibration"].passed


def test_the_champions_own_scores_count_once_it_can_know_nothing_of_the_outcomes(champion):
    """Given for all dates, only those a horizon after what it learned from are compared."""
    days = (date(2026, 2, 1), date(2026, 6, 1))
    ours = an_evidence(a_tested(0.5, dates=days))
    own = a_tested(2.0, dates=days, seed=7).select(["customer_id", "as_of", "probability"])
    results = against(ours, champion, scored=own)
    fresh = a_tested(0.5, dates=days[1:])
    theirs = a_tested(2.0, dates=days[1:], seed=7)
    gain = roc_auc_score(fresh["y"], fresh["probability"]) - roc_auc_score(
        fresh["y"], theirs["probability"]
    )
    assert results["better"].figure == pytest.approx(gain)
    assert "own scores" in results["same rows"].words.en


def test_a_base_rate_is_beaten_by_whoever_ranks(better):
    """Its rows were tested with scores that it does not give: everyone has its share."""
    nobody = an_evidence(a_tested(0.1), kind="base_rate", rows=1_000, positives=250)
    results = against(better, nobody)
    y, p = (better.tested[name].to_numpy() for name in ("y", "probability"))
    assert results["better"].figure == pytest.approx(roc_auc_score(y, p) - 0.5)
    assert results["agreement"].passed
    assert not against(nobody, better)["better"].passed


@pytest.mark.parametrize(
    ("gate", "challenger", "words"),
    [
        ("log-loss", {"twist": lambda told: 6 * told}, "it may rise by 0"),
        ("calibration", {"twist": lambda told: told + 0.7}, "allowed 0.02"),
    ],
)
def test_a_model_that_ranks_better_and_lies_is_held_back(champion, gate, challenger, words):
    """Stretched or shifted probabilities keep their AUC and close the gate of honesty."""
    results = against(an_evidence(a_tested(0.5, **challenger)), champion)
    assert results["better"].passed
    assert not results[gate].passed
    assert words in results[gate].words.en


def test_a_model_that_serves_a_group_worse_than_the_champion_is_held_back(champion, better):
    """Scoring women too low closes the gate, unless the champion does no better."""
    groups = some_groups(better.tested)
    women = (groups["sex"].to_numpy(zero_copy_only=False) == "F").astype(float)
    low = better.tested["probability"].to_numpy() * (1 - 0.6 * women)
    unfair = replace(
        better, tested=better.tested.set_column(3, "probability", pa.array(low)), groups=groups
    )
    results = against(unfair, champion)
    assert not results["fairness tpr"].passed
    assert not results["fairness ece"].passed
    assert "by sex" in results["fairness tpr"].words.en
    assert against(unfair, unfair)["fairness tpr"].passed


def test_without_groups_fairness_is_not_shown(champion, better):
    """A gate that cannot be judged is closed, and says what to do."""
    results = against(replace(better, groups=None), champion)
    assert not results["fairness"].passed
    assert "groups_of" in results["fairness"].words.en


def test_scores_that_drift_between_the_tested_dates_close_the_gate(champion):
    """The index is taken against the first tested date; one date alone has nothing to compare."""
    first, last = (a_tested(0.5, dates=(day,)) for day in DATES)
    high = last.set_column(3, "probability", pa.array(np.sqrt(last["probability"].to_numpy())))
    results = against(an_evidence(pa.concat_tables([first, high]).combine_chunks()), champion)
    assert not results["stability"].passed
    assert against(an_evidence(first), champion)["stability"].passed


@pytest.mark.parametrize(
    ("gates", "size", "gate"),
    [
        ({"rank_correlation": 0.99}, 900_000, "agreement"),
        ({"times_champion": 1_000.0}, 51_000_000, "size"),
        ({}, 4_100_000, "growth"),
        ({"positives": 5_000}, 900_000, "same rows"),
        ({"auc_gain": 0.5}, 900_000, "better"),
    ],
)
def test_every_bound_is_the_files(champion, better, gates, size, gate):
    """Another bound, or another folder, closes that gate and no other."""
    results = against(better, champion, replace(GATES, **gates), size=size)
    closed = [name for name, result in results.items() if not result.passed]
    assert closed == [gate]


def test_a_model_of_another_question_is_not_compared(champion, better):
    """Another horizon makes another label: nothing else is looked at."""
    other = replace(better, definition={"name": "churn", "horizon": "30 days"})
    results = against(other, champion)
    assert list(results) == ["same question"]
    assert "horizon differ" in results["same question"].words.en


def test_a_model_of_several_labels_is_judged_by_its_own_name(champion, better):
    """Rows of its other horizons do not enter; nor do their groups."""
    labels = ("churn:30d", "churn")
    parts = [
        table.append_column("label", pa.array([name] * table.num_rows))
        for name, table in zip(labels, (a_tested(3.0, seed=9), better.tested), strict=True)
    ]
    tested = pa.concat_tables(parts).combine_chunks()
    several = an_evidence(tested, labels=labels)
    assert against(several, champion) == against(better, champion)


def test_scores_in_cents_have_no_gate(champion, better):
    """They are not compared as if they were probabilities."""
    growth = replace(better, card=replace(better.card, unit="cents"))
    assert list(against(growth, champion)) == ["unit"]


def test_the_shipped_gates_say_every_bound_once():
    """Each field of Gates is a number of the shipped file, and reads back from a copy."""
    text = (
        "[rows]\npositives = 1\n[better]\nauc_gain = 0.01\nlog_loss_rise = 0.02\n"
        "[calibration]\nece = 0.03\n[fairness]\ntpr = 0.04\nece = 0.05\npositives = 2\n"
        "[stability]\npsi = 0.06\nrank_correlation = 0.07\n"
        "[size]\nmegabytes = 8\ntimes_champion = 9\n"
    )
    gates = parse_gates(text)
    assert [getattr(gates, name) for name in gates.__slots__] == [
        *(1, 0.01, 0.02, 0.03, 0.04, 0.05, 2, 0.06, 0.07, 8, 9)
    ]
    assert len(set(read_toml(text, "it", BadGates).said)) == 6


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("ece = 0.02", "ece = 2", r"line \d+ \[calibration\]: ece is 2"),
        ("psi = 0.25", "pis = 0.25", r"\[stability\]: psi is missing"),
        ("positives = 50", "positives = 0", "write a whole number"),
        ("[size]", "[sizes]", "size is missing"),
        ("auc_gain = 0.0", "auc_gain = 0.0\nextra = 1", "'extra' is unknown"),
    ],
)
def test_a_mistake_in_the_gates_is_answered_with_its_line(tmp_path, before, after, message):
    """The file's name, the line, what is wrong and what is allowed."""
    from importlib.resources import files  # noqa: PLC0415

    text = (files("training.gates") / "gates.toml").read_text(encoding="utf-8")
    assert before in text
    file = tmp_path / "own.toml"
    file.write_text(text.replace(before, after, 1))
    with pytest.raises(BadGates, match=message) as refused:
        read_gates(file)
    assert str(file) in str(refused.value)
