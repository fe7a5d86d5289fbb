"""From a policy file to a Policy, or to an error that says which line to change, and how."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast

from goodcall.calendar import WorkingDays
from goodcall.section import Section, read_text, read_toml
from goodcall.vocabulary import CHANNELS
from outreach.arbitration import read_arbitration, read_each
from outreach.builtin import builtin_rules
from outreach.errors import PolicyError
from outreach.experiment import Band
from outreach.kinds import Bank, read_rule
from outreach.lineage import read_lineages
from outreach.offer_terms import read_term
from outreach.own_offers import read_offers
from outreach.parameter import Fading, Parameter, read_fading, read_parameter
from outreach.points import BankTerms
from outreach.policy import Channel, Minimum, Policy, Rule, Value
from outreach.sense import refuse_nonsense

VERSION_LENGTH = 12
_MOST_CENTS = 1e15
_MOST_MONTHS = 600
_MOST_BPS = 10_000
_LONGEST_HOLIDAY = 60


def load_policy(path: Path) -> Policy:
    """The policy in a file."""
    return parse_policy(read_text(path, "policy", PolicyError), str(path))


def default_policy_text() -> str:
    """The policy that Goodcall ships, for a bank to start from."""
    return (files("outreach") / "default_policy.toml").read_text(encoding="utf-8")


def parse_policy(text: str, file: str = "policy.toml") -> Policy:
    """The policy that a TOML text says; `file` is the name that errors use."""
    document = read_toml(text, file, PolicyError)
    zone = document.zone("zone")
    channels = _channels(document)
    terms = _terms(document, channels, zone)
    tags = _tags(document.part("tags"))
    holdout_share, holdout_bands = _holdout(document.table("holdout"))
    policy = Policy(
        version=hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH],
        text=text,
        zone=zone,
        currency=document.text("currency"),
        channels=tuple(channels.values()),
        rules=_rules(document, channels, terms, tuple(tags)),
        value=_value(document.table("value"), channels),
        default_minutes=_minutes(document.table("capacity")),
        lists_by=_lists_by(document.table("lists")),
        minimums=_minimums(document, channels),
        holdout_share=holdout_share,
        holdout_bands=holdout_bands,
        explore_share=_explore(document),
        bank_terms=terms,
        offers=read_offers(document),
        tags=tags,
        arbitration=read_arbitration(document),
    )
    document.done()
    return policy


def _channels(document: Section) -> dict[str, Channel]:
    sections = document.tables("channel")
    if not sections:
        raise document.refuse("no [[channel]] is declared", "add one for each way to reach")
    channels: dict[str, Channel] = {}
    for section in sections:
        name = section.text("id", CHANNELS)
        _refuse_twice(section, name, channels)
        channels[name] = Channel(
            name,
            section.optional("minutes", partial(section.whole, least=1)) or 0,
            read_parameter(section, "cost_cents", 0, _MOST_CENTS),
            section.optional("points", partial(section.text, among=CHANNELS)),
            section.optional("hold_minutes", partial(section.whole, least=1)),
        )
        section.done()
    return channels


def _terms(document: Section, channels: Mapping[str, Channel], zone: str) -> BankTerms:
    """What the checks of identity ask of contact points; a file may leave its limits out."""
    points = {name: channel.points for name, channel in channels.items()}
    section = document.part("identity")
    days = partial(section.whole, least=1)
    doubtful = section.optional("doubtful_after_days", days)
    oldest = section.optional("max_age_days", days)
    section.done()
    offer_terms = read_each(document, "offer_terms", read_term)
    return BankTerms(zone, points, doubtful, oldest, offer_terms, read_lineages(document))


def _rules(
    document: Section, channels: Mapping[str, Channel], terms: BankTerms, tags: tuple[str, ...]
) -> tuple[Rule, ...]:
    teams = _teams(document.part("teams"))
    bank = Bank(channels, terms.bank_zone, _working_days(document), teams, tags)
    found: dict[str, Rule] = {}
    for section in document.tables("rule"):
        rule = read_rule(section, bank)
        _refuse_twice(section, rule.id, found)
        refuse_nonsense(section, rule, found.values(), channels)
        found[rule.id] = rule
    # sorted() is stable: within a step the built-in checks come first, then the file's order.
    return tuple(sorted((*builtin_rules(terms), *found.values()), key=lambda rule: rule.step))


def _teams(section: Section) -> dict[int, str]:
    """The team of each manager, as `[teams]` lists the managers' numbers by team."""
    team_of: dict[int, str] = {}
    for team in section.said:
        for manager in section.wholes(team):
            if manager in team_of:
                raise section.refuse(
                    f"manager {manager} is in {team_of[manager]!r} and in {team!r}",
                    "leave each manager in one team",
                    key=team,
                )
            team_of[manager] = team
    section.done()
    return team_of


def _working_days(document: Section) -> WorkingDays:
    """The holidays that the file names and the days that are worked to make up for them."""
    holidays: set[date] = set()
    make_up: set[date] = set()
    for section in document.tables("holiday"):
        section.text("name")
        first = section.day("from")
        last = section.optional("to", section.day) or first
        if not first <= last <= first + timedelta(days=_LONGEST_HOLIDAY):
            raise section.refuse(
                f"the holiday ends {last}, {(last - first).days} days after it begins {first}",
                f"write from = {first} and a day of the {_LONGEST_HOLIDAY} after it",
                key="to",
            )
        holidays.update(first + timedelta(days=n) for n in range((last - first).days + 1))
        make_up.update(section.optional("workdays", partial(_days, section)) or ())
        section.done()
    return WorkingDays(frozenset(holidays), frozenset(make_up))


