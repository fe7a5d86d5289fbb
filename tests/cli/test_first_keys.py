"""A secret that is made at its first use is one, however many processes first need it at once."""

import stat
from multiprocessing import get_context

import pytest

from banks.identity.resolve import Identities
from cli.identity import _key as identity_key
from cli.policies import holdout_key
from goodcall import Workspace
from governance import Signer, pseudonyms_at
from outreach.owner import owner_of

PROCESSES, ROUNDS = 4, 25
SECRETS = {
    "pseudonym.key": lambda place: pseudonyms_at(place.pseudonym_key, {}).of("customer_id", 7),
    "audit.key": lambda place: Signer(place.audit_key).public_pem,
    "holdout.key": holdout_key,
    "identity.key": lambda place: identity_key(place, Identities()),
    "workspace.id": owner_of,
}


def use(name, root, barrier, told):
    """Come to a new workspace together with the others, again and again."""
    for number in range(ROUNDS):
        barrier.wait()
        told.put((number, SECRETS[name](Workspace(root / str(number)))))


@pytest.mark.parametrize("name", SECRETS)
def test_processes_that_first_need_a_secret_together_have_one(tmp_path, name):
    """All go by the one that is in the file afterwards, which its owner alone may read."""
    context = get_context("fork")
    told, barrier = context.Queue(), context.Barrier(PROCESSES)
    workers = [
        context.Process(target=use, args=(name, tmp_path, barrier, told)) for _ in range(PROCESSES)
    ]
    for each in workers:
        each.start()
    said = {told.get(timeout=60) for _ in range(PROCESSES * ROUNDS)}
    for each in workers:
        each.join()
        assert each.exitcode == 0
    assert said == {(n, SECRETS[name](Workspace(tmp_path / str(n)))) for n in range(ROUNDS)}
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert (file.name, stat.S_IMODE(file.stat().st_mode)) == (name, 0o600)
