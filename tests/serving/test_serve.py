"""`serve` listens where only this machine can call, and BentoML answers over HTTP."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from goodcall.errors import GoodcallError
from goodcall.workspace import Workspace
from serving.bento import bentoml_environment, build_bento, pack_champion
from serving.errors import BentoFailed, HostRefused
from serving.run import serve_arguments

ROOT = Path(__file__).parents[2]
PATIENCE = 90
# The workspace's snapshot is of a fixed date, and the service looks at the real clock.
ANY_AGE = {"GOODCALL_MAX_AGE": "36500"}


def test_loopback_addresses_are_served():
    """What stays on this machine is let through, `localhost` as an address."""
    hosts = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1", "127.0.0.9": None}
    for host, address in hosts.items():
        command = serve_arguments(host, 3000)
        assert command[:4] == [sys.executable, "-m", "bentoml", "serve"]
        assert command[command.index("--host") + 1] == (address or host)


REFUSED = [
    ("0.0.0.0", 3000, "can be reached from other machines"),
    ("::", 3000, "can be reached from other machines"),
    ("192.168.1.5", 3000, "can be reached from other machines"),
    ("bank.example", 3000, "is no address"),
    ("", 3000, "is no address"),
    ("127.0.0.1", 0, "port 0 does not exist"),
    ("127.0.0.1", 65536, "port 65536 does not exist"),
]


@pytest.mark.parametrize(("host", "port", "said"), REFUSED)
def test_other_hosts_and_ports_are_refused(host, port, said):
    """Until callers are asked who they are, nobody else may call."""
    with pytest.raises(HostRefused, match=said):
        serve_arguments(host, port)


def test_without_a_champion_nothing_is_packed(tmp_path):
    """The error names the command that makes one."""
    with pytest.raises(GoodcallError, match="goodcall train"):
        pack_champion(Workspace(tmp_path))


def test_a_folder_without_a_bentofile_is_no_project(workspace, tmp_path):
    """The error says which folder to name."""
    with pytest.raises(BentoFailed, match="holds Goodcall's source"):
        build_bento(workspace, tmp_path)


def a_free_port():
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


@contextmanager
def running(command, environment, folder, port, *, ready=200):
    """A client of a service started by a command, which is told to end afterwards."""
    log = folder / "service.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=sink, stderr=subprocess.STDOUT
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                wait_for(client, process, log, ready)
                yield client
        finally:
            process.terminate()
            process.wait(30)


def wait_for(client, process, log, ready):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/readyz").status_code == ready:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"the service did not come up:\n{log.read_text()}")


@pytest.mark.slow
def test_goodcall_serve_answers_over_http(workspace, tmp_path):
    """`serve` becomes a BentoML server of this workspace, writing nothing elsewhere."""
    port = a_free_port()
    code = (
        "import sys; from pathlib import Path; from goodcall.workspace import Workspace; "
        "from serving.run import serve; serve(Workspace(Path(sys.argv[1])), port=int(sys.argv[2]))"
    )
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home)} | ANY_AGE
    environment.pop("BENTOML_HOME", None)
    command = [sys.executable, "-c", code, str(workspace.root), str(port)]
    with running(command, environment, tmp_path, port) as client:
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
        for path in ("/livez", "/healthz", "/readyz", "/metrics"):
            assert client.get(path).status_code == 200
    log = (tmp_path / "service.log").read_text()
    assert '"event": "started", "ready": true' in log
    assert "/v1/score" not in log
    assert list(home.iterdir()) == []


@pytest.mark.slow
def test_an_empty_workspace_is_served_but_not_ready(tmp_path):
    """The service starts without a champion and says what lacks, to probes and to people."""
    port, workspace = a_free_port(), Workspace(tmp_path / "var")
    workspace.bentos.mkdir(parents=True)
    command = serve_arguments("127.0.0.1", port)
    environment = bentoml_environment(workspace)
    with running(command, environment, tmp_path, port, ready=503) as client:
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
    with running(command, environment, tmp_path, port) as client:
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
