"""What was learned: probabilities, their reasons, and what a customer is worth."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from models.batch import score_batches, scored_schema, thresholds_of
    from models.calibration import Platt, expected_calibration_error
    from models.card import Card, Estimate
    from models.champion import Champion, load_champions, read_champions, stamp
    from models.contact import Effects, effects_of
    from models.errors import BrokenModel, InSample, ModelError, NoChampion, WrongFeatures
    from models.explain import reasons_of
    from models.matrix import matrix_of
    from models.model import Model, load_model, save_model
    from models.score import Explanation, TableExplainer, explain_row, score_row, score_table
    from models.scorer import Scorer

__all__ = [
    "BrokenModel",
    "Card",
    "Champion",
    "Effects",
    "Estimate",
    "Explanation",
    "InSample",
    "Model",
    "ModelError",
    "NoChampion",
    "Platt",
    "Scorer",
    "TableExplainer",
    "WrongFeatures",
    "effects_of",
    "expected_calibration_error",
    "explain_row",
    "load_champions",
    "load_model",
    "matrix_of",
    "read_champions",
    "reasons_of",
    "save_model",
    "score_batches",
    "score_row",
    "score_table",
    "scored_schema",
    "stamp",
    "thresholds_of",
]

rooms.open_on_demand(__name__)