def _days(section: Section, key: str) -> tuple[date, ...]:
    meant = "days in square brackets, without quotes, such as [2026-10-10]"
    said = section.value(key, list, meant)
    if not said or not all(type(day) is date for day in said):
        raise section.refuse(f"{key} is {said!r}", f"write {meant}", key=key)
    return tuple(said)


def _tags(section: Section) -> dict[str, frozenset[str]]:
    tags = {}
    for tag in section.said:
        codes = section.texts(tag)
        if not codes:
            raise section.refuse(
                f"tag {tag!r} names no offer", "name one or more, or take the line out", key=tag
            )
        tags[tag] = frozenset(codes)
    section.done()
    return tags


def _value(section: Section, channels: Mapping[str, Channel]) -> Value:
    value = Value(
        lift_ratio=_by_channel(section.table("lift_ratio"), channels, 10),
        save_rate=_by_channel(section.table("save_rate"), channels, 1, some=True),
        opt_out_probability=_by_channel(section.table("opt_out_probability"), channels, 1),
        complaint_probability=_by_channel(section.table("complaint_probability"), channels, 1),
        opt_out_cents=read_parameter(section, "opt_out_cents", 0, _MOST_CENTS),
        complaint_cents=read_parameter(section, "complaint_cents", 0, _MOST_CENTS),
        fatigue_cents=read_parameter(section, "fatigue_cents", 0, _MOST_CENTS),
        fatigue_days=read_parameter(section, "fatigue_days", 1, 3660),
        cannibalisation=read_parameter(section, "cannibalisation", 0, 1),
        deposit_margin_bps=read_parameter(section, "deposit_margin_bps", 0, _MOST_BPS),
        months=read_parameter(section, "months", 1, _MOST_MONTHS),
        discount=read_parameter(section, "discount", 0, 1),
        repeated_care=section.optional("repeated_care", partial(_repeated_care, section)),
        attention_cents=section.optional(
            "attention_cents", lambda key: read_parameter(section, key, 0, _MOST_CENTS)
        ),
        kept_churn=section.optional("kept_churn", lambda key: read_parameter(section, key, 0, 1)),
    )
    section.done()
    return value


def _repeated_care(value: Section, key: str) -> Fading:
    section = value.table(key)
    fading = read_fading(section, 1)
    section.done()
    return fading


def _by_channel(
    section: Section, channels: Mapping[str, Channel], most: float, *, some: bool = False
) -> dict[str, Parameter]:
    """A figure for every channel of the policy, or for some of them."""
    for key in section.said:
        if key not in channels:
            raise section.refuse(
                f"channel {key!r} is not declared",
                f"declared: {', '.join(channels)}; add a [[channel]] or take the line out",
                key=key,
            )
    wanted = [name for name in channels if not some or name in section.said]
    return {name: read_parameter(section, name, 0, most) for name in wanted}


def _lists_by(section: Section) -> Literal["manager", "branch"]:
    said = section.text("by", ("manager", "branch"))
    section.done()
    return cast("Literal['manager', 'branch']", said)


def _holdout(section: Section) -> tuple[float, tuple[Band, ...]]:
    """The share of the hold-out, and the bands of assets that have one of their own."""
    share = _held_out(section)
    bands: list[Band] = []
    for each in section.optional("band", section.tables) or []:
        begins = each.whole("assets_from_cents", 1)
        if bands and begins <= bands[-1].from_cents:
            raise each.refuse(
                f"begins at {begins}, and the band before it at {bands[-1].from_cents}",
                "write bands from the least assets to the most, each once",
                key="assets_from_cents",
            )
        bands.append(Band(begins, _held_out(each)))
        each.done()
    section.done()
    return share, tuple(bands)


def _held_out(section: Section) -> float:
    share = section.number("share", 0, 0.5)
    if share == 0:
        raise section.refuse(
            "share is 0",
            "write a share such as 0.10: without a hold-out no effect shows",
            key="share",
        )
    return share


def _explore(document: Section) -> float:
    """The share of a list's minutes that lots are drawn for; none where the file names none."""
    section = document.optional("exploration", document.table)
    if section is None:
        return 0.0
    share = section.number("share", 0, 0.5)
    if share == 0:
        raise section.refuse(
            "share is 0", "write a share such as 0.05, or leave [exploration] out", key="share"
        )
    section.done()
    return share


def _minimums(document: Section, channels: Mapping[str, Channel]) -> tuple[Minimum, ...]:
    found: dict[str, Minimum] = {}
    for section in document.tables("minimum"):
        name = section.text("id")
        _refuse_twice(section, name, found)
        offers = section.optional("offers", section.texts)
        listed = section.optional("channels", partial(section.texts, among=channels))
        found[name] = Minimum(
            id=name,
            at_least=section.whole("at_least", 1),
            owner=section.text("owner"),
            offers=None if offers is None else frozenset(offers),
            channels=None if listed is None else frozenset(listed),
            expires=section.optional("expires", section.day),
        )
        section.done()
    return tuple(found.values())


def _minutes(section: Section) -> int:
    minutes = section.whole("default_minutes", 1)
    section.done()
    return minutes


def _refuse_twice(section: Section, name: str, taken: Iterable[str]) -> None:
    if name in taken:
        raise section.refuse(f"id {name!r} stands twice", "give each its own", key="id")
