"""Sign-ins on their way through the bank's own sign-on, each of which counts once; its settings."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from goodcall.database import hold
from governance.errors import SignInRefused
from governance.instants import instant_text
from governance.schema import SIGN_ON_SETTINGS, SIGN_ONS
from governance.sign_on import Begun

# A sign-in that takes longer begins anew.
LONGEST = timedelta(minutes=10)
_SETTINGS = "the settings of the bank's sign-on"


def keep(connection: Connection, begun: Begun, now: datetime) -> None:
    """Keep what a sign-in is known by when it is back, once; those that never came are let go."""
    early = instant_text(now - LONGEST)
    connection.execute(delete(SIGN_ONS).where(SIGN_ONS.c.begun_at < early))
    if connection.execute(select(SIGN_ONS.c.state).where(SIGN_ONS.c.state == begun.state)).first():
        return
    values = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier}
    connection.execute(insert(SIGN_ONS), values | {"begun_at": instant_text(now)})


def take(connection: Connection, state: str, now: datetime) -> Begun:
    """The sign-in of a state, which is let go; SignInRefused for one unknown or begun long ago."""
    mine = SIGN_ONS.c.state == state
    row = connection.execute(select(SIGN_ONS).where(mine).with_for_update()).first()
    connection.execute(delete(SIGN_ONS).where(mine))
    if row is None or row.begun_at < instant_text(now - LONGEST):
        raise SignInRefused(
            "the sign-in that came back was not begun here, or too long ago; begin again"
        )
    return Begun("", row.state, row.nonce, row.verifier)


def settings_before(connection: Connection) -> str:
    """The settings that a service went by last, as JSON; `null` where it never had any."""
    asked = select(SIGN_ON_SETTINGS.c.settings).order_by(SIGN_ON_SETTINGS.c.number.desc()).limit(1)
    return connection.execute(asked).scalar() or "null"


def note_settings(connection: Connection, settings: str, now: datetime) -> None:
    """Keep the settings that a service goes by from now on, where they are others than before."""
    hold(connection, [_SETTINGS])
    if settings_before(connection) != settings:
        values = {"settings": settings, "noted_at": instant_text(now)}
        connection.execute(insert(SIGN_ON_SETTINGS), values)
