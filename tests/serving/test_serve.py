"""`serve` listens where only this machine can call, and BentoML answers over HTTP."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from certified import a_certificate
from running import ANY_AGE, a_free_port, give_key, running

from goodcall.errors import GoodcallError
from goodcall.workspace import Workspace
from serving.bento import bentoml_environment, build_bento, pack_champion
from serving.errors import BentoFailed, HostRefused, NobodyMayCall, Unreadable
from serving.run import Listening, Tls, refuse_without_callers, serve_arguments

ROOT = Path(__file__).parents[2]


def test_loopback_addresses_are_served():
    """What stays on this machine is let through, `localhost` as an address."""
    hosts = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1", "127.0.0.9": None}
    for host, address in hosts.items():
        command = serve_arguments(Listening(host))
        assert command[:4] == [sys.executable, "-m", "bentoml", "serve"]
        assert command[command.index("--host") + 1] == (address or host)


REFUSED = [
    ("0.0.0.0", 3000, "could be overheard"),
    ("::", 3000, "could be overheard"),
    ("192.168.1.5", 3000, "could be overheard"),
    ("bank.example", 3000, "is no address"),
    ("", 3000, "is no address"),
    ("127.0.0.1", 0, "port 0 does not exist"),
    ("127.0.0.1", 65536, "port 65536 does not exist"),
]


@pytest.mark.parametrize(("host", "port", "said"), REFUSED)
def test_other_hosts_and_ports_are_refused(host, port, said):
    """Where others could listen in, keys and answers are not sent in the clear."""
    with pytest.raises(HostRefused, match=said):
        serve_arguments(Listening(host, port))


def test_tls_or_a_proxy_opens_other_hosts(tmp_path):
    """With a certificate, or behind a proxy that has one, the service listens anywhere."""
    tls = a_certificate(tmp_path)
    secure = serve_arguments(Listening("0.0.0.0", tls=tls))
    assert secure[secure.index("--ssl-certfile") + 1] == str(tls.certificate)
    assert "--ssl-keyfile" in secure
    assert "--host" in serve_arguments(Listening("0.0.0.0", proxy="10.0.0.5"))


def test_a_certificate_that_cannot_be_shown_is_refused(tmp_path):
    """Missing, no PEM, of another key, or of a key that is too short: nothing listens."""
    good, other = a_certificate(tmp_path, "good"), a_certificate(tmp_path, "other")
    weak, nothing = a_certificate(tmp_path, "weak", bits=1024), tmp_path / "nothing"
    nothing.write_text("x")
    wrong = {
        "cannot be read; give PEM": Tls(tmp_path / "none", good.key),
        "cannot be used": Tls(nothing, good.key),
        "KEY_VALUES_MISMATCH": Tls(good.certificate, other.key),
        "KEY_TOO_SMALL": weak,
    }
    for said, tls in wrong.items():
        with pytest.raises(Unreadable, match=said):
            serve_arguments(Listening(tls=tls))


def test_without_a_key_or_a_user_nothing_is_served(tmp_path):
    """The error names the commands that make one; one key suffices."""
    place = Workspace(tmp_path)
    with pytest.raises(NobodyMayCall, match="goodcall access key add"):
        refuse_without_callers(place)
    give_key(place)
    refuse_without_callers(place)


def test_without_a_champion_nothing_is_packed(tmp_path):
    """The error names the command that makes one."""
    with pytest.raises(GoodcallError, match="goodcall train"):
        pack_champion(Workspace(tmp_path))


def test_a_folder_without_a_bentofile_is_no_project(workspace, tmp_path):
    """The error says which folder to name."""
    with pytest.raises(BentoFailed, match="holds Goodcall's source"):
        build_bento(workspace, tmp_path)


@pytest.mark.slow
def test_goodcall_serve_answers_over_http(workspace, tmp_path):
    """`serve` becomes a BentoML server of this workspace, writing nothing elsewhere."""
    port = a_free_port()
    code = (
        "import sys; from pathlib import Path; from goodcall.workspace import Workspace; "
        "from serving.run import Listening, serve; "
        "serve(Workspace(Path(sys.argv[1])), Listening(port=int(sys.argv[2])))"
    )
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home)} | ANY_AGE
    environment.pop("BENTOML_HOME", None)
    command = [sys.executable, "-c", code, str(workspace.root), str(port)]
    key = give_key(workspace)
    with running(command, environment, tmp_path, port, key=key) as (client, _):
        score = client.post("/v1/score", json={"customer_id": 1})
        assert score.status_code == 200
        assert set(score.json()["probabilities"]) >= {"churn", "buys:fund"}
        assert client.post("/v1/next_best_offers", json={"customer_id": 1}).status_code == 200
        assert client.post("/v1/score", json={"customer_id": 10**30}).status_code == 422
        assert client.get("/v1/health").json()["status"] == "ready"
        assert client.get("/v1/openapi.json").json()["openapi"] == "3.0.3"
        assert client.get("/").headers["location"] == "/docs"
        assert client.get("/docs.json").headers["location"] == "/v1/openapi.json"
        assert client.get("/docs").status_code == 200
        assert client.get("/docs/assets/swagger-ui.css").status_code == 200
        for path in ("/livez", "/healthz", "/readyz", "/v1/metrics"):
            assert client.get(path).status_code == 200
    log = (tmp_path / f"service-{port}.log").read_text()
    assert '"event": "started", "ready": true' in log
    assert "/v1/score" not in log
    assert list(home.iterdir()) == []


@pytest.mark.slow
def test_an_empty_workspace_is_served_but_not_ready(tmp_path):
    """The service starts without a champion and says what lacks, to probes and to people."""
    port, workspace = a_free_port(), Workspace(tmp_path / "var")
    workspace.bentos.mkdir(parents=True)
    command = serve_arguments(Listening(port=port))
    environment = bentoml_environment(workspace)
    with running(command, environment, tmp_path, port, ready=503) as (client, _):
        assert client.get("/livez").status_code == 200
        problem = client.get("/v1/health")
        assert problem.status_code == 503
        assert "goodcall train" in problem.text


@pytest.mark.slow
def test_a_bento_carries_its_code_and_its_champion(workspace, tmp_path, monkeypatch):
    """Built from anywhere, it serves in an environment without this source, with its champion."""
    monkeypatch.chdir(tmp_path)
    built = build_bento(workspace, ROOT)
    assert built.path.is_relative_to(workspace.bentos)
    source = built.path / "src"
    assert {each.name for each in source.iterdir()} == {
        *("bentofile.yaml", "features", "goodcall", "governance", "models", "outreach"),
        "serving",
    }
    assert not [file for file in source.rglob("*") if file.name in {"booster.txt", "card.json"}]
    assert "--hash=sha256:" in (built.path / "env/python/requirements.txt").read_text()
    python = a_bare_environment(tmp_path / "bare")
    elsewhere = subprocess.run(
        [python, "-c", "import serving"], cwd=tmp_path, capture_output=True, check=False
    )
    assert b"No module named 'serving'" in elsewhere.stderr
    (workspace.models / "champions.json").rename(tmp_path / "champions.json")
    port = a_free_port()
    command = [python, "-m", "bentoml", "serve", str(built.path), "--port", str(port)]
    environment = bentoml_environment(workspace)
    environment.pop("PYTHONPATH", None)
    environment |= ANY_AGE
    key = give_key(workspace)
    with running(command, environment, tmp_path, port, key=key) as (client, _):
        answer = client.post("/v1/score", json={"customer_id": 1, "labels": ["churn"]})
        assert answer.status_code == 200
        assert client.get("/v1/health").json()["status"] == "ready"


def a_bare_environment(folder):
    """A Python that has every package of this one except the source of this project.

    A folder named in a .pth file is searched, its own .pth files are not read: so the packages
    are found and the editable install is not.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (here,) = Path(sys.prefix).glob("lib/python*/site-packages")
    (site / "packages.pth").write_text(f"{here}\n", encoding="utf-8")
    return str(folder / "bin" / "python")
