"""The workspace's own records as commands open them: its ledger, its audit log, who did what."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from cli.errors import NothingFound
from goodcall import Workspace
from governance import AuditLog, open_audit, vault_of
from governance.audit_lines import Sought
from governance.pseudonyms import known_pseudonym
from outreach import Ledger, ledger_mark, ledger_name

COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something by a command: the `person` who was proved, where access is set up.

    `by` is who is said to do it, on nobody's proof.
    """

    person: str | None = None
    by: str | None = None

    @property
    def actor(self) -> str:
        """Who it is in the audit log."""
        return self.person or self.by or COMMAND_LINE

    def record(self, place: Workspace, action: str, subject: str, **facts: object) -> None:
        """Write into the audit log what is about to be done, of a person also by what way."""
        if self.person is not None:
            facts |= {"via": COMMAND_LINE} | ({} if self.by is None else {"by": self.by})
        audit_of(place).record(self.actor, action, subject, **facts)


def audit_of(place: Workspace) -> AuditLog:
    """The workspace's audit log, kept as the environment says."""
    return open_audit(place, os.environ)


def lines_about(place: Workspace, customer: int) -> Sought:
    """The lines of the audit log about a customer, by number and under the pseudonym."""
    pseudonym = known_pseudonym(place.pseudonym_key, os.environ, customer)
    return Sought(customer=customer, pseudonym=pseudonym)


# Whoever runs a command where access is not set up, or that asks nobody.
NOBODY = Doer()


@contextmanager
def ledger_of(place: Workspace) -> Iterator[Ledger]:
    """The workspace's ledger, closed when the block ends; NothingFound where there is none yet."""
    if not ledger_mark(place.ledger_url):
        raise NothingFound(
            f"no ledger at {ledger_name(place.ledger_url)}; `goodcall outreach plan` makes the "
            "first one"
        )
    with closing(Ledger.of(place, vault_of(place, os.environ))) as ledger:
        yield ledger
