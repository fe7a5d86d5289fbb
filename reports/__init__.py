"""Boards that reconcile with the ledger, and effects with an honest interval."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from reports.arms import Effect, Sides
    from reports.day import DAY_COLUMNS, DayReport, ListDay, day_csv, day_facts, day_report
    from reports.errors import BadDesign, NotComparable, NotReconciled, ReportError
    from reports.funnel import FunnelReport, funnel_facts, funnel_report
    from reports.looks import Look, limits_of, looks, spent
    from reports.sample_size import Hoped, customers_needed, power_of, smallest_change

__all__ = [
    "DAY_COLUMNS",
    "BadDesign",
    "DayReport",
    "Effect",
    "FunnelReport",
    "Hoped",
    "ListDay",
    "Look",
    "NotComparable",
    "NotReconciled",
    "ReportError",
    "Sides",
    "customers_needed",
    "day_csv",
    "day_facts",
    "day_report",
    "funnel_facts",
    "funnel_report",
    "limits_of",
    "looks",
    "power_of",
    "smallest_change",
    "spent",
]

rooms.open_on_demand(__name__)
