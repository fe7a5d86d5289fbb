"""The audit log as commands write it."""

import os

from goodcall import Workspace
from governance import AuditLog, open_audit


def audit_of(place: Workspace) -> AuditLog:
    """The workspace's audit log, kept as the environment says."""
    return open_audit(place, os.environ)
