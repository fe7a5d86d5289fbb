"""Files of facts and requests: what they say is what is judged, and every mistake has its place."""

# ruff: noqa: E501 - a table of mistakes reads by its rows

import json

import pytest
from policed import moment, policy_of

from goodcall.profile import profile_to_json
from outreach import (
    FactsError,
    RequestError,
    answer_to_json,
    judged,
    load_facts,
    parse_facts,
    requests_in,
)

NOW = "2026-06-08T10:00:00+08:00"
CAP = 'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7'
MAILS = 'id = "mails"\nkind = "volume"\nchannels = ["email"]\nat_most = 10\nperiod = "day"'


def point(number=11, value="19900000001", channel="phone"):
    return {"point_id": number, "channel": channel, "value": value, "valid": True}


def contact(name="c1", at="2026-06-07T10:00:00+08:00", **more):
    return {"contact_id": name, "happened_at": at, "channel": "sms", "state": "delivered"} | more


def person(who=1, **more):
    return {"customer_id": who, "points": [point(who * 10 + 1)]} | more


def file_of(*people, **more):
    return json.dumps({"customers": list(people)} | more, ensure_ascii=False)


def asked(**more):
    plain = {"request_id": "r1", "customer_id": 1, "channel": "sms", "point_id": 11, "now": NOW}
    return json.dumps(plain | more).encode()


def answers(policy, facts, *lines):
    """The decisions of both files, as the command gives them."""
    return list(judged(requests_in(lines, "req.jsonl"), parse_facts(facts, policy), policy))


def test_what_is_left_out_is_what_most_customers_have():
    """An active retail customer in the bank's zone; outbound marketing; a state by its outcome."""
    told = contact(state=None, outcome="NO_ANSWER", channel="phone")
    (facts,) = parse_facts(file_of(person(contacts=[told])), policy_of()).values()
    profile = facts.profile
    assert (profile.kind, profile.status, profile.zone) == ("retail", "active", "Asia/Shanghai")
    (call,) = profile.contacts
    assert (call.direction, call.category, call.state) == ("outbound", "marketing", "attempted")
    assert call.happened_at == moment("2026-06-07 10:00")


def test_a_profile_that_the_house_wrote_reads_back(tmp_path):
    """The online store's JSON of a customer may stand in the file as it is."""
    policy = policy_of()
    (facts,) = parse_facts(file_of(person(contacts=[contact()], household_id=9)), policy).values()
    written = json.loads(profile_to_json(facts.profile))
    path = tmp_path / "facts.json"
    path.write_text(file_of(written), "utf-8")
    assert load_facts(path, policy)[1].profile == facts.profile


def test_a_number_that_two_customers_of_the_file_share_is_counted_by_number():
    """CP-10 by files: the call to one counts for the other, under the other's own point."""
    policy = policy_of(
        'id = "number"\nkind = "frequency_cap"\nper = "contact_point"\nat_most = 1\ndays = 7'
    )
    call = contact(channel="phone", state="connected", point_id=21)
    facts = file_of(person(), person(2, points=[point(21)], contacts=[call]))
    (said,) = answers(policy, facts, asked(channel="phone"))
    assert (said.failing, said.until) == (("number",), moment("2026-06-14 10:00"))


def test_a_refusal_on_a_shared_number_and_its_lifting_count():
    """R-14 by files, also where a later outcome of the same call followed the refusal."""
    call = contact(channel="phone", state="connected", outcome="CONNECTED_THINKING", point_id=21)
    heard = [
        {
            "contact_id": "c1",
            "outcome": "REFUSED_CHANNEL",
            "outcome_at": "2026-06-07T10:05:00+08:00",
        }
    ]
    lifting = {
        "happened_at": NOW,
        "action": "dnc_lifted",
        "channel": "phone",
        "evidence_source": "letter",
        "text_version": "v1",
    }
    spouse = person(2, points=[point(21)], contacts=[call], heard=heard)
    for consents, failing in (([], ("dnc",)), ([lifting], ())):
        facts = file_of(person(), spouse | {"consents": consents})
        (said,) = answers(policy_of(), facts, asked(channel="phone"))
        assert said.failing == failing


