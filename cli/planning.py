"""What a day is planned from, and its plan under a policy: one set of inputs under any number."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cli.capacity import manager_branches, manager_minutes
from cli.errors import NothingFound
from cli.objections import as_they_object
from cli.policies import holdout_key
from features import CATALOG, Bank, profiles
from features.objections import objecting
from goodcall import Workspace
from goodcall.calendar import start_of_day
from goodcall.effect import NO_CHANGES
from goodcall.ports import AuditSink
from goodcall.profile import Profile
from governance import vault_of
from models import Effects, Model, TableExplainer, load_champions
from models.card import DECIDING, Unit
from outreach import (
    Candidate,
    Draw,
    FactTable,
    History,
    Ledger,
    Offer,
    Part,
    Plan,
    Policy,
    PolicyTest,
    arms_of,
    customer_value_cents,
    joined,
    offers_of,
    plan_day,
)

# The mean assets that a customer's value rests on.
_ASSETS = "assets_mean_90d"

Models = Mapping[str, Model]


@dataclass(frozen=True, slots=True)
class Night:
    """What a plan is made from: whose customers, which day, by which policy, told to whom.

    `absent` are the managers who are away that day.
    """

    workspace: Workspace
    bank: Bank
    policy: Policy
    day: date
    now: datetime
    audit: AuditSink
    absent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a day's plan rests on besides the policy.

    `scores` has a row for each row of `features`, and so have the changes that `effects` tells;
    `people` are everyone known, scored or not. `history` is what the ledger had recorded of them
    before the day began, `draw` the hold-out that stands, if any was drawn yet.
    """

    night: Night
    features: pa.Table
    scores: pa.Table
    effects: Effects
    models: Models
    people: tuple[Profile, ...]
    history: Mapping[int, History]
    draw: Draw | None


def profiles_on(night: Night) -> tuple[Profile, ...]:
    """Everyone known before a night's day, with what they had put right.

    An objection to profiling counts from its moment, also for a day before it.
    """
    cipher = vault_of(night.workspace, os.environ)
    people = profiles(night.bank, night.day, cipher=cipher)
    return as_they_object(people, objecting(night.bank, night.now))


def gather(
    night: Night, features: pa.Table, scores: pa.Table, effects: Effects, ledger: Ledger
) -> Inputs:
    """The inputs of a day, from its features and scores, the bank, the champions and the ledger."""
    people = profiles_on(night)
    before = start_of_day(night.day, night.bank.manifest.zone)
    return Inputs(
        night=night,
        features=features,
        scores=scores,
        effects=effects,
        models=champions_of(night.workspace),
        people=people,
        history=ledger.history(people, before=before),
        draw=ledger.draw(),
    )


def planned(inputs: Inputs, policy: Policy, ledger: Ledger, test: PolicyTest | None = None) -> Plan:
    """The day's plan under a policy, or of both arms of a test; nothing is kept of it.

    Equal inputs, policies and tests give equal plans, whatever the ledger has recorded since the
    day began.
    """
    if test is None:
        return _part_of(inputs, policy, ledger)
    arms = arms_of(inputs.people, holdout_key(inputs.night.workspace), inputs.draw, policy, test)
    return joined(
        _part_of(inputs, policy, ledger, Part(arms, "A")),
        _part_of(inputs, test.policy_b, ledger, Part(arms, "B")),
    )


def _part_of(inputs: Inputs, policy: Policy, ledger: Ledger, part: Part | None = None) -> Plan:
    night = inputs.night
    begins = start_of_day(night.day, night.bank.manifest.zone)
    offers = offers_on(night, policy)
    return plan_day(
        candidates(inputs.people, inputs.scores, inputs.features, policy, inputs.effects),
        offers=offers,
        policy=policy,
        day=night.day,
        holdout_key=holdout_key(night.workspace),
        explainer=TableExplainer(
            inputs.models, inputs.features, CATALOG.speaking(night.bank.manifest.currency)
        ),
        capacities=_capacities(night, policy),
        model_versions={label: model.version for label, model in inputs.models.items()},
        history=inputs.history,
        branch_of=manager_branches(night.bank, night.day) if _has_staff(night) else {},
        used=ledger.spent(policy, offers, begins),
        carried=ledger.carried(night.day, night.bank.manifest.zone, begins),
        draw=inputs.draw,
        part=part,
    )


def champions_of(workspace: Workspace) -> Models:
    """The champions of chances and of effects, by label; NoChampion where there is none."""
    found: dict[str, Model] = {}
    for unit in DECIDING:
        found |= load_champions(workspace.models, CATALOG.fingerprint, CATALOG.names, (unit,))
    return found


def of_unit(models: Models, unit: Unit) -> Models:
    """The models whose scores are in one unit."""
    return {label: model for label, model in models.items() if model.card.unit == unit}


def offers_on(night: Night, policy: Policy) -> tuple[Offer, ...]:
    """The offers on sale on the day, as known before it began, under a policy's terms."""
    bank = night.bank
    return offers_of(
        bank.read("offers"),
        bank.read("products"),
        policy,
        known_before=start_of_day(night.day, bank.manifest.zone),
    )


def candidates(
    people: Iterable[Profile],
    scores: pa.Table,
    features: pa.Table,
    policy: Policy,
    effects: Effects,
) -> Iterator[Candidate]:
    """Everyone known, with probabilities where a model scored them, and what contacts change."""
    chances = chances_of(scores)
    changes = tuple(effects.rows()) or (NO_CHANGES,) * scores.num_rows
    matrix = np.column_stack(list(chances.values()))
    worth = _worth(scores, features, policy)
    facts = FactTable(features)
    place = {each: row for row, each in enumerate(scores["customer_id"].to_pylist())}
    for person in people:
        row = place.get(person.customer_id)
        if row is None:
            yield Candidate(person, {}, 0, row={})
        else:
            found = dict(zip(chances, cast("list[float]", matrix[row].tolist()), strict=True))
            yield Candidate(person, found, worth[row], changes[row], facts.row(row))


def chances_of(scores: pa.Table) -> Mapping[str, NDArray[np.float64]]:
    """The probabilities of a table of scores, by label."""
    return {label: scores[label].to_numpy() for label in scores.column_names[2:]}


def _worth(scores: pa.Table, features: pa.Table, policy: Policy) -> list[int]:
    """What keeping each scored customer earns, in cents; nothing where no model tells leaving."""
    if "churn" not in scores.column_names:
        return [0] * scores.num_rows
    assets = np.nan_to_num(features[_ASSETS].to_numpy()).tolist()
    leaving = scores["churn"].to_pylist()
    return [
        customer_value_cents(money, risk, policy.value)
        for money, risk in zip(assets, leaving, strict=True)
    ]


def _capacities(night: Night, policy: Policy) -> Mapping[int, int]:
    """Minutes a day of each manager, 0 of one who is away; none for lists by branch."""
    if policy.lists_by != "manager":
        return {}
    minutes = manager_minutes(night.bank, night.day) if _has_staff(night) else {}
    unknown = night.absent - minutes.keys()
    if unknown:
        raise NothingFound(
            f"manager {min(unknown)} is not on the staff; "
            f"known are: {', '.join(str(each) for each in sorted(minutes)) or 'none'}"
        )
    return {**minutes, **dict.fromkeys(night.absent, 0)}


def _has_staff(night: Night) -> bool:
    return "staff" in night.bank.tables
