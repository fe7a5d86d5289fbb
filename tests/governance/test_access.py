"""The rules of access: every cell of role, action and row; fields; grants; mistakes in the file."""

import csv
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from governed import NOW, a_person

from goodcall.principal import Principal
from governance import (
    ACTIONS,
    AccessError,
    AccessRefused,
    Grant,
    Pseudonyms,
    Subject,
    default_access_text,
    load_access,
    matrix,
    parse_access,
)

SHIPPED = parse_access(default_access_text())
HOUR = timedelta(hours=1)
# What the bank wants, written by hand: for each action and role the customers it is done for: o is
# one's own, b one of one's branch, s one being served, x anybody, p one under a pseudonym. What is
# about the bank has x alone. Columns: teller, lobby, agent, relationship, branch and regional
# manager, scientist, compliance, administrator, app.
WANTED = """
score            -  -  -  o   b  b  p  -     -  obsx
offers           s  s  s  os  b  b  p  -     -  obsx
explain          -  -  -  o   b  b  p  obsx  -  obsx
view             s  s  s  os  b  b  p  obsx  -  obsx
next             s  s  s  os  b  b  -  -     -  obsx
events           -  -  -  -   -  -  -  -     -  obsx
serving.open     b  b  obsx b - -  -  -     -  obsx
contact.check    s  s  s  os  b  -  -  -     -  obsx
contact.reserve  -  -  s  o   b  -  -  -     -  obsx
contact.outcome  s  s  s  os  b  -  -  -     -  obsx
consent.read     s  s  s  os  b  b  -  obsx  -  obsx
consent.write    s  s  s  os  b  -  -  obsx  -  obsx
list.read        -  -  -  o   b  b  p  obsx  -  obsx
list.export      -  -  -  o   b  -  p  -     -  -
rights.view      -  -  -  -   -  -  -  obsx  -  -
rights.correct   -  -  -  -   -  -  -  obsx  -  -
rights.delete    -  -  -  -   -  -  -  obsx  -  -
rights.object    -  -  -  -   -  -  -  obsx  -  -
rights.explain   -  -  -  -   -  -  -  obsx  -  -
policy.read      -  -  -  -   x  x  x  x     x  -
policy.change    -  -  -  -   -  x  -  -     -  -
policy.approve   -  -  -  -   -  -  -  x     -  -
model.read       -  -  -  -   -  -  x  x     x  -
model.promote    -  -  -  -   -  -  -  -     x  -
audit.read       -  -  -  -   -  -  -  x     -  -
audit.export     -  -  -  -   -  -  -  x     -  -
access.read      -  -  -  -   -  -  -  x     x  -
access.manage    -  -  -  -   -  -  -  -     x  -
access.approve   -  -  -  -   -  x  -  x     -  -
metrics          -  -  -  -   -  -  x  -     x  x
"""
ROLES = (
    *("teller", "lobby", "agent", "relationship_manager", "branch_manager", "regional_manager"),
    *("scientist", "compliance", "administrator", "app"),
)
LETTERS = {"own": "o", "branch": "b", "serving": "s", "all": "x", "pseudonymous": "p"}
EXPECTED = {
    (role, action): "" if cell == "-" else cell
    for action, *cells in (line.split() for line in WANTED.strip().splitlines())
    for role, cell in zip(ROLES, cells, strict=True)
}


def test_the_table_above_speaks_of_every_role_and_action():
    """Nothing that the rules know is missing from what the bank wants."""
    assert {action for _, action in EXPECTED} == set(ACTIONS)
    assert tuple(SHIPPED.roles) == ROLES


def subject(relation, who):
    """A customer of whom one relation to somebody is true and no other."""
    return Subject(
        101,
        manager_id=who.staff_id if relation == "o" else 99,
        branch_id=1 if relation == "b" else 98,
        served_by=frozenset({who.id}) if relation == "s" else frozenset({"staff 97"}),
        pseudonym="p-" if relation == "p" else None,
    )


