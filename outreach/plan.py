"""The plan of a day: everyone weighed, the best allowed actions listed, every drop counted."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import pairwise

from goodcall.ports import Explainer
from goodcall.profile import Profile
from outreach.arms import Arms, Part
from outreach.balance import Balance, balance_values
from outreach.choosing import Choice, choose
from outreach.errors import ExperimentError, RequestError
from outreach.experiment import Draw, shares_text
from outreach.explore import Lottery
from outreach.funnel import LISTED, STEPS, Funnel, funnel_of, funnel_values
from outreach.keeping import keep_promises
from outreach.lever_caps import Pulled, Recalling, pull_levers
from outreach.limits import Place, limits_of
from outreach.lots import Lot, lots_of
from outreach.offer import Offer
from outreach.plan_rows import of_arm, ranked, rows_of
from outreach.planned import Carried, PlannedRow, row_values
from outreach.policy import Policy
from outreach.request import History
from outreach.roster import Staffing, roster_of
from outreach.trail import Attempt, Trail, trail_from_json, trail_to_json
from outreach.weigh import Scale
from outreach.weighed import Candidate, Weighed


@dataclass(frozen=True, slots=True)
class Plan:
    """The lists of a day with all that led to them; equal inputs give an equal `digest`.

    `trails` holds every customer's trail as JSON; `lots` are who was drawn by lot, with the control
    of each; `arms` say where everyone stands in a test of two policies, None where none runs.
    """

    day: date
    policy: Policy
    model_versions: Mapping[str, str]
    rows: tuple[PlannedRow, ...]
    funnel: Funnel
    balance: Balance
    trails: Mapping[int, str]
    digest: str
    arms: Arms | None = None
    lots: tuple[Lot, ...] = ()

    @property
    def prices(self) -> Mapping[int, float]:
        """Each list's price of a minute, in cents."""
        return self.balance.prices

    @property
    def lever_cost_cents(self) -> Mapping[str, int]:
        """What each lever alone gives up, in cents, by its id."""
        return {use.id: use.cost_cents for use in self.balance.levers}

    def trail(self, customer_id: int) -> Trail:
        """Why a customer is on a list or not."""
        if customer_id not in self.trails:
            raise RequestError(
                f"customer {customer_id} was not among the candidates of {self.day}; "
                "check the number, or whether the customer was known that day"
            )
        return trail_from_json(self.trails[customer_id])


def plan_day(
    candidates: Iterable[Candidate],
    *,
    offers: Iterable[Offer],
    policy: Policy,
    day: date,
    holdout_key: bytes,
    explainer: Explainer,
    capacities: Mapping[int, int],
    model_versions: Mapping[str, str],
    history: Mapping[int, History] | None = None,
    branch_of: Mapping[int, int] | None = None,
    used: Mapping[Place, int] | None = None,
    carried: Carried | None = None,
    draw: Draw | None = None,
    part: Part | None = None,
) -> Plan:
    """The plan of a day, each action judged at its channel's first allowed instant of that day.

    `capacities` gives the minutes of a manager or branch, 0 for a manager who is absent; the
    policy's default stands in for one that it does not name. `branch_of` gives managers' branches,
    so that colleagues stand in for the absent; `used` what is already used of volumes; `carried`
    what earlier days left over, whose promises have room before everything else; `draw` is the
    hold-out that stands, without which everyone counts as a newcomer to it; `part` is the arm of a
    test that is planned, everyone's day where it is None. A chosen row for
    which the explainer has no reason is dropped and its minutes go to others. The order of
    `candidates` does not matter.
    """
    _check_share(draw, policy)
    book = {offer.code: offer for offer in offers}
    ordered = _in_order(candidates)
    people = [candidate.profile for candidate in ordered]
    staffing = Staffing(capacities, branch_of or {}, policy.default_minutes)
    past, left = history or {}, carried or Carried()
    wishing = [_wishing(person, past.get(person.customer_id)) for person in people]
    roster = roster_of(wishing, staffing, by_manager=policy.lists_by == "manager")
    scale = Scale(book, policy, day, holdout_key, roster.list_of, draw=draw)
    limits = limits_of(policy, book, roster.served(people), used or {}, day=day)
    levers = policy.arbitration.levers
    if part is not None:
        ordered = [c for c in ordered if part.has(c.profile.customer_id)]
        roster = part.roster(roster, left.promises, scale.minutes)
        limits, levers = part.limits(limits, left.promises), part.levers(levers)
    weighed = [scale.weigh(c, past.get(c.profile.customer_id)) for c in ordered]
    asked = {c.profile.customer_id: (c, past.get(c.profile.customer_id)) for c in ordered}
    kept = keep_promises(left.promises, asked, scale, roster, limits)
    choosing = partial(
        choose,
        roster=replace(roster, minutes=kept.minutes),
        limits=kept.limits,
        lottery=Lottery(policy.explore_share, holdout_key, day),
        explainer=Recalling(explainer),
    )
    no_lots = Lottery(0.0, holdout_key, day)
    free = [who for who in weighed if who.customer_id not in kept.busy]
    pulled = pull_levers(free, levers, lambda who: choosing(who, lottery=no_lots).chosen)
    choice = _with_levers(choosing(pulled.weighed), pulled)
    settled = {who.customer_id: _settled(who, choice) for who in pulled.weighed}
    fates = [kept.onto(settled.get(who.customer_id, who)) for who in weighed]
    trails = [_in_arm(_trail(who, policy, day, choice), part) for who in fates]
    profiles = {who.customer_id: who for who in people}
    return sealed(
        Plan(
            day=day,
            policy=policy,
            model_versions=dict(sorted(model_versions.items())),
            rows=of_arm(
                ranked((*kept.rows, *rows_of(trails, choice, roster, book, profiles)), left),
                *(part, policy),
            ),
            funnel=funnel_of((trail.step, trail.reason) for trail in trails),
            balance=choice.balance,
            trails={trail.customer_id: trail_to_json(trail) for trail in trails},
            digest="",
            arms=None if part is None else part.arms,
            lots=lots_of(trails, choice.drawn),
        )
    )


