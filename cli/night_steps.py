"""The steps of a night, in order: each says what it is made from, and can be done again.

A step leaves what it made in the workspace, the ledger or the online store, so that whoever is
killed after it goes on with the next one. A gate that fails is a NightFailed; nothing that was in
force before is touched by then.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cli.drawing import Occasion, draw_in_force, standing
from cli.errors import NightFailed
from cli.night_files import SCORES, STATES, ledger_in, write_scores
from cli.night_gates import refuse_hollow, refuse_stale, refuse_unfit
from cli.night_work import Work
from cli.options import bank_in
from cli.planning import (
    Inputs,
    Night,
    champions_of,
    chances_of,
    gather,
    of_unit,
    offers_on,
    planned,
    profiles_on,
)
from cli.policies import holdout_key, tier_rules_of
from cli.quality import checked_load
from features import (
    CATALOG,
    cohort_at,
    mark_of,
    publish,
    with_states,
    write_snapshot,
)
from features.bank import holds_contacts, write_contacts
from features.objections import objecting, without
from features.quality.loading import default_gates, default_gates_text, load_gates
from features.states_file import write_states
from features.tiers.people import with_tiers
from goodcall import Text
from goodcall.atomic import remove_folder
from goodcall.night_record import STEP_WORDS, Facts
from governance import vault_of
from models import effects_of, score_table
from models.champion import read_champions
from outreach import Draw, Ledger, save_offers
from reports import funnel_report

_DIGEST = 16


@dataclass(frozen=True, slots=True)
class Step:
    """One named step: what it is made from besides what the steps before it are, and its work.

    `stands` says of a step that was done whether what it made is still there.
    """

    name: str
    words: Text
    inputs: Callable[[Work], Mapping[str, str]]
    work: Callable[[Work], Facts]
    stands: Callable[[Work, Facts], bool]


def _bank_inputs(work: Work) -> Mapping[str, str]:
    gates = work.demands.gates
    text = gates.read_text(encoding="utf-8") if gates else default_gates_text()
    return {f"bank: {name}": digest for name, digest in work.sources.items()} | {
        "quality gates": _digest(text.encode())
    }


def _check(work: Work) -> Facts:
    """Hold the bank against its contracts, its gates and its last load."""
    night, demands = work.night, work.demands
    own = replace(night.bank, contacts=None)
    refuse_stale(own, night.day, demands.late_days)
    tier_rules_of(night.workspace, currency=own.manifest.currency)
    gates = load_gates(demands.gates) if demands.gates else default_gates()
    found = checked_load(night.workspace, own, gates, step=work.progress)
    refuse_unfit(found)
    return {
        "last_day": str(own.manifest.last_day),
        "rows": sum(found.contract.row_counts.values()),
        "warnings": found.count("warn"),
    }


def _close(work: Work) -> Facts:
    """Note what ran out, and give the ledger's contacts to the feature store."""
    night = work.night
    place = night.workspace
    with ledger_in(place) as ledger:
        left_over = _left_over(ledger, night)
        expired = ledger.expire(night.now)
        rows = ledger.contacts_table()
    if rows.num_rows and not holds_contacts(place.contacts, rows):
        night.audit.record(
            "nightly run", "export contacts", "the ledger's contacts", rows=rows.num_rows
        )
        write_contacts(place.contacts, rows)
    work.night = replace(night, bank=bank_in(place, night.bank.path))
    return {"left_over": left_over, "expired": len(expired), "contact_versions": rows.num_rows}


def _left_over(ledger: Ledger, night: Night) -> int:
    """Leave over what nobody worked of the lists before, where nobody closed them."""
    before = ledger.plan_before(night.day)
    if before is None or before.published_at is None:
        return 0
    return ledger.close_day(before.day, now=night.now, agent=None)


def _features(work: Work) -> Facts:
    """The features of everyone active who does not object by now, as of the day."""
    night = work.night
    cohort = without(cohort_at(night.bank, [night.day]), objecting(night.bank, night.now))
    if not cohort.num_rows:
        raise NightFailed(
            Text(
                f"nobody is known to be a customer on {night.day}; check the bank's tables",
                f"{night.day}没有任何在册客户,请检查银行数据",
            )
        )
    computed = with_states(night.bank, cohort, CATALOG, progress=work.progress)
    mark = mark_of(night.bank, CATALOG)
    _refuse_changed(work, mark.sources)
    for other in night.workspace.nights.glob("????-??-??"):
        if other != work.folder:
            remove_folder(other)
    write_states(work.folder / STATES, computed, CATALOG)
    write_snapshot(night.workspace.snapshots, computed.features, mark)
    work.fresh_features = computed
    return {"customers": cohort.num_rows, "features": len(CATALOG.names)}


def _champion_inputs(work: Work) -> Mapping[str, str]:
    champions = read_champions(work.night.workspace.models)
    return {f"champion: {label}": each.content_hash for label, each in champions.items()}


def _scores(work: Work) -> Facts:
    """The champions' scores of everyone, and what contacts would change for them."""
    models = champions_of(work.night.workspace)
    features = work.computed().features
    scores = score_table(of_unit(models, "probability"), features)
    effects = effects_of(of_unit(models, "difference"), features, chances_of(scores))
    write_scores(work.folder, scores, effects)
    work.fresh_scores = scores, effects
    return {"customers": scores.num_rows, "labels": sorted(chances_of(scores))}


