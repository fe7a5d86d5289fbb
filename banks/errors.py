"""What can be wrong with the places that raw tables come from.

BankError
    UnknownWorld        a simulated world that is not among those shipped
    BrokenWorld         a world's file holds a key or a value that no world may hold
    BrokenSource        a file or database is missing, or holds what cannot be read
    BrokenMapping       a mapping names what is not there, or says what no column may hold
    IdentityError       records or links of identity do not hold together, or cannot be changed so
"""

from goodcall.errors import GoodcallError


class BankError(GoodcallError):
    """Something about where a bank's raw tables come from."""


class UnknownWorld(BankError):
    """A simulated world that is not among those shipped."""


class BrokenWorld(BankError):
    """A world's file holds a key or a value that no world may hold; the message names it."""


class BrokenSource(BankError):
    """A file or database is missing, or holds what cannot be read; the message says where."""


class BrokenMapping(BankError):
    """A mapping names what is not there; the message gives its line and what is known."""


class IdentityError(BankError):
    """Records or links of identity do not hold together, or cannot be changed as asked."""
