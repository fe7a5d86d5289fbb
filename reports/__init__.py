"""Boards that reconcile with the ledger."""

from reports.errors import NotReconciled, ReportError
from reports.funnel import FunnelReport, funnel_facts, funnel_report

__all__ = ["FunnelReport", "NotReconciled", "ReportError", "funnel_facts", "funnel_report"]
