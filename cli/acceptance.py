"""`goodcall outreach acceptance`: who would take an offer, told before anybody is asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import typer
from numpy.typing import NDArray

from cli.clock import now
from cli.errors import BadOption
from cli.night_files import ledger_in
from cli.options import BankFolder, Day, Home, Json, Lang, bank_in, parse_day, show, workspace
from cli.planning import Inputs, Night, champions_of, of_unit, offers_on
from cli.policies import policy_of
from cli.policy_diff import inputs_of, replayed
from cli.records import audit_of
from cli.reporting import Html, Xlsx, exported, give
from cli.show import Step
from cli.words import ORIGINS, STEPS, said
from features import CATALOG, Bank, as_of, cohort_at
from features.objections import objecting, without
from goodcall import Text
from goodcall.calendar import start_of_day
from goodcall.effect import NO_CHANGES, Changes, Origin
from goodcall.night_record import read_record
from goodcall.vocabulary import COUNTED_STATES, FAMILIES
from models import Model, score_table
from outreach import Offer, Policy, Trail, load_offer
from outreach.arbitrate import OFFER, buys
from outreach.funnel import LISTED, funnel_of
from outreach.funnel import STEPS as PLAN_STEPS
from outreach.offer import offer_named
from outreach.trail import Attempt
from reports import (
    Acceptance,
    Audience,
    Said,
    Way,
    Window,
    acceptance,
    acceptance_page,
    looked_back,
)
from reports.demand import dimension_of
from reports.standing import standings
from training.definitions.definition import NextProduct
from training.labels import next_products

HORIZON_DAYS = 90
# How many earlier windows check the chances, and the past that a customer needs before each.
_WINDOWS, _PAST_DAYS = 4, 180
# What a model gives to those who cannot buy lies below.
_CLOSED = 1e-6
_FITS, _ALLOWED = PLAN_STEPS.index("rules"), PLAN_STEPS.index("worth_it")


def acceptance_command(
    bank: BankFolder,
    code: Annotated[str, typer.Argument(metavar="OFFER", help="The offer's code.")],
    day: Day,
    new: Annotated[
        Path | None,
        typer.Option(
            "--new", metavar="FILE", help="The offer as one [[offer]], if it is not on sale yet."
        ),
    ] = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Who would take an offer: the funnel, purchases in 90 days left alone and contacted, segments.

    The day is planned with the offer, and nothing of it is kept. Chances are a model's, checked on
    earlier 90 days of customers who were left alone; what contacts add is as the policy or the
    learned effects say, and where nobody measured it anything from nothing to twice that.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened, of = bank_in(place, bank), parse_day(day)
    policy = policy_of(place, currency=opened.manifest.currency)
    audit = audit_of(place)
    audit.record(
        "command line",
        "simulate acceptance",
        f"offer {code}, {of}",
        file=None if new is None else new.name,
        files=exported(html, xlsx),
    )
    if new is not None:
        policy = with_offer(policy, load_offer(new), code)
    record = read_record(place, of)
    absent = frozenset(record.absent if record else ())
    night = Night(place, opened, policy, of, now(), audit, absent)
    with (
        ledger_in(place) as ledger,
        speak.progress(Text("planning and looking back", "计划与回溯中")) as step,
    ):
        offer = offer_named({each.code: each for each in offers_on(night, policy)}, code)
        model = scoring(night, offer)
        inputs = inputs_of(night, ledger, step)
        plan = replayed(inputs, policy, ledger)
        trails = [plan.trail(who) for who in sorted(plan.trails)]
        found = accepted(inputs, offer, trails, lookback(night, model, step))
    words = Said(STEPS, said, ORIGINS)
    give(speak, acceptance_page(found, offer, of, policy.currency, words), html, xlsx)


def with_offer(policy: Policy, offer: Offer, code: str) -> Policy:
    """A policy that sells one more offer, which must be the one that is asked about."""
    if offer.code != code:
        raise BadOption(
            f"the file of --new holds offer {offer.code!r}, and {code!r} is asked about; name "
            "the one that it holds"
        )
    kept = tuple(each for each in policy.offers if each.code != code)
    return replace(policy, offers=(*kept, offer))


def scoring(night: Night, offer: Offer) -> Model:
    """The champion that scores an offer's family; BadOption where none does."""
    models = of_unit(champions_of(night.workspace), "probability")
    label = buys(offer.family)
    if label not in models:
        raise BadOption(
            f"no champion scores {label}, so nothing says who would take {offer.code}; scored "
            f"are: {', '.join(sorted(models))}: train a model of next products"
        )
    return models[label]


