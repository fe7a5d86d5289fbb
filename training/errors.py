"""What can be wrong with what a model is to learn from, and with the register of models.

TrainingError
    BadLabel            a label's definition or the cohort it is asked for makes no sense
    BadTrainingSet      features and labels cannot be learned from
        TooFewRows      hardly any row has a label
        OneClass        every row has the same outcome
        MissingColumn   a column of the catalogue is missing, or holds nothing at all
        ForbiddenColumn a column tells what came after, or what must never enter a model
        Leak            one feature alone nearly tells the outcome
    RegistryError       the register of models lacks what is asked, or did not keep what it was told
"""

from goodcall.errors import GoodcallError


class TrainingError(GoodcallError):
    """Something about what a model is to learn from, or about the register of models."""


class BadLabel(TrainingError):
    """A label's definition, or the cohort it is asked for, makes no sense."""


class BadTrainingSet(TrainingError):
    """Features and labels cannot be learned from."""


class TooFewRows(BadTrainingSet):
    """Hardly any row has a label."""


class OneClass(BadTrainingSet):
    """Every row has the same outcome."""


class MissingColumn(BadTrainingSet):
    """A column of the catalogue is missing, or holds nothing at all."""


class ForbiddenColumn(BadTrainingSet):
    """A column tells what came after, or what must never enter a model."""


class Leak(BadTrainingSet):
    """One feature alone nearly tells the outcome."""


class RegistryError(TrainingError):
    """The register of models lacks what is asked, or did not keep what it was told."""