def test_a_household_of_the_file_shares_its_contacts():
    """CP-11 by files: of the members of now, and of one who was one when it was made."""
    policy = policy_of(
        'id = "home"\nkind = "frequency_cap"\nper = "household"\nat_most = 9\ndays = 7'
    )
    others = (
        person(2, household_id=9, contacts=[contact("c2")]),
        person(3, household_id=8, contacts=[contact("c3", household_id=9), contact("c4")]),
    )
    (said,) = answers(
        policy, file_of(person(household_id=9, contacts=[contact()]), *others), asked()
    )
    assert [c.verdict.counted for c in said.checks if c.rule == "home"] == [3]


def test_volumes_hold_outs_offers_tags_and_features_are_facts():
    """Each is asked by the rule that it is for."""
    terms = '[[offer_terms]]\nid = "idle"\nowner = "o"\nstage = "applicability"\nneeds = { fact = "idle_cash_30d", at_least = 100 }\n'
    promo = 'id = "promo"\nkind = "frequency_cap"\ntags = ["promo"]\nat_most = 1\ndays = 7'
    policy = policy_of(MAILS, promo, more='[tags]\npromo = ["fund-a"]\n' + terms)
    mail = {
        "points": [point(12, "a@example.com", "email")],
        "contacts": [contact(offer_code="fund-a")],
    }
    facts = file_of(
        person(**mail, holdout=True, features={"idle_cash_30d": 99}),
        offers=[{"code": "fund-a", "family": "fund"}],
        volumes={"mails": {"used": 10, "frees_at": "2026-06-09T00:00:00+08:00"}},
    )
    (said,) = answers(policy, facts, asked(channel="email", point_id=12, offer_code="fund-a"))
    assert said.failing == ("applicability", "promo", "mails", "holdout")


def test_each_request_is_judged_by_the_facts_alone():
    """What the first is allowed is not counted for the second; blank lines say nothing."""
    policy = policy_of(CAP)
    said = answers(policy, file_of(person()), asked(), b"\n", asked(request_id="r2"))
    assert [one.verdict for one in said] == ["allow", "allow"]


def test_an_answer_is_one_line_that_tells_what_counted():
    """Instants in UTC; rules that pass in silence only where everything is asked for."""
    policy = policy_of(CAP)
    (said,) = answers(policy, file_of(person(contacts=[contact()])), asked())
    answer = json.loads(answer_to_json(said))
    assert answer == {
        "request_id": "r1",
        "verdict": "block",
        "until": "2026-06-14T02:00:00+00:00",
        "failing": ["cap"],
        "overridden": [],
        "rules": [
            {
                "rule": "cap",
                "step": 9,
                "passes": False,
                "until": "2026-06-14T02:00:00+00:00",
                "counted": 1,
                "left": 0,
            }
        ],
        "policy_version": policy.version,
        "decided_at": "2026-06-08T02:00:00+00:00",
    }
    whole = json.loads(answer_to_json(said, explain=True))["rules"]
    assert [rule["rule"] for rule in whole] == [check.rule for check in said.checks]


