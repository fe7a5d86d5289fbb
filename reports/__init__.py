"""Boards that reconcile with the ledger, and effects with an honest interval."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from reports.arms import Effect, Sides
    from reports.assets import Assets
    from reports.campaign import CampaignLine, CampaignReport, campaign_page, campaign_report
    from reports.costs import Costs, parse_costs, read_costs
    from reports.day import DAY_COLUMNS, DayReport, ListDay, day_csv, day_facts, day_report
    from reports.drawn import Drawn, drawn
    from reports.errors import BadDesign, BadSettings, NotComparable, NotReconciled, ReportError
    from reports.funnel import FunnelReport, funnel_facts, funnel_report
    from reports.incentive import (
        Credited,
        Due,
        Evidence,
        IncentiveReport,
        due_of,
        incentive_page,
        incentive_report,
    )
    from reports.looks import Look, limits_of, looks, spent
    from reports.pages import (
        Cell,
        Column,
        Named,
        Page,
        Sheet,
        cells_of,
        page_facts,
        page_html,
        page_xlsx,
    )
    from reports.programme import (
        Adoption,
        Cost,
        ProgrammeReport,
        adoption_of,
        costs_of,
        margins_of,
        programme_page,
        values_of,
    )
    from reports.purchases import Credit, Purchase, counted, credits_of, purchases_of
    from reports.sample_size import Hoped, customers_needed, power_of, smallest_change
    from reports.saves import (
        Course,
        Flagged,
        Save,
        SavesReport,
        flagged_of,
        retained,
        saves_page,
        saves_report,
    )
    from reports.settings import Attribution, Saving, Settings, parse_settings, report_settings
    from reports.targets import (
        Progress,
        Scope,
        Target,
        parse_targets,
        progress_of,
        read_targets,
        scope_of,
        targets_page,
    )

__all__ = [
    "DAY_COLUMNS",
    "Adoption",
    "Assets",
    "Attribution",
    "BadDesign",
    "BadSettings",
    "CampaignLine",
    "CampaignReport",
    "Cell",
    "Column",
    "Cost",
    "Costs",
    "Course",
    "Credit",
    "Credited",
    "DayReport",
    "Drawn",
    "Due",
    "Effect",
    "Evidence",
    "Flagged",
    "FunnelReport",
    "Hoped",
    "IncentiveReport",
    "ListDay",
    "Look",
    "Named",
    "NotComparable",
    "NotReconciled",
    "Page",
    "ProgrammeReport",
    "Progress",
    "Purchase",
    "ReportError",
    "Save",
    "SavesReport",
    "Saving",
    "Scope",
    "Settings",
    "Sheet",
    "Sides",
    "Target",
    "adoption_of",
    "campaign_page",
    "campaign_report",
    "cells_of",
    "costs_of",
    "counted",
    "credits_of",
    "customers_needed",
    "day_csv",
    "day_facts",
    "day_report",
    "drawn",
    "due_of",
    "flagged_of",
    "funnel_facts",
    "funnel_report",
    "incentive_page",
    "incentive_report",
    "limits_of",
    "looks",
    "margins_of",
    "page_facts",
    "page_html",
    "page_xlsx",
    "parse_costs",
    "parse_settings",
    "parse_targets",
    "power_of",
    "programme_page",
    "progress_of",
    "purchases_of",
    "read_costs",
    "read_targets",
    "report_settings",
    "retained",
    "saves_page",
    "saves_report",
    "scope_of",
    "smallest_change",
    "spent",
    "targets_page",
    "values_of",
]

rooms.open_on_demand(__name__)