def _plan_inputs(work: Work) -> Mapping[str, str]:
    night = work.night
    with ledger_in(night.workspace) as ledger:
        test = ledger.running_test()
    return ({} if test is None else {"test of policies": test.name}) | {
        "policy": night.policy.version,
        "absent managers": ", ".join(str(each) for each in sorted(night.absent)),
        "hold-out key": _digest(holdout_key(night.workspace)),
    }


def _plan(work: Work) -> Facts:
    """The day's lists, judged before they are kept in the ledger, and reconciled with it after."""
    night = work.night
    with ledger_in(night.workspace) as ledger:
        work.inputs = gather(night, work.computed().features, *work.scored(), ledger)
        work.inputs = replace(work.inputs, draw=_drawn(night, work.inputs, ledger))
        plan = planned(work.inputs, night.policy, ledger, ledger.running_test())
        refuse_hollow(plan, ledger.plan_before(night.day), work.demands.least_share)
        ledger.save_plan(plan, now=night.now)
        # Lists that were published stand, whatever this plan says.
        stands = funnel_report(ledger, night.day)
    night.audit.record(
        "nightly run",
        "plan",
        f"lists of {night.day}",
        digest=stands.digest,
        policy=stands.policy_version,
        listed=stands.funnel.listed,
    )
    work.plan = plan
    return {
        "digest": stands.digest,
        "listed": stands.funnel.listed,
        "policy": stands.policy_version,
        "published_before": stands.digest != plan.digest,
    }


def _drawn(night: Night, inputs: Inputs, ledger: Ledger) -> Draw:
    """The hold-out that stands, drawn now where none does yet."""
    occasion = Occasion(
        holdout_key(night.workspace), night.policy, night.day, night.now, night.audit
    )
    people = standing(inputs.people, inputs.features, inputs.scores)
    return draw_in_force(ledger, people, occasion)


def _online_inputs(work: Work) -> Mapping[str, str]:
    night = work.night
    rules = tier_rules_of(night.workspace, currency=night.bank.manifest.currency)
    return {"tier rules": "none" if rules is None else rules.fingerprint}


def _online(work: Work) -> Facts:
    """The day's features, profiles and offers, for the service and the lists."""
    night = work.night
    people = work.inputs.people if work.inputs else profiles_on(night)
    rules = tier_rules_of(night.workspace, currency=night.bank.manifest.currency)
    publish(
        night.workspace.online_url,
        work.computed(),
        with_tiers(people, night.bank, night.day, rules),
        bank=night.bank,
        as_of=night.day,
        catalog=CATALOG,
        now=night.now,
        cipher=vault_of(night.workspace, os.environ),
    )
    offers = offers_on(night, night.policy)
    save_offers(night.workspace.offers, offers)
    return {"people": len(people), "offers": len(offers)}


def _publish(work: Work) -> Facts:
    """The day's lists, from now on the same all day."""
    night = work.night
    with ledger_in(night.workspace) as ledger:
        plan = ledger.publish_plan(night.day, night.now)
    night.audit.record("nightly run", "publish", f"lists of {night.day}", digest=plan.digest)
    return {"digest": plan.digest}


def _is_published(work: Work, _: Facts) -> bool:
    with ledger_in(work.night.workspace) as ledger:
        return ledger.plan(work.night.day).published_at is not None


def _nothing(_: Work) -> Mapping[str, str]:
    """What the steps before it are made from, and nothing else."""
    return {}


def _always(_: Work, _facts: Facts) -> bool:
    return True


def _has_features(work: Work, _: Facts) -> bool:
    file = work.night.workspace.snapshots / f"as_of={work.night.day}" / "features.parquet"
    return file.exists() and (work.folder / STATES).exists()


def _has_scores(work: Work, _: Facts) -> bool:
    return (work.folder / SCORES).exists()


def _has_plan(work: Work, facts: Facts) -> bool:
    with ledger_in(work.night.workspace) as ledger:
        standing = ledger.plan_before(work.night.day, or_on=True)
    return (
        standing is not None
        and standing.day == work.night.day
        and standing.digest == facts["digest"]
    )


def _has_online(work: Work, _: Facts) -> bool:
    return work.night.workspace.offers.exists()


STEPS = (
    Step("check", STEP_WORDS["check"], _bank_inputs, _check, _always),
    Step("close", STEP_WORDS["close"], _nothing, _close, _always),
    Step("features", STEP_WORDS["features"], _nothing, _features, _has_features),
    Step("scores", STEP_WORDS["scores"], _champion_inputs, _scores, _has_scores),
    Step("plan", STEP_WORDS["plan"], _plan_inputs, _plan, _has_plan),
    Step("online", STEP_WORDS["online"], _online_inputs, _online, _has_online),
    Step("publish", STEP_WORDS["publish"], _nothing, _publish, _is_published),
)
# What `goodcall outreach plan` does: not the gates of the bank, the day's close, nor publishing.
PLANNING = ("features", "scores", "plan", "online")


def _refuse_changed(work: Work, sources: Mapping[str, str]) -> None:
    """Features of files that somebody replaced meanwhile are of no load that there ever was."""
    changed = [
        name
        for name, digest in sources.items()
        if digest != work.sources.get(name, digest)
        and not (name == "contacts" and work.night.bank.contacts)
    ]
    if changed:
        raise NightFailed(
            Text(
                f"the bank's {', '.join(changed)} changed while features were computed; "
                "start again once the load is complete",
                f"计算特征期间{'、'.join(changed)}发生变化,请在数据加载完成后重新运行",
            )
        )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST]
