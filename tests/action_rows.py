"""A table of actions for tests, on five lists of two branches, with what it is shared out by."""

from datetime import date

import numpy as np
import pyarrow as pa
from policed import offer, policy_of

from outreach import Ground

DAY = date(2026, 6, 8)
OFFERS = {code: offer(code) for code in ("card", "fund", "loan")}
MINUTES = {"phone": 8, "sms": 1, "branch": 20}
TEXTS = 'id = "texts"\nkind = "volume"\nchannels = ["sms"]\nat_most = 12\nperiod = "day"'
BRANCHES = """
id = "branch_minutes"
kind = "volume"
within = "branch"
unit = "minutes"
at_most = 140
period = "day"
"""
CALLS = """
id = "calls"
kind = "volume"
within = "manager"
channels = ["phone"]
at_most = 4
period = "day"
"""
LOANS = '[[minimum]]\nid = "loans"\nowner = "credit"\noffers = ["loan"]\nat_least = 15\n'
POLICY = policy_of(TEXTS, BRANCHES, CALLS, more=LOANS, channels=MINUTES)
GROUND = Ground(POLICY, OFFERS, DAY, {1: 60, 2: 90, 3: 0, 9: 30}, {("texts", None): 2})


def a_table(customers=150, seed=3):
    """Actions of customers on five lists of two branches, about a third of them missing."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "customer_id": who * 7 % customers,
            "list_id": 1 + who % 5,
            "offer_code": code,
            "channel": channel,
            "value_cents": int(rng.lognormal(6, 1.2) * (1 + 0.4 * minutes**0.5)) - 200,
            "branch_id": 20 + who % 5 % 2,
        }
        for who in range(customers)
        for code in (*OFFERS, None)
        for channel, minutes in MINUTES.items()
        if rng.random() < 0.7
    ]
    return pa.Table.from_pylist(rows)
