"""How models are learned and measured, and the register of what was learned.

MLflow and Optuna are imported when a register or a tuning is asked for, not with this room.
"""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from training.dataset import TrainingSet, absent_columns, training_set
    from training.definitions.definition import (
        ChurnLabel,
        Definition,
        EffectLabel,
        Horizon,
        PurchaseLabel,
    )
    from training.definitions.settings import default_labels, parse_labels, read_labels
    from training.effects.contacts import cohort_of, lot_of
    from training.effects.figures import Figure, figures_of
    from training.errors import (
        BadCampaign,
        BadGates,
        BadGroups,
        BadLabel,
        BadTrainingSet,
        ForbiddenColumn,
        GateClosed,
        Leak,
        MissingColumn,
        NotRandomised,
        OneClass,
        RegistryError,
        TooFewRows,
        TrainingError,
    )
    from training.evaluation.evaluate import Use, auc_difference, evaluate
    from training.evaluation.groups import groups_of
    from training.evaluation.profit import Campaign
    from training.gates.evidence import Evidence
    from training.gates.promote import (
        champion_scores,
        judge_version,
        promote,
        rollback,
        unknown_dates,
    )
    from training.gates.promotions import Promotion, read_promotions
    from training.gates.result import GateResult
    from training.gates.settings import Gates, default_gates, read_gates
    from training.labels import LabelTable, label
    from training.registry.read import Registered, evidence_of, list_models, show_model
    from training.registry.register import register
    from training.reporting.report import report_facts, report_html
    from training.train import train
    from training.trained import Trained

__all__ = [
    "BadCampaign",
    "BadGates",
    "BadGroups",
    "BadLabel",
    "BadTrainingSet",
    "Campaign",
    "ChurnLabel",
    "Definition",
    "EffectLabel",
    "Evidence",
    "Figure",
    "ForbiddenColumn",
    "GateClosed",
    "GateResult",
    "Gates",
    "Horizon",
    "LabelTable",
    "Leak",
    "MissingColumn",
    "NotRandomised",
    "OneClass",
    "Promotion",
    "PurchaseLabel",
    "Registered",
    "RegistryError",
    "TooFewRows",
    "Trained",
    "TrainingError",
    "TrainingSet",
    "Use",
    "absent_columns",
    "auc_difference",
    "champion_scores",
    "cohort_of",
    "default_gates",
    "default_labels",
    "evaluate",
    "evidence_of",
    "figures_of",
    "groups_of",
    "judge_version",
    "label",
    "list_models",
    "lot_of",
    "parse_labels",
    "promote",
    "read_gates",
    "read_labels",
    "read_promotions",
    "register",
    "report_facts",
    "report_html",
    "rollback",
    "show_model",
    "train",
    "training_set",
    "unknown_dates",
]

rooms.open_on_demand(__name__)
