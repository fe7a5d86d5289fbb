"""The night's work: features, scores, profiles, the plan, the ledger, the online store."""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cli.capacity import manager_branches, manager_minutes
from cli.drawing import Occasion, draw_in_force, standing
from cli.errors import NothingFound
from features import (
    CATALOG,
    Bank,
    Computed,
    cohort_at,
    mark_of,
    profiles,
    publish,
    with_states,
    write_snapshot,
)
from goodcall import Workspace
from goodcall.atomic import write_file
from goodcall.calendar import start_of_day
from goodcall.effect import NO_CHANGES
from goodcall.ports import AuditSink
from goodcall.profile import Profile
from models import Effects, TableExplainer, effects_of, load_champions, score_table
from models.card import Unit
from outreach import (
    Candidate,
    FactTable,
    Ledger,
    Offer,
    Plan,
    Policy,
    customer_value_cents,
    default_policy_text,
    load_policy,
    offers_of,
    parse_policy,
    plan_day,
    save_offers,
)

# The mean assets that a customer's value rests on.
_ASSETS = "assets_mean_90d"
_KEY_BYTES = 32
# Chances decide and are explained, and so is what a contact changes about them.
UNITS: tuple[Unit, ...] = ("probability", "difference")

Tell = Callable[[str], None]
Step = Callable[[int, int], None]


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


def plan_night(night: Night, *, tell: Tell, step: Step) -> Plan:
    """Plan a day's lists from what was known before it, and put them into the ledger.

    The same date planned twice from the same inputs gives the same rows. The snapshot, the online
    store and the offers on sale are written too, so that the service answers as of that day.
    """
    bank, day, workspace = night.bank, night.day, night.workspace
    begins = start_of_day(day, bank.manifest.zone)
    tell(f"features as of {day}")
    computed = with_states(bank, cohort_at(bank, [day]), CATALOG, progress=step)
    table = computed.features
    write_snapshot(workspace.snapshots, table, mark_of(bank, CATALOG))
    tell("scores")
    champions, effects = (
        load_champions(workspace.models, CATALOG.fingerprint, CATALOG.names, (unit,))
        for unit in UNITS
    )
    scores = score_table(champions, table)
    changes = effects_of(effects, table, _chances(scores))
    tell("profiles")
    people = profiles(bank, day)
    offers = _offers(night)
    tell("plan")
    workspace.root.mkdir(parents=True, exist_ok=True)
    with closing(Ledger.open(workspace.ledger_url)) as ledger:
        key = holdout_key(workspace)
        occasion = Occasion(key, night.policy, day, night.now, night.audit)
        plan = plan_day(
            _candidates(people, scores, table, night.policy, changes),
            offers=offers,
            policy=night.policy,
            day=day,
            holdout_key=key,
            draw=draw_in_force(ledger, standing(people, table, scores), occasion),
            explainer=TableExplainer(
                champions | effects, table, CATALOG.speaking(bank.manifest.currency)
            ),
            capacities=_capacities(night),
            model_versions={label: model.version for label, model in (champions | effects).items()},
            history=ledger.history(people, before=begins),
            branch_of=_branches(night),
            used=ledger.spent(night.policy, offers, begins),
            carried=ledger.carried(day, bank.manifest.zone, begins),
        )
        tell("ledger and online store")
        ledger.save_plan(plan, now=night.now)
    _publish(night, computed, people, offers)
    night.audit.record(
        "nightly run",
        "plan",
        f"lists of {day}",
        digest=plan.digest,
        policy=night.policy.version,
        listed=plan.funnel.listed,
    )
    return plan


def policy_of(workspace: Workspace, *, currency: str) -> Policy:
    """The policy in force in a workspace; the shipped one is put there first where there is none.

    A bank that counts in another currency than its policy is refused: figures would be compared
    that do not compare.
    """
    if not workspace.policy.exists():
        install_policy(workspace, default_policy_text())
    policy = load_policy(workspace.policy)
    if policy.currency != currency:
        raise NothingFound(
            f"the policy {workspace.policy} counts in {policy.currency}, the bank in {currency}; "
            f"put a policy there whose figures are in {currency}"
        )
    return policy


