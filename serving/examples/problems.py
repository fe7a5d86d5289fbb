"""One example of every error that an endpoint may answer with."""

from serving.examples.shared import Example

UNKNOWN_CUSTOMER: Example = {
    "error": "unknown_customer",
    "message": "customer 7 is not in the snapshot of 2026-06-01",
    "what_to_do": "check the number, or publish a snapshot that holds the customer",
}
OBJECTS_TO_PROFILING: Example = {
    "error": "objects_to_profiling",
    "message": "customer 101548 objects to profiling, so no score is made",
    "what_to_do": "next_best_offers gives offers in no personal order",
}
UNKNOWN_LABEL: Example = {
    "error": "unknown_label",
    "message": "no model predicts 'chrun'",
    "what_to_do": "choose among: buys:fund, churn",
}
UNKNOWN_CHANNEL: Example = {
    "error": "unknown_channel",
    "message": "the policy has no channel 'fax'",
    "what_to_do": "choose among: phone, branch, sms",
}
BAD_REQUEST: Example = {
    "error": "bad_request",
    "message": "customer_id: Input should be a valid integer",
    "what_to_do": "send a body as /docs describes it",
}
NO_MODEL: Example = {
    "error": "no_model",
    "message": "the models folder has no champion",
    "what_to_do": "run `goodcall train`, which registers a model and makes it champion",
}
NO_SNAPSHOT: Example = {
    "error": "no_snapshot",
    "message": "no online store at online.db",
    "what_to_do": "publish one with `goodcall outreach plan`",
}
OLD_SNAPSHOT: Example = {
    "error": "stale_snapshot",
    "message": "the snapshot of 2026-06-01 in online.db is 40 days old, allowed are 35",
    "what_to_do": "publish one of today with `goodcall outreach plan`, or allow more with "
    "GOODCALL_MAX_AGE",
}
STALE_SNAPSHOT: Example = {
    "error": "no_snapshot",
    "message": "online.db was built by catalogue 0011aabb2233, this one is 445566ccddee",
    "what_to_do": "build it anew with `goodcall features build`, and train anew",
}
REFUSED_FACTS: Example = {
    "error": "refused_facts",
    "message": "1 of 1 new events break the contract: row 1: kind is not one of login, page_view",
    "what_to_do": "mend them and send the lot again, nothing of it was taken",
}
NO_POLICY: Example = {
    "error": "no_policy",
    "message": "policy.toml cannot be read",
    "what_to_do": "name a UTF-8 TOML file that exists",
}
BAD_FEATURES: Example = {
    "error": "bad_features",
    "message": "2 features that the models read are missing: age, tenure_days",
    "what_to_do": "send each, null where it is not known",
}
NOT_FOUND: Example = {
    "error": "not_found",
    "message": "contact 7 is not in the ledger",
    "what_to_do": "reserve a contact first",
}
UNKNOWN_OFFER: Example = {
    "error": "unknown_offer",
    "message": "offer 'D99' is not on sale",
    "what_to_do": "choose among: D12, F07",
}
CONFLICT: Example = {
    "error": "conflict",
    "message": "contact 4000000000000000017 is expired and cannot be dialled any more",
    "what_to_do": "reserve a contact anew and dial that",
}
REUSED: Example = {
    "error": "conflict",
    "message": "request id 'crm-000731' was used for another request",
    "what_to_do": "give each its own",
}
REFUSED_WORD: Example = {
    "error": "refused_word",
    "message": "outcome 'HAPPY' is unknown",
    "what_to_do": "choose one of: CONNECTED_INTERESTED, NO_ANSWER",
}
BAD_OUTCOME: Example = {
    "error": "bad_outcome",
    "message": "CONNECTED_CALLBACK promises a moment",
    "what_to_do": "say which with due_at",
}
BAD_CONSENT: Example = {
    "error": "bad_consent",
    "message": "happened_at 2030-01-01T00:00:00+00:00 is still to come",
    "what_to_do": "give a moment up to now",
}
NO_AGENT: Example = {
    "error": "no_agent",
    "message": "an app must say for whom it acts",
    "what_to_do": "give agent, a staff id",
}
NO_KEY: Example = {
    "error": "no_key",
    "message": "the reservation has no id by which to know it again",
    "what_to_do": "give request_id, or the header Idempotency-Key",
}
NO_LEDGER: Example = {
    "error": "no_ledger",
    "message": "there is no ledger yet",
    "what_to_do": "`goodcall outreach plan` makes the first one",
}
BUSY: Example = {
    "error": "busy",
    "message": "the ledger was busy at every of 5 tries",
    "what_to_do": "nothing was written, try again",
}
# What endpoints that read the online store may lack, and those that score besides.
STORE = (NO_SNAPSHOT, STALE_SNAPSHOT, OLD_SNAPSHOT)
LIFE = (NO_MODEL, *STORE)
# What endpoints that ask the ledger may lack.
LEDGER = (NO_LEDGER, BUSY, NO_POLICY, *STORE)
UNPROVEN: Example = {
    "error": "unproven",
    "message": "nobody says who asks",
    "what_to_do": "send `Authorization: Bearer KEY` with a key, or sign in",
}
REFUSED: Example = {
    "error": "refused",
    "message": "staff 4 (teller) may not do score for customer 100042",
    "what_to_do": "ask for more with `goodcall access request`",
}
TOO_LARGE: Example = {
    "error": "too_large",
    "message": "a body may have 1,000,000 bytes and this one has more",
    "what_to_do": "send it in parts",
}
TOO_MANY: Example = {
    "error": "too_many",
    "message": "the key may ask 600 times a minute",
    "what_to_do": "ask again after the seconds that Retry-After says",
}
NOT_READY: Example = {
    "error": "not_ready",
    "message": "the service is starting",
    "what_to_do": "ask again in a second",
}
TOO_SLOW: Example = {
    "error": "too_slow",
    "message": "there was no answer within 30 seconds",
    "what_to_do": "ask again, with less at once",
}
# What every endpoint may answer with.
ALWAYS = (BAD_REQUEST, UNPROVEN, REFUSED, TOO_LARGE, TOO_MANY, NOT_READY, TOO_SLOW)
NO_SIGN_ON: Example = {
    "error": "no_sign_on",
    "message": "the access file names no sign-on of the bank",
    "what_to_do": "sign in with a password, or add [sign_on] to access.toml",
}
