"""What can be wrong with the places that raw tables come from.

BankError
    UnknownWorld        a simulated world that is not among those shipped
    BrokenWorld         a world's file holds a key or a value that no world may hold
    BrokenSource        a public data set's file is missing, or holds what cannot be read
"""

from goodcall.errors import GoodcallError


class BankError(GoodcallError):
    """Something about where a bank's raw tables come from."""


class UnknownWorld(BankError):
    """A simulated world that is not among those shipped."""


class BrokenWorld(BankError):
    """A world's file holds a key or a value that no world may hold; the message names it."""


class BrokenSource(BankError):
    """A public data set's file is missing, or holds what cannot be read."""
