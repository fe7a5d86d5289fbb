"""The offers on sale, kept in one file so that the service knows them without the bank's tables."""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from goodcall.atomic import write_file
from goodcall.language import Text
from outreach.errors import OfferBookError
from outreach.offer import Offer

_DAYS = ("valid_from", "valid_to")


def save_offers(path: Path, offers: Iterable[Offer]) -> None:
    """Put the offers into a file so that a reader finds the old ones or the new ones."""
    said = [
        asdict(offer) | {key: day.isoformat() for key in _DAYS if (day := getattr(offer, key))}
        for offer in offers
    ]
    write_file(path, json.dumps(said, ensure_ascii=False, indent=1).encode())


def load_offers(path: Path) -> tuple[Offer, ...]:
    """The offers that `save_offers` wrote, or OfferBookError where they are missing or damaged."""
    try:
        return tuple(_offer(entry) for entry in json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise OfferBookError(f"no offers at {path}; `goodcall outreach plan` writes them") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise OfferBookError(
            f"{path} does not read as offers ({error!r}); `goodcall outreach plan` writes them anew"
        ) from error


def _offer(said: dict[str, object]) -> Offer:
    plain = Offer(**said)  # type: ignore[arg-type]
    return replace(
        plain,
        name=Text(**said["name"]),  # type: ignore[arg-type]
        kinds=tuple(plain.kinds),
        assumed=tuple(plain.assumed),
        tags=tuple(plain.tags),
        valid_from=_day(said.get("valid_from")),
        valid_to=_day(said.get("valid_to")),
    )


def _day(said: object) -> date | None:
    return None if said is None else date.fromisoformat(str(said))