@pytest.mark.parametrize("status", ["merged", "deceased", "closed"])
def test_a_request_for_who_is_no_customer_any_more_is_blocked_with_its_reason(status):
    """Not an error: identity says why, for every category."""
    for category in ("marketing", "service", "regulatory", "risk"):
        (said,) = answers(policy_of(), file_of(person(status=status)), asked(category=category))
        assert (said.verdict, said.until, said.failing) == ("block", None, ("identity",))
        assert said.checks[0].verdict.because == status


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ("{", "facts.json does not read as JSON: .* at column 2; correct it there"),
        ('{"customers": [\n{"customer_id": 1,}]}', "does not read as JSON: .* at line 2, column"),
        ("[]", r"facts.json is \[\]; write an object in braces"),
        ("{}", "customers is no list; write the customers in square brackets"),
        ('{"customers": [], "clients": []}', "'clients' is unknown here; known: customers, offers, volumes"),
        ('{"customers": [{"customer_id": 1, "customer_id": 2}]}', "'customer_id' stands twice in one object"),
        ('{"customers": [{"customer_id": 1, "features": {"age": NaN}}]}', "NaN is no number; leave out what is not known"),
        (file_of({}), "customers[0]: customer_id is missing; add it"),
        (file_of(person(), person(1, points=[])), "customer_id 1 stands 2 times; give each its own"),
        (file_of(person(contacts=[contact(), contact()])), "contact_id 'c1' stands 2 times"),
        (file_of(person(), person(2, points=[point(11)])), "point_id 11 stands 2 times"),
        (file_of({"customer_id": "1"}), 'customers[0].customer_id is "1"; write a whole number without quotes'),
        (file_of(person(mood="low")), "customers[0]: 'mood' is unknown here; known: customer_id, "),
        (file_of(person(kind="retial")), "customers[0]: kind 'retial' is unknown; choose one of: retail, private"),
        (file_of(person(status="dead")), "status 'dead' is unknown; choose one of: active, closed, deceased, merged"),
        (file_of(person(birth_date="5 May 1980")), 'customers[0].birth_date is "5 May 1980"; write a date such as 2026-06-08, in quotes'),
        (file_of(person(birth_date="19800505")), "write a date such as"),
        (file_of(person(holdout="yes")), 'customers[0].holdout is "yes"; write true or false'),
        (file_of(person(points=point())), "customers[0].points is {.*; write a list in square brackets"),
        (file_of(person(contacts=[contact(at="2026-06-07T10:00:00")])), "contacts[0].happened_at: '2026-06-07T10:00:00' has no zone; write an instant of whole seconds with its zone"),
        (file_of(person(contacts=[contact(at="2026-06-07T10:00:00.5+08:00")])), "is finer than a second"),
        (file_of(person(contacts=[contact(at="yesterday")])), 'contacts[0].happened_at is "yesterday"; write an instant'),
        (file_of(person(contacts=[contact(at="9999-12-31T00:00:00+08:00")])), "write an instant of whole seconds"),
        (file_of(person(contacts=[contact(outcome="HUNG_UP")])), "contacts[0]: outcome 'HUNG_UP' is unknown; choose one of: CONNECTED_INTERESTED"),
        (file_of(person(contacts=[contact(channel="fax")])), "contacts[0]: channel 'fax' is unknown; choose one of: phone, sms"),
        (file_of(person(contacts=[contact(state=None)])), "contacts[0]: state is missing; add one such as delivered, or the outcome that tells it"),
        (file_of(person(contacts=[contact(point_id=99)])), "contacts[0]: point_id 99 is none of the customer's points; add it to points"),
        (file_of(person(contacts=[contact(offer_code="gold")])), "contacts[0]: offer_code 'gold' is unknown; add the offer to offers, known: none"),
        (file_of(person(never_offers=[{"offer_code": "gold", "happened_at": NOW}])), "never_offers[0]: offer_code 'gold' is unknown"),
        (file_of(person(consents=[{"action": "granted", "happened_at": NOW}])), "consents[0]: action 'granted' is unknown; choose one of: grant, revoke, dnc, dnc_lifted"),
        (file_of(person(holds=[{"kind": "tax", "happened_at": NOW}])), "holds[0]: kind 'tax' is unknown; choose one of: legal, aml, fraud"),
        (file_of(person(pauses=[{"from_on": "2026-06-12", "to_on": "2026-06-10"}])), "pauses[0]: the pause ends 2026-06-10 before it begins 2026-06-12; write a later to_on"),
        (file_of(person(preferences=[{"at_most": 2}])), "preferences[0]: the wish says nothing that can be kept; name only_channels, or at_most with days"),
        (file_of(person(preferences=[{"at_most": 0, "days": 7, "only_channels": ["sms"]}])), "preferences[0]: at_most 0 in 7 days; write whole numbers of 1 or more"),
        (file_of(person(heard=[{"contact_id": "c9", "outcome": "OPEN", "outcome_at": NOW}])), "heard[0]: contact_id 'c9' is none of the customer's contacts"),
        (file_of(person(contacts=[contact()], heard=[{"contact_id": "c1", "outcome": "SEEN", "outcome_at": NOW}])), "heard[0]: outcome 'SEEN' is unknown; choose one of"),
        (file_of(person(features={"idle_cash_30": 1})), "customers[0].features: 'idle_cash_30' is no feature; `goodcall features catalog` lists them"),
        (file_of(person(features={"idle_cash_30d": "1"})), 'features.idle_cash_30d is "1"; write a finite number without quotes'),
        (file_of(person(volumes={"male": {"used": 1}})), "customers[0].volumes: 'male' is no rule of kind volume; the policy has: mails"),
        (file_of(person(), volumes={"mails": {"used": -1}}), "volumes.mails: used is -1; write 0 or more"),
        (file_of(person(), offers=[{"code": "a", "family": "cards"}]), "offers[0]: family 'cards' is unknown; choose one of: deposit"),
        (file_of(person(), offers=[{"code": "a", "family": "fund"}] * 2), "offers[1]: offer 'a' stands twice, or in the policy too"),
        (file_of(person(), offers=[{"code": "a", "family": "fund", "risk": "C3"}]), "offers[0]: risk 'C3' is unknown; choose one of: R1, R2"),
        (file_of(person(), offers=[{"code": "a", "family": "fund", "tags": ["x"]}]), "offers[0]: 'tags' is unknown here; known: code, family"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_facts_names_its_place_and_its_remedy(facts, message):
    """Nothing is dropped in silence."""
    with pytest.raises(FactsError, match=message.replace("[0]", r"\[0\]").replace("[1]", r"\[1\]")):
        parse_facts(facts, policy_of(MAILS), "facts.json")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "does not read as JSON: .* at column 2"),
        (b"\xff{}", "is no UTF-8: .*; write the file in UTF-8"),
        (b"[1]", r"is \[1\]; write an object in braces"),
        (asked(now=None), r"now is null; write an instant"),
        (b'{"request_id": "r2", "customer_id": 1, "channel": "sms"}', "now is missing; add the moment of the request"),
        (asked(now="2026-06-08T10:00:00"), "now: '2026-06-08T10:00:00' has no zone; write an instant of whole seconds with its zone, such as 2026-06-08T10:00:00"),
        (asked(now="2026-06-08T10:00:00.25Z"), "is finer than a second"),
        (asked(request_id="r1"), "request_id 'r1' stands on line 1 too; give each its own"),
        (asked(request_id=""), 'request_id is ""; write a text in quotes that is not empty'),
        (asked(channel="fax"), "request 'r2': channel 'fax' is unknown; choose one of: phone, sms"),
        (asked(category="advert"), "category 'advert' is unknown; choose one of: marketing, service"),
        (asked(offer_code="gold"), "offer 'gold' is not on sale; known: none"),
        (asked(customer_id=7), "customer 7 is not in the facts; add the customer there, known: 1"),
        (asked(by="sms"), "'by' is unknown here; known: request_id, customer_id, channel"),
        (asked(queued_at="2026-06-08T09:00:00"), "queued_at: '2026-06-08T09:00:00' has no zone"),
        (asked(at_local="10:00"), "at_local '10:00' is no wall clock"),
        (asked(also=[{"channel": "sms"}]), "names a channel twice; name each channel once"),
        (asked(override={"approver": "a", "reason": "b", "rules": ["dnc"]}), "rule 'dnc', of step 3, cannot be overridden"),
        (asked(override={"approver": "a", "rules": ["cap"]}), "override: reason is missing; add it"),
        (asked(answers="c1"), "answers contact 'c1', in which nobody asked to be called back"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_request_names_its_line(line, message):
    """Those before it are answered."""
    text = line.replace(b'"r1"', b'"r2"') if b"stands on line" not in message.encode() else line
    policy = policy_of(CAP)
    given = judged(
        requests_in([asked(), text], "req.jsonl"), parse_facts(file_of(person()), policy), policy
    )
    assert next(given).verdict == "allow"
    with pytest.raises(RequestError, match=rf"^req\.jsonl, line 2:? ?.*{message}"):
        next(given)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """The path stands in the message."""
    with pytest.raises(
        FactsError, match=r"facts .*none\.json cannot be read: .*; name a UTF-8 JSON"
    ):
        load_facts(tmp_path / "none.json", policy_of())