def accepted(
    inputs: Inputs, offer: Offer, trails: Sequence[Trail], windows: Mapping[str, Sequence[Window]]
) -> Acceptance:
    """What an offer would meet with, by the trails of a day that was planned with it."""
    fates = [_Fate.of(trail, offer) for trail in trails]
    reached = np.array([each.reached for each in fates])
    chance = np.array([each.chance for each in fates])
    audience = Audience(
        eligible=reached >= _FITS,
        chance=chance,
        ways=tuple(_ways(inputs, offer, fates)),
        segments=_segments(inputs, [trail.customer_id for trail in trails]),
    )
    return acceptance(
        audience, windows, offer.family, funnel_of((each.step, each.reason) for each in fates)
    )


@dataclass(frozen=True, slots=True)
class _Fate:
    """How far an offer came with one customer; `reached` is the step's place, the last if listed.

    `ways` are the offer's attempts by channel.
    """

    customer_id: int
    step: str
    reason: str
    ways: Mapping[str, Attempt]

    @classmethod
    def of(cls, trail: Trail, offer: Offer) -> "_Fate":
        """By the offer's attempt that came furthest; who is left alone stands at `holdout`."""
        own = {each.channel: each for each in trail.attempts if each.offer_code == offer.code}
        if not own:
            return cls(trail.customer_id, "holdout", "holdout", own)
        best = max(own.values(), key=lambda each: _place(each.step))
        return cls(trail.customer_id, best.step, best.reason, own)

    @property
    def reached(self) -> int:
        """The place of the step."""
        return _place(self.step)

    @property
    def chance(self) -> float:
        """The model's chance of a purchase, NaN where no score says it."""
        found = (each.action for each in self.ways.values())
        return next((each.probability for each in found if each is not None), float("nan"))


def _place(step: str) -> int:
    return len(PLAN_STEPS) if step == LISTED else PLAN_STEPS.index(step)


def _ways(inputs: Inputs, offer: Offer, fates: Sequence[_Fate]) -> Iterator[Way]:
    value = inputs.night.policy.value
    changes = dict(
        zip(inputs.features["customer_id"].to_pylist(), inputs.effects.rows(), strict=False)
    )
    for channel in inputs.night.policy.channels:
        tries = [each.ways.get(channel.id) for each in fates]
        actions = [None if each is None else each.action for each in tries]
        known = [changes.get(each.customer_id, NO_CHANGES) for each in fates]
        origins = {each.effect_from for each in actions if each is not None and each.effect_from}
        yield Way(
            channel=channel.id,
            allowed=np.array([t is not None and _place(t.step) >= _ALLOWED for t in tries]),
            listed=np.array([t is not None and t.step == LISTED for t in tries]),
            effect=np.array([0.0 if each is None else each.effect for each in actions]),
            opt_out=_chances(
                known, "opt_out", channel.id, value.opt_out_probability[channel.id].amount
            ),
            complaint=_chances(
                known, "complaint", channel.id, value.complaint_probability[channel.id].amount
            ),
            margin_cents=offer.margin_cents * (1 - value.cannibalisation.amount),
            cost_cents=channel.cost_cents.amount,
            origin=_origin(origins),
        )


def _chances(
    known: Sequence[Changes], kind: str, channel: str, else_: float
) -> NDArray[np.float64]:
    told = (each.of(f"{kind}:{OFFER}:{channel}") for each in known)
    return np.array([else_ if each is None else max(0.0, each[0]) for each in told])


def _origin(origins: set[Origin]) -> Origin:
    """How a channel's effect is known: the least that is said of anybody."""
    return next((each for each in ("assumed", "measured") if each in origins), "learned")


