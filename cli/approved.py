"""Which contact policy counts in a workspace: where access is set up, the one approved last."""

from goodcall import Text, Workspace
from governance import AccessStore, Proposal, last_approved
from outreach import Policy, default_policy_text, parse_policy


def unapproved(place: Workspace, policy: Policy) -> Text | None:
    """Why a policy may not count in a workspace; None where it may.

    Where access is set up, what was approved last counts; before, anything does.
    """
    every = proposals_in(place)
    if every is None:
        return None
    last = counting_policy(every)
    if policy.version == last.version:
        return None
    return Text(
        f"policy {policy.version} was approved by nobody ({last.version} counts): propose it "
        f"with `goodcall policy propose {place.policy}`, or put the approved one back with "
        "`goodcall policy restore`",
        f"规则{policy.version}未经批准(现行为{last.version}):请用`goodcall policy propose "
        f"{place.policy}`提交,或用`goodcall policy restore`恢复",
    )


def counting_policy(proposals: tuple[Proposal, ...]) -> Policy:
    """The policy that counts: the one approved last, the first of them adopted at the set-up.

    The shipped one where none ever was.
    """
    last = last_approved(proposals)
    return parse_policy(default_policy_text() if last is None else last.change.text)


def proposals_in(place: Workspace) -> tuple[Proposal, ...] | None:
    """What was proposed in a workspace; None where access is not set up."""
    store = store_of(place)
    if store is None:
        return None
    with store:
        return store.proposals()


def store_of(place: Workspace) -> AccessStore | None:
    """The store of access where the workspace has one with people in it; None is made."""
    if place.governance_at is None and not place.governance.exists():
        return None
    store = AccessStore.open(place.governance_url)
    if store.is_empty():
        store.close()
        return None
    return store
