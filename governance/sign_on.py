"""The bank's own sign-on, as the access file describes it: where it is, and who is what."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from goodcall.section import Section
from governance.errors import SignInRefused

# Signatures by a key of which the other half stays with the bank's sign-on; `none` and shared
# secrets are never among them.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_LEAST_SECRET = 16
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class SignOn:
    """An OpenID provider, and how its claims become a role, a staff id and branches.

    `roles` gives the role of each value of the claim `role_claim`.
    """

    issuer: str
    client_id: str
    redirect: str
    algorithms: tuple[str, ...]
    role_claim: str
    roles: Mapping[str, str]
    staff_claim: str | None
    branches_claim: str | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in on its way: where to send the browser, and what to know it by when it is back.

    All but `url` is kept with who began, and counts once.
    """

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Somebody whom the bank's sign-on proved; `subject` is issuer and subject, for good."""

    subject: str
    role: str
    staff_id: int | None
    branches: frozenset[int]


def read_sign_on(section: Section, roles: Mapping[str, object]) -> SignOn:
    """What [sign_on] says; every role it gives is one of `roles`."""
    given = section.table("roles", "a table [sign_on.roles]")
    if not given.said:
        raise section.refuse(
            "nobody has a role", 'add lines such as "goodcall-tellers" = "teller"', key="roles"
        )
    listed = section.optional("algorithms", partial(section.texts, among=ALGORITHMS))
    found = SignOn(
        issuer=_address(section, "issuer").rstrip("/"),
        client_id=section.text("client_id"),
        redirect=_address(section, "redirect"),
        algorithms=listed or ("RS256",),
        role_claim=section.text("role_claim"),
        roles={name: given.text(name, roles) for name in given.said},
        staff_claim=section.optional("staff_claim", section.text),
        branches_claim=section.optional("branches_claim", section.text),
    )
    section.done()
    return found


def sign_on_secret(environment: Mapping[str, str]) -> str | None:
    """The client's secret at the bank's sign-on, from the environment or a file that it names.

    None where there is neither; SignInRefused for one that is short or cannot be read.
    """
    found = environment.get("GOODCALL_SIGN_ON_SECRET")
    named = environment.get("GOODCALL_SIGN_ON_SECRET_FILE")
    if not found and named:
        try:
            found = Path(named).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SignInRefused(
                f"the file of GOODCALL_SIGN_ON_SECRET_FILE cannot be read: {error}"
            ) from error
    if found is not None and 0 < len(found) < _LEAST_SECRET:
        raise SignInRefused(
            f"the sign-on's client secret has {len(found)} characters; have the bank's sign-on "
            f"make one of {_LEAST_SECRET} or more"
        )
    return found or None


def signed_on(claims: Mapping[str, Any], to: SignOn) -> SignedOn:
    """Who proved claims are about; SignInRefused where they give no role, or more than one."""
    held = _texts(claims.get(to.role_claim))
    roles = sorted({to.roles[each] for each in held if each in to.roles})
    if len(roles) != 1:
        what = "no role here" if not roles else f"the roles {', '.join(roles)} at once"
        raise SignInRefused(
            f"the bank's sign-on gives {what} (claim {to.role_claim}); whoever manages access "
            "gives one in [sign_on.roles]"
        )
    return SignedOn(
        subject=f"{to.issuer}|{claims['sub']}",
        role=roles[0],
        staff_id=_staff(claims, to),
        branches=frozenset(_number(each, to.branches_claim) for each in _branches(claims, to)),
    )


def is_secure(url: str) -> bool:
    """Whether an address is one of https, or of this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _address(section: Section, key: str) -> str:
    value = section.text(key)
    if not is_secure(value):
        raise section.refuse(
            f"{key} {value!r} is no https address", "write one that begins with https://", key=key
        )
    return value


def _staff(claims: Mapping[str, Any], to: SignOn) -> int | None:
    if to.staff_claim is None or claims.get(to.staff_claim) is None:
        return None
    return _number(claims[to.staff_claim], to.staff_claim)


def _branches(claims: Mapping[str, Any], to: SignOn) -> list[Any]:
    if to.branches_claim is None:
        return []
    said = claims.get(to.branches_claim)
    if said is None:
        return []
    return said if isinstance(said, list) else [said]


def _texts(said: object) -> list[str]:
    """A claim that is one text or a list of them; anything else is none."""
    each = said if isinstance(said, list) else [said]
    return [one for one in each if isinstance(one, str)]


def _number(said: object, claim: str | None) -> int:
    text = str(said)
    if isinstance(said, bool) or not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise SignInRefused(
            f"the bank's sign-on says {claim} {text[:40]!r}, which is no number; have it give the "
            "bank's own number there"
        )
    return int(text)


_DIGITS = 18
