"""The hold-outs that were drawn, in the ledger: each draw stands until another supersedes it."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select

from goodcall.database import hold
from goodcall.profile import Profile
from outreach import recording
from outreach.decide import instant_text
from outreach.errors import ExperimentError
from outreach.experiment import Band, Draw, Likeness, Member, Stratum
from outreach.schema import HOLDOUT_DRAWS, HOLDOUT_MEMBERS


def keep_draw(connection: Connection, draw: Draw, *, anew: bool, now: datetime) -> int:
    """Write a draw and return its number; where one stands, that one's unless it is `anew`."""
    if draw.day is None or draw.key_print is None:
        raise ExperimentError("a draw without a day was not frozen; draw with `freeze` first")
    hold(connection, ["the hold-out"])
    before = _standing(connection)
    if before is not None and not anew:
        return before
    number = recording.put(
        connection,
        HOLDOUT_DRAWS,
        {
            "day": draw.day,
            "share": draw.share,
            "key_print": draw.key_print,
            "said": json.dumps(
                {
                    "strata": [asdict(each) for each in draw.strata],
                    "balance": [asdict(each) for each in draw.balance],
                    "bands": [asdict(each) for each in draw.bands],
                }
            ),
            "supersedes": before,
            "recorded_at": instant_text(now),
        },
    )
    connection.execute(
        insert(HOLDOUT_MEMBERS),
        [{"draw_id": number, "customer_id": who, **asdict(m)} for who, m in draw.members.items()],
    )
    return number


def read_draw(connection: Connection, people: Iterable[Profile] | None) -> Draw | None:
    """The draw that stands, with the members that bear on some people, or with all; None if none.

    A customer's own place bears on him, and the place of each member of his household of then.
    """
    number = _standing(connection)
    if number is None:
        return None
    found = connection.execute(select(HOLDOUT_DRAWS).where(HOLDOUT_DRAWS.c.draw_id == number)).one()
    asked = select(HOLDOUT_MEMBERS).where(HOLDOUT_MEMBERS.c.draw_id == number)
    if people is not None:
        everyone = list(people)
        ids = {who.customer_id for who in everyone}
        homes = {who.household_id for who in everyone} - {None}
        asked = asked.where(
            or_(HOLDOUT_MEMBERS.c.customer_id.in_(ids), HOLDOUT_MEMBERS.c.household_id.in_(homes))
        )
    rows = connection.execute(asked).all()
    said = json.loads(found.said)
    strata = (Stratum(**(each | {"name": tuple(each["name"])})) for each in said["strata"])
    return Draw(
        share=found.share,
        strata=tuple(strata),
        members={row.customer_id: Member(row.household_id, row.stratum) for row in rows},
        homes={row.household_id: row.stratum for row in rows if row.household_id is not None},
        key_print=found.key_print,
        day=found.day,
        balance=tuple(Likeness(**each) for each in said["balance"]),
        number=number,
        # A draw of before bands had shares of their own names none.
        bands=tuple(Band(**each) for each in said.get("bands", ())),
    )


def _standing(connection: Connection) -> int | None:
    """The number of the newest draw."""
    return connection.execute(
        select(HOLDOUT_DRAWS.c.draw_id).order_by(HOLDOUT_DRAWS.c.draw_id.desc()).limit(1)
    ).scalar()
