"""Starts the service on this machine: what `goodcall serve` does."""

import ipaddress
import os
import sys
from pathlib import Path

from goodcall.workspace import Workspace
from serving.bento import bentoml_environment
from serving.errors import HostRefused

SERVICE = "serving.service:Goodcall"
_HIGHEST_PORT = 65535


def serve(
    workspace: Workspace,
    host: str = "127.0.0.1",
    port: int = 3000,
    *,
    max_age_days: int | None = None,
) -> None:
    """Become the service; returns only by raising.

    A snapshot older than `max_age_days`, or than the environment allows, is not served.
    HostRefused for an address that other machines can reach, since nobody is asked who they are.
    """
    arguments = serve_arguments(host, port)
    workspace.bentos.mkdir(parents=True, exist_ok=True)
    os.chdir(Path(__file__).parents[1])
    environment = bentoml_environment(workspace)
    if max_age_days is not None:
        environment["GOODCALL_MAX_AGE"] = str(max_age_days)
    os.execve(sys.executable, arguments, environment)  # noqa: S606 - no shell is meant


def serve_arguments(host: str, port: int) -> list[str]:
    """The command line of BentoML that serves this code on a loopback address."""
    if not 0 < port <= _HIGHEST_PORT:
        raise HostRefused(f"port {port} does not exist; choose one from 1 to {_HIGHEST_PORT}")
    address = _loopback(host)
    command = [sys.executable, "-m", "bentoml", "serve", SERVICE]
    return [*command, "--host", address, "--port", str(port)]


def _loopback(host: str) -> str:
    """A host as a loopback address."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise HostRefused(
            f"host {host!r} is no address; allowed are 127.0.0.1 and ::1: "
            "leave --host out to listen on this machine only"
        ) from None
    if not address.is_loopback:
        raise HostRefused(
            f"host {host} can be reached from other machines, and the service does not yet ask "
            "who calls; allowed are 127.0.0.1 and ::1: put an authenticating proxy before it"
        )
    return str(address)
