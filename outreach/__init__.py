"""What the bank does about its scores: offers, contact rules, decisions, lists, and the ledger."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from outreach.ab_report import ArmsReport, Measured, report_of
    from outreach.ab_tests import NewTest
    from outreach.action_table import ACTIONS, Ground, Shares, share_out
    from outreach.allocate import Allocation, allocate
    from outreach.arbitrate import (
        Action,
        care_action,
        customer_value_cents,
        customer_value_words,
        harm_by_channel,
        offer_action,
    )
    from outreach.arms import Part, PolicyTest, arms_of
    from outreach.badges import BADGES
    from outreach.balance import Balance, LimitUse
    from outreach.card import Blocked, Card, card_of
    from outreach.closing import Word
    from outreach.counter import Counter, People, Taken
    from outreach.customer_facts import FactTable
    from outreach.decide import Check, Decision, decide
    from outreach.errors import (
        ActionsRefused,
        ExperimentError,
        FactsError,
        FunnelBroken,
        LedgerError,
        NotFound,
        NotInLedger,
        OfferBookError,
        OutreachError,
        PolicyError,
        RequestError,
        RequestReused,
        UnknownOffer,
        WordRefused,
    )
    from outreach.experiment import Band, Draw, Likeness, Stratum, in_holdout, shares_text
    from outreach.facts_file import load_facts, parse_facts
    from outreach.figures import NewFigure, guesses, with_figures
    from outreach.freezing import Standing, freeze
    from outreach.funnel import Funnel, FunnelStep
    from outreach.in_force import UNWORKED, PlanInForce, in_force
    from outreach.joining import joined
    from outreach.ledger import Ledger
    from outreach.limits import Limit, limits_of
    from outreach.list_files import best_time_words, to_csv, to_json, to_xlsx
    from outreach.lists import BANDS, STATES, ListRow, OutreachList, outreach_list, reasons_in_words
    from outreach.loading import default_policy_text, load_policy, parse_policy
    from outreach.looking import LookPlan
    from outreach.offer import Offer, offers_of
    from outreach.offer_book import load_offers, save_offers
    from outreach.openings import ledger_mark, ledger_name
    from outreach.own_offers import load_offer
    from outreach.parameter import Parameter
    from outreach.plan import Plan, plan_day
    from outreach.planned import Carried, PlannedRow, Promise, Withheld, request_of
    from outreach.policy import Channel, Policy, Rule, Value
    from outreach.price_bands import Price
    from outreach.priority import Weights
    from outreach.promised import promised_now
    from outreach.pulling import PulledList, gone_since, pull
    from outreach.replaying import Answer, Replay, replay
    from outreach.request import (
        Facts,
        History,
        Leg,
        Override,
        PointMark,
        Request,
        Verdict,
        Volume,
        facts_of,
    )
    from outreach.request_file import Asked, answer_to_json, judged, requests_in
    from outreach.review import Notice, endings, review
    from outreach.roster import Staffing, roster_of
    from outreach.row_states import LEFT_OVER, OPEN, ListedRow
    from outreach.snoozing import PutOff
    from outreach.span import Listed, LoggedContact, Span
    from outreach.spread_actions import share_out_on_spark
    from outreach.stored import StoredPlan
    from outreach.tightening import loosenings
    from outreach.trail import Attempt, Trail
    from outreach.verdicts import Ruled
    from outreach.weighed import Candidate

__all__ = [
    "ACTIONS",
    "BADGES",
    "BANDS",
    "LEFT_OVER",
    "OPEN",
    "STATES",
    "UNWORKED",
    "Action",
    "ActionsRefused",
    "Allocation",
    "Answer",
    "ArmsReport",
    "Asked",
    "Attempt",
    "Balance",
    "Band",
    "Blocked",
    "Candidate",
    "Card",
    "Carried",
    "Channel",
    "Check",
    "Counter",
    "Decision",
    "Draw",
    "ExperimentError",
    "FactTable",
    "Facts",
    "FactsError",
    "Funnel",
    "FunnelBroken",
    "FunnelStep",
    "Ground",
    "History",
    "Ledger",
    "LedgerError",
    "Leg",
    "Likeness",
    "Limit",
    "LimitUse",
    "ListRow",
    "Listed",
    "ListedRow",
    "LoggedContact",
    "LookPlan",
    "Measured",
    "NewFigure",
    "NewTest",
    "NotFound",
    "NotInLedger",
    "Notice",
    "Offer",
    "OfferBookError",
    "OutreachError",
    "OutreachList",
    "Override",
    "Parameter",
    "Part",
    "People",
    "Plan",
    "PlanInForce",
    "PlannedRow",
    "PointMark",
    "Policy",
    "PolicyError",
    "PolicyTest",
    "Price",
    "Promise",
    "PulledList",
    "PutOff",
    "Replay",
    "Request",
    "RequestError",
    "RequestReused",
    "Rule",
    "Ruled",
    "Shares",
    "Span",
    "Staffing",
    "Standing",
    "StoredPlan",
    "Stratum",
    "Taken",
    "Trail",
    "UnknownOffer",
    "Value",
    "Verdict",
    "Volume",
    "Weights",
    "Withheld",
    "Word",
    "WordRefused",
    "allocate",
    "answer_to_json",
    "arms_of",
    "best_time_words",
    "card_of",
    "care_action",
    "customer_value_cents",
    "customer_value_words",
    "decide",
    "default_policy_text",
    "endings",
    "facts_of",
    "freeze",
    "gone_since",
    "guesses",
    "harm_by_channel",
    "in_force",
    "in_holdout",
    "joined",
    "judged",
    "ledger_mark",
    "ledger_name",
    "limits_of",
    "load_facts",
    "load_offer",
    "load_offers",
    "load_policy",
    "loosenings",
    "offer_action",
    "offers_of",
    "outreach_list",
    "parse_facts",
    "parse_policy",
    "plan_day",
    "promised_now",
    "pull",
    "reasons_in_words",
    "replay",
    "report_of",
    "request_of",
    "requests_in",
    "review",
    "roster_of",
    "save_offers",
    "share_out",
    "share_out_on_spark",
    "shares_text",
    "to_csv",
    "to_json",
    "to_xlsx",
    "with_figures",
]

rooms.open_on_demand(__name__)
