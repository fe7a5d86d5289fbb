"""What levers may bring onto the day's lists within their caps, and what the bank gives up for it.

What is given up is told in the ranking's own cents without levers: the best lists without them
against the lists with them, the same customers allocated again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from goodcall.ports import Explainer
from goodcall.reason import Reason
from outreach.arbitrate import Action
from outreach.balance import LeverUse
from outreach.levers import Lever
from outreach.weighed import Weighed, with_levers

Chosen = Mapping[int, Action]
# Which actions of a lever keep it: by customer, offer and channel.
_Key = tuple[int, str | None, str]
_Keeps = Callable[[Action], bool]


class Recalling:
    """An explainer that is asked once for each score."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self._known: dict[tuple[str, int], tuple[Reason, ...]] = {}

    def reasons(self, label: str, customer_ids: Sequence[int]) -> Mapping[int, tuple[Reason, ...]]:
        """The strongest reasons of each customer's score, strongest first."""
        asked = [who for who in customer_ids if (label, who) not in self._known]
        if asked:
            told = self._explainer.reasons(label, asked)
            self._known |= {(label, who): tuple(told.get(who, ())) for who in asked}
        return {who: self._known[label, who] for who in customer_ids}


@dataclass(frozen=True, slots=True)
class Pulled:
    """The customers with the levers that their caps leave, each lever's use, and the whole cost."""

    weighed: Sequence[Weighed]
    uses: tuple[LeverUse, ...]
    cost_cents: int


def pull_levers(
    weighed: Sequence[Weighed],
    levers: Sequence[Lever],
    choose: Callable[[Sequence[Weighed]], Chosen],
) -> Pulled:
    """Every lever within its caps; `choose` allocates the day.

    A cap is about the rows that a lever moves: onto the lists, or off them where it pushes down.
    Of more than its cap those of the highest rank are moved. Caps in cents hold for each alone.
    """
    about = _about(weighed)
    unused = {each.id: LeverUse(each.id, each.owner, 0, 0, 0) for each in levers}
    if not about:
        return Pulled(weighed, tuple(unused.values()), 0)
    plain = choose(_with(weighed, levers, {}))
    day = _Day(weighed, levers, choose, plain, about)
    capped = {each.id: _capped(day, each) for each in levers if each.id in about}
    pulled = _with(weighed, levers, {name: keeps for name, (keeps, _) in capped.items()})
    chosen = choose(pulled)
    uses = {
        each.id: replace(capped[each.id][1], rows=len(day.moved(each, chosen)))
        for each in levers
        if each.id in capped
    }
    return Pulled(
        weighed=pulled,
        uses=tuple((unused | uses).values()),
        cost_cents=max(0, _worth(plain) - _worth(chosen)),
    )


@dataclass(frozen=True, slots=True)
class _Day:
    """What every lever is tried on: the customers, the lists without levers, whom each is about."""

    weighed: Sequence[Weighed]
    levers: Sequence[Lever]
    choose: Callable[[Sequence[Weighed]], Chosen]
    plain: Chosen
    about: Mapping[str, frozenset[_Key]]

    def alone(self, lever: Lever, keeps: _Keeps) -> Chosen:
        """The lists with one lever only, on the actions that keep it."""
        return self.choose(_with(self.weighed, self.levers, {lever.id: keeps}))

    def moved(self, lever: Lever, chosen: Chosen) -> list[Action]:
        """The lever's actions that came onto the lists, or went off them, highest rank first."""
        old, new = (chosen, self.plain) if _pushes_down(lever) else (self.plain, chosen)
        before = {_key(action) for action in old.values()}
        own = self.about[lever.id]
        found = [a for a in new.values() if _key(a) in own and _key(a) not in before]
        return sorted(found, key=lambda action: action.tie_key)

    def first(self, lever: Lever, kept: Iterable[Action]) -> _Keeps:
        """Which actions keep a lever that may move only those given."""
        keys = {_key(action) for action in kept}
        listed = {_key(action) for action in self.plain.values()}
        if not _pushes_down(lever):
            # What would be listed anyway keeps it too, and so stands up to other levers.
            return lambda action: _key(action) in keys or _key(action) in listed
        spared = listed - keys
        return lambda action: _key(action) not in spared


def _capped(day: _Day, lever: Lever) -> tuple[_Keeps, LeverUse]:
    """Which actions keep a lever within its caps, and its use."""
    moved = day.moved(lever, day.alone(lever, lambda _: True))
    most = len(moved) if lever.most_rows is None else min(lever.most_rows, len(moved))

    def cost(rows: int) -> int:
        chosen = day.alone(lever, day.first(lever, moved[:rows]))
        return max(0, _worth(day.plain) - _worth(chosen))

    given_up = cost(most)
    if lever.most_cents is not None and given_up > lever.most_cents:
        low, high = 0, most
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if cost(middle) <= lever.most_cents else (low, middle)
        most, given_up = low, cost(low)
    use = LeverUse(lever.id, lever.owner, most, given_up, len(moved) - most)
    return day.first(lever, moved[:most]), use


def _pushes_down(lever: Lever) -> bool:
    return lever.weight < 0 or lever.cents < 0


def _about(weighed: Iterable[Weighed]) -> dict[str, frozenset[_Key]]:
    """The actions that each lever is about; a lever that is about none is left out."""
    found: dict[str, set[_Key]] = {}
    for who in weighed:
        for attempt in who.attempts:
            if attempt.action is not None and attempt.action.weights is not None:
                for name in attempt.action.weights.levers:
                    found.setdefault(name, set()).add(_key(attempt.action))
    return {name: frozenset(keys) for name, keys in found.items()}


def _with(
    weighed: Iterable[Weighed], levers: Sequence[Lever], keeps: Mapping[str, _Keeps]
) -> list[Weighed]:
    """The customers with only those levers that an action keeps."""

    def kept(action: Action) -> list[Lever]:
        return [each for each in levers if each.id in keeps and keeps[each.id](action)]

    return [with_levers(who, kept) for who in weighed]


def _worth(chosen: Chosen) -> int:
    return sum(action.base_cents for action in chosen.values())


def _key(action: Action) -> _Key:
    return action.customer_id, action.offer_code, action.channel
