"""Boards that reconcile with the ledger, and effects with an honest interval."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from reports.acceptance import Acceptance, Audience, Way, Window, acceptance, looked_back
    from reports.acceptance_page import Said, acceptance_page
    from reports.adoption import Adoption, adoption_of
    from reports.alarms import Alarm, ChurnBoard, churn_board, churn_board_page
    from reports.apart import Apart, Dimension, Question, set_apart
    from reports.arms import Effect, Sides
    from reports.assets import Assets
    from reports.campaign import CampaignLine, CampaignReport, campaign_page, campaign_report
    from reports.churn import ChurnCauses, churn_causes
    from reports.churn_page import churn_page
    from reports.costs import Costs, parse_costs, read_costs
    from reports.cross_sell import CrossRate, CrossSellReport, OfferLine, cross_sell_report
    from reports.cross_sell_page import cross_sell_page
    from reports.day import DAY_COLUMNS, DayReport, ListDay, day_csv, day_facts, day_report
    from reports.day_board import DayBoard, DayLine, day_board
    from reports.day_board_page import day_board_page
    from reports.demand import Pages, pages_of, sold_to, wanted
    from reports.demand_page import demand_page
    from reports.drawn import Drawn, drawn, spared_note
    from reports.effects_sheet import effects_sheet
    from reports.errors import BadDesign, BadSettings, NotComparable, NotReconciled, ReportError
    from reports.excess import Cause, Excess, Explained, Exposed, explain_excess
    from reports.fairness import FairnessReport, Right, fairness_page, treatment
    from reports.funnel import FunnelReport, funnel_facts, funnel_report
    from reports.funnel_page import Followed, followed, funnel_page
    from reports.incentive import (
        Credited,
        Due,
        Evidence,
        IncentiveReport,
        due_of,
        incentive_page,
        incentive_report,
    )
    from reports.lever_cost import LeverDay, LeverLine, lever_days, lever_lines, levers_page
    from reports.looks import Look, limits_of, looks, spent
    from reports.looks_sheet import looks_facts, looks_note, looks_sheet
    from reports.managers import ManagersReport, managers_page, managers_report
    from reports.met import met
    from reports.pages import (
        Cell,
        Column,
        Figure,
        Named,
        Page,
        Sheet,
        cells_of,
        page_facts,
    )
    from reports.pictures import Dot, Dots, Heat, Panel, Picture, Point, Scatter
    from reports.pressure import BREACHES, PressureReport, pressure_page, pressure_report
    from reports.programme import (
        Cost,
        ProgrammeReport,
        costs_of,
        margins_of,
        programme_page,
        values_of,
    )
    from reports.purchases import Credit, Purchase, counted, credits_of, purchases_of
    from reports.records import Records, records_of, records_page
    from reports.sample_size import Hoped, customers_needed, power_of, smallest_change
    from reports.satisfaction import (
        CaseDay,
        Satisfaction,
        cases_of,
        satisfaction_by_branch,
        satisfaction_by_month,
        satisfaction_page,
    )
    from reports.saved import leavers, retained, saves_of
    from reports.saves import (
        Contacted,
        Course,
        Flagged,
        SavesReport,
        flagged_of,
        likeliest,
        saves_page,
        saves_report,
    )
    from reports.settings import Attribution, Saving, Settings, parse_settings, report_settings
    from reports.standing import Standings, standings
    from reports.stock import Held, Stock, stock_of
    from reports.targets import (
        Progress,
        Scope,
        Target,
        parse_targets,
        progress_of,
        read_targets,
        scope_of,
    )
    from reports.targets_page import targets_page
    from reports.trained import Trained, parse_trained, read_trained, trained_of
    from reports.underserved import UnderservedReport, underserved_page, underserved_report
    from reports.watch import (
        Schedule,
        Sight,
        Watch,
        arms_schedule,
        draw_schedule,
        look_moments,
        watch,
        watch_arms,
    )
    from reports.web_page import page_html
    from reports.workbook import page_xlsx

__all__ = [
    "BREACHES",
    "DAY_COLUMNS",
    "Acceptance",
    "Adoption",
    "Alarm",
    "Apart",
    "Assets",
    "Attribution",
    "Audience",
    "BadDesign",
    "BadSettings",
    "CampaignLine",
    "CampaignReport",
    "CaseDay",
    "Cause",
    "Cell",
    "ChurnBoard",
    "ChurnCauses",
    "Column",
    "Contacted",
    "Cost",
    "Costs",
    "Course",
    "Credit",
    "Credited",
    "CrossRate",
    "CrossSellReport",
    "DayBoard",
    "DayLine",
    "DayReport",
    "Dimension",
    "Dot",
    "Dots",
    "Drawn",
    "Due",
    "Effect",
    "Evidence",
    "Excess",
    "Explained",
    "Exposed",
    "FairnessReport",
    "Figure",
    "Flagged",
    "Followed",
    "FunnelReport",
    "Heat",
    "Held",
    "Hoped",
    "IncentiveReport",
    "LeverDay",
    "LeverLine",
    "ListDay",
    "Look",
    "ManagersReport",
    "Named",
    "NotComparable",
    "NotReconciled",
    "OfferLine",
    "Page",
    "Pages",
    "Panel",
    "Picture",
    "Point",
    "PressureReport",
    "ProgrammeReport",
    "Progress",
    "Purchase",
    "Question",
    "Records",
    "ReportError",
    "Right",
    "Said",
    "Satisfaction",
    "SavesReport",
    "Saving",
    "Scatter",
    "Schedule",
    "Scope",
    "Settings",
    "Sheet",
    "Sides",
    "Sight",
    "Standings",
    "Stock",
    "Target",
    "Trained",
    "UnderservedReport",
    "Watch",
    "Way",
    "Window",
    "acceptance",
    "acceptance_page",
    "adoption_of",
    "arms_schedule",
    "campaign_page",
    "campaign_report",
    "cases_of",
    "cells_of",
    "churn_board",
    "churn_board_page",
    "churn_causes",
    "churn_page",
    "costs_of",
    "counted",
    "credits_of",
    "cross_sell_page",
    "cross_sell_report",
    "customers_needed",
    "day_board",
    "day_board_page",
    "day_csv",
    "day_facts",
    "day_report",
    "demand_page",
    "draw_schedule",
    "drawn",
    "due_of",
    "effects_sheet",
    "explain_excess",
    "fairness_page",
    "flagged_of",
    "followed",
    "funnel_facts",
    "funnel_page",
    "funnel_report",
    "incentive_page",
    "incentive_report",
    "leavers",
    "lever_days",
    "lever_lines",
    "levers_page",
    "likeliest",
    "limits_of",
    "look_moments",
    "looked_back",
    "looks",
    "looks_facts",
    "looks_note",
    "looks_sheet",
    "managers_page",
    "managers_report",
    "margins_of",
    "met",
    "page_facts",
    "page_html",
    "page_xlsx",
    "pages_of",
    "parse_costs",
    "parse_settings",
    "parse_targets",
    "parse_trained",
    "power_of",
    "pressure_page",
    "pressure_report",
    "programme_page",
    "progress_of",
    "purchases_of",
    "read_costs",
    "read_targets",
    "read_trained",
    "records_of",
    "records_page",
    "report_settings",
    "retained",
    "satisfaction_by_branch",
    "satisfaction_by_month",
    "satisfaction_page",
    "saves_of",
    "saves_page",
    "saves_report",
    "scope_of",
    "set_apart",
    "smallest_change",
    "sold_to",
    "spared_note",
    "spent",
    "standings",
    "stock_of",
    "targets_page",
    "trained_of",
    "treatment",
    "underserved_page",
    "underserved_report",
    "values_of",
    "wanted",
    "watch",
    "watch_arms",
]

rooms.open_on_demand(__name__)
