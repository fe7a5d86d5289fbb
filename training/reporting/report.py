"""A model's report: one page that a committee can read, print and file, with nothing outside it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from goodcall.language import Language
from models.card import Card, Estimate
from training.evaluation.by_group import Attribute, evaluate_groups, listed_rows
from training.evaluation.calibration import Reliability, reliability
from training.evaluation.curves import Gain, Month, gain, months
from training.evaluation.evaluate import evaluate
from training.gates.evidence import Evidence, Tested, main_label, measured
from training.gates.result import GateResult

_SEED = 1


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """All that a report tells of a model.

    `figures` are by contender: `model` first, then its rivals on the same rows. Without tested rows
    it has the card's figures alone, and no curves. `capacity` is the rows of a date's list, None
    for a tenth.
    """

    card: Card
    judged_by: str | None
    figures: Mapping[str, Mapping[str, Estimate]]
    reliability: Reliability | None
    curves: Mapping[str, Gain]
    months: tuple[Month, ...]
    groups: tuple[Attribute, ...]
    pictures: Mapping[str, str]
    capacity: int | None
    version: int | None = None
    role: str = ""
    gates: tuple[GateResult, ...] = ()


def report_facts(
    evidence: Evidence,
    *,
    version: int | None = None,
    role: str = "",
    gates: tuple[GateResult, ...] = (),
) -> ReportFacts:
    """What a model's evidence comes to; equal evidence gives equal facts."""
    card, rows = evidence.card, measured(evidence)
    return ReportFacts(
        card,
        main_label(card),
        _figures(rows, evidence) if rows else {"model": card.metrics, "baseline": card.baseline},
        reliability(rows.y, rows.probability) if rows else None,
        _curves(rows) if rows else {},
        months(rows.y, rows.probability, rows.customer_id, rows.as_of, _SEED) if rows else (),
        _groups(rows, evidence.use.capacity) if rows else (),
        evidence.pictures,
        evidence.use.capacity,
        version,
        role,
        gates,
    )


def report_html(facts: ReportFacts, language: Language) -> str:
    """The report as one HTML file in one language; equal facts give equal bytes."""
    # Matplotlib takes a while to load, and most of this room draws nothing.
    from training.reporting.page import page  # noqa: PLC0415

    return page(facts, language)


def _figures(rows: Tested, evidence: Evidence) -> dict[str, dict[str, Estimate]]:
    """The figures of every contender, over the same draws of customers."""
    return {
        name: evaluate(
            rows.y,
            probability,
            rows.customer_id,
            np.random.default_rng(_SEED),
            as_of=rows.as_of,
            use=evidence.use,
        )
        for name, probability in _contenders(rows).items()
    }


def _curves(rows: Tested) -> dict[str, Gain]:
    return {name: gain(rows.y, scores) for name, scores in _contenders(rows).items()}


def _contenders(rows: Tested) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    return {"model": rows.probability, **rows.rivals}


def _groups(rows: Tested, capacity: int | None) -> tuple[Attribute, ...]:
    if rows.groups is None:
        return ()
    listed = listed_rows(rows.y, rows.probability, rows.customer_id, rows.as_of, capacity)
    return evaluate_groups(listed, rows.groups, _SEED)
