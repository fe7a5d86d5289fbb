"""What a policy's own instruments say of its work, kept beside what the truth says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.holdout_effect import effects_since
from cli.policies import holdout_key
from cli.records import ledger_of
from features import Bank
from goodcall import Workspace
from outreach import ExperimentError
from outreach.ab_report import Verdict
from outreach.replay import Gain
from reports import drawn


@dataclass(frozen=True, slots=True)
class Shown:
    """What the hold-out shows of one outcome: contacted less held, a customer."""

    verdict: Verdict
    difference: Gain


@dataclass(frozen=True, slots=True)
class Own:
    """What a policy says of itself at the end of a run.

    `holdout` is what `goodcall outreach holdout effect` tells of purchases (`families`) and of
    leaving (`left`), empty of a policy that holds nobody out, and where the report tells nothing:
    `untold` then says why. `effects` says of each label whose champions told effects of contacts
    whether one had proved itself on unseen rows. `months` tells of each month why models were
    `trained` and which `champions` stood, where the policy has any.
    """

    effects: Mapping[str, bool]
    holdout: Mapping[str, Shown]
    untold: str | None = None
    months: tuple[Mapping[str, Any], ...] = ()


def held_against(place: Workspace, bank: Bank) -> tuple[Mapping[str, Shown], str | None]:
    """What a workspace's hold-out shows since its latest draw, or why it shows nothing."""
    with ledger_of(place) as ledger:
        draw = ledger.draw()
    if draw is None or draw.day is None:
        return {}, "no hold-out is drawn"
    base = drawn(bank, draw, holdout_key(place), draw.day)
    try:
        effects = effects_since(bank, base)
    except ExperimentError as error:
        return {}, str(error)
    return {each.name: Shown(each.verdict, each.difference) for each in effects}, None


def own_of(said: Mapping[str, Any]) -> Own:
    """What was kept of it as JSON; KeyError or TypeError where that does not read."""
    holdout = {
        name: Shown(each["verdict"], Gain(**each["difference"]))
        for name, each in said["holdout"].items()
    }
    return Own(said["effects"], holdout, said["untold"], tuple(said["months"]))
