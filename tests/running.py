"""A real service in a process of its own, for the tests that need one."""

import socket
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from governance.access_file import load_access
from governance.keys import NewKey
from governance.store import AccessStore

PATIENCE = 240
# The workspace's snapshot is of a fixed date, and the service looks at the real clock.
ANY_AGE = {"GOODCALL_MAX_AGE": "36500"}


def a_free_port():
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


def give_key(workspace):
    """An app's key that is good now, for everything that an app may do."""
    now = datetime.now(UTC).replace(microsecond=0)
    actions = frozenset(load_access(workspace.access).roles["app"].may)
    wish = NewKey("tests", "app", actions, frozenset(), 1_000_000, now + timedelta(days=1))
    with AccessStore.open(workspace.governance_url) as store:
        return store.add_key(wish, now=now)


@contextmanager
def running(command, environment, folder, port, *, ready=200, key="", tls=None, probe="/readyz"):
    """A client of a service started by a command, and its process, which is ended afterwards.

    The service speaks TLS where there is a context `tls` to speak it by.
    """
    log = folder / f"service-{port}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=sink, stderr=subprocess.STDOUT
        )
        proof = {"authorization": f"Bearer {key}"} if key else {}
        base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        verify = True if tls is None else tls
        try:
            with httpx.Client(base_url=base, headers=proof, timeout=30, verify=verify) as client:
                wait_for(client, process, log, ready, probe)
                yield client, process
        finally:
            process.terminate()
            process.wait(60)


def wait_for(client, process, log, ready, probe):
    """Wait until the service says that it is ready, or not, as expected."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get(probe).status_code == ready:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"the service did not come up:\n{log.read_text()}")
