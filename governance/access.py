"""Who may do what for which customer, and which fields of the answer are shown.

The rules are those of one file (access_file.py); nothing here reads a clock, a disk or a database.
What no rule allows is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from goodcall import Text
from goodcall.principal import Principal
from governance.errors import AccessError, AccessRefused
from governance.masks import Mask, masked, without_numbers, without_rules
from governance.pseudonyms import Pseudonyms
from governance.sign_on import SignOn

Scope = Literal["own", "branch", "serving", "all", "pseudonymous"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
ABOUT_CUSTOMERS = (
    *("score", "offers", "explain", "view", "next", "events", "serving.open"),
    *("contact.check", "contact.reserve", "contact.outcome", "consent.read", "consent.write"),
    *("list.read", "list.export", "rights.view", "rights.correct", "rights.delete"),
    *("rights.object", "rights.explain"),
)
ABOUT_THE_BANK = (
    *("policy.read", "policy.change", "policy.approve", "model.read", "model.promote"),
    *("audit.read", "audit.export", "access.read", "access.manage", "access.approve", "metrics"),
)
ACTIONS = (*ABOUT_CUSTOMERS, *ABOUT_THE_BANK)
_CUSTOMERS = frozenset(ABOUT_CUSTOMERS)
_WHOM = {
    "own": "the customers whom the person looks after",
    "branch": "the customers of the person's branches",
    "serving": "the customer who is being served now",
    "pseudonymous": "customers under their pseudonyms",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The customer whom something is about, as the online store knows whose customer it is.

    `served_by` are the ids of who serves the customer now. `pseudonym` is what whoever asks named
    the customer by, where it was not by number. Of a whole list, `customer_id` is None and the rest
    says whose list it is. `unplaced` says why it cannot be told whose customer it is, where it
    cannot.
    """

    customer_id: int | None
    manager_id: int | None = None
    branch_id: int | None = None
    served_by: frozenset[str] = frozenset()
    pseudonym: str | None = None
    unplaced: str | None = None


Reach = Literal["customer", "manager", "branch", "all"]


@dataclass(frozen=True, slots=True)
class Grant:
    """An action that somebody may take more widely for a while, as another person approved it.

    It reaches one customer, one manager's customers or one branch's (`of` is the number), or all.
    It counts in `[since, until)`.
    """

    grant_id: int
    who: str
    action: str
    reach: Reach
    of: int | None
    since: datetime
    until: datetime

    def covers(self, who: Principal, action: str, at: Subject | None, now: datetime) -> bool:
        """Whether it lets somebody do something for a customer at a moment."""
        if (self.who, self.action) != (who.id, action) or not self.since <= now < self.until:
            return False
        if self.reach == "all":
            return True
        if at is None or self.of is None:
            return False
        found = {"customer": at.customer_id, "manager": at.manager_id, "branch": at.branch_id}
        return found[self.reach] == self.of


@dataclass(frozen=True, slots=True)
class Role:
    """What a role sees and may do: its masks by answer (None is everything), its rows by action.

    `programs` says that keys may be made for it; `untold` are the rules and codes that it is not
    told by name.
    """

    id: str
    name: Text
    may: Mapping[str, frozenset[Scope]]
    masks: Mapping[str, Mask] | None
    fields: frozenset[str] | None
    programs: bool = False
    untold: frozenset[str] = frozenset()

    @property
    def pseudonymous(self) -> bool:
        """Whether it works under pseudonyms, which it then does in everything."""
        return any("pseudonymous" in scopes for scopes in self.may.values())


