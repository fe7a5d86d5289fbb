"""Sign-ins that are on their way through the bank's own sign-on, each of which counts once."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from governance.errors import SignInRefused
from governance.instants import instant_text
from governance.schema import SIGN_ONS
from governance.sign_on import Begun

_LONGEST = timedelta(minutes=10)


def keep(connection: Connection, begun: Begun, now: datetime) -> None:
    """Keep what a sign-in is known by when it is back; those that never came are let go."""
    early = instant_text(now - _LONGEST)
    connection.execute(delete(SIGN_ONS).where(SIGN_ONS.c.begun_at < early))
    values = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier}
    connection.execute(insert(SIGN_ONS), values | {"begun_at": instant_text(now)})


def take(connection: Connection, state: str, now: datetime) -> Begun:
    """The sign-in of a state, which is let go; SignInRefused for one unknown or begun long ago."""
    mine = SIGN_ONS.c.state == state
    row = connection.execute(select(SIGN_ONS).where(mine).with_for_update()).first()
    connection.execute(delete(SIGN_ONS).where(mine))
    if row is None or row.begun_at < instant_text(now - _LONGEST):
        raise SignInRefused(
            "the sign-in that came back was not begun here, or too long ago; begin again"
        )
    return Begun("", row.state, row.nonce, row.verifier)
