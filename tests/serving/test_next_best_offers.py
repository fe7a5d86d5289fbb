"""Next best offers: valued by the policy's figures, judged by its rules, silent on the hold-out."""

import re
import shutil
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from served import CUSTOMERS, KEY, NOW, WITHOUT_CONSENT, draw, held_out, talking_to

from features.catalog import CATALOG
from features.online import OnlineStore
from outreach.ledger import Ledger
from outreach.loading import default_policy_text, load_policy
from outreach.offer_book import load_offers, save_offers
from outreach.request import Request

OPEN = [n for n in CUSTOMERS if not held_out(n) and n != WITHOUT_CONSENT]
HELD_OUT = [n for n in CUSTOMERS if held_out(n)]
NIGHT = datetime(2026, 6, 1, 13, 0, tzinfo=UTC)  # 21:00 in Shanghai


def ask(client, customer_id, **body):
    response = client.post("/v1/next_best_offers", json={"customer_id": customer_id} | body)
    assert response.status_code == 200, response.text
    return response.json()


def named(items, code):
    return next(item for item in items if item["offer_code"] == code)


def verdicts(item):
    return {each["channel"]: each for each in item["channels"]}


def figure(*path):
    found = tomllib.loads(default_policy_text())["value"]
    for key in path:
        found = found[key]
    return found["is"]


def test_an_offers_value_follows_the_formula(client):
    """An effect times its margin, less cannibalisation, cost and harm, by the policy's figures."""
    who = OPEN[0]
    answer = ask(client, who, limit=20, channel="phone")
    score = client.post("/v1/score", json={"customer_id": who}).json()["probabilities"]
    offer = named(answer["actions"], "D1")
    p = score["buys:deposit"]
    effect = min(p * (figure("lift_ratio", "phone") - 1), 1 - p)
    harm = figure("opt_out_probability", "phone") * figure("opt_out_cents")
    harm += figure("complaint_probability", "phone") * figure("complaint_cents")
    harm += figure("attention_cents")
    worth = effect * 9_000_000 * (1 - figure("cannibalisation")) - 1200 - harm
    assert offer["value_cents"] == round(worth)
    assert offer["probability"] == p
    assert offer["label"] == "buys:deposit"
    assert "lift_ratio" in offer["assumed"]


def test_a_care_calls_value_is_what_it_saves(client):
    """The drop in leaving times 36 discounted months of margin on the assets, less its price.

    Who is kept stays as likely as the policy says.
    """
    who = OPEN[20]
    care = named(ask(client, who, limit=20, channel="phone")["actions"], None)
    churn = client.post("/v1/score", json={"customer_id": who}).json()["probabilities"]["churn"]
    monthly = who * 20_000_000 * figure("deposit_margin_bps") / 10_000 / 12
    stays = 1 - figure("kept_churn")
    worth = sum(monthly * stays ** (month / 3) / 1.08 ** (month / 12) for month in range(1, 37))
    harm = figure("opt_out_probability", "phone") * figure("opt_out_cents")
    harm += figure("complaint_probability", "phone") * figure("complaint_cents")
    harm += figure("attention_cents")
    expected = churn * figure("save_rate", "phone") * worth - 1200 - harm
    assert care["value_cents"] == pytest.approx(expected, abs=1)
    assert care["label"] == "churn"


def test_actions_are_ranked_by_value_and_explained(client):
    """Ranks count from 1, values fall, and each action has one to three reasons."""
    for who in OPEN[:10]:
        actions = ask(client, who, limit=20)["actions"]
        assert [action["rank"] for action in actions] == list(range(1, len(actions) + 1))
        values = [action["value_cents"] for action in actions]
        assert values == sorted(values, reverse=True)
        for action in actions:
            assert action["value_cents"] > 0
            assert 1 <= len(action["reasons"]) <= 3


def test_every_action_is_either_proposed_or_withheld_with_a_reason(client):
    """Four offers and the care call: none is lost, none stands twice."""
    answer = ask(client, OPEN[0], limit=20)
    codes = [item["offer_code"] for item in answer["actions"] + answer["withheld"]]
    assert sorted(codes, key=str) == ["C1", "D1", "F1", "M1", None]
    assert {item["because"] for item in answer["withheld"]} <= {
        *("blocked", "not_recommended", "no_score", "no_reason")
    }


def test_the_limit_cuts_the_list_and_nothing_else(client):
    """The first of one is the first of many."""
    who = OPEN[20]
    many = ask(client, who, limit=20)["actions"]
    assert {action["action"] for action in many} == {"offer", "care_call"}
    assert ask(client, who, limit=1)["actions"] == many[:1]


