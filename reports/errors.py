"""What can be wrong with a report.

ReportError
    NotReconciled   a report's figures are not those of the ledger's rows
"""

from goodcall.errors import GoodcallError


class ReportError(GoodcallError):
    """Something about a report."""


class NotReconciled(ReportError):
    """A report's figures are not those of the ledger's rows."""
