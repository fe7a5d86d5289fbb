"""The root of every error that Goodcall raises on purpose.

GoodcallError
    WorkspaceError      the folder of state lacks something or holds what it should not
    BrokenRecord        the record of a night does not read
    LanguageError       a language that is not spoken here
    RowRefused          a database refused a row that breaks a law of its tables

Each room draws its own branch of this tree in its `errors.py`. The command line prints the words
of a GoodcallError and exits with 1; anything else is a defect and keeps its traceback.
"""


class GoodcallError(Exception):
    """What is wrong, what is allowed and what to do, in the words of its message."""


class WorkspaceError(GoodcallError):
    """The workspace lacks something, or holds what it should not."""


class BrokenRecord(GoodcallError):
    """The record of a night does not read."""


class LanguageError(GoodcallError):
    """A language that is not spoken here."""


class RowRefused(GoodcallError):
    """A database refused a row that breaks a law of its tables; nothing of that write was kept."""
