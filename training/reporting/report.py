"""A model's report: one page that a committee can read, print and file, with nothing outside it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from goodcall.language import Language, Text
from models.card import Card, Estimate
from training.evaluation.bootstrap import Floats
from training.evaluation.by_group import Attribute, evaluate_groups, listed_rows
from training.evaluation.calibration import Reliability, reliability
from training.evaluation.curves import Gain, Month, gain, gain_band, months
from training.evaluation.evaluate import (
    RANKING,
    auc_difference,
    evaluate,
    lift_difference,
    list_words,
    log_loss_difference,
)
from training.evaluation.explained import Explained
from training.evaluation.tenths import Tenth, tenths
from training.gates.evidence import Evidence, Tested, main_label, main_rows, measured
from training.gates.result import GateResult
from training.reporting.effect_facts import EffectFacts, effect_facts

RULE = "rule"
_SEED = 1
_RULE_FEATURE = "inactive_90d"


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """All that a report tells of a model.

    `figures` are by contender: `model` first, then its rivals on the same rows; `gains` say by how
    much the model is above each rival, drawn in pairs. Without tested rows it has the card's
    figures alone, and no curves. `band` holds the ends of the model's gain curve, `lists` says how
    long a list is, `ruled_out` why the rule of thumb does not stand beside the model, and `warned`
    of how many tested rows it warns.
    """

    card: Card
    judged_by: str | None
    figures: Mapping[str, Mapping[str, Estimate]]
    gains: Mapping[str, Mapping[str, Estimate]]
    reliability: Reliability | None
    curves: Mapping[str, Gain]
    band: tuple[Floats, Floats] | None
    months: tuple[Month, ...]
    groups: tuple[Attribute, ...]
    tenths: tuple[Tenth, ...]
    explained: Explained | None
    lists: Text | None
    ruled_out: Text | None
    warned: int
    version: int | None = None
    role: str = ""
    gates: tuple[GateResult, ...] = ()
    effect: EffectFacts | None = None


def report_facts(
    evidence: Evidence,
    *,
    version: int | None = None,
    role: str = "",
    gates: tuple[GateResult, ...] = (),
) -> ReportFacts:
    """What a model's evidence comes to; equal evidence gives equal facts."""
    card, rows = evidence.card, measured(evidence)
    own = {"model": card.metrics, "baseline": card.baseline}
    told = (rows.y, rows.probability, rows.customer_id) if rows else None
    return ReportFacts(
        card=card,
        judged_by=main_label(card),
        figures=_figures(rows, evidence) if rows else own,
        gains=_gains(rows) if rows else {},
        reliability=reliability(rows.y, rows.probability) if rows else None,
        curves=_curves(rows) if rows else {},
        band=gain_band(*told, _SEED) if told else None,
        months=months(*told, rows.as_of, _SEED) if rows and told else (),
        groups=_groups(rows, evidence.use.capacity) if rows else (),
        tenths=_tenths(evidence),
        explained=evidence.explained,
        lists=_lists(evidence),
        ruled_out=_ruled_out(evidence),
        warned=int(rows.rivals[RULE].sum()) if rows and RULE in rows.rivals else 0,
        version=version,
        role=role,
        gates=gates,
        effect=effect_facts(evidence) if card.kind == "effect" else None,
    )


def report_html(facts: ReportFacts, language: Language) -> str:
    """The report as one HTML file in one language; equal facts give equal bytes."""
    # Matplotlib takes a while to load, and most of this room draws nothing.
    from training.reporting.page import page  # noqa: PLC0415

    return page(facts, language)


def _figures(rows: Tested, evidence: Evidence) -> dict[str, dict[str, Estimate]]:
    """The figures of every contender, over the same draws of customers.

    A rule gives no probabilities, so it has none of the figures of their honesty.
    """
    found = {
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
    if RULE in found:
        found[RULE] = {name: found[RULE][name] for name in RANKING if name in found[RULE]}
    if evidence.card.kind != "base_rate":
        # What rows of one label cannot tell stands on the card: an index of order, MAP@7.
        found["model"] = {**evidence.card.metrics, **found["model"]}
        if "baseline" in found:
            found["baseline"] = {**evidence.card.baseline, **found["baseline"]}
    return found


def _gains(rows: Tested) -> dict[str, dict[str, Estimate]]:
    """By how much the model's figures are above those of each rival."""
    found: dict[str, dict[str, Estimate]] = {}
    for name, theirs in rows.rivals.items():
        measures = {"auc": auc_difference, "lift_10": lift_difference}
        if name != RULE:
            measures["log_loss"] = log_loss_difference
        pair = (rows.y, rows.probability, theirs, rows.customer_id)
        found[name] = {
            figure: measure(*pair, np.random.default_rng(_SEED))
            for figure, measure in measures.items()
        }
    return found


def _curves(rows: Tested) -> dict[str, Gain]:
    return {name: gain(rows.y, scores) for name, scores in _contenders(rows).items()}


def _contenders(rows: Tested) -> dict[str, Floats]:
    return {"model": rows.probability, **rows.rivals}


def _groups(rows: Tested, capacity: int | None) -> tuple[Attribute, ...]:
    if rows.groups is None:
        return ()
    listed = listed_rows(rows.y, rows.probability, rows.customer_id, rows.as_of, capacity)
    return evaluate_groups(listed, rows.groups, _SEED)


def _tenths(evidence: Evidence) -> tuple[Tenth, ...]:
    """What came in cents beside what was expected, where a model tells cents."""
    tested = evidence.tested
    if evidence.card.unit != "cents" or not tested.num_rows:
        return ()
    columns = [tested[name].to_numpy() for name in ("cents", "expected_cents", "customer_id")]
    return tenths(columns[0].astype(np.float64), columns[1], columns[2], _SEED)


def _lists(evidence: Evidence) -> Text | None:
    """How long the lists are of which precision, or growth, is told."""
    if not evidence.tested.num_rows or evidence.card.unit == "difference":
        return None
    as_of = main_rows(evidence)["as_of"] if evidence.card.unit == "probability" else None
    days = evidence.tested["as_of"] if as_of is None else as_of
    return list_words(days.to_numpy().astype("datetime64[D]"), evidence.use)


def _ruled_out(evidence: Evidence) -> Text | None:
    """Why the rule of thumb does not stand beside the model; None where it does."""
    tested = evidence.tested
    if RULE not in tested.column_names and evidence.card.unit == "probability":
        return Text(
            "An earlier release registered this version without the rule's answers; train and "
            "register it again to compare.",
            "该版本由较早的软件版本登记,未保存规则的结果;请重新训练并登记后再比较。",
        )
    if RULE in tested.column_names and tested.num_rows and not tested[RULE].null_count:
        return None
    if not tested.num_rows:
        return Text(
            "Nothing was tested, so the rule has no figures.", "没有测试数据,因此规则没有指标。"
        )
    if _RULE_FEATURE not in evidence.card.features:
        return Text(
            f"The catalogue has no {_RULE_FEATURE}, from which the rule is told.",
            f"特征目录中没有规则所需的{_RULE_FEATURE}。",
        )
    return Text(
        "The rule foretells leaving; it says nothing of this outcome and does not apply.",
        "该规则用于预测流失,与本目标无关,不适用。",
    )
