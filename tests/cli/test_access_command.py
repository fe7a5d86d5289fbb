"""`goodcall access` and the two-person rule as people use them; everything is audited."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from chained import verify_audit
from governed import GOOD, OTHER, a_key
from typer.testing import CliRunner

import governance.store
from cli.app import app
from cli.clock import now
from cli.lists import counter_at
from cli.policies import policy_of
from goodcall import Workspace
from goodcall.errors import GoodcallError
from governance import AccessStore, PolicyUnapproved
from outreach import default_policy_text
from serving.shelf import Reading, reread, sources_of

TIGHTER = default_policy_text().replace("at_most = 4", "at_most = 3")
LOOSER = default_policy_text().replace("at_most = 4", "at_most = 9")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Passwords are hashed as argon2id, only not so slowly."""
    how = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
    monkeypatch.setattr(governance.store, "PasswordHasher", lambda: PasswordHasher(**how))
    monkeypatch.delenv("GOODCALL_GOVERNANCE", raising=False)


@pytest.fixture
def place(tmp_path):
    return Workspace(tmp_path / "var")


@pytest.fixture
def office(place):
    """An administrator, two compliance officers, a regional manager and a relationship manager."""
    said(place, "access user add ada --role administrator --staff 1", new=GOOD)
    for name, role, staff in (
        ("carl", "compliance", 2),
        ("cleo", "compliance", 3),
        ("rita", "regional_manager", 4),
        ("wei", "relationship_manager", 5),
    ):
        command = f"access user add {name} --role {role} --staff {staff} --branch 1 --as ada"
        said(place, command, new=GOOD)
    return place


def said(place, command, *, code=0, password=GOOD, new=None, typed=None, more=()):
    """What a command says on standard output, and on standard error where that is not JSON."""
    env = {"GOODCALL_PASSWORD": password, "GOODCALL_NEW_PASSWORD": new}
    words = [*command.split(), *more, "--home", str(place.root)]
    done = CliRunner().invoke(app, words, env=env, input=typed)
    if isinstance(done.exception, GoodcallError) and code:
        return str(done.exception)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout if "--json" in words else done.output


def facts(place, command, more=(), **how):
    return json.loads(said(place, command, more=[*more, "--json"], **how))


def audited(place):
    """Who did what to what, as the audit log has it; its chain holds."""
    verify_audit(place.audit)
    lines = map(json.loads, place.audit.read_text("utf-8").splitlines())
    return [(line["actor"], line["action"], line["subject"]) for line in lines]


def test_the_first_user_must_be_one_who_manages_access_and_the_policy_is_adopted(place):
    """From then on nobody acts unnamed, and the policy in the workspace is the approved one."""
    refused = said(place, "access user add carl --role compliance", code=1, new=GOOD)
    assert "the first user must be one who may manage access; give --role administrator" in refused
    assert "there is no role 'king'; known: teller" in said(
        place, "access user add carl --role king", code=1, new=GOOD
    )
    assert "access is not set up" in said(place, "access user list", code=1)
    said(place, "access user add ada --role administrator", new=GOOD)
    assert place.policy.exists()
    assert "say who you are with --as NAME" in said(place, "access user list", code=1)
    assert audited(place) == [
        ("command line", "add user", "user ada"),
        ("command line", "adopt policy", f"policy {policy_of(place, currency='CNY').version}"),
    ]


def test_a_password_is_asked_for_where_the_environment_has_none(place):
    """Twice for a new one; a weak one is refused and adds nobody."""
    said(
        place,
        "access user add ada --role administrator",
        typed=f"{GOOD}\n{GOOD}\n",
    )
    assert "has 5 characters" in said(
        place, "access user add bob --role teller --as ada", code=1, new="short"
    )
    listed = said(place, "access user list --as ada", password=None, typed=f"{GOOD}\n")
    assert "ada" in listed
    assert "bob" not in listed


