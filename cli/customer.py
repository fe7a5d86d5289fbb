"""`goodcall customer find`: which customer a telephone number belongs to."""

from contextlib import closing
from typing import Annotated

import typer

from cli.errors import NothingFound
from cli.lists import store_of
from cli.options import Home, Json, Lang, show, workspace
from cli.records import audit_of
from goodcall import Text
from governance import PartialMasker


def find_command(
    phone: Annotated[
        str, typer.Option("--phone", metavar="NUMBER", help="A telephone number, however written.")
    ],
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Say whose a telephone number is; it is looked up by a keyed hash, and nothing is decrypted.

    Who asked is audited for each customer found, the number is not.
    """
    place, speak = workspace(home), show(lang, as_json=as_json)
    with closing(store_of(place)) as store:
        found = store.holders(phone)
    audit = audit_of(place)
    for subject in [f"customer {who}" for who in found] or ["nobody"]:
        audit.record("command line", "find customer by phone", subject)
    if not found:
        raise NothingFound(
            f"nobody has the number {PartialMasker().number(phone)}; check it, or plan the day "
            "again where the store was published by an earlier release"
        )
    for who in found:
        speak.say(Text(f"customer {who}", f"客户 {who}"))
    speak.hand_over({"customers": list(found)})
