"""How a simulated bank came to where it stands, as a file from which it can live on."""

import json
from dataclasses import dataclass, fields, is_dataclass
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from banks.errors import BrokenSource
from banks.world_arrays import Records, records
from banks.world_state import State
from goodcall.atomic import new_file

_MARK = b"goodcall simulation"
_MONTH = "month"
_CONTACTS = pa.schema(
    [
        (_MONTH, pa.int64()),
        ("who", pa.int64()),
        ("day", pa.int64()),
        ("second", pa.int64()),
        ("channel", pa.int64()),
        ("family", pa.int64()),
        ("lot", pa.bool_()),
        ("carried", pa.bool_()),
        ("probability", pa.float64()),
    ]
)
_FIELDS = tuple(name for name in _CONTACTS.names if name != _MONTH)


@dataclass(frozen=True, slots=True)
class Lived:
    """How a bank was founded, and the contacts of each month: all else follows from these.

    `months` is how many it can live, `written` the first month whose rows nobody asked for yet, and
    `state` the fingerprint of where its customers stand.
    """

    world: str
    customers: int
    months: int
    seed: int
    written: int
    state: str
    contacts: tuple[Records, ...]


def kept(contacts: Records) -> Records:
    """A month's contacts as the file keeps them, apart from the caller's own."""
    kinds = {field.name: field.type.to_pandas_dtype() for field in _CONTACTS}
    return records(**{name: contacts[name].astype(kinds[name]) for name in _FIELDS})


def write_lived(path: Path, lived: Lived) -> None:
    """Put the file at `path`, where an old one stands until it is whole.

    Equal lives give equal bytes.
    """
    months = [_month(number, contacts) for number, contacts in enumerate(lived.contacts)]
    rows = pa.concat_tables([_CONTACTS.empty_table(), *months])
    said = {name: getattr(lived, name) for name in _founding()} | {"lived": len(months)}
    with new_file(path) as draft:
        marked = rows.replace_schema_metadata({_MARK: json.dumps(said).encode()})
        pq.write_table(marked, draft, compression="zstd")


def read_lived(path: Path) -> Lived:
    """What `write_lived` put there; BrokenSource for a file that it did not write."""
    try:
        # The names of folders are no columns, whatever they look like.
        rows = pq.read_table(path, partitioning=None)
        said = json.loads((rows.schema.metadata or {})[_MARK])
        month = rows[_MONTH].to_numpy()
        edges = np.searchsorted(month, np.arange(said["lived"] + 1))
        every = records(**{name: rows[name].to_numpy() for name in _FIELDS})
        return Lived(
            **{name: said[name] for name in _founding()},
            contacts=tuple(every[a:b] for a, b in pairwise(edges)),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenSource(
            f"{path} is no simulated bank that was saved ({error!r}); name a file that "
            "Simulation.save wrote, or found the bank anew"
        ) from error


def fingerprint(state: State) -> str:
    """What tells a state from every other; equal states have equal ones."""
    digest = blake2b(digest_size=16)
    _digest(state, digest)
    return digest.hexdigest()


def _month(number: int, contacts: Records) -> pa.Table:
    columns = {name: contacts[name] for name in _FIELDS}
    return pa.table({_MONTH: np.full(len(contacts), number), **columns}, schema=_CONTACTS)


def _founding() -> tuple[str, ...]:
    return tuple(field.name for field in fields(Lived) if field.name != "contacts")


def _digest(value: Any, digest: Any) -> None:  # noqa: ANN401 - a state, one of its arrays or a number
    if is_dataclass(value):
        for field in fields(value):
            _digest(getattr(value, field.name), digest)
    else:
        digest.update(np.asarray(value).tobytes())