def _segments(inputs: Inputs, who: Sequence[int]) -> dict[str, NDArray[np.str_]]:
    day = inputs.night.day
    cohort = pa.table({"customer_id": who, "as_of": pa.array([day] * len(who), pa.date32())})
    people = standings(inputs.night.bank, cohort)
    tiers = {each.customer_id: each.tier.code for each in inputs.people if each.tier is not None}
    parts = {name: dimension_of(people, name).group for name in ("kind", "age", "region")}
    return parts | {"tier": np.array([tiers.get(each, "") for each in who], dtype=str)}


def lookback(night: Night, model: Model, step: Step) -> dict[str, list[Window]]:
    """The chances of the last 90 days and three times before, and what came of them, by family.

    Of customers who did not hold the family and whom nobody contacted about it in those days.
    """
    bank, days = night.bank, list(_days(night, model))
    families = tuple(each for each in FAMILIES if buys(each) in model.labels)
    found: dict[str, list[Window]] = {each: [] for each in families}
    if not days:
        return found
    features = as_of(bank, cohort_at(bank, days), CATALOG, progress=step)
    features = without(features, objecting(bank, night.now))
    scored = score_table({buys(each): model for each in families}, features)
    told = next_products(bank, scored.select(["customer_id", "as_of"]), NextProduct(families))
    place = {key: at for at, key in enumerate(_keys(scored))}
    at = np.array([place[key] for key in _keys(told.rows)], dtype=np.int64)
    people, last = standings(bank, told.rows), max(model.card.trained_as_of, default=date.min)
    for number, family in enumerate(families):
        chance = scored[buys(family)].to_numpy()[at]
        could = (chance > _CLOSED) & ~told.held[:, number]
        for of, mine in people.of_day():
            called = np.isin(people.customer[mine], contacted(night, family, of))
            left = mine[could[mine] & ~called]
            if left.size:
                bought, home = told.opened[left, number], people.home[left]
                found[family].append(
                    looked_back(of, chance[left], bought, home, learned=of <= last)
                )
    return found


def _keys(table: pa.Table) -> Iterator[tuple[int, date]]:
    return zip(table["customer_id"].to_pylist(), table["as_of"].to_pylist(), strict=True)


def _days(night: Night, model: Model) -> Iterator[date]:
    """The days from which 90 days are looked at; none whose scores would flatter the model."""
    ends = min(night.day, night.bank.manifest.last_day + timedelta(days=1))
    earliest = night.bank.manifest.first_day + timedelta(_PAST_DAYS)
    flatter = set() if model.held_out is not None else set(model.card.trained_as_of)
    for back in range(1, _WINDOWS + 1):
        day = ends - timedelta(HORIZON_DAYS * back)
        while day in flatter:
            day -= timedelta(days=1)
        if day >= earliest:
            yield day


def contacted(night: Night, family: str, day: date) -> NDArray[np.int64]:
    """Whom the bank contacted about a family in the 90 days from a day on."""
    bank = night.bank
    if "contacts" not in bank.tables:
        return np.array([], dtype=np.int64)
    made, zone = bank.read("contacts"), bank.manifest.zone
    since, until = (start_of_day(each, zone) for each in (day, day + timedelta(HORIZON_DAYS)))
    kind = made["happened_at"].type
    there = (
        pc.equal(made["direction"], "outbound"),
        pc.is_in(made["state"], pa.array(COUNTED_STATES)),
        pc.is_in(
            made["offer_code"], pa.array(sorted(_codes(bank, night.policy, family)), pa.string())
        ),
        pc.greater_equal(made["happened_at"], pa.scalar(since, kind)),
        pc.less(made["happened_at"], pa.scalar(until, kind)),
    )
    mask = there[0]
    for each in there[1:]:
        mask = pc.and_(mask, each)
    found: NDArray[np.int64] = made.filter(mask)["customer_id"].to_numpy()
    return found


def _codes(bank: Bank, policy: Policy, family: str) -> set[str]:
    """The codes of all offers of a family, whatever became of them."""
    own = {each.code for each in policy.offers if each.family == family}
    products = bank.read("products")
    ids = products.filter(pc.equal(products["family"], family))["product_id"]
    offers = bank.read("offers")
    mine = offers.filter(pc.is_in(offers["product_id"], ids.combine_chunks()))
    return own | set(mine["offer_code"].to_pylist())
