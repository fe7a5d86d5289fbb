"""`goodcall vault`: the keys that encrypt personal fields, and their rotation."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.clock import now
from cli.options import Home, Json, Lang, show, workspace
from cli.records import audit_of, ledger_of
from cli.show import Show
from features import reseal_corrections, reseal_online
from goodcall import Text, Workspace
from governance import Vault, checked_key, master_id, read_key, vault_of, write_new_key
from outreach import ledger_mark


def key_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Draw a new master key into a file that you alone may read (mode 0600)."""
    speak = show(lang, as_json=as_json)
    write_new_key(file)
    print_of_it = master_id(read_key(file))
    speak.say(
        Text(
            f"master key {print_of_it} is in {file}; name it in GOODCALL_MASTER_KEY_FILE and keep "
            "a copy where the workspace's back-ups are not",
            f"主密钥{print_of_it}已写入{file};请设置GOODCALL_MASTER_KEY_FILE,并将副本与备份分开保管",
        )
    )
    speak.hand_over({"file": file, "master": print_of_it})


def status_command(home: Home = None, lang: Lang = None, as_json: Json = False) -> None:
    """Say which keys there are, which masters open them, and whether a rotation is unfinished."""
    speak = show(lang, as_json=as_json)
    vault = vault_of(workspace(home), os.environ)
    facts = _facts(vault)
    speak.table(
        (Text("key", "密钥"), Text("for", "用途"), Text("since", "起始"), Text("seals", "加密")),
        [(k["id"], k["use"], k["made_at"], _YES if k["current"] else "") for k in facts["keys"]],
    )
    speak.say(Text(f"opened by master key {facts['masters']}", f"可用主密钥:{facts['masters']}"))
    if facts["pending"]:
        speak.say(_UNFINISHED)
    speak.hand_over(facts)


def seal_command(home: Home = None, lang: Lang = None, as_json: Json = False) -> None:
    """Encrypt what an earlier release stored in clear, and what an older key sealed.

    Others go on reading and writing. Killed and begun again, it goes on with what is left.
    """
    place, speak = workspace(home), show(lang, as_json=as_json)
    audit_of(place).record("command line", "seal", "the vault")
    _say_done(speak, _reseal(place, vault_of(place, os.environ), speak))


def rotate_command(
    new_master: Annotated[
        Path | None,
        typer.Option(
            "--new-master",
            metavar="FILE",
            help="Wrap every key by the master key in this file too; data keys stay.",
            dir_okay=False,
        ),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Rotate the data key: a new one seals from now on, and every stored value is sealed again.

    Nothing stops meanwhile: values under both keys are read. Killed and begun again, it goes on
    with what is left. With --new-master the master is rotated instead: both masters open the vault
    until `goodcall vault retire`, and no data key is begun until then.
    """
    place, speak = workspace(home), show(lang, as_json=as_json)
    vault = vault_of(place, os.environ)
    if new_master is not None:
        _admit(place, vault, new_master, speak)
        return
    audit_of(place).record("command line", "rotate data key", "the vault")
    key = vault.renew_data_key(now())
    done = _reseal(place, vault, speak)
    vault.settle()
    _say_done(speak, done | {"key": key})


def retire_command(home: Home = None, lang: Lang = None, as_json: Json = False) -> None:
    """Let no master key but the environment's open the vault any more."""
    place, speak = workspace(home), show(lang, as_json=as_json)
    vault = vault_of(place, os.environ)
    audit_of(place).record("command line", "retire master keys", "the vault")
    vault.dismiss_masters()
    left = ", ".join(vault.ring.masters)
    speak.say(Text(f"only master key {left} opens the vault now", f"现仅主密钥{left}可用"))
    speak.hand_over(_facts(vault))


_YES = Text("yes", "是")
_UNFINISHED = Text(
    "a rotation is unfinished; `goodcall vault rotate` goes on with it",
    "轮换尚未完成;请再次运行`goodcall vault rotate`",
)


def _admit(place: Workspace, vault: Vault, file: Path, speak: Show) -> None:
    key = checked_key(read_key(file), demo=False, where=str(file))
    audit_of(place).record("command line", "admit master key", "the vault", master=master_id(key))
    vault.admit_master(key)
    speak.say(
        Text(
            f"master key {master_id(key)} opens the vault too; give it to every process in "
            "GOODCALL_MASTER_KEY_FILE, then run `goodcall vault retire`",
            f"主密钥{master_id(key)}已生效;请更新各进程的"
            "GOODCALL_MASTER_KEY_FILE,然后运行`goodcall vault retire`",
        )
    )
    speak.hand_over(_facts(vault))


def _reseal(place: Workspace, vault: Vault, speak: Show) -> dict[str, Any]:
    """Bring the online store and the ledger under the newest key, as far as they are there."""
    found: dict[str, Any] = {"online": 0, "ledger": 0}
    if place.online_at or place.online.exists():
        with speak.progress(Text("online store", "在线库")) as step:
            found["online"] = reseal_online(place.online_url, vault, lambda n: step(n, n))
    if ledger_mark(place.ledger_url):
        with (
            ledger_of(place) as ledger,
            speak.progress(Text("ledger", "台账")) as step,
        ):
            found["ledger"] = ledger.reseal(lambda n: step(n, n))
    found["corrections"] = reseal_corrections(place.corrections, vault)
    return found


def _say_done(speak: Show, done: Mapping[str, Any]) -> None:
    speak.say(
        Text(
            f"sealed anew: {done['online']:,} rows of the online store, "
            f"{done['ledger']:,} values of the ledger",
            f"重新加密:在线库{done['online']:,}行,台账{done['ledger']:,}项",
        )
    )
    speak.hand_over(done)


def _facts(vault: Vault) -> dict[str, Any]:
    ring = vault.ring
    newest = {ring.of(key.use)[-1].id for key in ring.keys}
    return {
        "keys": [
            {"id": k.id, "use": k.use, "made_at": k.made_at, "current": k.id in newest}
            for k in ring.keys
        ],
        "masters": ", ".join(ring.masters),
        "pending": ring.pending,
    }