@pytest.mark.parametrize(("role", "action"), list(EXPECTED))
def test_every_cell_is_as_the_bank_wants_it(role, action):
    """Somebody of that role may do it for those customers, and is refused for all others."""
    app = Principal("app mobile", "app", "app")
    who = app if role == "app" else a_person(role)
    about_bank = ACTIONS.index(action) >= ACTIONS.index("policy.read")
    for relation in "x" if about_bank else "obsxp":
        at = None if about_bank else subject(relation, who)
        if relation in EXPECTED[role, action]:
            permit = SHIPPED.permit(who, action, at, now=NOW)
            assert (permit.action, permit.via) == (action, "role")
            assert permit.pseudonymous is (role == "scientist")
        else:
            with pytest.raises(AccessRefused, match=re.escape(f"may not do {action}")):
                SHIPPED.permit(who, action, at, now=NOW)


def test_the_printed_matrix_is_the_same_table():
    """`matrix` asks the rules as this test does, cell by cell."""
    found = {(c.role, c.action, LETTERS[c.scope]): c.allowed for c in matrix(SHIPPED)}
    for (role, action), letters in EXPECTED.items():
        about_bank = ACTIONS.index(action) >= ACTIONS.index("policy.read")
        for letter in "x" if about_bank else "obsxp":
            assert found.pop((role, action, letter)) is (letter in letters), (role, action, letter)
    assert found == {}


def test_an_action_about_customers_without_one_is_about_all_of_them():
    """A manager does not score everybody; an app does, and a scientist under pseudonyms."""
    with pytest.raises(AccessRefused, match="the customers whom the person looks after"):
        SHIPPED.permit(a_person(), "score", now=NOW)
    assert SHIPPED.permit(Principal("app a", "app", "app"), "score", now=NOW).via == "role"
    assert SHIPPED.permit(a_person("scientist"), "score", now=NOW).pseudonymous


def test_a_program_in_a_role_of_people_may_do_nothing():
    """However a key came by such a role, it opens nothing; the file says which are for programs."""
    robot = Principal("app a", "app", "administrator")
    with pytest.raises(AccessRefused, match="the role administrator is for people"):
        SHIPPED.permit(robot, "metrics", now=NOW)
    head = "[role.administrator]\n"
    own = parse_access(default_access_text().replace(head, f"{head}programs = true\n"))
    assert own.permit(robot, "metrics", now=NOW).via == "role"


def test_nobody_is_ones_own_by_being_unknown():
    """A person without a staff id or branch does not own customers without a manager or branch."""
    for role in ("relationship_manager", "branch_manager"):
        with pytest.raises(AccessRefused):
            SHIPPED.permit(Principal("user x", "person", role), "view", Subject(1), now=NOW)


def test_a_region_is_every_one_of_its_branches():
    """A regional manager reads in both branches and in no third."""
    who = a_person("regional_manager", branches=(1, 2))
    for branch in (1, 2):
        assert SHIPPED.permit(who, "view", Subject(1, branch_id=branch), now=NOW)
    with pytest.raises(AccessRefused):
        SHIPPED.permit(who, "view", Subject(1, branch_id=3), now=NOW)


def test_a_key_is_for_its_own_actions_and_branches_only():
    """A key narrows its role: in what it does, and where."""
    who = Principal("app a", "app", "app", branches=frozenset({1}), actions=frozenset({"score"}))
    assert SHIPPED.permit(who, "score", Subject(1, branch_id=1), now=NOW)
    with pytest.raises(AccessRefused, match="the key is for score"):
        SHIPPED.permit(who, "offers", Subject(1, branch_id=1), now=NOW)
    for at in (Subject(1, branch_id=2), Subject(1), None):
        with pytest.raises(AccessRefused, match="held to branches 1"):
            SHIPPED.permit(who, "score", at, now=NOW)


def test_an_unknown_action_is_a_mistake_and_an_unknown_role_is_refused():
    """Each error lists what is known."""
    with pytest.raises(AccessError, match="there is no action 'peek'; known: score, offers"):
        SHIPPED.permit(a_person(), "peek", now=NOW)
    with pytest.raises(AccessRefused, match=r"'janitor', which .*; known: teller, lobby"):
        SHIPPED.permit(a_person("janitor"), "view", Subject(1), now=NOW)


