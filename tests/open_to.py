"""Whether contacts are open to those who plan in a simulated bank."""

from banks.world_arrays import Records
from cli.loop.desk import Desk


def all_open(desk: Desk, made: Records) -> bool:
    """Whether the desk lets all these contacts be made."""
    by = [desk.channels.index(channel) for channel in made["channel"].tolist()]
    return all(
        desk.open_care[who, place] if family < 0 else desk.open_offers[who, family, place]
        for who, family, place in zip(made["who"], made["family"], by, strict=True)
    )