def install_policy(workspace: Workspace, text: str) -> None:
    """Put a policy in force, after it has been read without a fault."""
    parse_policy(text)
    write_file(workspace.policy, text.encode())


def holdout_key(workspace: Workspace) -> bytes:
    """The workspace's secret for drawing the hold-out, made up at its first use and kept."""
    if not workspace.holdout_key.exists():
        write_file(workspace.holdout_key, secrets.token_bytes(_KEY_BYTES))
        workspace.holdout_key.chmod(0o600)
    return workspace.holdout_key.read_bytes()


def reproducible_holdout_key(workspace: Workspace, seed: int) -> None:
    """Give a demonstration the same hold-out on every machine; never for a bank's customers."""
    key = hashlib.sha256(f"goodcall demo {seed}".encode()).digest()
    write_file(workspace.holdout_key, key)
    workspace.holdout_key.chmod(0o600)


def _offers(night: Night) -> tuple[Offer, ...]:
    bank = night.bank
    return offers_of(
        bank.read("offers"),
        bank.read("products"),
        night.policy,
        known_before=start_of_day(night.day, bank.manifest.zone),
    )


def _candidates(
    people: tuple[Profile, ...],
    scores: pa.Table,
    table: pa.Table,
    policy: Policy,
    effects: Effects,
) -> Iterator[Candidate]:
    """Everyone known, with probabilities where a model scored them, and what contacts change."""
    labels = scores.column_names[2:]
    changes = tuple(effects.rows()) or (NO_CHANGES,) * scores.num_rows
    matrix = np.column_stack([scores[label].to_numpy() for label in labels])
    worth = _worth(scores, table, policy)
    facts = FactTable(table)
    place = {each: row for row, each in enumerate(scores["customer_id"].to_pylist())}
    for person in people:
        row = place.get(person.customer_id)
        if row is None:
            yield Candidate(person, {}, 0, row={})
        else:
            found = dict(zip(labels, matrix[row].tolist(), strict=True))
            yield Candidate(person, found, worth[row], changes[row], facts.row(row))


def _chances(scores: pa.Table) -> Mapping[str, NDArray[np.float64]]:
    return {label: scores[label].to_numpy() for label in scores.column_names[2:]}


def _worth(scores: pa.Table, table: pa.Table, policy: Policy) -> list[int]:
    """What keeping each scored customer earns, in cents; nothing where no model tells leaving."""
    if "churn" not in scores.column_names:
        return [0] * scores.num_rows
    assets = np.nan_to_num(table[_ASSETS].to_numpy()).tolist()
    leaving = scores["churn"].to_pylist()
    return [
        customer_value_cents(money, risk, policy.value)
        for money, risk in zip(assets, leaving, strict=True)
    ]


def _capacities(night: Night) -> Mapping[int, int]:
    """Minutes a day of each manager, 0 of one who is away; none for lists by branch."""
    if night.policy.lists_by != "manager":
        return {}
    minutes = manager_minutes(night.bank, night.day) if "staff" in night.bank.tables else {}
    unknown = night.absent - minutes.keys()
    if unknown:
        raise NothingFound(
            f"manager {min(unknown)} is not on the staff; "
            f"known are: {', '.join(str(each) for each in sorted(minutes)) or 'none'}"
        )
    return {**minutes, **dict.fromkeys(night.absent, 0)}


def _branches(night: Night) -> Mapping[int, int]:
    return manager_branches(night.bank, night.day) if "staff" in night.bank.tables else {}


def _publish(
    night: Night, computed: Computed, people: tuple[Profile, ...], offers: tuple[Offer, ...]
) -> None:
    publish(
        night.workspace.online_url,
        computed,
        people,
        bank=night.bank,
        as_of=night.day,
        catalog=CATALOG,
        now=night.now,
    )
    save_offers(night.workspace.offers, offers)


def next_day(bank: Bank) -> date:
    """The day after the last of which the bank knows everything."""
    return bank.manifest.last_day + timedelta(days=1)
