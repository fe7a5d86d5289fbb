"""Personal fields of the online store: encrypted where they lie, opened for the one who is asked.

A store that is opened without a cipher keeps them in clear, and refuses what others encrypted.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    delete,
    insert,
    inspect,
    select,
    true,
    tuple_,
    update,
)

from features.errors import PersonalSealed
from features.online_database import told, writing, writing_engine
from features.online_facts import Row, row_from_json, row_to_json
from features.online_tables import FACTS, PHONES, PROFILES
from features.tables import TABLES
from goodcall.database import wipe_freed
from goodcall.ports import FieldCipher
from goodcall.profile import Point, Profile, profile_from_json, profile_to_json
from goodcall.sealed import is_sealed

_NAME, _VALUE = "name", "value"
_BATCH = 500


def sealed_profile(profile: Profile, cipher: FieldCipher | None) -> Profile:
    """A profile with its name and the values of its points encrypted."""
    if cipher is None:
        return profile
    who = profile.customer_id

    def seal(value: str, field: str, row: object) -> str:
        return cipher.seal(value, PROFILES.name, field, row)

    return replace(
        profile,
        name=None if profile.name is None else seal(profile.name, _NAME, who),
        points=tuple(replace(p, value=seal(p.value, _VALUE, _of(who, p))) for p in profile.points),
    )


def opened_profile(profile: Profile, cipher: FieldCipher | None, *, named: bool = True) -> Profile:
    """A stored profile with its personal fields in clear; without a name where none is asked for.

    PersonalSealed where they are encrypted and there is no cipher to open them.
    """
    who = profile.customer_id
    name = profile.name if named else None
    return replace(
        profile,
        name=None if name is None else _opened(name, cipher, PROFILES.name, _NAME, who),
        points=tuple(
            replace(p, value=_opened(p.value, cipher, PROFILES.name, _VALUE, _of(who, p)))
            for p in profile.points
        ),
    )


def sealed_row(table: str, row: Row, cipher: FieldCipher | None, place: str | None = None) -> Row:
    """A raw table's row with its personal columns encrypted; `place` is where it will lie."""
    if cipher is None:
        return row
    where = place or FACTS.name
    return row | {
        name: cipher.seal(row[name], where, f"{table}.{name}", row["customer_id"])
        for name in personal_columns(table)
        if row.get(name) is not None
    }


def opened_row(table: str, row: Row, cipher: FieldCipher | None, place: str | None = None) -> Row:
    """The row that `sealed_row` encrypted, in clear."""
    where = place or FACTS.name
    return row | {
        name: _opened(row[name], cipher, where, f"{table}.{name}", row["customer_id"])
        for name in personal_columns(table)
        if row.get(name) is not None
    }


def personal_columns(table: str) -> tuple[str, ...]:
    """The columns of a raw table that its contract calls personal."""
    return tuple(column.name for column in TABLES[table].columns if column.personal)


def phone_rows(profile: Profile, version: int, cipher: FieldCipher | None) -> list[Row]:
    """The blind index of a customer's telephone numbers, as rows of its table."""
    if cipher is None:
        return []
    numbers = {cipher.phone_index(point.value) for point in profile.points if point.rings}
    return [
        {"version": version, "number": number, "customer_id": profile.customer_id}
        for number in sorted(number for number in numbers if number is not None)
    ]


def holders(
    connection: Connection, version: int, number: str, cipher: FieldCipher
) -> tuple[int, ...]:
    """The customers who have a telephone number, found without opening anybody's."""
    index = cipher.phone_index(number)
    if index is None or not inspect(connection).has_table(PHONES.name):
        return ()
    asked = (
        select(PHONES.c.customer_id)
        .where(PHONES.c.version == version, PHONES.c.number == index)
        .order_by(PHONES.c.customer_id)
    )
    return tuple(connection.execute(asked).scalars())


def reseal_online(
    url: str, cipher: FieldCipher, tell: Callable[[int], None] = lambda _: None
) -> int:
    """Encrypt under the newest key what is in clear or under an older one; returns how many rows.

    A batch a transaction, while readers of both go on; killed and begun again, it goes on with
    what is left. `tell` hears how many rows have been looked at.
    """
    engine = writing_engine(url)
    try:
        with told(url):
            done = _batches(engine, PROFILES, _reseal_profile, cipher, tell)
            done += _batches(engine, FACTS, _reseal_fact, cipher, tell)
            # Also where nothing was left: whoever was killed before had not wiped anything.
            wipe_freed(engine)
            return done
    finally:
        engine.dispose()


def _batches(
    engine: Engine,
    table: Any,  # noqa: ANN401 - one of the store's tables
    reseal: Callable[[Connection, Any, FieldCipher], bool],
    cipher: FieldCipher,
    tell: Callable[[int], None],
) -> int:
    keys = tuple(table.primary_key.columns)
    asked = select(table).order_by(*keys).limit(_BATCH)
    done, seen = 0, 0
    later: ColumnElement[bool] = true()
    while True:
        with writing(engine) as connection:
            rows = connection.execute(asked.where(later)).all()
            done += sum(reseal(connection, row, cipher) for row in rows)
        if not rows:
            return done
        seen += len(rows)
        later = tuple_(*keys) > tuple_(*(getattr(rows[-1], key.name) for key in keys))
        tell(seen)


def _reseal_profile(connection: Connection, row: Any, cipher: FieldCipher) -> bool:  # noqa: ANN401
    profile = profile_from_json(row.json)
    values = [point.value for point in profile.points] + ([profile.name] if profile.name else [])
    if all(cipher.is_current(value) for value in values):
        return False
    clear = opened_profile(profile, cipher)
    text = profile_to_json(sealed_profile(clear, cipher))
    mine = PROFILES.c.version == row.version, PROFILES.c.customer_id == row.customer_id
    connection.execute(update(PROFILES).where(*mine).values(json=text))
    connection.execute(
        delete(PHONES).where(
            PHONES.c.version == row.version, PHONES.c.customer_id == row.customer_id
        )
    )
    if phones := phone_rows(clear, row.version, cipher):
        connection.execute(insert(PHONES), phones)
    return True


def _reseal_fact(connection: Connection, row: Any, cipher: FieldCipher) -> bool:  # noqa: ANN401
    stored = row_from_json(row.raw_table, row.row)
    held = [stored[name] for name in personal_columns(row.raw_table) if name in stored]
    if all(cipher.is_current(value) for value in held):
        return False
    clear = opened_row(row.raw_table, stored, cipher)
    text = row_to_json(sealed_row(row.raw_table, clear, cipher))
    connection.execute(update(FACTS).where(FACTS.c.seq == row.seq).values(row=text))
    return True


def _opened(value: str, cipher: FieldCipher | None, table: str, field: str, row: object) -> str:
    if cipher is not None:
        return cipher.open(value, table, field, row)
    if is_sealed(value):
        raise PersonalSealed(
            f"{table}.{field} of {row} is encrypted and no key was given; open the store with the "
            "vault's keys: set GOODCALL_MASTER_KEY_FILE"
        )
    return value


def _of(who: int, point: Point) -> str:
    return f"{who}/{point.point_id}"
