"""Which contact policy a workspace may go by: where access is set up, the one approved last."""

from collections.abc import Sequence

from goodcall.language import Text
from goodcall.workspace import Workspace
from governance.errors import PolicyUnapproved
from governance.policy_approvals import Proposal, last_approved
from governance.store import AccessStore


def refuse_unapproved(place: Workspace, version: str) -> None:
    """PolicyUnapproved where nobody approved the policy of that version for the workspace."""
    if (why := unapproved(place, version)) is not None:
        raise PolicyUnapproved(why)


def unapproved(place: Workspace, version: str) -> Text | None:
    """Why the policy of a version may not count in a workspace; None where it may.

    Where access is set up, what was approved last counts; the policy of that moment was adopted.
    Before, anything does.
    """
    counts = approved_version(place)
    if counts in (None, version):
        return None
    return Text(
        f"policy {version} was approved by nobody ({counts} counts): propose it with `goodcall "
        f"policy propose {place.policy}`, or put the approved one back with `goodcall policy "
        "restore`",
        f"规则{version}未经批准(现行为{counts}):请用`goodcall policy propose {place.policy}`"
        "提交,或用`goodcall policy restore`恢复",
    )


def approved_version(place: Workspace) -> str | None:
    """The version of the policy that was approved last; None where access is not set up."""
    last = last_approved(proposals_in(place) or ())
    return None if last is None else last.change.version


def proposals_in(place: Workspace) -> Sequence[Proposal] | None:
    """What was proposed in a workspace; None where access is not set up."""
    store = store_of(place)
    if store is None:
        return None
    with store:
        return store.proposals()


def store_of(place: Workspace) -> AccessStore | None:
    """The store of access where the workspace has one with people in it; None is made."""
    if not place.keeps_access:
        return None
    store = AccessStore.open(place.governance_url)
    if store.is_empty():
        store.close()
        return None
    return store
