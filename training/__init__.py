"""How models are learned and measured, and the register of what was learned.

MLflow and Optuna are imported when a register or a tuning is asked for, not with this room.
"""

from training.dataset import TrainingSet, absent_columns, training_set
from training.definition import ChurnLabel, Definition, Horizon, PurchaseLabel
from training.errors import (
    BadLabel,
    BadTrainingSet,
    ForbiddenColumn,
    Leak,
    MissingColumn,
    OneClass,
    RegistryError,
    TooFewRows,
    TrainingError,
)
from training.evaluate import auc_difference, evaluate
from training.labels import LabelTable, label
from training.registry import Registered, list_models, promote, register, show_model
from training.settings import default_labels, parse_labels, read_labels
from training.train import Trained, train

__all__ = [
    "BadLabel",
    "BadTrainingSet",
    "ChurnLabel",
    "Definition",
    "ForbiddenColumn",
    "Horizon",
    "LabelTable",
    "Leak",
    "MissingColumn",
    "OneClass",
    "PurchaseLabel",
    "Registered",
    "RegistryError",
    "TooFewRows",
    "Trained",
    "TrainingError",
    "TrainingSet",
    "absent_columns",
    "auc_difference",
    "default_labels",
    "evaluate",
    "label",
    "list_models",
    "parse_labels",
    "promote",
    "read_labels",
    "register",
    "show_model",
    "train",
    "training_set",
]
