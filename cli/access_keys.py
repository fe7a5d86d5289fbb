"""`goodcall access key`: the keys by which apps ask the service."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from cli.access_users import known_role
from cli.clock import now
from cli.errors import BadOption
from cli.options import As, Home, Json, Lang, show, workspace
from cli.proving import acting
from cli.show import Show
from goodcall import Text
from governance import MOST_PER_MINUTE, ApiKey, DrawnKey, NewKey, draw_key

KeyId = Annotated[
    str, typer.Argument(metavar="KEY_ID", help="The key's id, as `key list` shows it.")
]
Days = Annotated[int, typer.Option(min=1, max=366, help="After so many days it ends by itself.")]


def add_command(
    app_name: Annotated[str, typer.Argument(metavar="APP", help="The app's name, such as mobile.")],
    action: Annotated[
        list[str], typer.Option(help="What the key is for, such as score; again for each.")
    ],
    role: Annotated[str, typer.Option(help="The role of programs within which that lies.")] = "app",
    branch: Annotated[
        list[int] | None, typer.Option(metavar="ID", help="Only this branch; again for each.")
    ] = None,
    per_minute: Annotated[
        int, typer.Option(min=1, max=MOST_PER_MINUTE, help="Requests a minute at most.")
    ] = 600,
    days: Days = 90,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Make a key for an app and print it, this once."""
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name, "access.manage") as at:
        known_role(at.access, role)
        at.access.refuse_programs(role)
        may = at.access.roles[role].may
        for each in action:
            if each not in may:
                raise BadOption(
                    f"the role {role} may not do {each!r}; it may: {', '.join(sorted(may))}"
                )
        at_now = now()
        asked = NewKey(
            name=app_name,
            role=role,
            actions=frozenset(action),
            branches=frozenset(branch or ()),
            per_minute=per_minute,
            expires_at=at_now + timedelta(days=days),
        )
        drawn = draw_key()
        at.record("add key", f"app {app_name}", **_wished(asked, drawn), days=days)
        at.store.add_key(asked, now=at_now, drawn=drawn)
    _tell(speak, drawn, asked.expires_at)


def list_command(
    name: As = None, home: Home = None, lang: Lang = None, as_json: Json = False
) -> None:
    """Show every key: its app, actions, limit, and when it ends or ended; never the key itself."""
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name, "access.read") as at:
        at.record("read keys", "all")
        found = at.store.api_keys()
    at_now = now()
    heads = (Text("key", "密钥"), Text("app", "应用"), Text("actions", "操作"))
    more = (Text("a minute", "每分钟"), Text("ends (UTC)", "到期(UTC)"), Text("state", "状态"))
    speak.table(
        (*heads, *more),
        [
            (
                *(each.key_id, each.name, ", ".join(sorted(each.actions)), each.per_minute),
                *(f"{each.expires_at:%Y-%m-%d %H:%M}", _state(each, at_now)),
            )
            for each in found
        ],
        right=(3,),
    )
    speak.hand_over([_facts(each, at_now) for each in found])


def rotate_command(
    key_id: KeyId,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=720, help="For so many hours the old key stays good.")
    ] = 24,
    days: Days = 90,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Make a key that takes another's place and print it; both are good for the overlap.

    A key whose role is not of programs, or any more, is refused: make another and revoke it.
    """
    speak, at_now = show(lang, as_json=as_json), now()
    ends = at_now + timedelta(days=days)
    with acting(workspace(home), name, "access.manage") as at:
        old, drawn = at.store.api_key(key_id), draw_key()
        known_role(at.access, old.role)
        at.access.refuse_programs(old.role)
        told = _wished(old, drawn) | {"hours": overlap_hours, "days": days}
        at.record("rotate key", f"key {key_id}", **told)
        overlap = timedelta(hours=overlap_hours)
        at.store.rotate_key(key_id, overlap=overlap, expires_at=ends, now=at_now, drawn=drawn)
    _tell(speak, drawn, ends)


def revoke_command(
    key_id: KeyId, name: As = None, home: Home = None, lang: Lang = None, as_json: Json = False
) -> None:
    """End a key now; services that know it forget it within seconds."""
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name, "access.manage") as at:
        found = at.store.api_key(key_id)
        at.record("revoke key", f"key {key_id}", app=found.name, role=found.role)
        at.store.revoke_key(key_id, now=now())
    speak.say(Text(f"key {key_id} opens nothing any more", f"密钥{key_id}已作废"))
    speak.hand_over({"key_id": key_id, "revoked": True})


def _wished(asked: NewKey | ApiKey, drawn: DrawnKey) -> dict[str, object]:
    """What the audit log keeps of a new key: all but the key itself."""
    return {
        "app": asked.name,
        "key": drawn.key_id,
        "role": asked.role,
        "actions": sorted(asked.actions),
        "branches": sorted(asked.branches),
        "per_minute": asked.per_minute,
    }


def _tell(speak: Show, drawn: DrawnKey, ends: datetime) -> None:
    speak.say(drawn.key)
    speak.aside(
        Text(
            f"keep it now: it is not shown again; it ends {ends:%Y-%m-%d %H:%M} UTC",
            f"请立即保存:此密钥不再显示;{ends:%Y-%m-%d %H:%M} UTC到期",
        )
    )
    speak.hand_over({"key": drawn.key, "key_id": drawn.key_id, "expires_at": ends})


def _state(key: ApiKey, at: datetime) -> Text:
    if key.revoked_at is not None:
        return Text("revoked", "已作废")
    return Text("good", "有效") if key.is_good(at) else Text("ended", "已到期")


def _facts(key: ApiKey, at: datetime) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "app": key.name,
        "role": key.role,
        "actions": sorted(key.actions),
        "branches": sorted(key.branches),
        "per_minute": key.per_minute,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "rotated_from": key.rotated_from,
        "good": key.is_good(at),
    }
