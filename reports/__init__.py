"""Boards that reconcile with the ledger."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from reports.day import DAY_COLUMNS, DayReport, ListDay, day_csv, day_facts, day_report
    from reports.errors import NotReconciled, ReportError
    from reports.funnel import FunnelReport, funnel_facts, funnel_report

__all__ = [
    "DAY_COLUMNS",
    "DayReport",
    "FunnelReport",
    "ListDay",
    "NotReconciled",
    "ReportError",
    "day_csv",
    "day_facts",
    "day_report",
    "funnel_facts",
    "funnel_report",
]

rooms.open_on_demand(__name__)