GRANTS = (
    (Grant(3, "staff 4", "view", "customer", 101, NOW, NOW + HOUR), Subject(101, 9, 9), True),
    (Grant(3, "staff 4", "view", "customer", 101, NOW, NOW + HOUR), Subject(102, 9, 9), False),
    (Grant(3, "staff 4", "view", "manager", 9, NOW, NOW + HOUR), Subject(102, 9, 8), True),
    (Grant(3, "staff 4", "view", "manager", 9, NOW, NOW + HOUR), Subject(102, 8, 9), False),
    (Grant(3, "staff 4", "view", "branch", 9, NOW, NOW + HOUR), Subject(102, 8, 9), True),
    (Grant(3, "staff 4", "view", "branch", 9, NOW, NOW + HOUR), Subject(102, 9, None), False),
    (Grant(3, "staff 4", "view", "all", None, NOW, NOW + HOUR), Subject(102, 8, 8), True),
    (Grant(3, "staff 4", "view", "all", None, NOW, NOW + HOUR), None, True),
    (Grant(3, "staff 4", "view", "branch", 9, NOW, NOW + HOUR), None, False),
    (Grant(3, "staff 5", "view", "all", None, NOW, NOW + HOUR), Subject(102, 8, 8), False),
    (Grant(3, "staff 4", "score", "all", None, NOW, NOW + HOUR), Subject(102, 8, 8), False),
    (Grant(3, "staff 4", "view", "all", None, NOW - HOUR, NOW), Subject(102, 8, 8), False),
    (Grant(3, "staff 4", "view", "all", None, NOW + HOUR, NOW + 2 * HOUR), Subject(1, 8), False),
)


@pytest.mark.parametrize(("grant", "at", "allowed"), GRANTS)
def test_a_grant_reaches_what_it_says_and_no_further(grant, at, allowed):
    """Its person, its action, its rows and its hours: everything else stays refused."""
    if allowed:
        permit = SHIPPED.permit(a_person(), "view", at, grants=[grant], now=NOW)
        assert permit.via == "grant 3"
        assert permit.fields == SHIPPED.roles["relationship_manager"].fields
    else:
        with pytest.raises(AccessRefused, match="ask for more with `goodcall access request`"):
            SHIPPED.permit(a_person(), "view", at, grants=[grant], now=NOW)


def test_what_cannot_be_granted_is_not_whatever_a_grant_says():
    """A grant of managing access, were one there, would open nothing."""
    grant = Grant(3, "staff 4", "access.manage", "all", None, NOW, NOW + HOUR)
    with pytest.raises(AccessRefused):
        SHIPPED.permit(a_person(), "access.manage", grants=[grant], now=NOW)


def test_a_granted_scientist_still_sees_pseudonyms_alone():
    """A grant widens rows, never a role's fields, and opens no true number to a scientist."""
    access = load_access_with_key()
    grant = Grant(3, "staff 4", "next", "all", None, NOW, NOW + HOUR)
    who = a_person("scientist")
    with pytest.raises(AccessRefused):
        access.permit(who, "next", Subject(101), grants=[grant], now=NOW)
    permit = access.permit(who, "next", Subject(101, pseudonym="p-"), grants=[grant], now=NOW)
    assert permit.pseudonymous


def load_access_with_key():
    """The shipped rules with a key of pseudonyms."""
    return replace(SHIPPED, pseudonyms=Pseudonyms(b"k" * 32))


OFFERS = {
    "customer_id": 101,
    "as_of": "2026-07-01",
    "secret_new_field": 1,
    "actions": [
        {
            "rank": 1,
            "value_cents": 159800,
            "probability": 0.4,
            "price": {"band": "gold"},
            "reasons": [{"text": {"en": "older"}, "feature": "age", "value": 28.0}],
        }
    ],
    "withheld": [],
}


def test_a_teller_never_gets_a_figure_or_an_amount():
    """Words and what to propose stay; scores, features, values and unknown fields fall away."""
    permit = SHIPPED.permit(a_person("teller"), "offers", subject("s", a_person("teller")), now=NOW)
    assert permit.shape("offers", OFFERS) == {
        "customer_id": 101,
        "as_of": "2026-07-01",
        "actions": [{"rank": 1, "reasons": [{"text": {"en": "older"}}]}],
        "withheld": [],
    }


FIELDS = [
    (role, payload, kind, field)
    for payload, classes in SHIPPED.payloads.items()
    for kind, fields in classes.items()
    for field in fields
    for role in ROLES
]
# Which classes each role sees, written by hand.
SEEN = {
    "teller": "key about offer words bond history",
    "lobby": "key about offer words bond history",
    "agent": "key about offer words bond history person work",
    "relationship_manager": "key about score words offer money person bond risk history work text",
    "branch_manager": "key about score words offer money person bond risk history work text",
    "regional_manager": "key about score words offer money bond risk history",
    "scientist": "key about score words offer money bond risk history",
    "compliance": "key about score words offer money person bond risk history work text",
    "administrator": "about",
    "app": "key about score words offer money bond risk history work",
}


