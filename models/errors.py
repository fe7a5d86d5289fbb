"""What can be wrong with what was learned.

ModelError
    WrongFeatures   rows, or a catalogue, are not those that the model was trained on
    BrokenModel     a model's folder is incomplete, or its content is not what its card says
    InSample        rows to be scored are among those that the model was trained on
    NoChampion      no champion has been promoted for what is asked
"""

from goodcall.errors import GoodcallError


class ModelError(GoodcallError):
    """Something about a trained model or the rows it is given."""


class WrongFeatures(ModelError):
    """Rows, or a catalogue, are not those that the model was trained on."""


class BrokenModel(ModelError):
    """A model's folder is incomplete, or its content is not what its card says."""


class InSample(ModelError):
    """Rows to be scored are among those that the model was trained on."""


class NoChampion(ModelError):
    """No champion has been promoted for what is asked."""
