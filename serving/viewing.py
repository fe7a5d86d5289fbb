"""A customer at a glance: what the bank knows, each field with its source and its day.

What the bank's tables do not tell is said to be not known. The ledger's contacts, words and
complaints count from the moment they are recorded.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from features.catalog import CATALOG
from features.errors import StaleSnapshot, StoreUnreachable
from features.online import OnlineStore
from goodcall.calendar import local_date
from goodcall.language import Text
from goodcall.ports import Masker
from goodcall.profile import Holding, PastContact, Profile
from goodcall.vocabulary import FAMILY_NAMES
from outreach.badges import BADGES, badges_of, last_contacts
from outreach.recording import FIRST_CONTACT_ID
from outreach.request import Facts, facts_of, outcome_moment
from outreach.wishes import wishes_of
from serving.contacting import contacted
from serving.errors import NotReady
from serving.schemas.customers import (
    Badge,
    Complaint,
    Held,
    Maturing,
    Mood,
    Overdue,
    Pitched,
    RiskLevel,
    ViewAnswer,
)
from serving.schemas.shared import Words
from serving.scoring import unknown_customer
from serving.shelf import Shelf, need
from serving.wishing import wished

T = TypeVar("T")
Told = dict[str, Any]
_MOST_CONTACTS = 5
_MOODS = {"LOW_MOOD": "low", "DEFER_MOOD": "low"}
_MOOD_WORDS = {
    "low": Text("low", "低落"),
    "neutral": Text("neutral", "平稳"),
    "satisfied": Text("satisfied", "满意"),
}
_NONE, _NOT_KNOWN = Text("none", "无"), Text("not known", "未知")
_VISIT, _OWED = "days_since_visit_365d", "overdue_amount"


@dataclass(frozen=True, slots=True)
class _Look:
    """A customer with all that is known, at one moment.

    `last_day` is the last day that the row looks at, on the bank's clock.
    """

    facts: Facts
    tables: tuple[str, ...]
    row: dict[str, float]
    as_of: date
    today: date
    last_day: date

    @property
    def profile(self) -> Profile:
        return self.facts.profile

    def sourced(self, value: object, source: str, on: date | None, text: Text) -> Told:
        """A known value; where there is none, whether its source would have told."""
        if value is not None:
            return _told(value, "known", source, on or self.as_of, text)
        if source in self.tables:
            return _told(None, "none", source, self.as_of, text)
        return _told(None, "not_known", source, None, _NOT_KNOWN)

    def stated(self, value: T | None, say: Callable[[T], Text]) -> Told:
        """A column of the customer's own row; an empty one is not known."""
        if value is None:
            return _told(None, "not_known", "customers", None, _NOT_KNOWN)
        return _told(value, "known", "customers", self.as_of, say(value))


def view(shelf: Shelf, customer_id: int, masker: Masker, now: datetime) -> ViewAnswer:
    """A customer at `now`; UnknownCustomer of one whom the snapshot lacks."""
    store, policy = need(shelf.snapshot, "no_snapshot"), need(shelf.policy, "no_policy")
    look = _look(shelf, store, customer_id, now)
    profile = look.profile
    name = None if profile.name is None else masker.name(profile.name)
    return ViewAnswer.model_validate(
        {
            "customer_id": customer_id,
            "as_of": look.as_of,
            "at": now,
            "name": look.stated(name, _plain),
            "kind": look.stated(profile.kind, _plain),
            "manager_id": look.stated(profile.manager_id, _plain),
            "branch_id": look.stated(profile.branch_id, _plain),
            "opened_on": look.stated(profile.opened_on, _plain),
            "holdings": _holdings(look),
            "maturities": _maturities(look),
            "overdue": _overdue(look),
            "last_visit": _last_visit(look),
            "last_complaint": _last_complaint(look),
            "risk_level": _risk_level(look),
            "last_contacts": _contacts(look),
            "pitched": _pitched(look),
            "mood": _mood(look),
            "wishes": _wishes(look),
            "badges": tuple(
                Badge(badge=each, text=Words.of(BADGES[each]))
                for each in badges_of(look.facts, look.today, policy.zone)
            ),
        }
    )