def nested(field, value):
    """The body in which one dotted field stands, lists and objects in turn."""
    first, _, rest = field.partition(".")
    return {first: [nested(rest, value), nested(rest, value)] if rest else value}


def leaves(body):
    if isinstance(body, dict):
        return [leaf for each in body.values() for leaf in leaves(each)]
    return [leaf for each in body for leaf in leaves(each)] if isinstance(body, list) else [body]


def test_every_field_of_every_answer_is_seen_by_who_sees_its_class():
    """Role by role and field by field, through lists; nothing else of the answer is left."""
    keyed, permits = load_access_with_key(), {}
    for role in ROLES:
        who = a_person(role)
        action, letter = next((a, c[0]) for (r, a), c in EXPECTED.items() if r == role and c)
        at = None if action == "policy.read" else subject(letter, who)
        permits[role] = keyed.permit(who, action, at, now=NOW)
    for role, payload, kind, field in FIELDS:
        permit = permits[role]
        shaped = permit.shape(payload, nested(field, 7))
        seen = kind in SEEN[role].split()
        if field.split(".")[-1] in {"customer_id", "household_id"} and role == "scientist":
            assert all(str(leaf).startswith("p-") for leaf in leaves(shaped))
        else:
            assert set(leaves(shaped)) == ({7} if seen else set()), (role, payload, field)


def test_a_scientist_gets_pseudonyms_and_no_names():
    """Numbers of customers and households are replaced wherever they stand; names are gone."""
    access = load_access_with_key()
    permit = access.permit(a_person("scientist"), "view", now=NOW)
    body = {"customer_id": 101, "name": "Novak Jan", "points": ["199"], "overdue": False}
    shaped = permit.shape("view", body)
    assert set(shaped) == {"customer_id", "overdue"}
    assert re.fullmatch("p-[a-z2-7]{24}", shaped["customer_id"])
    assert body["customer_id"] == 101


def test_without_a_key_of_pseudonyms_nobody_is_answered_under_them():
    """Rather than with the true number."""
    permit = SHIPPED.permit(a_person("scientist"), "view", now=NOW)
    with pytest.raises(AccessError, match="no key of pseudonyms was given"):
        permit.shape("view", {"customer_id": 101})


def test_an_answer_that_the_file_does_not_class_is_shown_to_nobody():
    """Not even to who sees everything: a new answer is classed before it is served."""
    permit = SHIPPED.permit(a_person("compliance"), "view", Subject(1), now=NOW)
    with pytest.raises(AccessError, match=r"no fields of the answer 'new'; known: .*fields.new"):
        permit.shape("new", {})


def test_who_sees_everything_gets_the_answer_as_it_is():
    """Fields that are not classed too."""
    permit = SHIPPED.permit(a_person("compliance"), "view", Subject(1), now=NOW)
    assert permit.fields is None
    assert permit.shape("offers", OFFERS) is OFFERS


