"""`goodcall access user`: the people who sign in, their roles and passwords."""

from datetime import datetime
from typing import Annotated

import typer

from cli.clock import now
from cli.errors import BadOption
from cli.options import As, Home, Json, Lang, show, workspace
from cli.policies import policy_at_set_up
from cli.proving import acting, new_password
from cli.show import Show
from goodcall import Text
from governance import Access, Adopted, OneTime, User

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name that the user signs in with.")]
Role = Annotated[str, typer.Option(help="A role of the access file, such as teller.")]
Branches = Annotated[
    list[int] | None,
    typer.Option(
        "--branch", metavar="ID", help="The user's branch; again for each one of a region."
    ),
]


def add_command(
    user: Name,
    role: Role,
    staff: Annotated[
        int | None, typer.Option(help="The staff id by which customers are the user's own.")
    ] = None,
    branch: Branches = None,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Add a user; the password is asked for twice, or read from GOODCALL_NEW_PASSWORD.

    The first user of all needs no --as and must be one who may manage access. From then on the
    contact policy that is in force changes by `goodcall policy propose` alone.
    """
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name, "access.manage", first=True) as at:
        known_role(at.access, role)
        if at.who is None and "access.manage" not in at.access.roles[role].may:
            able = [r.id for r in at.access.roles.values() if "access.manage" in r.may]
            raise BadOption(
                f"the first user must be one who may manage access; give --role {' or '.join(able)}"
            )
        added = User(user, role, staff, frozenset(branch or ()))
        password = new_password(user)
        at.record("add user", f"user {user}", role=role, staff=staff, branches=branch or [])
        if at.who is None:
            policy = policy_at_set_up(at.place)
            at.record("adopt policy", f"policy {policy.version}")
            adopted = Adopted(at.doer.actor, policy.version, policy.text)
            at.store.set_up(added, password, adopted, now=now())
        else:
            at.store.add_user(added, password, now=now())
    speak.say(Text(f"user {user} was added as {role}", f"已添加用户{user},岗位{role}"))
    speak.hand_over({"name": user, "role": role, "staff_id": staff, "branches": branch or []})


def list_command(
    name: As = None, home: Home = None, lang: Lang = None, as_json: Json = False
) -> None:
    """Show every user: role, staff id, branches, whether locked or disabled."""
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name, "access.read") as at:
        at.record("read users", "all")
        found = at.store.users()
    at_now = now()
    heads = (Text("name", "用户"), Text("role", "岗位"), Text("staff", "工号"))
    speak.table(
        (*heads, Text("branches", "网点"), Text("state", "状态")),
        [
            (
                *(each.name, each.role, "" if each.staff_id is None else each.staff_id),
                ", ".join(map(str, sorted(each.branches))),
                _state(each) if not _is_locked(each, at_now) else Text("locked", "已锁定"),
            )
            for each in found
        ],
    )
    speak.hand_over(
        [
            {"name": e.name, "role": e.role, "staff_id": e.staff_id}
            | {"branches": sorted(e.branches), "disabled": e.disabled}
            | {"locked_until": e.locked_until}
            for e in found
        ]
    )


def change_command(
    user: Name,
    role: Role,
    branch: Branches = None,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Give a user another role and branches; what is signed in has them at once.

    With the role end grants to the user, and those that the user approved.
    """
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name, "access.manage") as at:
        known_role(at.access, role)
        at.record("change user", f"user {user}", role=role, branches=branch or [])
        at.store.change_user(at.person, user, role=role, branches=branch or [], now=now())
    speak.say(Text(f"user {user} is {role} now", f"用户{user}的岗位现为{role}"))
    speak.hand_over({"name": user, "role": role, "branches": branch or []})


def disable_command(
    user: Name,
    again: Annotated[bool, typer.Option("--enable", help="Let the user in again.")] = False,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Shut a user out at once, whatever is signed in; --enable lets the user in again.

    Grants to the user, and those that the user approved, end and stay so.
    """
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name, "access.manage") as at:
        at.record("enable user" if again else "disable user", f"user {user}")
        at.store.disable_user(at.person, user, now=now(), disabled=not again)
    said = Text(f"user {user} may sign in again", f"用户{user}可重新登录")
    speak.say(said if again else Text(f"user {user} is shut out", f"用户{user}已停用"))
    speak.hand_over({"name": user, "disabled": not again})


def password_command(
    user: Name, name: As = None, home: Home = None, lang: Lang = None, as_json: Json = False
) -> None:
    """Change your own password, or give another user one, as who manages access.

    The other user's is drawn and printed this once: it is good for a day, and only for changing it.
    What the user is signed in with ends, and so does a lock after wrong passwords. For 14 days
    neither who gave it nor anybody else who got one from the same hand decides on what the user
    asked for or proposed, nor the user on theirs.
    """
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name, may_be_one_time=user == name) as at:
        if at.store.user(user).principal.id == at.person.id:
            password = new_password(user)
            at.record("change password", f"user {user}")
            at.store.set_password(user, password, now=now())
            speak.say(Text(f"user {user} has another password", f"用户{user}的密码已更新"))
            speak.hand_over({"name": user})
            return
        at.access.permit(at.person, "access.manage", now=now())
        at.record("reset password", f"user {user}")
        drawn = at.store.reset_password(at.person, user, now=now())
    _tell_one_time(speak, user, drawn)


def _tell_one_time(speak: Show, user: str, drawn: OneTime) -> None:
    speak.say(drawn.password)
    speak.aside(
        Text(
            f"tell it user {user}, who changes it by {drawn.until:%Y-%m-%d %H:%M} UTC: "
            f"`goodcall access user password {user} --as {user}`",
            f"请告知用户{user},须于{drawn.until:%Y-%m-%d %H:%M} UTC前修改:"
            f"`goodcall access user password {user} --as {user}`",
        )
    )
    speak.hand_over({"name": user, "one_time_password": drawn.password, "until": drawn.until})


def known_role(access: Access, role: str) -> None:
    """BadOption for a role that the access file does not know."""
    if role not in access.roles:
        raise BadOption(f"there is no role {role!r}; known: {', '.join(access.roles)}")


def _state(user: User) -> Text:
    return Text("disabled", "已停用") if user.disabled else Text("good", "正常")


def _is_locked(user: User, at: datetime) -> bool:
    return user.locked_until is not None and at < user.locked_until
