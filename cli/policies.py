"""The policy and the tier rules in force in a workspace, and the secret of its hold-out."""

import hashlib
import secrets

from cli.errors import NothingFound
from features.tiers.rules import TierRules, default_tier_rules, read_tier_rules
from goodcall import Workspace
from goodcall.atomic import first_file, write_file
from governance import refuse_unapproved
from outreach import Policy, default_policy_text, load_policy, parse_policy

_KEY_BYTES = 32


def policy_of(workspace: Workspace, *, currency: str) -> Policy:
    """The policy in force in a workspace; the shipped one is put there first where there is none.

    A bank that counts in another currency than its policy is refused: figures would be compared
    that do not compare. So is a policy that nobody approved, where access is set up.
    """
    if not workspace.policy.exists():
        install_policy(workspace, default_policy_text())
    policy = in_currency(load_policy(workspace.policy), currency, str(workspace.policy))
    refuse_unapproved(workspace, policy.version)
    return policy


def in_currency(policy: Policy, currency: str, where: str) -> Policy:
    """The policy, where it counts in a bank's currency; `where` is the name that errors use."""
    if policy.currency != currency:
        raise NothingFound(
            f"the policy {where} counts in {policy.currency}, the bank in {currency}; "
            f"put a policy there whose figures are in {currency}"
        )
    return policy


def policy_at_set_up(workspace: Workspace) -> Policy:
    """The policy in force when access is set up; the shipped one is put there where none is."""
    if not workspace.policy.exists():
        install_policy(workspace, default_policy_text())
    return load_policy(workspace.policy)


def install_policy(workspace: Workspace, text: str) -> None:
    """Put a policy in force, after it has been read without a fault."""
    parse_policy(text)
    write_file(workspace.policy, text.encode())


def tier_rules_of(workspace: Workspace, *, currency: str) -> TierRules | None:
    """The rules by which a workspace's customers have tiers: its own, else the shipped ones.

    None for a bank that counts in another currency than the shipped rules and has none of its own;
    own rules in another currency are refused.
    """
    if not workspace.tier_rules.exists():
        shipped = default_tier_rules()
        return shipped if shipped.currency == currency else None
    own = read_tier_rules(workspace.tier_rules)
    if own.currency != currency:
        raise NothingFound(
            f"the tier rules {workspace.tier_rules} count in {own.currency}, the bank in "
            f"{currency}; put rules there whose amounts are in {currency}, or take the file away"
        )
    return own


def holdout_key(workspace: Workspace) -> bytes:
    """The workspace's secret for drawing the hold-out, made up at its first use and kept."""
    if not workspace.holdout_key.exists():
        first_file(workspace.holdout_key, secrets.token_bytes(_KEY_BYTES))
    return workspace.holdout_key.read_bytes()


def reproducible_holdout_key(workspace: Workspace, seed: int) -> None:
    """Give a demonstration the same hold-out on every machine; never for a bank's customers."""
    key = hashlib.sha256(f"goodcall demo {seed}".encode()).digest()
    write_file(workspace.holdout_key, key)
    workspace.holdout_key.chmod(0o600)