SMALL = """
[classes]
key = "who"
person = "names"
[fields.view]
key = ["customer_id"]
person = ["name", "points.value"]
[rules]
[personal]
classes = ["person"]
ids = ["customer_id"]
[grants]
longest_days = 30
actions = ["view"]
[role.teller]
name = { en = "Teller", zh = "柜员" }
sees = ["key"]
[role.teller.may]
serving = ["view"]
"""
MISTAKES = (
    ('sees = ["key"]', 'sees = ["purse"]', "sees holds 'purse', which is unknown; known: key, p"),
    ('serving = ["view"]', 'serving = ["peek"]', "serving holds 'peek', which is unknown; known:"),
    ('serving = ["view"]', 'nearby = ["view"]', "scope 'nearby' is unknown here; known: own, bra"),
    ('serving = ["view"]', 'own = ["metrics"]', "metrics is about the bank and stands under own"),
    ('serving = ["view"]', "serving = []", "serving is an empty list"),
    ('key = ["customer_id"]', 'lock = ["customer_id"]', "class 'lock' is unknown here; known: k"),
    ('["name", "points.value"]', '["name", "points..value"]', "is no name of a field"),
    ('["name", "points.value"]', '["customer_id.x"]', "speak of the same field"),
    ('["name", "points.value"]', '["points", "points.value"]', "speak of the same field"),
    ('classes = ["person"]', 'classes = ["people"]', "classes holds 'people', which is unknown"),
    ("longest_days = 30", "longest_days = 0", "longest_days is 0"),
    ('actions = ["view"]', 'actions = ["access.manage"]', "actions holds 'access.manage', which"),
    ('zh = "柜员"', 'fr = "caissier"', "zh is missing"),
    ('sees = ["key"]', 'sees = ["key"]\nlikes = ["tea"]', "key 'likes' is unknown here"),
    ('sees = ["key"]', 'sees = ["key"]\nhides = ["view.age"]', "hides holds 'view.age', which is"),
    ('sees = ["key"]', 'sees = "everything"\nhides = ["view.name"]', "hides stands beside everyth"),
    ('serving = ["view"]', 'pseudonymous = ["view"]\nall = ["score"]', "under true numbers beside"),
    ('sees = ["key"]', 'sees = "all"', "sees is 'all'"),
    ("[grants]", "[grant]", "grants is missing"),
    ("longest_days = 30", "longest_days = 30 days", "does not read as TOML"),
)


@pytest.mark.parametrize(("was", "becomes", "message"), MISTAKES)
def test_a_mistake_in_the_file_is_told_with_its_line_and_what_is_known(was, becomes, message):
    """Whatever a bank writes wrongly is refused when the file is read."""
    assert was in SMALL
    with pytest.raises(AccessError, match=re.escape(message)) as refused:
        parse_access(SMALL.replace(was, becomes))
    assert "access.toml" in str(refused.value)


def test_who_works_under_pseudonyms_sees_nothing_personal():
    """A file in which a scientist would see names is refused."""
    text = SMALL.replace('serving = ["view"]', 'pseudonymous = ["view"]')
    with pytest.raises(AccessError, match="teller works under pseudonyms and sees person"):
        parse_access(text.replace('sees = ["key"]', 'sees = ["key", "person"]'))
    with pytest.raises(AccessError, match="teller works under pseudonyms and sees person"):
        parse_access(text.replace('sees = ["key"]', 'sees = "everything"'))
    assert parse_access(text).roles["teller"].pseudonymous


def test_hides_takes_single_fields_out_of_a_class():
    """A bank keeps one field from a role without a class of its own."""
    text = SMALL.replace('sees = ["key"]', 'sees = ["key", "person"]\nhides = ["view.name"]')
    assert parse_access(text).roles["teller"].fields == {"view.customer_id", "view.points.value"}


def test_a_workspace_has_its_own_file_or_the_shipped_one(tmp_path):
    """The file at access.toml counts where there is one."""
    place = tmp_path / "access.toml"
    assert load_access(place).version == SHIPPED.version
    place.write_text(SMALL, "utf-8")
    assert set(load_access(place).roles) == {"teller"}
    place.write_bytes(b"\xff\xfe")
    with pytest.raises(AccessError, match="cannot be read"):
        load_access(place)


def test_a_pseudonym_is_keyed_and_of_its_kind():
    """Always the same under one key, another under another key or for another kind."""
    one, two = Pseudonyms(b"a" * 32), Pseudonyms(b"b" * 32)
    assert one.of("customer_id", 7) == one.of("customer_id", 7) != two.of("customer_id", 7)
    assert one.of("customer_id", 7) != one.of("household_id", 7)
    assert len({one.of("customer_id", n) for n in range(5000)}) == 5000
    with pytest.raises(AccessError, match="has 31 bytes; give 32 or more"):
        Pseudonyms(b"a" * 31)


def test_the_matrix_command_writes_every_cell():
    """The CSV holds the same cells as the table above."""
    from cli.access import matrix_csv  # noqa: PLC0415 - the command line's own imports are slow

    rows = list(csv.DictReader(matrix_csv(list(matrix(SHIPPED))).splitlines()))
    assert len(rows) == 10 * (19 * 5 + 11)
    for row in rows:
        wanted = LETTERS[row["scope"]] in EXPECTED[row["role"], row["action"]]
        assert row["allowed"] == ("yes" if wanted else "no")
