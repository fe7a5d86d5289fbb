"""What a person can ask for that cannot be done.

CommandError
    BadOption       an option's value does not read
    NothingFound    what was asked for is not there
"""

from goodcall.errors import GoodcallError


class CommandError(GoodcallError):
    """A command was asked for something that it cannot do."""


class BadOption(CommandError):
    """An option's value does not read."""


class NothingFound(CommandError):
    """What was asked for is not there."""