def test_an_unsuitable_fund_is_blocked_on_every_channel(client):
    """R4 for a C2 customer is withheld, and the rule says why."""
    fund = named(ask(client, OPEN[0])["withheld"], "F1")
    assert fund["because"] == "blocked"
    for verdict in fund["channels"]:
        assert verdict["verdict"] == "block"
        assert {"rule": "suitability", "because": "too_risky"} in verdict["failing"]


def test_an_offer_without_a_model_or_a_margin_is_withheld(client):
    """No score for mortgages; a card that earns nothing is not worth its call."""
    withheld = ask(client, OPEN[0])["withheld"]
    assert named(withheld, "M1")["because"] == "no_score"
    assert named(withheld, "C1")["because"] == "not_recommended"


def test_without_consent_the_phone_is_blocked_and_the_branch_is_not(client):
    """No record means no, for calls only."""
    assert not held_out(WITHOUT_CONSENT)
    offer = named(ask(client, WITHOUT_CONSENT)["actions"], "D1")
    assert offer["channel"] == "branch"
    phone = verdicts(offer)["phone"]
    assert phone["verdict"] == "block"
    assert [each["rule"] for each in phone["failing"]] == ["consent_to_calls_and_messages"]
    assert verdicts(offer)["branch"]["verdict"] == "allow"


def test_at_night_a_call_is_deferred_to_the_morning(finished):
    """21:00 in Shanghai waits until 09:00, which is 01:00 UTC of the next day."""
    with talking_to(finished, now=NIGHT) as (client, _):
        offer = named(ask(client, OPEN[0], channel="phone")["actions"], "D1")
    (phone,) = offer["channels"]
    assert phone["verdict"] == "defer"
    assert phone["until"] == "2026-06-02T01:00:00Z"
    assert [each["rule"] for each in phone["failing"]] == ["calling_hours"]


def test_one_channel_asked_for_is_the_only_one_judged(client):
    """A teller's screen asks for the branch and hears of nothing else."""
    answer = ask(client, OPEN[0], channel="branch")
    for item in answer["actions"] + answer["withheld"]:
        assert [each["channel"] for each in item["channels"]] == ["branch"]


def test_a_contact_of_today_counts(workspace):
    """A call reserved in the ledger this morning uses up the week's one call."""
    who = OPEN[0]
    policy, offers = load_policy(workspace.policy), load_offers(workspace.offers)
    ledger = Ledger.open(f"sqlite:///{workspace.ledger}")
    store = OnlineStore(workspace.online_url, CATALOG)
    request = Request("r1", who, "phone", offer_code="D1", point_id=who)
    profile = store.profile(who)
    with talking_to(workspace) as (client, _):
        before = named(ask(client, who)["actions"], "D1")
        assert verdicts(before)["phone"]["verdict"] == "allow"
        decision = ledger.reserve(
            request, profile, offers=offers, policy=policy, now=NOW, holdout=False
        )
        assert decision.verdict == "allow"
        after = ask(client, who)
    phone = verdicts(named(after["actions"], "D1"))["phone"]
    assert phone["verdict"] == "block"
    assert "calls_apart" in [each["rule"] for each in phone["failing"]]
    store.close()
    ledger.close()


def test_after_a_care_talk_another_is_worth_less(workspace):
    """Thirty days after it what the policy leaves of it has grown on the way to its half-life."""
    who, then = OPEN[20], NOW - timedelta(days=30)
    policy, offers = load_policy(workspace.policy), load_offers(workspace.offers)
    ledger = Ledger.open(f"sqlite:///{workspace.ledger}")
    store = OnlineStore(workspace.online_url, CATALOG)
    request = Request("r1", who, "branch", purpose="retention")
    with talking_to(workspace) as (client, _):
        first = named(ask(client, who, limit=20, channel="branch")["actions"], None)
        ledger.reserve(
            request, store.profile(who), offers=offers, policy=policy, now=then, holdout=False
        )
        contact = ledger.contact_id(request.request_id)
        ledger.record_outcome(contact, "CONNECTED_THINKING", now=then, agent=7)
        again = named(ask(client, who, limit=20, channel="branch")["actions"], None)
    factor = figure("repeated_care", "factor")
    share = 1 + (factor - 1) * 0.5 ** (30 / figure("repeated_care", "half_life_days"))
    assert again["drop"] == pytest.approx(first["drop"] * share, rel=1e-4)
    assert again["value_cents"] < first["value_cents"]
    assert "repeated_care" in again["assumed"]
    assert "repeated_care" not in first["assumed"]
    store.close()
    ledger.close()


