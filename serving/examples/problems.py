"""One example of every error that an endpoint may answer with."""

from serving.examples.shared import Example

PROBLEM: Example = {
    "error": "unknown_customer",
    "message": "customer 7 is not in the snapshot of 2026-06-01",
    "what_to_do": "check the number, or publish a snapshot that holds the customer",
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
# What endpoints that read the online store may lack, and those that score besides.
STORE = (NO_SNAPSHOT, STALE_SNAPSHOT, OLD_SNAPSHOT)
LIFE = (NO_MODEL, *STORE)
