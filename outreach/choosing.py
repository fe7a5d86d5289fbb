"""Who is contacted: the best use of the day, each choice with a reason, then lots in its places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goodcall.ports import Explainer
from goodcall.reason import Reason
from outreach.allocate import Allocation, allocate
from outreach.arbitrate import Action
from outreach.balance import Balance, LimitUse
from outreach.explore import Drawn, Lottery, draw_lots, taken
from outreach.limits import Limit
from outreach.roster import Roster
from outreach.weighed import Weighed

Reasons = Mapping[tuple[str, int], tuple[Reason, ...]]


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen action of each customer, the reasons found, and what lots had a hand in."""

    chosen: Mapping[int, Action]
    reasons: Reasons
    drawn: Drawn
    balance: Balance
    limits: tuple[Limit, ...]

    def silent(self, action: Action) -> bool:
        """Whether every score of an action was asked, and none says why."""
        return _silent(action, self.reasons)

    def told(self, action: Action, most: int) -> tuple[Reason, ...]:
        """What says why of an action, `most` reasons of each score."""
        return tuple(one for key in _keys(action) for one in self.reasons.get(key, ())[:most])

    def price_of(self, action: Action, list_id: int) -> dict[str, float]:
        """What an action's minutes and volumes cost at the day's prices, in cents by limit."""
        found = {"capacity": self.balance.prices[list_id] * action.minutes}
        kind = (action.offer_code, action.channel)
        for limit, use in zip(self.limits, self.balance.limits, strict=True):
            counts = limit.members is None or action.customer_id in limit.members
            if counts and use.price and not limit.minimum and kind in limit.takes:
                found[limit.name] = found.get(limit.name, 0.0) + use.price * limit.takes[kind]
        return found


def choose(
    weighed: Sequence[Weighed],
    roster: Roster,
    limits: Sequence[Limit],
    *,
    lottery: Lottery,
    explainer: Explainer,
) -> Choice:
    """The day's choices; one for which nothing says why is dropped and its minutes go to others.

    A contact that was drawn by lot needs no reason.
    """
    actions = [
        attempt.action
        for who in weighed
        for attempt in who.attempts
        if attempt.step == "capacity" and attempt.action and who.list_id is not None
    ]
    reasons: dict[tuple[str, int], tuple[Reason, ...]] = {}
    while True:
        sayable = [action for action in actions if not _silent(action, reasons)]
        best = allocate(sayable, roster.list_of, roster.minutes, limits)
        asked = {key for a in best.chosen.values() for key in _keys(a)} - reasons.keys()
        if not asked:
            break
        reasons |= _told(explainer, asked)
    drawn = draw_lots(lottery, best.chosen, _allowed(weighed), roster.list_of, limits)
    kept = {who: a for who, a in best.chosen.items() if who not in drawn.displaced}
    keys = {key for a in drawn.chosen.values() for key in _keys(a)} - reasons.keys()
    return Choice(
        chosen={**kept, **drawn.chosen},
        reasons=reasons | _told(explainer, keys),
        drawn=drawn,
        balance=_balance(best, limits, drawn),
        limits=tuple(limits),
    )


def _allowed(weighed: Iterable[Weighed]) -> dict[int, list[Action]]:
    """Each listed customer's actions that the rules allow, whatever they are worth."""
    allowed = {
        who.customer_id: [
            attempt.action
            for attempt in who.attempts
            if attempt.action is not None and attempt.allowed_from is not None
        ]
        for who in weighed
        if who.list_id is not None
    }
    return {who: actions for who, actions in allowed.items() if actions}


def _balance(best: Allocation, limits: Sequence[Limit], drawn: Drawn) -> Balance:
    """What the best use brings, and what was used in all once lots had taken some of its places."""
    uses = tuple(
        LimitUse(
            name=use.name,
            unit=use.unit,
            amount=use.amount,
            taken=use.taken
            + sum(taken(limit, action) for action in drawn.chosen.values())
            - sum(taken(limit, action) for action in drawn.displaced.values()),
            price=use.price,
            minimum=use.minimum,
        )
        for use, limit in zip(best.limits, limits, strict=True)
    )
    given = sum(action.rank_cents for action in drawn.displaced.values())
    return Balance(
        prices=best.prices,
        limits=uses,
        value_cents=best.value_cents,
        bound_cents=best.bound_cents,
        expected_cents=sum(action.value_cents for action in best.chosen.values()),
        drawn=len(drawn.chosen),
        lot_cost_cents=given - sum(action.rank_cents for action in drawn.chosen.values()),
    )


def _keys(action: Action) -> tuple[tuple[str, int], ...]:
    """The scores that say why: the one that flagged, and the learned effect where there is one."""
    labels = (action.label, action.call_label)
    return tuple((label, action.customer_id) for label in labels if label is not None)


def _silent(action: Action, reasons: Reasons) -> bool:
    return all(reasons.get(key) == () for key in _keys(action))


def _told(
    explainer: Explainer, asked: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], tuple[Reason, ...]]:
    """The reasons of the scores asked for, by label and customer."""
    found: dict[tuple[str, int], tuple[Reason, ...]] = {}
    asked = sorted(asked)
    for label in sorted({label for label, _ in asked}):
        customers = [who for of, who in asked if of == label]
        said = explainer.reasons(label, customers)
        found |= {(label, who): tuple(said.get(who, ())) for who in customers}
    return found
