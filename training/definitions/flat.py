"""What came of a flat file's rows, in the words of the file's configuration."""

from dataclasses import dataclass

from goodcall.language import Text
from training.definitions.horizon import Horizon


@dataclass(frozen=True, slots=True)
class FlatLabel:
    """An outcome that stands in a column of the file itself; `horizon` is how late it is known."""

    name: str
    meaning: Text
    horizon: Horizon
