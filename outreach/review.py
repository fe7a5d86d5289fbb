"""What the owner of a policy would want to know of a file that reads well: what has no effect."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from goodcall.language import Text
from outreach.policy import Policy, Rule
from outreach.rules.caps import CapTerms
from outreach.rules.consent import ConsentTerms
from outreach.rules.hours import HolidayTerms, HoursTerms
from outreach.rules.windows import Rolling


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in a policy that is not wrong and may not be meant; `about` is the part's id."""

    about: str
    words: Text


def review(policy: Policy, day: date) -> tuple[Notice, ...]:
    """What of a policy has no effect on a day, and which channels nothing protects.

    `day` is a local date of the bank.
    """
    return (
        *_over(policy, day),
        *_never_bite(policy, day),
        *_idle_care(policy),
        *_unprotected(policy, day),
    )


def endings(policy: Policy) -> Iterator[tuple[str, str, date]]:
    """Everything in a policy that has a last day: its kind, its id and that day."""
    parts = [("rule", rule.id, rule.expires) for rule in policy.rules]
    parts += [("lever", lever.id, lever.expires) for lever in policy.arbitration.levers]
    parts += [("minimum", each.id, each.expires) for each in policy.minimums]
    parts += [("price_band", band.name, band.valid_to) for band in policy.arbitration.bands]
    parts += [("offer", offer.code, offer.valid_to) for offer in policy.offers]
    for kind, name, last in parts:
        if last is not None:
            yield kind, name, last


def _over(policy: Policy, day: date) -> Iterator[Notice]:
    """What ended before the day."""
    for kind, name, last in endings(policy):
        if last < day:
            yield Notice(
                name,
                Text(
                    f"{kind} {name} ended on {last} and has no effect any more; take it out or "
                    "write a later day",
                    f"{kind} {name} 已于{last}到期,不再生效;请删除或改为更晚的日期",
                ),
            )
    for rule in _in_force(policy, day):
        if isinstance(rule.terms, HolidayTerms):
            latest = max(rule.terms.days.holidays)
            if latest < day:
                yield Notice(
                    rule.id,
                    Text(
                        f"rule {rule.id} knows no holiday after {latest}; add the coming "
                        "[[holiday]] tables",
                        f"规则 {rule.id} 没有{latest}之后的节假日;请补充 [[holiday]]",
                    ),
                )


def _never_bite(policy: Policy, day: date) -> Iterator[Notice]:
    """Rules that stop nothing, whatever happens."""
    rules = list(_in_force(policy, day))
    for place, rule in enumerate(rules):
        if isinstance(rule.terms, ConsentTerms) and rule.terms.mode == "disabled":
            yield Notice(
                rule.id,
                Text(
                    f'rule {rule.id} has mode = "disabled" and asks nobody for consent',
                    f"规则 {rule.id} 的 mode 为 disabled,不检查授权",
                ),
            )
        tighter = _tighter(rules, place)
        if tighter is not None:
            yield Notice(
                rule.id,
                Text(
                    f"rule {rule.id} never stops anything: {tighter.id} allows no more in a time "
                    "at least as long",
                    f"规则 {rule.id} 不会起作用:{tighter.id} 在同样或更长的时间内已更严格",
                ),
            )
    terms = policy.bank_terms
    oldest = terms.max_age_days
    if oldest and terms.doubtful_after_days and terms.doubtful_after_days >= oldest:
        yield Notice(
            "identity",
            Text(
                f"no contact point is ever doubtful: after max_age_days = {oldest} it is not used",
                f"doubtful_after_days 不会起作用:超过 max_age_days = {oldest} 即停用",
            ),
        )


def _tighter(rules: list[Rule], place: int) -> Rule | None:
    """A rolling cap that allows nothing that the one at a place forbids; of twins the first."""
    rule = rules[place]
    for number, other in enumerate(rules):
        twin = _is_looser(other, rule)
        if number != place and _is_looser(rule, other) and not (twin and number > place):
            return other
    return None


def _is_looser(rule: Rule, other: Rule) -> bool:
    """Whether a rolling cap, as long as it holds, allows all that another over the same allows."""
    terms, than = rule.terms, other.terms
    if not (isinstance(terms, CapTerms) and isinstance(than, CapTerms)):
        return False
    if not (isinstance(terms.window, Rolling) and isinstance(than.window, Rolling)):
        return False
    outlives = other.expires is None or (rule.expires is not None and rule.expires <= other.expires)
    same = (terms.counting, rule.categories, rule.channels) == (
        *(than.counting, other.categories, other.channels),
    )
    looser = terms.at_most >= than.at_most and terms.window.span <= than.window.span
    return same and looser and outlives


def _idle_care(policy: Policy) -> Iterator[Notice]:
    """What is said of care calls, by levers too, where no channel makes any."""
    if policy.value.save_rate:
        return
    if policy.value.repeated_care is not None:
        yield Notice(
            "repeated_care",
            Text(
                "[value.repeated_care] changes nothing: no channel has a figure in "
                "[value.save_rate], so no care call is ever weighed",
                "[value.repeated_care] 不会起作用:"
                "[value.save_rate] 中没有任何渠道,不会产生关怀联系",
            ),
        )
    for lever in policy.arbitration.levers:
        if lever.scope.care and not (lever.scope.offers or lever.scope.families):
            yield Notice(
                lever.id,
                Text(
                    f"lever {lever.id} moves nothing: no channel has a figure in "
                    "[value.save_rate], so no care call is ever weighed",
                    f"杠杆 {lever.id} 不会起作用:[value.save_rate] 中没有任何渠道,不会产生关怀联系",
                ),
            )


def _unprotected(policy: Policy, day: date) -> Iterator[Notice]:
    """Channels to a number or an address that no rule of consent, or of hours, is about."""
    rules = list(_in_force(policy, day))
    for channel in policy.channels:
        if channel.points is None:
            continue
        bound = [r for r in rules if r.channels is None or channel.id in r.channels]
        if not any(isinstance(rule.terms, ConsentTerms) for rule in bound):
            yield Notice(
                channel.id,
                Text(
                    f"no rule of kind consent is about channel {channel.id}: whoever has not "
                    "refused it may be contacted by it",
                    f"渠道 {channel.id} 没有 consent 规则:未拒绝的客户均可联系",
                ),
            )
        if not any(isinstance(rule.terms, HoursTerms) for rule in bound):
            yield Notice(
                channel.id,
                Text(
                    f"no rule of kind quiet_hours is about channel {channel.id}: it may be used "
                    "at any hour",
                    f"渠道 {channel.id} 没有 quiet_hours 规则:任何时间均可使用",
                ),
            )


def _in_force(policy: Policy, day: date) -> Iterator[Rule]:
    """The rules of the file that have not ended before a day."""
    return (rule for rule in policy.rules if rule.expires is None or rule.expires >= day)