def test_without_a_model_offers_are_general_and_ruled(workspace, client):
    """What the policy allows, by code and without a figure; the flag and the reason say so."""
    assert ask(client, OPEN[0])["fallback"] is False
    assert ask(client, OPEN[0])["fallback_because"] is None
    shutil.rmtree(workspace.models)
    with talking_to(workspace) as (without, _):
        answers = {who: ask(without, who, limit=20) for who in (*OPEN[:5], WITHOUT_CONSENT)}
        held_out = ask(without, HELD_OUT[0])
        assert without.post("/v1/next_best_offers", json={"customer_id": 999}).status_code == 404
        blocked = ask(without, WITHOUT_CONSENT, channel="phone")
    for said in answers.values():
        assert said["fallback"]
        assert said["fallback_because"]["code"] == "no_model"
        assert said["fallback_because"]["message"]
        assert said["model_versions"] == {}
        codes = [each["offer_code"] for each in said["actions"]]
        assert codes == sorted(codes)
        for each in said["actions"]:
            assert (each["probability"], each["effect"], each["value_cents"]) == (None, None, 0)
    assert len({str(said["actions"]) for said in answers.values()} - {"[]"}) <= 2
    assert [each["action"] for each in held_out["actions"]] == ["nothing"]
    assert [each["action"] for each in blocked["actions"]] == ["nothing"]
    assert {each["because"] for each in blocked["withheld"]} == {"blocked"}


def test_the_hold_out_gets_nothing_by_any_channel(client):
    """About a tenth of the customers are in it, and none of them is proposed anything."""
    assert 4 <= len(HELD_OUT) <= 25
    for who in HELD_OUT:
        for body in ({}, {"channel": "phone"}, {"channel": "branch"}, {"channel": "sms"}):
            (only,) = ask(client, who, **body)["actions"]
            assert only["action"] == "nothing"
            assert only["value_cents"] == 0


def test_an_answer_does_not_tell_who_is_in_the_hold_out(workspace, client):
    """It is, but for the policy's version, the answer of a bank whose offers are worth nothing.

    The other bank draws another hold-out, so this customer is weighed there and found not worth
    a contact.
    """
    who = HELD_OUT[0]
    text = re.sub(
        r"(save_rate\]\n)((?:\w+ = .*\n)+)", lambda m: m[1] + cheap(m[2]), default_policy_text()
    )
    workspace.policy.write_text(text, encoding="utf-8")
    workspace.holdout_key.write_bytes(key_without(who))
    save_offers(workspace.offers, poor(load_offers(workspace.offers)))
    with talking_to(workspace) as (other, _):
        weighed = ask(other, who)
    left_alone = ask(client, who)
    assert weighed.pop("policy_version") != left_alone.pop("policy_version")
    assert left_alone == weighed
    assert not re.search("hold.?out|control", str(left_alone), re.IGNORECASE)


def cheap(lines):
    return re.sub(r"is = [\d.]+", "is = 0.000001", lines)


def poor(offers):
    return [replace(offer, margin_cents=0) for offer in offers]


def key_without(customer_id):
    keys = (KEY + bytes([number]) for number in range(100))
    return next(key for key in keys if draw(customer_id, key) > 0.5)


TERMS = """
[[offer_terms]]
id = "many_logins"
owner = "digital"
offers = ["D1"]
stage = "applicability"
needs = { fact = "logins_30d", at_least = 1000000 }

[[price_band]]
name = "everyone"
owner = "pricing"
families = ["deposit"]
rate_bps = 300

[[price_band]]
name = "settled"
owner = "pricing"
families = ["deposit"]
rate_bps = 310
needs = { fact = "assets_mean_90d", at_least = 0 }

[[lever]]
id = "everything"
owner = "marketing"
expires = 2099-12-31
families = ["credit_card"]
cents = 1000000
most_rows = 1
"""


def test_terms_and_prices_rest_on_the_row_of_the_moment(workspace, client):
    """What the features tell is judged and priced; levers, capped over lists, are left out."""
    who = OPEN[0]
    before = named(ask(client, who, limit=20)["actions"], "D1")
    assert before["price"] is None
    terms = default_policy_text() + TERMS
    workspace.policy.write_text(terms, encoding="utf-8")
    with talking_to(workspace) as (anew, _):
        withheld = named(ask(anew, who)["withheld"], "D1")
        assert withheld["because"] == "blocked"
        for verdict in withheld["channels"]:
            assert {"rule": "applicability", "because": "many_logins"} in verdict["failing"]
    workspace.policy.write_text(terms.replace("at_least = 1000000", "at_least = 0"), "utf-8")
    with talking_to(workspace) as (anew, _):
        answer = ask(anew, who, limit=20)
    assert named(answer["withheld"], "C1")["because"] == "not_recommended"
    after = named(answer["actions"], "D1")
    assert after.pop("price") == {"band": "settled", "rate_bps": 310, "fee_bps": None}
    assert after == {key: value for key, value in before.items() if key != "price"}