def _in_arm(trail: Trail, part: Part | None) -> Trail:
    return trail if part is None else replace(trail, arm=part.arms.of(trail.customer_id))


def _check_share(draw: Draw | None, policy: Policy) -> None:
    wanted = policy.holdout_share, policy.holdout_bands
    if draw is None or draw.has(*wanted):
        return
    raise ExperimentError(
        f"the policy's hold-out has {shares_text(*wanted)}, the one that was drawn on {draw.day} "
        f"has {shares_text(draw.share, draw.bands)}; put that back into [holdout], or draw anew "
        "with `goodcall outreach holdout freeze`"
    )


def _in_order(candidates: Iterable[Candidate]) -> Sequence[Candidate]:
    ordered = sorted(candidates, key=lambda c: c.profile.customer_id)
    for one, other in pairwise(ordered):
        if one.profile.customer_id == other.profile.customer_id:
            raise RequestError(
                f"customer {one.profile.customer_id} stands twice among the candidates; "
                "bring each customer once"
            )
    return ordered


def _wishing(person: Profile, known: History | None) -> Profile:
    """A customer with the wishes that the ledger heard."""
    if known is None or not known.preferences:
        return person
    return replace(person, preferences=(*person.preferences, *known.preferences))


def _with_levers(choice: Choice, pulled: Pulled) -> Choice:
    """The choice with what its levers moved and gave up."""
    balance = replace(choice.balance, levers=pulled.uses, lever_cost_cents=pulled.cost_cents)
    return replace(choice, balance=balance)


def _settled(who: Weighed, choice: Choice) -> Weighed:
    """A customer whose attempts say where each of them ended, and what their capacity costs."""
    chosen = choice.chosen.get(who.customer_id)

    def end(attempt: Attempt) -> Attempt:
        action = attempt.action
        if action is None or who.list_id is None:
            return attempt
        if action is not chosen and attempt.step != "capacity":
            return attempt
        price = choice.price_of(action, who.list_id)
        priced = replace(attempt, price_cents=sum(price.values()))
        if action is chosen:
            return replace(priced, step=LISTED, reason=LISTED)
        if choice.silent(action):
            return replace(priced, step="reasons", reason="no_reason")
        if action is choice.drawn.displaced.get(who.customer_id):
            reason = "lot"
        elif chosen is not None:
            reason = "another_action"
        else:
            reason = max(price, key=lambda limit: (price[limit], limit))
        return replace(priced, reason=reason)

    return replace(who, attempts=tuple(end(attempt) for attempt in who.attempts))


def _trail(who: Weighed, policy: Policy, day: date, choice: Choice) -> Trail:
    """A customer's trail; the fate is that of the attempt that came furthest, the dearest first.

    A place that went to a lot comes before all others that came as far.
    """
    if who.holdout and all(attempt.step != LISTED for attempt in who.attempts):
        step, reason = "holdout", "holdout"
    elif not who.attempts:
        step, reason = "eligible", "nothing_to_offer"
    else:
        furthest = min(who.attempts, key=_nearness)
        step, reason = furthest.step, furthest.reason
    return Trail(
        customer_id=who.customer_id,
        day=day,
        policy_version=policy.version,
        list_id=who.list_id,
        price=None if who.list_id is None else choice.balance.prices[who.list_id],
        step=step,
        reason=reason,
        attempts=who.attempts,
        chance=choice.drawn.chance_of.get(who.customer_id),
        drawn=who.customer_id in choice.drawn.chosen,
        probability=None if who.holdout else choice.drawn.probability.get(who.customer_id, 1.0),
        wait=who.wait,
    )


def _nearness(attempt: Attempt) -> tuple[int, bool, int]:
    reached = len(STEPS) if attempt.step == LISTED else STEPS.index(attempt.step)
    rank = 0 if attempt.action is None else -attempt.action.rank_cents
    return -reached, attempt.reason != "lot", rank


def sealed(plan: Plan) -> Plan:
    """The plan with the hash of all that it says."""
    digest = hashlib.sha256()
    said = {
        "day": plan.day.isoformat(),
        "policy": plan.policy.version,
        "models": dict(plan.model_versions),
        "rows": [row_values(row) for row in plan.rows],
        "funnel": funnel_values(plan.funnel),
        "balance": balance_values(plan.balance),
    }
    digest.update(json.dumps(said, ensure_ascii=False, sort_keys=True).encode())
    for customer_id in sorted(plan.trails):
        digest.update(plan.trails[customer_id].encode())
    return replace(plan, digest=digest.hexdigest())
