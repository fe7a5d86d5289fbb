"""What can be wrong with a report.

ReportError
    NotReconciled   a report's figures are not those of the ledger's rows
    NotComparable   what is to be compared was not drawn, or given, so that it could be
    BadDesign       the figures of a test that is being planned cannot be
    BadSettings     a file of settings, targets, costs or training has a mistake
"""

from goodcall.errors import GoodcallError


class ReportError(GoodcallError):
    """Something about a report."""


class NotReconciled(ReportError):
    """A report's figures are not those of the ledger's rows."""


class NotComparable(ReportError):
    """What is to be compared was not drawn, or given, so that it could be."""


class BadDesign(ReportError):
    """The figures of a test that is being planned cannot be."""


class BadSettings(ReportError):
    """A file of settings, targets, costs or training has a mistake."""
