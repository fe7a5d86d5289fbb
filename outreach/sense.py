"""Rules that cannot be meant: hours that never open, sequences that no contact can follow."""

from collections.abc import Iterable, Mapping

from goodcall.errors import GoodcallError
from goodcall.section import Section
from goodcall.vocabulary import CATEGORIES
from outreach.hours import week_minutes
from outreach.policy import Channel, Rule
from outreach.rules.hours import HoursTerms
from outreach.rules.sequence import AfterTerms, NeverTerms
from outreach.rules.volumes import VolumeTerms


def refuse_nonsense(
    section: Section, rule: Rule, before: Iterable[Rule], channels: Mapping[str, Channel]
) -> None:
    """Refuse a rule with which, after the rules before it in the file, nothing could pass."""
    rules = (*before, rule)
    if isinstance(rule.terms, HoursTerms):
        _refuse_no_hours(section, channels, rules)
    if isinstance(rule.terms, VolumeTerms) and rule.terms.minutes is not None:
        _refuse_no_minutes(section, rule, rule.terms, channels)
    for other in rules[:-1]:
        if _same_pair(rule, other):
            raise section.refuse(
                f"rules {other.id} and {rule.id} are about the same sequence",
                "keep one of them, with the days that are meant",
                key="first",
            )
        for after, never in ((rule, other), (other, rule)):
            if _contradicts(after, never):
                raise _impossible(section, after, never)
    if isinstance(rule.terms, AfterTerms):
        _refuse_circle(section, rule, rules[:-1])


def _refuse_no_hours(section: Section, channels: Iterable[str], rules: Iterable[Rule]) -> None:
    """Refuse lasting quiet hours that together leave a channel no minute of the week."""
    lasting = [rule for rule in rules if rule.kind == "quiet_hours" and rule.expires is None]
    for channel in channels:
        for category in CATEGORIES:
            bound = [
                rule
                for rule in lasting
                if category in rule.categories
                and (rule.channels is None or channel in rule.channels)
            ]
            week = [week_minutes(rule.terms.windows) for rule in bound]
            if week and not frozenset.intersection(*week):
                raise section.refuse(
                    f"rules {', '.join(rule.id for rule in bound)} leave channel {channel} no hour",
                    "let their hours overlap, or take the channel out of one of them",
                    key="allowed",
                )


def _refuse_no_minutes(
    section: Section, rule: Rule, terms: VolumeTerms, channels: Mapping[str, Channel]
) -> None:
    """Refuse a volume in minutes that holds no contact of a channel, or counts none of any."""
    bound = [
        each for each in channels.values() if rule.channels is None or each.id in rule.channels
    ]
    if not any(channel.minutes for channel in bound):
        raise section.refuse(
            f"no channel that rule {rule.id} binds takes minutes",
            'write unit = "contacts", or minutes for a [[channel]]',
            key="unit",
        )
    for channel in bound:
        if channel.minutes > terms.at_most:
            raise section.refuse(
                f"at_most is {terms.at_most} minutes, and one contact by {channel.id} takes "
                f"{channel.minutes}, so that none could ever be made",
                f"write {channel.minutes} or more, or name other channels",
                key="at_most",
            )


def _same_pair(one: Rule, other: Rule) -> bool:
    terms, others = one.terms, other.terms
    return (
        isinstance(terms, NeverTerms)
        and isinstance(others, NeverTerms)
        and terms.first.meets(others.first)
        and terms.then.meets(others.then)
    )


def _contradicts(after: Rule, never: Rule) -> bool:
    """Whether all that one rule asks to come first forbids, by the other, all that comes then."""
    need, ban = after.terms, never.terms
    return (
        isinstance(need, AfterTerms)
        and isinstance(ban, NeverTerms)
        and ban.first.covers(need.first)
        and ban.then.covers(need.then)
        and need.within is not None
        and need.within <= ban.span
    )


def _impossible(section: Section, after: Rule, never: Rule) -> GoodcallError:
    return section.refuse(
        f"nothing can pass rules {after.id} and {never.id}: the one asks for a contact that the "
        "other forbids to follow",
        f"let {after.id} look back further than {never.id}, or take one of them out",
        key="first",
    )


def _refuse_circle(section: Section, rule: Rule, before: Iterable[Rule]) -> None:
    """Refuse contacts that need each other first."""
    needs = [other for other in before if isinstance(other.terms, AfterTerms)]
    reached, front = {rule.id}, [rule]
    while front:
        current = front.pop()
        for other in needs:
            if other.id not in reached and other.terms.then.covers(current.terms.first):
                reached.add(other.id)
                front.append(other)
                if rule.terms.then.covers(other.terms.first):
                    raise section.refuse(
                        f"rules {', '.join(sorted(reached))} need each other's contact first, so "
                        "that none can ever be made",
                        "let one of the contacts come first",
                        key="first",
                    )