def _look(shelf: Shelf, store: OnlineStore, customer_id: int, now: datetime) -> _Look:
    past = need(shelf.ledger, "no_ledger")
    try:
        profile = store.profile(customer_id)
        served = store.row_at(customer_id, now)
    except StaleSnapshot as error:
        raise NotReady("stale_snapshot", str(error)) from error
    except StoreUnreachable as error:
        raise NotReady("no_snapshot", str(error)) from error
    if profile is None:
        raise unknown_customer(store, customer_id)
    # Who objects to profiling has no row of features; what rests on them is not known.
    values = [math.nan] * len(CATALOG.names) if served is None else served.values.tolist()
    row = dict(zip(CATALOG.names, values, strict=True))
    facts = facts_of(profile, {}, holdout=False, history=past.of(profile))
    today = local_date(now, profile.zone)
    moment = now if served is None else served.at
    last_day = local_date(moment - timedelta(microseconds=1), store.mark.zone)
    return _Look(facts, store.mark.tables, row, store.mark.as_of, today, last_day)


def _holdings(look: _Look) -> Told:
    held = tuple(
        Held(
            product_id=each.product_id,
            family=each.family,
            name=Words.of(FAMILY_NAMES.get(each.family, Text(each.family, each.family))),
            opened_on=each.opened_on,
            amount_cents=each.amount_cents,
        )
        for each in look.profile.holdings
        if _is_held(each, look.today)
    )
    text = Text(f"{len(held)} products", f"{len(held)}项产品")
    return look.sourced(held or None, "holdings", None, text)


def _maturities(look: _Look) -> Told:
    due = sorted(
        (
            (each.matures_on, each)
            for each in look.profile.holdings
            if each.matures_on is not None
            and (each.closed_on is None or each.closed_on > look.today)
        ),
        key=lambda pair: (pair[0], pair[1].product_id),
    )
    told = tuple(
        Maturing(
            product_id=each.product_id,
            family=each.family,
            on=on,
            in_days=(on - look.today).days,
            amount_cents=each.amount_cents,
        )
        for on, each in due
    )
    text = Text(f"{len(told)} fall due", f"{len(told)}项到期") if told else _NONE
    return look.sourced(told or None, "holdings", None, text)


def _overdue(look: _Look) -> Told:
    since = look.profile.overdue_since
    if since is None:
        return look.sourced(None, "loans", None, _NONE)
    owed = look.row.get(_OWED)
    known = owed is not None and owed == owed and owed > 0  # noqa: PLR0124 - NaN: not known
    found = Overdue(
        since=since,
        days=(look.today - since).days,
        amount_cents=round(owed) if known and owed is not None else None,
    )
    return look.sourced(found, "loans", None, Text(f"since {since}", f"自{since}起"))


def _last_visit(look: _Look) -> Told:
    """The last visit of the last year, by the feature that counts the days since."""
    days = look.row.get(_VISIT)
    if days is None or days != days:  # noqa: PLR0124 - NaN: no visit
        return look.sourced(None, "events", None, Text("none in 365 days", "近365天无"))
    on = look.last_day - timedelta(int(days))
    return look.sourced(on, "events", on, _plain(on))


def _last_complaint(look: _Look) -> Told:
    """The latest complaint: a case of the service desk, or what was heard in a contact."""
    heard = [outcome_moment(each) for each in look.facts.outcomes if each.outcome == "COMPLAINT"]
    cases = [
        each
        for each in look.profile.cases
        if each.kind == "complaint" and each.happened_at not in heard
    ]
    case = max(cases, key=lambda each: each.happened_at, default=None)
    said = max(heard, default=None)
    if case is not None and (said is None or case.happened_at >= said):
        at, is_open, source = case.happened_at, case.closed_at is None, "cases"
        how = Text("open", "未结案") if is_open else Text("settled", "已结案")
        found = Complaint(at=at, open=is_open, closed_at=case.closed_at)
    elif said is not None:
        at, source, how = said, "ledger", Text("heard in a contact", "联系中提出")
        found = Complaint(at=at, open=None, closed_at=None)
    else:
        return look.sourced(None, "cases", None, _NONE)
    on = local_date(at, look.profile.zone)
    return look.sourced(found, source, on, Text(f"{on}, {how.en}", f"{on},{how.zh}"))


