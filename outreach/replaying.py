"""What another policy would have earned on days that were planned, against what theirs earned.

A decision is about a customer whom the best use of either policy would contact that day; what
counts is what came of the contact, nothing where there was none. So this compares what contacts
bring in, not purchases that would have come anyway: those only the hold-out tells. A decision in
which the day could not have done what the new policy would is left out, and counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from outreach.arbitrate import Action
from outreach.errors import ExperimentError
from outreach.loading import parse_policy
from outreach.logged import LoggedDay, earned_cents, expected_cents
from outreach.offer import Offer
from outreach.policy import Policy
from outreach.replay import Estimate, Gain, Log, doubly_robust, gain, snips
from outreach.reweighing import Reweigher, best_use, chosen_by
from outreach.trail import Trail

# What a policy does: an offer by a channel, a care call by a channel, or nothing.
_Deed = tuple[str | None, str] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A policy's estimate a decision, of another policy's, and the difference, by one method."""

    new: Estimate
    old: Estimate
    gain: Gain

    @property
    def verdict(self) -> str:
        """`insufficient`, `not_shown`, or whether the new policy earns `more` or `less`."""
        if not (self.new.enough and self.old.enough):
            return "insufficient"
        if not self.gain.shown:
            return "not_shown"
        return "more" if self.gain.value > 0 else "less"


@dataclass(frozen=True, slots=True)
class Replay:
    """Both methods' answers in cents a decision, on how many days.

    In `agreeing` of the decisions both policies do the same; `unknown` further ones are left out,
    for no lot could have done there what the new policy would.
    """

    days: int
    decisions: int
    agreeing: int
    unknown: int
    rules_differ: bool
    snips: Answer
    doubly_robust: Answer


@dataclass(slots=True)
class _Columns:
    agreeing: int = 0
    unknown: int = 0
    customer_id: list[int] = field(default_factory=list)
    reward: list[float] = field(default_factory=list)
    probability: list[float] = field(default_factory=list)
    predicted: list[float] = field(default_factory=list)
    new: list[tuple[float, float]] = field(default_factory=list)
    old: list[tuple[float, float]] = field(default_factory=list)

    def log(self, side: Iterable[tuple[float, float]]) -> Log:
        return Log(self.customer_id, self.reward, self.probability, [same for same, _ in side])


def replay(days: Iterable[LoggedDay], new: Policy, offers: Mapping[str, Offer]) -> Replay:
    """What `new` would have earned on these days, against the policies that they were planned by.

    ExperimentError where no day has a plan that kept probabilities, or both would always do the
    same as nothing; PolicyError where the new policy cannot be replayed.
    """
    columns, count, differ = _Columns(), 0, False
    for day in days:
        old = parse_policy(day.policy_text)
        differ = differ or _rules(old) != _rules(new)
        _add(columns, day, Reweigher(old, new, offers), explores=old.explore_share > 0)
        count += 1
    if not columns.customer_id:
        raise ExperimentError(
            "no decision of these days can be replayed; choose days that were planned by a release "
            "that keeps the probability of every decision"
        )
    new_log, old_log = columns.log(columns.new), columns.log(columns.old)
    new_guess, old_guess = ([guess for _, guess in side] for side in (columns.new, columns.old))
    who, predicted = columns.customer_id, columns.predicted
    return Replay(
        days=count,
        decisions=len(who),
        agreeing=columns.agreeing,
        unknown=columns.unknown,
        rules_differ=differ,
        snips=_answer(who, snips(new_log), snips(old_log)),
        doubly_robust=_answer(
            who,
            doubly_robust(new_log, predicted, new_guess),
            doubly_robust(old_log, predicted, old_guess),
        ),
    )


def _answer(customer_id: Sequence[int], new: Estimate, old: Estimate) -> Answer:
    return Answer(new, old, gain(new, old, customer_id))


def _add(columns: _Columns, day: LoggedDay, reweigher: Reweigher, *, explores: bool) -> None:
    """Take a day's decisions into the columns."""
    before, after = best_use(day.trails), chosen_by(reweigher, day.trails)
    longest: dict[int | None, int] = {}
    for trail in day.trails:
        if (place := before.get(trail.customer_id)) is not None:
            longest[trail.list_id] = max(place.minutes, longest.get(trail.list_id, 0))
    for trail in day.trails:
        who = trail.customer_id
        olds, news = before.get(who), _stored(after.get(who), trail)
        if (olds is None and news is None) or trail.probability is None:
            continue
        room = longest.get(trail.list_id, -1) if olds is None else olds.minutes
        could = explores and (news is None or news.minutes <= room)
        if _deed(olds) != _deed(news) and not could:
            columns.unknown += 1
            continue
        columns.agreeing += _deed(olds) == _deed(news)
        listed = (a.action for a in trail.attempts if a.step == "listed")
        done = next(listed, None)
        columns.customer_id.append(who)
        columns.reward.append(0.0 if done is None else earned_cents(done, day.results.get(who)))
        columns.probability.append(trail.probability)
        columns.predicted.append(expected_cents(done))
        for side, would in ((columns.new, news), (columns.old, olds)):
            side.append((float(_deed(would) == _deed(done)), expected_cents(would)))


def _stored(would: Action | None, trail: Trail) -> Action | None:
    """The action as the trail has it: what it was expected to earn hangs on no policy's figures."""
    if would is None:
        return None
    return next(a.action for a in trail.attempts if _deed(a.action) == _deed(would))


def _deed(action: Action | None) -> _Deed:
    return None if action is None else (action.offer_code, action.channel)


def _rules(policy: Policy) -> list[tuple[str, str, object]]:
    return [(rule.id, rule.kind, rule.terms) for rule in policy.rules]
