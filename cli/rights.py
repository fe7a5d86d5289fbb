"""`goodcall rights`: what customers may ask of the bank about their data, each within its time."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.clock import now
from cli.doer import Doer
from cli.errors import BadOption
from cli.options import Home, Json, Lang, bank_in, parse_day, show, workspace
from cli.records import ledger_of
from cli.rights_handling import (
    MOST_DAYS,
    Handled,
    days_to_answer,
    handling,
    noted,
    refuse_others,
    rights_store,
)
from cli.rights_places import audited, dates_with, leftovers_of, models_of, places_of
from cli.show import Show
from cli.why import print_trail, reasons_of, trail_facts
from features import Correction, correct, note_erased
from features.erasing import raw_rows
from features.leftovers import Found
from goodcall import Text, Workspace
from goodcall.atomic import write_file
from governance import (
    Holding,
    erase,
    forget_scores,
    scan,
    vault_of,
    view_json,
    view_page,
)
from governance import view as view_of
from outreach import parse_policy
from outreach.erasing import pseudonym_of

Customer = Annotated[int, typer.Argument(metavar="CUSTOMER", help="A customer's id.")]
By = Annotated[str, typer.Option("--by", help="Who handles the request, such as a staff id.")]
Banks = Annotated[
    Path, typer.Option("--bank", help="The folder of the bank; it is only read.", file_okay=False)
]
MaybeBank = Annotated[
    Path | None,
    typer.Option("--bank", help="The folder of the bank that knows the customer.", file_okay=False),
]
_PROFILING = "profiling_opt_out"


def list_command(
    only_open: Annotated[bool, typer.Option("--open", help="Only what nobody did yet.")] = False,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """The requests of customers, the one that is due first first."""
    place, speak = workspace(home), show(lang, as_json=as_json)
    doer.record(place, "list rights requests", "every customer")
    with rights_store(place) as store:
        found = [each for each in store.every() if not only_open or each.state == "open"]
    speak.table(
        ("#", *(Text("customer", "客户"), Text("right", "权利"), Text("due", "期限"))),
        [
            (each.request_id, each.customer_id, each.kind, f"{each.due_at:%Y-%m-%d}")
            for each in found
        ],
    )
    late = sum(each.late(now()) for each in found)
    if late:
        speak.say(Text(f"{late} are overdue", f"其中{late}项已逾期"))
    speak.hand_over([asdict(each) | {"late": each.late(now())} for each in found])


def ask_command(
    customer: Customer,
    right: Annotated[str, typer.Argument(help="view, correct, delete, object or explain.")],
    days: Annotated[
        int | None, typer.Option(min=1, max=MOST_DAYS, help="Days until it is due.")
    ] = None,
    bank: MaybeBank = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """Take note of a request that is handled later; GOODCALL_RIGHTS_DAYS sets its time, else 30."""
    place, speak = workspace(home), show(lang, as_json=as_json)
    with noted(place, doer, "ask for a right", customer, right=right):
        refuse_others(place, vault_of(place, os.environ), customer, right, bank)
        with rights_store(place) as store:
            number = store.ask(customer, right, now=now(), days=days or days_to_answer())
            (kept,) = (each for each in store.every(customer) if each.request_id == number)
    speak.say(
        Text(
            f"request {number}, due {kept.due_at:%Y-%m-%d}",
            f"请求{number},期限{kept.due_at:%Y-%m-%d}",
        )
    )
    speak.hand_over(asdict(kept))


def view_command(
    customer: Customer,
    by: By,
    bank: Annotated[
        Path | None,
        typer.Option("--bank", help="Also what the bank's own files say.", file_okay=False),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="A .html or .json file for the customer. Default: JSON.")
    ] = None,
    home: Home = None,
    lang: Lang = None,
    *,
    doer: Doer,
) -> None:
    """Show everything that is known of a customer, from every place, in clear."""
    place, speak = workspace(home), show(lang, as_json=True)
    if output is not None and output.suffix not in (".html", ".json"):
        raise BadOption(f"--output {output} is neither .html nor .json; name one of the two")
    with handling(place, customer, "view", replace(doer, by=by), bank) as request:
        vault = request.vault
        holdings = [*view_of(places_of(place, vault), customer)]
        exports = leftovers_of(place).about(customer).naming.items()
        files = tuple({"table": file, "times": times} for file, times in exports)
        holdings.append(Holding("exports and drafts", files))
        holdings.append(Holding("audit log", tuple(audited(place, customer))))
        if bank is not None:
            rows = raw_rows(bank_in(place, bank), customer, vault)
            holdings.append(Holding("the bank's own files", tuple(rows)))
        request.said["rows"] = sum(len(each.rows) for each in holdings)
    if output is None:
        typer.echo(view_json(holdings, customer))
        return
    page = output.suffix == ".html"
    text = view_page(holdings, customer, speak.language) if page else view_json(holdings, customer)
    write_file(output, text.encode())
    output.chmod(0o600)


def correct_command(
    customer: Customer,
    bank: Banks,
    by: By,
    field: Annotated[str, typer.Option(help="A column of customers, or of contact_points.")],
    value: Annotated[str, typer.Option(help="What is right; an empty one says that nothing is.")],
    point: Annotated[int | None, typer.Option(help="The contact point that it is about.")] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """Record that something is otherwise; features and the online store take it in next time.

    The bank's own files are never written: the correction lies over them at each build.
    """
    place, speak = workspace(home), show(lang, as_json=as_json)
    with handling(place, customer, "correct", replace(doer, by=by), bank) as request:
        put_right, said = Correction(customer, field, value or None, point), request.said
        files, vault = bank_in(place, bank), request.vault
        correct(files, place.corrections, put_right, cipher=vault, now=now())
        said["field"] = f"{put_right.table}.{field}"
    speak.say(Text(f"{said['field']} is put right from now on", f"{said['field']}已更正"))
    speak.hand_over(said)


def object_command(
    customer: Customer,
    bank: Banks,
    by: By,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """Stop profiling: scores are erased now, none is made again, offers come in no own order.

    `goodcall rights correct CUSTOMER --field profiling_opt_out --value false` takes it back.
    """
    place, speak = workspace(home), show(lang, as_json=as_json)
    with handling(place, customer, "object", replace(doer, by=by), bank) as request:
        vault, said = request.vault, request.said
        objection = Correction(customer, _PROFILING, value=True)
        correct(bank_in(place, bank), place.corrections, objection, cipher=vault, now=now())
        said.update(forget_scores(places_of(place, vault), customer))
    _say_counts(speak, said)


def delete_command(
    customer: Customer,
    by: By,
    bank: MaybeBank = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """Erase a customer everywhere; what the law retains stays under a pseudonym.

    No build takes the customer in again, though the bank's own files may still have the rows. The
    models that learned from them are named: their retraining is due. The request is done when every
    place was reached and nothing is left; until then exit 1, and begun again it goes on with what
    is left. Exports and drafts that name the customer, or cannot be read, are told for people to
    delete: exit 1 too, and the request is done. Exit 4 while a night is at work in the workspace.
    """
    place, speak = workspace(home), show(lang, as_json=as_json)
    with handling(place, customer, "delete", replace(doer, by=by), bank) as request:
        due = _retraining_due(place, customer, request)
        note_erased(place.erased, customer, request.vault)
        done = erase(places_of(place, request.vault), customer)
        request.said.update(asdict(done), retraining_due=due)
        request.settled = done.clean
        request.stands_for = pseudonym_of(customer, request.vault)
    exports = leftovers_of(place).about(customer)
    files = {"files": list(exports.naming), "unread": list(exports.unread)}
    _say_counts(speak, done.erased, hand_over=request.said | files)
    for name in due:
        speak.say(Text(f"retraining is due: {name}", f"需重新训练:{name}"))
    for where, why in done.unreached.items():
        speak.aside(Text(f"not done: {where}: {why}", f"未完成:{where}:{why}"))
    if not done.clean:
        speak.aside(
            Text(
                f"request {request.number} stays open; run the same command again",
                f"请求{request.number}尚未办结;请再次运行同一命令",
            )
        )
    _fail_on(done.residue, exports, speak)
    if done.unreached:
        raise typer.Exit(1)


def scan_command(
    customer: Customer,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """Look in every place for what is left of a customer; exit 1 where anything is.

    Exports and drafts below the workspace are looked into too; what cannot be read is told, and
    leaves the answer open: exit 1. The audit log is not among them: it is kept by law, and holds
    the number alone.
    """
    place, speak = workspace(home), show(lang, as_json=as_json)
    doer.record(place, "scan for residue", f"customer {customer}")
    left = scan(places_of(place, vault_of(place, os.environ)), customer)
    exports = leftovers_of(place).about(customer)
    files = {"files": list(exports.naming), "unread": list(exports.unread)}
    retained = len(audited(place, customer))
    speak.hand_over({"residue": left, **files, "audit_lines": retained})
    _fail_on(left, exports, speak)
    speak.say(
        Text(
            f"nothing is left; {retained} audit lines are kept by law",
            f"无残留;依法保留{retained}条审计记录",
        )
    )


def explain_command(
    customer: Customer,
    by: By,
    day: Annotated[str, typer.Option("--date", metavar="DATE", help="The day of the decision.")],
    bank: MaybeBank = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    *,
    doer: Doer,
) -> None:
    """Explain a past decision to its customer in plain words, from what was stored with it."""
    place, speak = workspace(home), show(lang, as_json=as_json)
    with (
        handling(place, customer, "explain", replace(doer, by=by), bank) as request,
        ledger_of(place) as ledger,
    ):
        trail = ledger.trail(customer, parse_day(day))
        reasons = reasons_of(ledger, trail)
        policy = parse_policy(ledger.policy_text(trail.policy_version))
        request.said["day"] = day
    print_trail(speak, trail, policy, reasons, every=True)
    speak.hand_over(trail_facts(trail, reasons))


def _retraining_due(place: Workspace, customer: int, request: Handled) -> list[str]:
    """The models that learned from a customer, whom a stopped start may have erased already."""
    before = json.loads(request.before)["retraining_due"] if request.before else []
    found = models_of(place).learned_from(dates_with(place.snapshots, customer))
    due = [f"{each.label} version {each.version}" for each in found]
    due = [*before, *(name for name in due if name not in before)]
    request.store.note(request.number, json.dumps({"retraining_due": due}))
    return due


def _say_counts(
    speak: Show, counts: Mapping[str, int], *, hand_over: Mapping[str, Any] | None = None
) -> None:
    speak.table(
        (Text("place", "位置"), Text("rows erased", "已清除条数")),
        [(name, f"{count:,}") for name, count in counts.items()],
        right=(1,),
    )
    speak.hand_over(hand_over or counts)


def _fail_on(left: Mapping[str, int], exports: Found, speak: Show) -> None:
    """Exit 1 where a store has something left, or a file names the customer or was not read."""
    for name in exports.naming:
        speak.aside(Text(f"names the customer: {name}", f"含该客户:{name}"))
    for name in exports.unread:
        speak.aside(Text(f"could not be read: {name}", f"无法读取:{name}"))
    if left:
        told = ", ".join(f"{place}: {count}" for place, count in left.items())
        speak.aside(Text(f"left: {told}", f"残留:{told}"))
    if left or exports.naming or exports.unread:
        raise typer.Exit(1)