@dataclass(frozen=True, slots=True)
class Permit:
    """That somebody may do something, and what is shown of the answer.

    It is `via` the role, a grant, or what is the caller's own to end.
    `fields` are dotted names that begin with the answer's; None is every field.
    """

    action: str
    via: str
    fields: frozenset[str] | None
    pseudonymous: bool
    _access: "Access" = field(repr=False, compare=False)
    _role: Role = field(repr=False, compare=False)

    def shape(self, payload_name: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer cut down to what may be seen, with pseudonyms for numbers where asked.

        AccessError for an answer whose fields the file does not class.
        """
        if payload_name not in self._access.payloads:
            raise AccessError(
                f"the access file classes no fields of the answer {payload_name!r}; known: "
                f"{', '.join(sorted(self._access.payloads))}; add [fields.{payload_name}]"
            )
        masks = self._role.masks
        shaped: dict[str, Any] = body if masks is None else masked(body, masks[payload_name])
        if self._role.untold:
            shaped = without_rules(shaped, self._role.untold)
        if not self.pseudonymous:
            return shaped
        named: dict[str, Any] = without_numbers(
            shaped, self._access.ids, self._access.keyed_pseudonyms()
        )
        return named


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of a bank: roles, the fields of every answer by class, and what may be granted."""

    version: str
    text: str
    roles: Mapping[str, Role]
    payloads: Mapping[str, Mapping[str, tuple[str, ...]]]
    ids: frozenset[str]
    grantable: frozenset[str]
    longest_grant_days: int
    sign_on: SignOn | None = None
    pseudonyms: Pseudonyms | None = None

    def permit(
        self,
        who: Principal,
        action: str,
        at: Subject | None = None,
        *,
        grants: Sequence[Grant] = (),
        now: datetime,
    ) -> Permit:
        """The permit to do something, for a customer `at` where it is about one.

        AccessRefused where neither the role nor a grant allows it; AccessError where there is no
        such action. Without `at`, an action about customers is about any of them, and needs `all`.
        """
        role = self.role(who, action)
        if who.sort == "app":
            self.refuse_programs(role.id)
        if (who.actions is None or action in who.actions) and not _is_elsewhere(who, action, at):
            if _reaches(role.may.get(action, frozenset()), who, at):
                return Permit(action, "role", role.fields, role.pseudonymous, self, role)
            if action in self.grantable:
                for grant in grants:
                    if grant.covers(who, action, at, now) and _named_rightly(role, at):
                        via = f"grant {grant.grant_id}"
                        return Permit(action, via, role.fields, role.pseudonymous, self, role)
        raise self._refused(role, who, action, at)

    def permit_to_end(self, who: Principal, action: str, *, own: bool) -> Permit:
        """The permit to end, wherever the customer is by now, what is begun by an action.

        Whoever began it himself (`own`) has it, and whoever may take the action at all: to end
        opens nothing. AccessRefused otherwise.
        """
        role = self.role(who, action)
        if own or (action in role.may and (who.actions is None or action in who.actions)):
            via = "own" if own else "role"
            return Permit(action, via, role.fields, role.pseudonymous, self, role)
        raise self._refused(role, who, action, None)

    def refuse_unable(self, who: Principal, action: str) -> None:
        """AccessRefused where somebody may take an action for no customer named by number."""
        role = self.role(who, action)
        scopes = role.may.get(action, frozenset()) - {"pseudonymous"}
        if not scopes or (who.actions is not None and action not in who.actions):
            raise self._refused(role, who, action, None)

    def refusal(self, who: Principal, action: str, at: Subject | None = None) -> AccessRefused:
        """What somebody who may not do something is told."""
        try:
            role = self.role(who, action)
        except AccessRefused as error:
            return error
        return self._refused(role, who, action, at)

    def rests_on_place(
        self, who: Principal, action: str, *, grants: Sequence[Grant] = (), now: datetime
    ) -> bool:
        """Whether it hangs on whose customer it is if somebody may do something."""
        if who.actions is not None and action not in who.actions:
            return False
        scopes = self.role(who, action).may.get(action, frozenset())
        if scopes & {"own", "branch"} or (scopes and _is_elsewhere(who, action, None)):
            return True
        return action in self.grantable and any(
            grant.covers(who, action, Subject(None, grant.of, grant.of), now)
            for grant in grants
            if grant.reach in {"manager", "branch"}
        )

    def role(self, who: Principal, action: str) -> Role:
        """The role of somebody who asks to do something; both must be known."""
        if action not in ACTIONS:
            raise AccessError(f"there is no action {action!r}; known: {', '.join(ACTIONS)}")
        found = self.roles.get(who.role)
        if found is None:
            raise AccessRefused(
                f"{who.id} has the role {who.role!r}, which the access file does not know; known: "
                f"{', '.join(self.roles)}; give the person another role"
            )
        return found

    def refuse_programs(self, role: str) -> None:
        """AccessRefused for a role, known to the file, that is not one of programs."""
        if not self.roles[role].programs:
            able = ", ".join(each.id for each in self.roles.values() if each.programs)
            raise AccessRefused(
                f"the role {role} is for people, and a program has none of them; keys are for: "
                f"{able or 'no role'} (`programs = true` in the access file)"
            )

    def keyed_pseudonyms(self) -> Pseudonyms:
        """The pseudonyms; AccessError where the rules were loaded without their key."""
        if self.pseudonyms is None:
            raise AccessError(
                "no key of pseudonyms was given, and without one nobody is answered under "
                "pseudonyms; load the access file with the workspace's pseudonym key"
            )
        return self.pseudonyms

    def _refused(
        self, role: Role, who: Principal, action: str, at: Subject | None
    ) -> AccessRefused:
        whom = "" if at is None or at.customer_id is None else f" for customer {at.customer_id}"
        head = f"{who.id} ({role.id}) may not do {action}"
        why = self._why_not(role, who, action, at)
        return AccessRefused(f"{head}{whom}: {why}", f"{head}: {why}")

    def _why_not(self, role: Role, who: Principal, action: str, at: Subject | None) -> str:
        scopes = role.may.get(action)
        if who.actions is not None and action not in who.actions:
            held = ", ".join(sorted(who.actions)) or "nothing"
            return f"the key is for {held}; use a key that is for it"
        if scopes is None:
            able = ", ".join(each.id for each in self.roles.values() if action in each.may)
            wrong = f"that is for {able or 'no role'}"
        elif _is_elsewhere(who, action, at):
            wrong = f"the key is held to branches {', '.join(map(str, sorted(who.branches)))}"
        else:
            allowed = " or ".join(
                _WHOM[each] for each in SCOPES if each in scopes and each in _WHOM
            )
            wrong = f"the role is for {allowed}"
        if action in self.grantable:
            return f"{wrong}; ask for more with `goodcall access request`"
        return f"{wrong}; ask somebody whose role it is"


def _reaches(scopes: frozenset[Scope], who: Principal, at: Subject | None) -> bool:
    """Whether rows of these scopes hold the customer."""
    if at is None:
        return "all" in scopes or "pseudonymous" in scopes
    if at.pseudonym is not None or "pseudonymous" in scopes:
        return at.pseudonym is not None and "pseudonymous" in scopes
    return (
        "all" in scopes
        or ("own" in scopes and at.manager_id is not None and at.manager_id == who.staff_id)
        or ("branch" in scopes and at.branch_id in who.branches)
        or ("serving" in scopes and who.id in at.served_by)
    )


def _is_elsewhere(who: Principal, action: str, at: Subject | None) -> bool:
    """Whether a key that is held to branches asks beyond them."""
    if who.sort != "app" or not who.branches or action not in _CUSTOMERS:
        return False
    return at is None or at.branch_id not in who.branches


def _named_rightly(role: Role, at: Subject | None) -> bool:
    """Whether the customer is named as the role names customers: by number, or by pseudonym."""
    return at is None or (at.pseudonym is not None) == role.pseudonymous
