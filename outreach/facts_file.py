"""A file of facts: customers, their history and the offers on sale, to try a policy without a bank.

One JSON object with `customers`, and where they matter `offers` and `volumes`. Who shares a
household or a number with whom is found in the file itself. docs/policy.md shows every part.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

from goodcall.language import Text
from goodcall.profile import PastContact, Profile
from goodcall.typed_json import Reader, read_json
from goodcall.vocabulary import KINDS, STATE_OF_OUTCOME
from outreach.customer_facts import FACTS
from outreach.errors import FactsError, RequestError
from outreach.neighbours import Neighbours, Person
from outreach.offer import Offer, tagged
from outreach.policy import Policy
from outreach.request import Facts, Volume
from outreach.rules.volumes import VolumeTerms
from outreach.spelling import check_words

# What stands in the file is known; no decision asks since when.
_ALL_KNOWN = datetime(2100, 1, 1, tzinfo=UTC)
_ROWS = tuple(name for name, fact in FACTS.items() if fact.read is None)


@dataclass(frozen=True, slots=True)
class _Sold:
    """An offer as the file says it: without a name of its own its code is its name."""

    code: str
    family: str
    margin_cents: int = 0
    kinds: tuple[str, ...] = KINDS
    product_id: int | None = None
    min_age: int | None = None
    max_age: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    investment: bool = False
    risk: str | None = None


@dataclass(frozen=True, slots=True)
class _Heard:
    """An earlier outcome of one of the customer's contacts."""

    contact_id: str
    outcome: str
    outcome_at: datetime


@dataclass(frozen=True, slots=True)
class _Used:
    """How much of a volume is used, and when there would be room for one more contact."""

    used: int
    frees_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a customer's object says besides the profile."""

    holdout: bool = False
    heard: tuple[_Heard, ...] = ()
    volumes: Mapping[str, _Used] = field(default_factory=dict)
    features: Mapping[str, float] = field(default_factory=dict)


