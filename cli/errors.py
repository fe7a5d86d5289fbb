"""What a person can ask for that cannot be done.

CommandError
    BadOption       an option's value does not read
    NothingFound    what was asked for is not there
    NightBusy       another process is at work on the night already
    NightFailed     a gate of the night's work failed; what was in force stays in force
    BrokenBackup    what was restored does not hold
"""

from goodcall import Text
from goodcall.errors import GoodcallError


class CommandError(GoodcallError):
    """A command was asked for something that it cannot do."""


class BadOption(CommandError):
    """An option's value does not read."""


class NothingFound(CommandError):
    """What was asked for is not there."""


class NightBusy(CommandError):
    """Another process is at work on the night already."""


class NightFailed(CommandError):
    """A gate of the night's work failed, and `why` says so in every language."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


class BrokenBackup(CommandError):
    """What was restored does not hold."""
