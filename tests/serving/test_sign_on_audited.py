"""What the bank's own sign-on changes is in the audit log: its settings, people, roles."""

import json
from dataclasses import replace

import pytest
from governed import GOOD, NOW, a_person, a_store, a_user

from governance.access_file import default_access_text, parse_access
from governance.audit import AuditLog
from governance.errors import AuditStopped
from governance.sign_on import Begun, SignedOn
from serving.errors import Unproven
from serving.gate import Gate
from serving.signing_in import Back, finish_sign_on, note_settings

SETTINGS = """
[sign_on]
issuer = "https://sso.bank.example"
client_id = "goodcall"
redirect = "https://goodcall.bank.example/v1/session/oidc/callback"
role_claim = "groups"
[sign_on.roles]
goodcall-tellers = "teller"
"""
TELLER = SignedOn("bank|44", "teller", 44, frozenset({1}))


@pytest.fixture
def gate(tmp_path):
    """A gate over a store with one user, and its audit log."""
    with a_store(f"sqlite:///{tmp_path / 'g.db'}") as store:
        store.add_user(a_user(), GOOD, now=NOW)
        access, log = parse_access(default_access_text()), AuditLog(tmp_path / "audit.jsonl")
        yield Gate(access, store, log, lambda: NOW)


def lines(gate):
    told = map(json.loads, gate.audit.path.read_text("utf-8").splitlines())
    return [(line["actor"], line["action"], line["subject"], line["facts"]) for line in told]


def comes_back(gate, who):
    """Somebody comes back from the bank's sign-on, which proved who that is."""

    class Provider:
        def finish(self, begun, *, state, code, now):  # noqa: ARG002
            return who

    gate.keys.keep_sign_on(Begun("", "state", "nonce", "verifier"), now=NOW)
    return finish_sign_on(gate, Provider(), Back("state", "code", "state"), request="r1", now=NOW)


def test_who_is_linked_and_gets_another_role_has_a_line(gate):
    """One line where the person is new, one where role or branches change, none otherwise."""
    for who in (TELLER, TELLER, replace(TELLER, role="lobby", branches=frozenset({2}))):
        comes_back(gate, who)
    told = [line for line in lines(gate) if line[1] != "sign in"]
    by = "the bank's sign-on"
    added = {"staff": 44, "role": "teller", "branches": [1], "request": "r1"}
    assert told[0] == (by, "add user", "user staff-44", added)
    changed = {"role": "lobby", "branches": [2], "request": "r1"}
    assert told[1:] == [(by, "change user", "user staff-44", changed)]
    assert len(lines(gate)) == 5


def test_a_staff_id_of_another_user_is_refused_and_told(gate):
    """Not a defect of the service: whoever comes reads what is wrong, and the log keeps it."""
    with pytest.raises(Unproven, match="staff_id 4 is user 'wei'") as refused:
        comes_back(gate, replace(TELLER, staff_id=4))
    assert "have the sign-on put right" in str(refused.value)
    assert [line[:3] for line in lines(gate)] == [("nobody", "sign in", "session")]
    comes_back(gate, TELLER)
    with pytest.raises(Unproven, match="the staff id 45, who had 44"):
        comes_back(gate, replace(TELLER, role="lobby", staff_id=45))
    assert "change user" not in [line[1] for line in lines(gate)]


def test_who_is_shut_out_gets_no_line_of_a_change(gate):
    """Only of the sign-in that was refused: nothing else happened."""
    comes_back(gate, TELLER)
    gate.keys.disable_user(a_person("administrator", 1, ()), "staff-44", now=NOW)
    before = len(lines(gate))
    with pytest.raises(Unproven):
        comes_back(gate, replace(TELLER, role="lobby"))
    assert [line[:3] for line in lines(gate)[before:]] == [("nobody", "sign in", "session")]
    assert gate.keys.user("staff-44").role == "teller"


def test_a_change_without_its_line_does_not_happen(gate, monkeypatch):
    """Nobody is added, and nobody has another role, where the log takes no line."""
    comes_back(gate, TELLER)

    def refuse(*_, **__):
        raise AuditStopped("the disk is full")

    monkeypatch.setattr(AuditLog, "record", refuse)
    for who in (replace(TELLER, role="lobby"), replace(TELLER, subject="bank|45", staff_id=45)):
        with pytest.raises(AuditStopped):
            comes_back(gate, who)
    assert [(user.name, user.role) for user in gate.keys.users()] == [
        ("staff-44", "teller"),
        ("wei", "relationship_manager"),
    ]


def test_settings_that_changed_since_the_last_start_have_a_line(gate):
    """With what they were and are; a start that changes nothing has none."""
    note_settings(gate, now=NOW)
    assert not gate.audit.path.exists()
    set_up = replace(gate, access=parse_access(default_access_text() + SETTINGS))
    wider = SETTINGS.replace('"teller"', '"compliance"')
    changed = replace(gate, access=parse_access(default_access_text() + wider))
    for each in (set_up, set_up, changed, gate):
        note_settings(each, now=NOW)
    told = lines(gate)
    assert {line[:3] for line in told} == {("service", "change sign-on settings", "access file")}
    roles = [
        tuple(said and said["roles"]["goodcall-tellers"] for said in (f["before"], f["after"]))
        for *_, f in told
    ]
    assert roles == [(None, "teller"), ("teller", "compliance"), ("compliance", None)]
    assert told[0][3]["after"]["issuer"] == "https://sso.bank.example"
