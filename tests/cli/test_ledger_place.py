"""Where the ledger lies: a file of the workspace, or the database that GOODCALL_LEDGER names."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from postgres import postgres_url

from cli.errors import NothingFound
from cli.lists import pull_list
from cli.night_files import ledger_in
from cli.records import ledger_of
from goodcall import Workspace, workspace_at
from goodcall.profile import Consent, Pause, Profile
from governance import vault_of
from outreach import History, Ledger, LedgerError
from serving.shelf import Desk, sources_of

NOW = datetime(2026, 6, 7, 18, 0, tzinfo=UTC)
SOMEBODY = Profile(1, NOW, "retail", "active", "Asia/Shanghai")
NOWHERE = "postgresql+psycopg://clerk:hunter2@127.0.0.1:1/bank?connect_timeout=1"


@pytest.fixture
def server(tmp_path):
    """A workspace whose ledger is on a server that holds none yet."""
    return Workspace(tmp_path / "var", ledger_at=postgres_url(tmp_path))


def write(place):
    """Somebody is wished no more calls."""
    with Ledger.open(place.ledger_url, vault_of(place, os.environ)) as ledger:
        ledger.note(1, Consent(NOW, "dnc", "phone"), now=NOW, agent=5)


def test_the_environment_names_the_ledger(tmp_path):
    """GOODCALL_LEDGER wins over the workspace's file; empty is as if it were not there."""
    home = {"GOODCALL_HOME": str(tmp_path)}
    assert workspace_at(home).ledger_url == f"sqlite:///{tmp_path}/ledger.db"
    assert workspace_at(home | {"GOODCALL_LEDGER": ""}).ledger_url.startswith("sqlite:///")
    assert workspace_at(home | {"GOODCALL_LEDGER": NOWHERE}).ledger_url == NOWHERE


def test_a_missing_file_is_named_and_not_made(tmp_path):
    """The error says where the ledger was looked for and how to make the first one."""
    for place in (
        Workspace(tmp_path),
        Workspace(tmp_path / "x", ledger_at=f"sqlite:///{tmp_path}/ledger.db"),
    ):
        said = f"no ledger at {tmp_path}/ledger.db; `goodcall outreach plan` makes the first one"
        with pytest.raises(NothingFound, match=said), ledger_of(place):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_server_without_a_ledger_is_named_and_left_empty(server):
    """Asking for a list makes no tables; the next command says the same."""
    for _ in range(2):
        with pytest.raises(NothingFound, match="no ledger at postgresql"), ledger_of(server):
            pass


def test_a_server_without_a_plan_says_so(server):
    """The ledger is there, the day is not planned."""
    write(server)
    with pytest.raises(LedgerError, match="no plan for 2026-06-08; plan that day first"):
        pull_list(server, date(2026, 6, 8), 4)


def test_a_ledger_on_a_server_belongs_to_the_workspace_that_came_first(server, tmp_path):
    """Another is refused at the desk, at night and by the service; the owner's name lets it in."""
    write(server)
    with ledger_in(server):
        pass
    other = Workspace(tmp_path / "other", ledger_at=server.ledger_at)
    said = r"belongs to another workspace, first opened from .*/var; .* workspace.id"
    for opened in (ledger_of, ledger_in):
        with pytest.raises(LedgerError, match=said), opened(other):
            pass
    with pytest.raises(LedgerError, match=said):
        Ledger.of(other)
    shutil.copy(server.identity, other.identity)
    shutil.copy(server.vault, other.vault)
    with ledger_of(other) as ledger:
        assert ledger.history([SOMEBODY])[1].consents == (Consent(NOW, "dnc", "phone"),)
    other.identity.write_text("half")
    with pytest.raises(LedgerError, match=r"workspace.id holds no workspace's name"):
        Ledger.of(other)


def test_of_two_workspaces_that_come_at_once_one_owns_the_ledger(server, tmp_path):
    """Whoever writes second is refused, and the owner stays."""
    write(server)
    both = [Workspace(tmp_path / name, ledger_at=server.ledger_at) for name in "ab"]

    for place in both:
        place.root.mkdir()
        shutil.copy(server.vault, place.vault)

    def come(place):
        try:
            Ledger.of(place, vault_of(place, os.environ)).close()
        except LedgerError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        first = [*pool.map(come, both)]
    assert sorted(first) == [False, True]
    assert [come(place) for place in both] == first


def test_a_ledger_in_the_workspace_needs_no_name(tmp_path):
    """It lies where it belongs."""
    place = Workspace(tmp_path / "var")
    with ledger_in(place):
        pass
    assert not place.identity.exists()


def test_a_ledger_on_a_server_is_read_from_there(server):
    """Nothing lies in the workspace."""
    write(server)
    with ledger_of(server) as ledger:
        assert ledger.history([SOMEBODY])[1].consents == (Consent(NOW, "dnc", "phone"),)
    assert not server.ledger.exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (NOWHERE, "cannot be used"),
        ("mysql://clerk:hunter2@host/bank", "does not run on mysql"),
        ("clerk hunter2", "does not read"),
    ],
)
def test_no_password_is_shown(tmp_path, url, said):
    """A server that does not answer, one of another make, and what is no address."""
    with (
        pytest.raises(LedgerError, match=said) as caught,
        ledger_of(Workspace(tmp_path, None, url)),
    ):
        pass
    assert "hunter2" not in str(caught.value)


def test_the_service_reads_the_same_ledger(server):
    """Nobody said anything while there is none; it is opened when it comes, and then once."""
    desk = Desk(sources_of(server, None))
    assert desk.shelf.ledger.value.of(SOMEBODY) == History()
    write(server)
    desk.adopt(desk.look())
    assert desk.shelf.ledger.value.of(SOMEBODY).consents == (Consent(NOW, "dnc", "phone"),)
    with Ledger.open(server.ledger_url, vault_of(server, os.environ)) as ledger:
        ledger.note(1, Pause(NOW.date(), NOW.date()), now=NOW, agent=5)
    assert desk.look().ledger is desk.shelf.ledger
    assert desk.shelf.ledger.value.of(SOMEBODY).pauses
    desk.shelf.close()


def test_a_ledger_that_does_not_answer_stops_only_its_answers(tmp_path):
    """The service stands, with the reason and without the password."""
    desk = Desk(sources_of(Workspace(tmp_path, None, NOWHERE), None))
    assert desk.shelf.ledger.value is None
    assert "cannot be used" in str(desk.shelf.ledger.problem)
    assert "hunter2" not in str(desk.shelf.ledger.problem)
