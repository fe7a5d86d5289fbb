"""Where a caller asks from is what the connection says, or the named proxy, and nobody else."""

import pytest
from governed import GOOD, a_store, a_user
from served import NOW, talking_to

from governance.access_file import default_access_text, parse_access
from governance.audit import AuditLog
from serving.around import Surroundings
from serving.errors import HostRefused
from serving.gate import Gate
from serving.limits import Rate
from serving.run import Listening, serve_environment

ELSEWHERE = "203.0.113.9"


@pytest.fixture
def asked(workspace, monkeypatch):
    """Asks as a stranger, who has two tries, of a service behind a proxy that may be named."""

    def ask(proxy, said):
        where = serve_environment(workspace, Listening(proxy=proxy))
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", where["FORWARDED_ALLOW_IPS"])
        around = Surroundings(strangers=Rate(0.001, 2))
        with talking_to(workspace, around=around) as (client, _):
            return [
                client.get(
                    "/v1/metrics", headers={"authorization": "Bearer no", "x-forwarded-for": each}
                ).status_code
                for each in said
            ]

    return ask


@pytest.mark.parametrize("proxy", [None, ELSEWHERE, "203.0.113.0/24"])
def test_nobody_says_where_he_asks_from(asked, proxy):
    """A new address in each header is still one and the same stranger."""
    said = [f"198.51.100.{turn}" for turn in range(4)]
    assert asked(proxy, said) == [401, 401, 429, 429]


@pytest.mark.parametrize("proxy", ["127.0.0.1", "127.0.0.0/8"])
def test_the_named_proxy_says_where_callers_ask_from(asked, proxy):
    """Each caller behind it has a rate of their own."""
    said = [f"198.51.100.{turn // 2}" for turn in range(4)]
    assert asked(proxy, said) == [401] * 4


def test_what_a_caller_told_the_proxy_does_not_count(asked):
    """The proxy adds the address that it saw at the end; what stands before is the caller's own."""
    said = [f"198.51.100.{turn}, {ELSEWHERE}" for turn in range(4)]
    assert asked("127.0.0.1", said) == [401, 401, 429, 429]


@pytest.mark.parametrize(("proxy", "secure"), [(None, False), ("127.0.0.1", True)])
def test_only_the_named_proxy_says_that_tls_is_spoken(workspace, monkeypatch, proxy, secure):
    """By its word the session's cookie never goes out in the clear."""
    where = serve_environment(workspace, Listening(proxy=proxy))
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", where["FORWARDED_ALLOW_IPS"])
    with a_store(workspace.governance_url) as store:
        store.add_user(a_user("li.na"), GOOD, now=NOW)
        access = parse_access(default_access_text())
        gate = Gate(access, store, AuditLog(workspace.audit), lambda: NOW)
        with talking_to(workspace, gate=gate) as (client, _):
            answer = client.post(
                "/v1/session",
                json={"name": "li.na", "password": GOOD},
                headers={"x-forwarded-proto": "https"},
            )
    assert answer.status_code == 200
    assert ("Secure" in answer.headers["set-cookie"]) is secure


@pytest.mark.parametrize("proxy", ["*", "", "proxy.bank.example", "10.0.0.5/8"])
def test_a_proxy_is_named_by_its_address(workspace, proxy):
    """Everybody, nobody, a name and a network that is none are refused."""
    with pytest.raises(HostRefused, match="no address"):
        serve_environment(workspace, Listening(proxy=proxy))
