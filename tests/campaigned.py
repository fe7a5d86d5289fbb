"""A bank whose campaign was worked by hand and by message, for tests of reports over days.

Customers on the contacted side buy six times as often as those held out. Lists are worked on three
days of June 2026, messages go out on others.
"""

import os
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from builders import a_bank, a_customer
from planning import published, rows_of, worked
from policed import Desk, customer, moment, offer, policy_of

from features import open_bank, profiles
from goodcall import Workspace
from governance import vault_of
from outreach import Ledger, Standing, freeze, in_holdout

KEY, PEOPLE = b"sixteen bytes or more", range(1, 161)
DRAWN, FIRST, LAST = date(2026, 5, 1), date(2026, 6, 1), date(2026, 6, 30)
DAYS = (date(2026, 6, 2), date(2026, 6, 9), date(2026, 6, 16))
FAMILY = {"CARD": "credit_card", "FUND": "fund"}
OUTCOMES = (
    *("CONNECTED_INTERESTED", "CONNECTED_APPT", "NOT_NOW", "NO_ANSWER", "BUSY"),
    *("REFUSED_CHANNEL", "COMPLAINT", "NOT_INTERESTED_OFFER"),
)
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


def a_campaign(root: Path) -> Workspace:
    """A workspace with the bank, the hold-out, and a ledger of June's lists and messages."""
    place = Workspace(root)
    place.root.mkdir(parents=True)
    born = date(1980, 5, 5)
    people = [
        a_customer(who, branch_id=3, manager_id=7 + who % 2, birth_date=born) for who in PEOPLE
    ]
    bank = a_bank(place.bank, customers=people, holdings=[])
    place.holdout_key.write_bytes(KEY)
    known = profiles(bank, DRAWN)
    draw = freeze([Standing(who) for who in known], key=KEY, share=0.3, bands=[], day=DRAWN)
    held = {who.customer_id for who in known if in_holdout(who, KEY, draw)}
    cipher = vault_of(place, os.environ)
    with Ledger.of(place, cipher) as ledger:
        ledger.save_draw(draw, now=moment("2026-05-01 08:00"))
    desk = Desk(place.ledger_url, cipher)
    contacted = [who for who in PEOPLE if who not in held]
    work(desk, contacted, np.random.default_rng(4))
    desk.ledger.close()
    for file in place.bank.iterdir():
        file.unlink()
    place.bank.rmdir()
    a_bank(
        *(place.bank,),
        customers=people,
        holdings=bought(held, np.random.default_rng(5)),
        staff=[a_person(7, 3), a_person(8, 4)],
        branches=[a_branch(3), a_branch(4)],
        balances=balances(),
        contact_points=[point for who in PEOPLE for point in points(who)],
    )
    return place


def work(desk, contacted, rng):
    """Lists of three days, half of their rows worked, and messages about a card."""
    desk.policy = policy_of(channels=("phone", "sms"))
    desk.knows(*(customer(who, manager_id=7 + who % 2) for who in contacted))
    for number, day in enumerate(DAYS):
        desk.offers.clear()
        desk.sells(*(offer(code, FAMILY[code]) for code in [*FAMILY][number % 2 :]))
        group = contacted[number * 30 : number * 30 + 30]
        published(desk, [desk.people[who] for who in group], day)
        for list_id in (7, 8):
            for row in rows_of(desk, day, list_id):
                if rng.random() < 0.6:
                    worked(desk, row.row, f"{day} 10:00", OUTCOMES[rng.integers(len(OUTCOMES))])
    for who in contacted[60:]:
        at = moment(f"{FIRST} 09:30") + timedelta(int(rng.integers(0, 50)))
        desk.sent(at, "email", ("DELIVERED", "BOUNCE")[who % 5 == 0], who, offer_code="CARD")
    for who in contacted[:20]:
        at, told = moment("2026-06-11 14:00"), ("SAVED", "LEAVING_CONFIRMED", "NO_ANSWER")
        desk.sent(at, "phone", told[who % 3], who, purpose="retention")


def bought(held, rng):
    """Funds and cards begun from May to July; of every third the end came within weeks."""
    found = []
    for who in PEOPLE:
        for family in FAMILY.values():
            if rng.random() < (0.1 if who in held else 0.6):
                opened = date(2026, 5, 20) + timedelta(int(rng.integers(0, 60)))
                closed = opened + timedelta(40) if len(found) % 3 == 0 else None
                found.append(a_holding(len(found) + 1, who, family, opened, closed_on=closed))
    return found


def a_holding(number, who, family, opened, **facts):
    """A holding of 1,000.00 times its number."""
    plain = {
        "holding_id": number,
        "customer_id": who,
        "happened_at": EARLY,
        "known_at": EARLY,
        "product_id": 1 if family == "fund" else 2,
        "family": family,
        "opened_on": opened,
        "amount_cents": 100_000 * number,
    }
    return plain | facts


def a_person(staff_id, branch_id):
    plain = {"happened_at": EARLY, "known_at": EARLY, "role": "relationship_manager", "name": "x"}
    return {"staff_id": staff_id, "branch_id": branch_id} | plain


def a_branch(branch_id):
    return {"branch_id": branch_id, "happened_at": EARLY, "known_at": EARLY, "name": "x"}


def points(who):
    """The number and the address that `policed.customer` has."""
    return [
        {
            "point_id": each.point_id,
            "customer_id": who,
            "happened_at": EARLY,
            "known_at": EARLY,
            "channel": each.channel,
            "value": each.value,
            "valid": each.valid,
        }
        for each in customer(who).points
    ]


def balances():
    """Every customer's 40,000.00 a month, from which every fourth takes 30,000.00 in July."""
    return [
        {
            "account_id": who,
            "customer_id": who,
            "happened_at": moment(f"{date(2026, month, 1)} 00:00"),
            "known_at": moment(f"{date(2026, month + 1, 1)} 00:00"),
            "family": "deposit",
            "balance_cents": 1_000_000 if who % 4 == 0 and month > 6 else 4_000_000,
            "period_days": (date(2026, month + 1, 1) - date(2026, month, 1)).days,
        }
        for who in PEOPLE
        for month in range(1, 12)
    ]


def held_out(place):
    """Who is left alone, by the draw."""
    with Ledger.of(place, vault_of(place, os.environ)) as ledger:
        draw = ledger.draw()
    known = profiles(open_bank(place.bank), FIRST)
    return {who.customer_id for who in known if in_holdout(who, KEY, draw)}


def asked_sql(place, query):
    """The rows of a plain query on the ledger's file."""
    with sqlite3.connect(place.ledger) as connection:
        return connection.execute(query).fetchall()