def test_users_are_listed_changed_shut_out_and_let_in(office):
    """By who manages access, never by oneself; each change is in the audit log."""
    rows = facts(office, "access user list --as carl")
    assert [row["name"] for row in rows] == ["ada", "carl", "cleo", "rita", "wei"]
    assert rows[4] | {"branches": [1], "staff_id": 5, "disabled": False} == rows[4]
    said(office, "access user change wei --role branch_manager --branch 2 --as ada")
    said(office, "access user disable wei --as ada")
    assert "is not right" in said(office, "access requests --as wei", code=1)
    said(office, "access user disable wei --enable --as ada")
    assert "no requests" not in said(office, "access requests --as wei")
    for command in ("change ada --role compliance", "disable ada"):
        refused = said(office, f"access user {command} --as ada", code=1)
        assert "staff 1 does not change what he may do himself" in refused
        assert audited(office)[-1] == ("staff 1", "refused", "access.manage")
    assert "may not do access.manage" in said(office, "access user disable wei --as carl", code=1)
    lines = audited(office)
    for line in (
        ("staff 2", "read users", "all"),
        ("staff 1", "change user", "user wei"),
        ("staff 1", "disable user", "user wei"),
        ("command line", "sign-in refused", "user wei"),
        ("staff 1", "enable user", "user wei"),
        ("staff 2", "refused", "access.manage"),
    ):
        assert line in lines


def test_a_person_changes_his_own_password_and_a_manager_resets(office):
    """The old one is good no more; what a manager gives is good for changing it alone."""
    said(office, "access user password wei --as wei", new=OTHER)
    assert "is not right" in said(office, "access requests --as wei", code=1)
    said(office, "access requests --as wei", password=OTHER)
    assert "may not do access.manage" in said(
        office, "access user password carl --as wei", code=1, password=OTHER, new=OTHER
    )
    given = facts(office, "access user password wei --as ada")["one_time_password"]
    assert "is not right" in said(office, "access requests --as wei", code=1, password=OTHER)
    for command in ("access requests --as wei", "access user password carl --as wei"):
        refused = said(office, command, code=1, password=given, new=GOOD)
        assert "run `goodcall access user password wei --as wei`" in refused
    said(office, "access user password wei --as wei", password=given, new=GOOD)
    said(office, "access requests --as wei")
    changed = [line for line in audited(office) if line[1].endswith("password")]
    assert changed == [
        ("staff 5", "change password", "user wei"),
        ("staff 1", "reset password", "user wei"),
        ("staff 5", "change password", "user wei"),
    ]
    assert given not in office.audit.read_text("utf-8")


def test_who_reset_a_password_does_not_get_a_second_persons_word_by_it(office):
    """Neither on his own request, nor by two accounts that were both in his hand."""
    why = ["--reason", "covers for a colleague"]
    wish = facts(office, "access request view all --as ada", more=why)["request"]
    given = facts(office, "access user password carl --as ada")["one_time_password"]
    said(office, "access user password carl --as carl", password=given, new=OTHER)
    refused = said(office, f"access approve {wish} --as carl", code=1, password=OTHER)
    assert "by passwords given within 14 days staff 1 could have acted as either" in refused
    assert audited(office)[-1] == ("staff 2", "refused", "access")
    file = written(office, LOOSER)
    said(office, f"policy propose {file} --as rita", more=["--reason", "campaign"])
    given = facts(office, "access user password rita --as ada")["one_time_password"]
    assert "could have acted as either" in said(
        office, "policy approve 2 --as carl", code=1, password=OTHER
    )
    said(office, "policy approve 2 --as cleo")
    said(office, f"access approve {wish} --as cleo")


