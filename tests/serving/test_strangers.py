"""Who may not see a customer learns nothing of whom the bank knows, and leaves a line."""

import pytest
from asked_by import Keys, Lines, a_gate
from busy import AT, OPEN, person
from served import CUSTOMERS, talking_to

from governance.access_file import default_access_text, parse_access

KNOWN, UNKNOWN = OPEN[3], 999_999_999
ROLES = tuple(parse_access(default_access_text()).roles)
STRANGERS = {role: person(role, staff_id=88, branches=(9,)) for role in ROLES if role != "app"}


@pytest.fixture(scope="module")
def stranger(busy):
    """Asks as a role of whom no customer of the bank is; yields ask and the audit lines."""
    lines = Lines()
    gate = a_gate(Keys({**STRANGERS, "app": person("app")}), lines, now=AT)
    with talking_to(busy, now=AT, gate=gate) as (client, _):

        def ask(role, method, path, body=None):
            lines.clear()
            proof = {"authorization": f"Bearer {role}"}
            return client.request(method, path, json=body, headers=proof)

        yield ask, lines


BRANCHED = {"channel": "branch", "category": "service"}
ABOUT = {
    "score": ("POST", "/v1/score", {}),
    "explain": ("POST", "/v1/explain", {"label": "churn"}),
    "offers": ("POST", "/v1/next_best_offers", {}),
    "next": ("POST", "/v1/next", {}),
    "view": ("GET", "/v1/customers/{}", None),
    "consents": ("GET", "/v1/customers/{}/consents", None),
    "say": ("POST", "/v1/consents", {"action": "dnc", "channel": "sms"}),
    "check": ("POST", "/v1/contacts/check", BRANCHED),
    "reserve": ("POST", "/v1/contacts/reserve", BRANCHED | {"request_id": "stranger-1"}),
}
# Those who may ask about everybody are no strangers.
ALL = {
    ("compliance", "view"), ("compliance", "explain"),
    ("compliance", "consents"), ("compliance", "say"),
}  # fmt: skip


@pytest.mark.parametrize("role", STRANGERS)
@pytest.mark.parametrize("name", ABOUT)
def test_a_stranger_cannot_tell_who_is_known(stranger, role, name):
    """The same refusal for a customer and for nobody; its body has no number, the log has it."""
    if (role, name) in ALL:
        return
    (ask, lines), (method, path, body) = stranger, ABOUT[name]
    answers = []
    for who in (KNOWN, UNKNOWN):
        asked = None if body is None else body | {"customer_id": who}
        answer = ask(role, method, path.format(who), asked)
        assert answer.status_code == 403, answer.text
        assert str(who) not in answer.text
        ((_, _, about, facts),) = lines
        assert about == f"customer {who}"
        assert f"customer {who}" in facts["refused"]
        answers.append(answer.json())
    assert answers[0] == answers[1]


@pytest.fixture(scope="module")
def contact(stranger):
    """A contact in which a call-back was promised."""
    ask, _ = stranger
    taken = BRANCHED | {"customer_id": KNOWN, "agent": 7, "dial": True, "request_id": "known"}
    number = ask("app", "POST", "/v1/contacts/reserve", taken).json()["contact_id"]
    told = {"code": "CONNECTED_CALLBACK", "agent": 7, "due_at": "2026-06-01T06:00:00Z"}
    assert ask("app", "POST", f"/v1/contacts/{number}/outcome", told).status_code == 200
    return number


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/contacts/{}/dial", {}),
        ("/v1/contacts/{}/outcome", {"code": "NO_ANSWER"}),
        ("/v1/contacts/{}/keep", {}),
    ],
)
def test_a_stranger_cannot_tell_which_contacts_there_are(stranger, contact, path, body):
    """A contact of somebody else's customer and a number that no contact has are refused alike."""
    ask, lines = stranger
    for role in ("relationship_manager", "branch_manager", "agent"):
        answers = []
        for number in (contact, 987_654):
            answer = ask(role, "POST", path.format(number), body)
            assert answer.status_code == 403, answer.text
            ((_, _, _, facts),) = lines
            assert "refused" in facts
            answers.append(answer.json())
        assert answers[0] == answers[1]
        assert f" {KNOWN}" not in str(answers)
    missing = ask("app", "POST", path.format(987_654), body | {"agent": 7})
    assert missing.status_code == 404
    assert len(lines) == 1


def test_an_unknown_customer_of_who_may_ask_is_in_the_log(stranger):
    """404 for an app that may ask about everybody, with its line."""
    ask, lines = stranger
    assert UNKNOWN not in CUSTOMERS
    assert ask("app", "POST", "/v1/score", {"customer_id": UNKNOWN}).status_code == 404
    assert [(who, about) for who, _, about, _ in lines] == [("app app", f"customer {UNKNOWN}")]