def _risk_level(look: _Look) -> Told:
    assessed = look.profile.assessment
    if assessed is None:
        return look.sourced(None, "assessments", None, _NONE)
    until = assessed.expires_on
    found = RiskLevel(tolerance=assessed.tolerance, expires_on=until, expired=until < look.today)
    text = Text(f"{assessed.tolerance} until {until}", f"{assessed.tolerance},有效期至{until}")
    return look.sourced(found, "assessments", None, text)


def _contacts(look: _Look) -> Told:
    last = last_contacts(look.facts, _MOST_CONTACTS)
    told = tuple(contacted(each) for each in last)
    text = Text(f"{len(told)} contacts", f"{len(told)}次联系")
    return look.sourced(told or None, *_whence(look, last), text)


def _pitched(look: _Look) -> Told:
    """Every offer that was made in a contact that reached the customer, the latest first."""
    made = [
        each
        for each in last_contacts(look.facts, len(look.profile.contacts))
        if each.offer_code is not None
    ]
    by_offer: dict[str, list[PastContact]] = {}
    for each in made:
        by_offer.setdefault(str(each.offer_code), []).append(each)
    told = tuple(
        Pitched(
            offer_code=code,
            times=len(contacts),
            last_at=contacts[0].happened_at,
            channel=contacts[0].channel,
            outcome=contacts[0].outcome,
        )
        for code, contacts in by_offer.items()
    )
    codes = ", ".join(by_offer)
    return look.sourced(told or None, *_whence(look, made), Text(codes, codes) if codes else _NONE)


def _mood(look: _Look) -> Told:
    noted: list[tuple[datetime, str, str]] = [
        (each.happened_at, each.mood, "cases") for each in look.profile.cases if each.mood
    ]
    noted += [
        (outcome_moment(each), _MOODS[each.outcome], _source_of(each))
        for each in look.facts.outcomes
        if each.outcome in _MOODS
    ]
    if not noted:
        return look.sourced(None, "cases", None, _NONE)
    at, mood, source = max(noted)
    on = local_date(at, look.profile.zone)
    found = Mood.model_validate({"mood": mood, "at": at})
    return look.sourced(found, source, on, _MOOD_WORDS[mood])


def _wishes(look: _Look) -> Told:
    """How the customer wants to be contacted, by the ledger up to now."""
    told = wished(wishes_of(look.profile, look.today))
    if not told:
        return _told(None, "none", "ledger", look.today, _NONE)
    words = Text("; ".join(t.text.en for t in told), ";".join(t.text.zh for t in told))
    return _told(told, "known", "ledger", look.today, words)


def _whence(look: _Look, contacts: Sequence[PastContact]) -> tuple[str, date | None]:
    """Where the latest of some contacts is from, and its day."""
    if not contacts:
        return "contacts", None
    return _source_of(contacts[0]), local_date(contacts[0].happened_at, look.profile.zone)


def _source_of(contact: PastContact) -> str:
    number = contact.contact_id
    return "ledger" if number.isdigit() and int(number) >= FIRST_CONTACT_ID else "contacts"


def _told(value: object, state: str, source: str, on: date | None, text: Text) -> Told:
    return {"value": value, "state": state, "source": source, "on": on, "text": Words.of(text)}


def _is_held(holding: Holding, today: date) -> bool:
    return holding.closed_on is None or holding.closed_on > today


def _plain(value: object) -> Text:
    return Text(str(value), str(value))