def test_a_key_is_printed_once_rotated_and_revoked(office):
    """The key itself stands in no listing and not in the audit log."""
    made = facts(office, "access key add mobile --action score --action offers --as ada")
    with AccessStore.open(office.governance_url) as store:
        who, limits = store.principal_of_key(made["key"], datetime.now(UTC))
    assert (who.id, who.actions, limits.per_minute) == ("app mobile", {"score", "offers"}, 600)
    other = facts(office, f"access key rotate {made['key_id']} --overlap-hours 2 --as ada")
    listed = facts(office, "access key list --as carl")
    assert {row["key_id"] for row in listed} == {made["key_id"], other["key_id"]}
    old = next(row for row in listed if row["key_id"] == made["key_id"])
    left = datetime.fromisoformat(old["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=59) < left <= timedelta(hours=2)
    said(office, f"access key revoke {made['key_id']} --as ada")
    assert "revoked" in said(office, "access key list --as ada")
    for secret in (made["key"], other["key"]):
        assert secret not in office.audit.read_text("utf-8")
        assert secret not in said(office, "access key list --as ada")
    lines = {line[1:] for line in audited(office)}
    key = f"key {made['key_id']}"
    for line in (("add key", "app mobile"), ("rotate key", key), ("revoke key", key)):
        assert line in lines
    assert ("read keys", "all") in lines
    refused = said(office, "access key add mobile --action access.manage --as ada", code=1)
    assert "the role app may not do 'access.manage'; it may: consent.read" in refused
    assert "may not do access.manage" in said(
        office, "access key add mobile --action score --as carl", code=1
    )


def test_a_key_is_for_roles_of_programs_alone_and_its_lines_say_what_it_opens(office):
    """Neither an administrator's nor an officer's work is done by a key; refusals are audited."""
    for role, action in (("administrator", "access.manage"), ("compliance", "audit.export")):
        command = f"access key add robot --role {role} --action {action} --as ada"
        refused = said(office, command, code=1)
        assert f"the role {role} is for people" in refused
        assert "keys are for: app" in refused
    assert audited(office)[-1] == ("staff 1", "refused", "access.manage")
    made = facts(office, "access key add mobile --action score --per-minute 30 --as ada")
    other = facts(office, f"access key rotate {made['key_id']} --as ada")
    said(office, f"access key revoke {other['key_id']} --as ada")
    add, rotate, revoke = map(json.loads, office.audit.read_text("utf-8").splitlines()[-3:])
    told = {"app": "mobile", "role": "app", "per_minute": 30, "actions": ["score"]}
    assert add["facts"] == add["facts"] | told | {"key": made["key_id"]}
    assert rotate["facts"] == rotate["facts"] | told | {"key": other["key_id"]}
    assert revoke["facts"] == {"app": "mobile", "role": "app", "via": "command line"}
    for key in (made["key"], other["key"]):
        assert key.rpartition("_")[2] not in office.audit.read_text("utf-8")


@pytest.mark.parametrize(
    ("role", "why"),
    [
        ("administrator", "the role administrator is for people"),
        ("gone", "there is no role 'gone'"),
    ],
)
def test_a_key_of_a_role_that_programs_have_not_is_not_rotated(office, role, why):
    """As an earlier release made, or whose role the access file lost; it stays as it was."""
    with AccessStore.open(office.governance_url) as store:
        key = store.add_key(a_key(role=role, expires_at=now() + timedelta(days=9)), now=now())
    number = key.split("_")[1]
    assert why in said(office, f"access key rotate {number} --as ada", code=1)
    assert "rotate key" not in [line[1] for line in audited(office)]
    assert [each["key_id"] for each in facts(office, "access key list --as ada")] == [number]


def test_wider_access_is_asked_for_approved_and_shown(office):
    """One asks, another approves; both are in the log, and others see nothing of it."""
    why = ["--reason", "covers for a colleague"]
    made = facts(office, "access request view customer 101 --as wei", more=why)
    number = made["request"]
    assert "may not do access.approve" in said(office, f"access approve {number} --as wei", code=1)
    assert facts(office, "access requests --as wei")[0]["state"] == "pending"
    done = facts(office, f"access approve {number} --as carl", more=["--note", "today"])
    assert done["state"] == "approved"
    second = facts(office, "access request view branch 2 --as wei", more=why)["request"]
    assert facts(office, f"access deny {second} --as rita")["state"] == "denied"
    assert facts(office, f"access withdraw {number} --as wei")["state"] == "ended"
    assert [e["state"] for e in facts(office, "access requests --as cleo")] == ["ended", "denied"]
    assert facts(office, "access request score all --as rita", more=why)["request"] == 3
    assert [e["request"] for e in facts(office, "access requests --as wei")] == [1, 2]
    refused = said(office, "access request access.manage all --as wei", code=1, more=why)
    assert "cannot be granted" in refused
    lines = audited(office)
    for line in (
        ("staff 5", "request access", "view, customer 101"),
        ("staff 2", "approve access", "request 1"),
        ("staff 4", "deny access", "request 2"),
        ("staff 5", "take access back", "request 1"),
    ):
        assert line in lines


def test_who_is_served_is_shown_to_who_reads_access(office):
    """By whom, on what evidence, until when."""
    assert "nobody is being served" in said(office, "access servings --as carl")
    now = datetime.now(UTC)
    with AccessStore.open(office.governance_url) as store:
        store.open_serving(store.user("wei").principal, 101, "card", now=now)
    (row,) = facts(office, "access servings --as carl")
    assert (row["who"], row["customer_id"], row["evidence"]) == ("staff 5", 101, "card")
    assert ("staff 2", "read servings", "all") in audited(office)
    assert "may not do access.read" in said(office, "access servings --as wei", code=1)


def test_the_matrix_is_printed_in_three_forms(place, tmp_path):
    """A table, CSV and JSON of the same cells; a workspace's own file counts."""
    shown = said(place, "access matrix")
    assert "contact.reserve" in shown
    file = tmp_path / "matrix.csv"
    cells = facts(place, f"access matrix --role teller --csv {file}")["cells"]
    rows = [line.split(",") for line in file.read_text("utf-8").splitlines()[1:]]
    assert rows == [
        [c["role"], c["action"], c["scope"], "yes" if c["allowed"] else "no"] for c in cells
    ]
    assert "柜员" in said(place, "access matrix --lang zh")
    assert "there is no role 'king'" in said(place, "access matrix --role king", code=1)
    place.access.write_text("[role]", "utf-8")
    assert "classes is missing" in said(place, "access matrix", code=1)


def written(place, text, name="new.toml"):
    file = place.root / name
    file.write_text(text, "utf-8")
    return file


def test_a_tightening_policy_is_in_force_by_one_person(office):
    """The file in the workspace is the new one, and the status says by whom."""
    file = written(office, TIGHTER)
    done = facts(office, f"policy propose {file} --as rita", more=["--reason", "complaints"])
    assert (done["state"], done["loosens"]) == ("approved", [])
    assert office.policy.read_text("utf-8") == TIGHTER
    assert "proposed by staff 4 alone, since it only tightens" in said(office, "policy status")
    assert policy_of(office, currency="CNY").version == done["version"]


def test_a_loosening_policy_waits_for_a_second_person(office):
    """Nothing changes before; then it is in force; both persons stand in the log."""
    file, before = written(office, LOOSER), office.policy.read_text("utf-8")
    done = facts(office, f"policy propose {file} --as rita", more=["--reason", "campaign"])
    assert done["state"] == "pending"
    assert done["loosens"][0]["en"] == "rule all_channels_monthly: at_most 4 becomes 9"
    assert office.policy.read_text("utf-8") == before
    assert "another person decides: `goodcall policy approve 2`" in said(office, "policy status")
    assert "may not do policy.approve" in said(office, "policy approve 2 --as rita", code=1)
    assert office.policy.read_text("utf-8") == before
    said(office, "policy approve 2 --as carl")
    assert office.policy.read_text("utf-8") == LOOSER
    assert "proposed by staff 4, approved by staff 2" in said(office, "policy status")
    version = done["version"]
    lines = audited(office)
    assert lines.index(("staff 4", "propose policy", f"policy {version}")) < lines.index(
        ("staff 2", "approve policy", "proposal 2")
    )
    assert ("staff 2", "policy in force", f"policy {version}") in lines


def test_a_refused_policy_is_never_in_force(office):
    """A word from a second person, and the file stays as it was."""
    file, before = written(office, LOOSER), office.policy.read_text("utf-8")
    said(office, f"policy propose {file} --as rita", more=["--reason", "campaign"])
    assert facts(office, "policy refuse 2 --as cleo")["state"] == "refused"
    assert ("staff 3", "refuse policy", "proposal 2") in audited(office)
    assert "refused already" in said(office, "policy approve 2 --as carl", code=1)
    assert office.policy.read_text("utf-8") == before


def test_a_policy_edited_by_hand_is_noticed_and_plans_nothing(office):
    """Status says so with exit 1, a plan is refused, and restoring puts the approved one back."""
    before = office.policy.read_text("utf-8")
    office.policy.write_text(LOOSER, "utf-8")
    shown = said(office, "policy status", code=1)
    assert "was approved by nobody" in shown
    with pytest.raises(PolicyUnapproved, match=r"propose it with `goodcall policy propose"):
        policy_of(office, currency="CNY")
    with pytest.raises(PolicyUnapproved), counter_at(office, None):
        pass
    served = next(each for each in sources_of(office, None) if each.name == "policy")
    assert isinstance(reread(Reading(), served).problem, PolicyUnapproved)
    # What the file loosens is told against what was approved, not against itself.
    done = facts(office, f"policy propose {office.policy} --as rita", more=["--reason", "why"])
    assert done["state"] == "pending"
    assert "may not do policy.change" in said(office, "policy restore --as carl", code=1)
    said(office, "policy restore --as rita")
    assert ("staff 4", "restore policy") in [line[:2] for line in audited(office)]
    assert office.policy.read_text("utf-8") == before
    assert policy_of(office, currency="CNY").text == before
    assert reread(Reading(), served).value.text == before


def test_before_access_is_set_up_a_policy_is_edited_as_ever(place):
    """No store is made by asking, and any policy that reads counts."""
    place.root.mkdir()
    place.policy.write_text(LOOSER, "utf-8")
    assert policy_of(place, currency="CNY").text == LOOSER
    assert "access is not set up" in said(place, "policy status")
    assert not place.governance.exists()