def load_facts(path: Path, policy: Policy) -> Mapping[int, Facts]:
    """The facts of each customer in a file, by customer_id.

    An unknown field, word, offer, point, contact or rule, an id that stands twice, and a clock
    without a zone or finer than a second, are a FactsError that names the place in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise FactsError(
            f"facts {path} cannot be read: {cause}; name a UTF-8 JSON file that exists"
        ) from cause
    return parse_facts(text, policy, str(path))


def parse_facts(text: str, policy: Policy, file: str = "facts.json") -> Mapping[int, Facts]:
    """The facts that a JSON text says; `file` is the name that errors use."""
    reader = _reader(policy)
    said = reader.only(read_json(text, file, FactsError), ("customers", "offers", "volumes"), file)
    if not isinstance(said.get("customers"), list):
        raise FactsError(f"{file}: customers is no list; write the customers in square brackets")
    offers = _offers(reader, said.get("offers", []), policy, f"{file}: offers")
    everyone = {
        f"{file}: customers[{n}]": _customer(reader, one, f"{file}: customers[{n}]")
        for n, one in enumerate(said["customers"])
    }
    _refuse_twice((profile for profile, _ in everyone.values()), file)
    people = [
        Person(profile, _heard(profile, beside, where))
        for where, (profile, beside) in everyone.items()
    ]
    used = reader.build(dict[str, _Used], said.get("volumes", {}), f"{file}: volumes")
    bankwide = _volumes(used, policy, f"{file}: volumes")
    around = Neighbours(people)
    found = {}
    for person, (where, (profile, beside)) in zip(people, everyone.items(), strict=True):
        _check_named(profile, offers, where)
        found[profile.customer_id] = Facts(
            profile=profile,
            offers=offers,
            holdout=beside.holdout,
            marks=around.marks(profile),
            heard=person.heard,
            household=around.household(profile),
            shared=around.shared(profile),
            volumes=bankwide | _volumes(beside.volumes, policy, f"{where}.volumes"),
            row=_row(beside, where),
        )
    return found


def _reader(policy: Policy) -> Reader:
    """How the file is read: words are checked, and what most customers have may be left out."""

    def check(said: object, where: str) -> None:
        # A contact whose state is left out gets it from its outcome.
        if isinstance(said, PastContact) and not said.state:
            said = replace(said, state="planned")
        try:
            check_words(said, where)
        except RequestError as error:
            raise FactsError(str(error)) from error

    plain = {"direction": "outbound", "category": "marketing", "state": ""}
    person = {
        "kind": "retail",
        "status": "active",
        "zone": policy.zone,
        "known_before": _ALL_KNOWN,
    }
    return Reader(FactsError, {PastContact: plain, Profile: person}, check)


def _customer(reader: Reader, said: object, where: str) -> tuple[Profile, _Beside]:
    """A customer's profile with every contact's state, and what stands beside it."""
    beside = tuple(each.name for each in fields(_Beside))
    whole = reader.only(said, (*(each.name for each in fields(Profile)), *beside), where)
    profile = reader.build(Profile, {k: v for k, v in whole.items() if k not in beside}, where)
    more = reader.build(_Beside, {k: v for k, v in whole.items() if k in beside}, where)
    contacts = tuple(
        _with_state(contact, f"{where}.contacts[{n}]") for n, contact in enumerate(profile.contacts)
    )
    return replace(profile, contacts=contacts), more


def _with_state(contact: PastContact, where: str) -> PastContact:
    """The contact with the state that its outcome tells, where the file says none."""
    if contact.state:
        return contact
    if contact.outcome is None:
        raise FactsError(
            f"{where}: state is missing; add one such as delivered, or the outcome that tells it"
        )
    return replace(contact, state=STATE_OF_OUTCOME[contact.outcome])


def _offers(reader: Reader, said: object, policy: Policy, where: str) -> Mapping[str, Offer]:
    """The offers of the file and of the policy, each with the tags that the policy gives it."""
    found = {offer.code: offer for offer in policy.offers}
    for number, sold in enumerate(reader.build(tuple[_Sold, ...], said, where)):
        if sold.code in found:
            raise FactsError(
                f"{where}[{number}]: offer {sold.code!r} stands twice, or in the policy too; "
                "keep one of them"
            )
        own = {each.name: getattr(sold, each.name) for each in fields(_Sold)}
        found[sold.code] = Offer(name=Text(sold.code, sold.code), **own)
        reader.check(found[sold.code], f"{where}[{number}]")
    return {code: tagged(offer, policy.tags) for code, offer in found.items()}


def _refuse_twice(profiles: Iterable[Profile], file: str) -> None:
    """Refuse an id of a customer, contact or point that stands twice in the file."""
    ids = [
        named
        for profile in profiles
        for named in (
            ("customer_id", profile.customer_id),
            *(("contact_id", contact.contact_id) for contact in profile.contacts),
            *(("point_id", point.point_id) for point in profile.points),
        )
    ]
    for (name, value), count in Counter(ids).items():
        if count > 1:
            raise FactsError(f"{file}: {name} {value!r} stands {count} times; give each its own")


def _check_named(profile: Profile, offers: Mapping[str, Offer], where: str) -> None:
    """Refuse a point or an offer that nothing in the file describes."""
    points = {point.point_id for point in profile.points}
    named = [(f"{where}.contacts[{n}]", c.point_id) for n, c in enumerate(profile.contacts)]
    named += [(f"{where}.verified[{n}]", word.point_id) for n, word in enumerate(profile.verified)]
    for place, point in named:
        if point is not None and point not in points:
            raise FactsError(
                f"{place}: point_id {point} is none of the customer's points; add it to points"
            )
    sold = [
        (f"{where}.contacts[{n}]", contact.offer_code)
        for n, contact in enumerate(profile.contacts)
        if contact.family is None
    ]
    sold += [
        (f"{where}.never_offers[{n}]", no.offer_code) for n, no in enumerate(profile.never_offers)
    ]
    for place, code in sold:
        if code is not None and code not in offers:
            raise FactsError(
                f"{place}: offer_code {code!r} is unknown; add the offer to offers, known: "
                f"{', '.join(sorted(offers)) or 'none'}"
            )


def _heard(profile: Profile, beside: _Beside, where: str) -> tuple[PastContact, ...]:
    """The earlier outcomes, each as its contact stood then."""
    contacts = {contact.contact_id: contact for contact in profile.contacts}
    found = []
    for number, word in enumerate(beside.heard):
        place = f"{where}.heard[{number}]"
        if word.contact_id not in contacts:
            raise FactsError(
                f"{place}: contact_id {word.contact_id!r} is none of the customer's contacts; "
                "add the contact to contacts"
            )
        if word.outcome not in STATE_OF_OUTCOME:
            raise FactsError(
                f"{place}: outcome {word.outcome!r} is unknown; choose one of: "
                f"{', '.join(STATE_OF_OUTCOME)}"
            )
        then = replace(
            contacts[word.contact_id],
            state=STATE_OF_OUTCOME[word.outcome],
            outcome=word.outcome,
            outcome_at=word.outcome_at,
        )
        found.append(then)
    return tuple(found)


def _volumes(said: Mapping[str, _Used], policy: Policy, where: str) -> dict[str, Volume]:
    """What is used of each volume, with the limit that the policy's rule gives it."""
    limits = {
        rule.id: rule.terms.at_most for rule in policy.rules if isinstance(rule.terms, VolumeTerms)
    }
    for name, use in said.items():
        if name not in limits:
            raise FactsError(
                f"{where}: {name!r} is no rule of kind volume; "
                f"the policy has: {', '.join(limits) or 'none'}"
            )
        if use.used < 0:
            raise FactsError(f"{where}.{name}: used is {use.used}; write 0 or more")
    return {name: Volume(use.used, limits[name], use.frees_at) for name, use in said.items()}


def _row(beside: _Beside, where: str) -> Mapping[str, float] | None:
    """The customer's columns of the feature catalogue, as far as the file tells them."""
    for name in beside.features:
        if name not in _ROWS:
            raise FactsError(
                f"{where}.features: {name!r} is no feature; `goodcall features catalog` lists them"
            )
    return beside.features or None
