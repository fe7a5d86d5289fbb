"""The workspace's own records as commands open them: its ledger and its audit log."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from cli.errors import NothingFound
from goodcall import Workspace
from governance import AuditLog, open_audit, vault_of
from governance.audit_lines import Sought
from governance.pseudonyms import known_pseudonym
from outreach import Ledger, ledger_mark, ledger_name


def audit_of(place: Workspace) -> AuditLog:
    """The workspace's audit log, kept as the environment says."""
    return open_audit(place, os.environ)


def lines_about(place: Workspace, customer: int) -> Sought:
    """The lines of the audit log about a customer, by number and under the pseudonym."""
    pseudonym = known_pseudonym(place.pseudonym_key, os.environ, customer)
    return Sought(customer=customer, pseudonym=pseudonym)


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
