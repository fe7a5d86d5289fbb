"""`goodcall bank link`: which records of several systems are one customer, and undoing it."""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from banks.identity.files import LINKS, REVIEW, read_identities, read_records, write_identities
from banks.identity.hand import RecordKey, Word, link, parse_record, unlink
from banks.identity.prints import RECORD_SCHEMA
from banks.identity.resolve import Identities, Resolution, resolve
from cli.clock import now
from cli.errors import NothingFound
from cli.options import Home, Json, Lang, show, workspace
from cli.records import audit_of
from cli.show import Show
from goodcall import Text, Workspace
from goodcall.atomic import first_file
from governance import PartialMasker

_KEY_BYTES = 32

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The folder that `bank link` wrote.")
]
Records = Annotated[
    list[str], typer.Argument(metavar="RECORD...", help="Records as source:key, such as core:1001.")
]
Reason = Annotated[str, typer.Option(help="Why; kept in the log.")]
By = Annotated[str, typer.Option(help="Who decides, such as a staff id; kept in the log.")]


def link_command(
    records: Annotated[
        list[Path],
        typer.Argument(metavar="RECORDS...", help="CSV or Parquet files of source records."),
    ],
    out: Annotated[Path, typer.Option(help="The folder to write links, log and review into.")],
    links: Annotated[
        Path | None,
        typer.Option(help="The folder of the earlier links. Default: what stands in --out."),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Say which records of several systems are one customer; numbers once given stay.

    Records merge on one document, or on full name, date of birth and a telephone or address that
    both sources verified. A shared telephone alone merges nobody; what contradicts is put into
    review.csv and not merged. Document numbers and telephones are kept as keyed hashes only.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    earlier = _earlier(links, out)
    audit_of(place).record("command line", "link records", str(out.name), files=len(records))
    found = resolve(
        read_records(records),
        earlier,
        key=_key(place, earlier),
        masker=PartialMasker(),
        now=now(),
    )
    write_identities(out, found.identities, found.review)
    _report(speak, found, out)


def unlink_command(
    folder: Folder,
    records: Records,
    reason: Reason,
    by: By,
    apart_from: Annotated[
        str | None,
        typer.Option("--from", help="A record to be kept apart from. Default: the customer's."),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Take records out of their customer, together, as another one; later runs keep them apart."""
    other = None if apart_from is None else parse_record(apart_from)
    keys = [parse_record(record) for record in records]
    _decide(
        folder,
        lambda earlier, word: unlink(earlier, keys, word, apart_from=other),
        ("unlink records", keys, by, reason),
        workspace(home),
        show(lang, as_json=as_json),
    )


def join_command(
    folder: Folder,
    one: Annotated[str, typer.Argument(metavar="RECORD", help="A record as source:key.")],
    other: Annotated[str, typer.Argument(metavar="RECORD", help="The record of the other.")],
    reason: Reason,
    by: By,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Put the customers of two records together by hand, though no rule says that they are one."""
    first, second = parse_record(one), parse_record(other)
    _decide(
        folder,
        lambda earlier, word: link(earlier, first, second, word),
        ("join records", (first, second), by, reason),
        workspace(home),
        show(lang, as_json=as_json),
    )


def _decide(
    folder: Path,
    change: Callable[[Identities, Word], Identities],
    said: tuple[str, Sequence[RecordKey], str, str],
    place: Workspace,
    speak: Show,
) -> None:
    """Carry a person's decision out, audit it, and see what it means for all other records."""
    action, records, by, reason = said
    earlier = read_identities(folder)
    key = _key(place, earlier)
    decided = change(earlier, Word(by, reason, now()))
    audit_of(place).record(by, action, ", ".join(map(str, records)), reason=reason)
    found = resolve(
        RECORD_SCHEMA.empty_table(), decided, key=key, masker=PartialMasker(), now=now()
    )
    write_identities(folder, found.identities, found.review)
    _report(speak, found, folder)


def _earlier(links: Path | None, out: Path) -> Identities:
    if links is not None:
        return read_identities(links.parent if links.name == LINKS else links)
    return read_identities(out) if (out / LINKS).exists() else Identities()


def _key(place: Workspace, earlier: Identities) -> bytes:
    """The workspace's secret for hashing personal keys, made up at its first use and kept."""
    if not place.identity_key.exists():
        if earlier.mark is not None:
            raise NothingFound(
                f"{place.identity_key} is missing, and the earlier links were made with it; "
                "put it back, or name its workspace with --home"
            )
        first_file(place.identity_key, secrets.token_bytes(_KEY_BYTES))
    return place.identity_key.read_bytes()


def _report(speak: Show, found: Resolution, folder: Path) -> None:
    speak.heading(Text("Identity", "客户身份"))
    counts = {
        "records": (Text("records read", "读入记录"), found.records),
        "new": (Text("new customers", "新客户"), found.new),
        "merged": (Text("merged", "合并"), found.merged),
        "contradictory": (
            Text("for review: contradictory", "待复核:信息矛盾"),
            found.contradictory,
        ),
        "suggested": (Text("for review: probable", "待复核:疑似同一人"), found.suggested),
        "unusable_documents": (Text("unusable document numbers", "证件号无法使用"), found.unusable),
    }
    speak.table(("", ""), [(name, f"{n:,}") for name, n in counts.values()], right=(1,))
    speak.say(Text(f"links: {folder / LINKS}", f"客户对应表:{folder / LINKS}"))
    speak.say(Text(f"review: {folder / REVIEW}", f"复核清单:{folder / REVIEW}"))
    speak.hand_over({"folder": folder} | {name: n for name, (_, n) in counts.items()})
