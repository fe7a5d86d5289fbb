"""What can be wrong with what a model is to learn from, and with the register of models.

TrainingError
    BadLabel            a label's definition or the cohort it is asked for makes no sense
    BadTrainingSet      features and labels cannot be learned from
        TooFewRows      hardly any row has a label
        OneClass        every row has the same outcome
        MissingColumn   a column of the catalogue is missing, or holds nothing at all
        ForbiddenColumn a column tells what came after, or what must never enter a model
        MissingMonth    a month of the bank's facts is missing
        Leak            one feature nearly tells the outcome, or outcomes drawn by lot are told
        NotRandomised   contacts that no lot drew, from which no effect can be learned
        BadFlatSpec     a flat file's configuration does not read
    BadCampaign         a retention campaign's figures make no sense
    BadGroups           the groups of customers are not those of the tested rows
    BadGates            what a challenger must show is not written as it must be
    RegistryError       the register of models lacks what is asked, or did not keep what it was told
        GateClosed      a challenger did not show what it must to become champion
"""

from goodcall.errors import GoodcallError
from training.gates.result import GateResult


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


class MissingMonth(BadTrainingSet):
    """A month of the bank's facts is missing."""


class Leak(BadTrainingSet):
    """One feature alone nearly tells the outcome, or outcomes drawn by lot are told."""


class BadFlatSpec(BadTrainingSet):
    """A flat file's configuration does not read."""


class NotRandomised(BadTrainingSet):
    """Contacts were not drawn by lot, so that no effect can be learned from them."""


class RegistryError(TrainingError):
    """The register of models lacks what is asked, or did not keep what it was told."""


class BadCampaign(TrainingError):
    """A retention campaign's figures make no sense."""


class BadGroups(TrainingError):
    """The groups of customers are not those of the tested rows."""


class BadGates(TrainingError):
    """What a challenger must show is not written as it must be."""


class GateClosed(RegistryError):
    """A challenger did not show what it must to become champion; `results` are every gate's."""

    def __init__(self, words: str, results: tuple[GateResult, ...]) -> None:
        super().__init__(words)
        self.results = results
