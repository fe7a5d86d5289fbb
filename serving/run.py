"""Starts the service on this machine: what `goodcall serve` does."""

import ipaddress
import os
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

from goodcall.workspace import Workspace
from governance.store import AccessStore
from serving.bento import bentoml_environment
from serving.errors import HostRefused, NobodyMayCall, Unreadable

SERVICE = "serving.service:Goodcall"
_HIGHEST_PORT = 65535
# Forward secrecy and authenticated encryption alone (RFC 9325, 4.2); TLS 1.3 brings its own.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
# What was begun may be finished in so many seconds after the service is told to end.
_GRACE = 20


@dataclass(frozen=True, slots=True)
class Tls:
    """The certificate chain that the service shows, and its key, both PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the service listens, and how callers from elsewhere are kept from being overheard.

    Beyond this machine it takes TLS of its own, or a `proxy` in front that speaks it: its address,
    or the network of several. What a caller's address is and whether they speak TLS is believed of
    the proxy alone (X-Forwarded-For, X-Forwarded-Proto).
    """

    host: str = "127.0.0.1"
    port: int = 3000
    tls: Tls | None = None
    proxy: str | None = None


def serve(workspace: Workspace, where: Listening, *, max_age_days: int | None = None) -> None:
    """Become the service; returns only by raising.

    A snapshot older than `max_age_days`, or than the environment allows, is not served.
    NobodyMayCall where there is neither a key nor a user; HostRefused for an address that other
    machines can reach where others still could listen in; Unreadable for a certificate that cannot
    be used.
    """
    arguments = serve_arguments(where)
    environment = serve_environment(workspace, where)
    refuse_without_callers(workspace)
    workspace.bentos.mkdir(parents=True, exist_ok=True)
    os.chdir(Path(__file__).parents[1])
    if max_age_days is not None:
        environment["GOODCALL_MAX_AGE"] = str(max_age_days)
    os.execve(sys.executable, arguments, environment)  # noqa: S606 - no shell is meant


def serve_arguments(where: Listening) -> list[str]:
    """The command line of BentoML that serves this code."""
    if not 0 < where.port <= _HIGHEST_PORT:
        raise HostRefused(f"port {where.port} does not exist; choose one from 1 to {_HIGHEST_PORT}")
    command = [sys.executable, "-m", "bentoml", "serve", SERVICE]
    command += ["--host", _address(where), "--port", str(where.port)]
    command += ["--timeout-graceful-shutdown", str(_GRACE)]
    if where.tls is None:
        return command
    _refuse_unfit(where.tls)
    command += ["--ssl-certfile", str(where.tls.certificate.resolve())]
    return [*command, "--ssl-keyfile", str(where.tls.key.resolve()), "--ssl-ciphers", _CIPHERS]


def serve_environment(workspace: Workspace, where: Listening) -> dict[str, str]:
    """The environment of a service: its workspace, and whose word about callers counts.

    HostRefused for a proxy that is neither an address nor a network.
    """
    if where.proxy is not None:
        try:
            ipaddress.ip_network(where.proxy)
        except ValueError:
            raise HostRefused(
                f"proxy {where.proxy!r} is no address; give the one from which the proxy asks, "
                "such as 10.0.0.5, or the network of several, such as 10.0.0.0/28"
            ) from None
    return bentoml_environment(workspace) | {"FORWARDED_ALLOW_IPS": where.proxy or ""}


def refuse_without_callers(workspace: Workspace) -> None:
    """Raise NobodyMayCall where a service could answer nobody, since nobody can prove who asks."""
    with AccessStore.open(workspace.governance_url) as store:
        if store.is_empty() and not store.api_keys():
            raise NobodyMayCall(
                "nobody could call the service: there is neither a key nor a user; make an app's "
                "key with `goodcall access key add`, or a person with `goodcall access user add`"
            )


def _refuse_unfit(tls: Tls) -> None:
    """Raise Unreadable for a certificate and a key that no caller could be shown."""
    for file in (tls.certificate, tls.key):
        if not os.access(file, os.R_OK):
            raise Unreadable(f"{file} cannot be read; give PEM files that the service may read")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.set_ciphers(_CIPHERS)
        context.load_cert_chain(tls.certificate, tls.key, password=_no_password)
    except ssl.SSLError as error:
        raise Unreadable(
            f"{tls.certificate} with the key {tls.key} cannot be used: {error.reason or error}; "
            "give the chain and its own key without a password, of 2,048 bits or more (RSA)"
        ) from error


def _no_password() -> str:
    """A key with a password is refused; nobody is asked for it."""
    return ""


def _address(where: Listening) -> str:
    """A host as an address, where callers there cannot be overheard."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if where.host == "localhost" else where.host)
    except ValueError:
        raise HostRefused(
            f"host {where.host!r} is no address; give one such as 127.0.0.1 or 0.0.0.0: "
            "leave --host out to listen on this machine only"
        ) from None
    if not address.is_loopback and where.tls is None and where.proxy is None:
        raise HostRefused(
            f"host {where.host} can be reached from other machines, where keys and answers could "
            "be overheard; give --tls-cert and --tls-key, or --behind-proxy with the address of a "
            "proxy that speaks TLS and is the only one who reaches this address"
        )
    return str(address)
