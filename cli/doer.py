"""Who does something by a command, as the audit log names them."""

from dataclasses import dataclass

from goodcall import Workspace

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
        # Help, and commands without a line, do not wait for the stores to be imported.
        from cli.records import audit_of  # noqa: PLC0415

        if self.person is not None:
            facts |= {"via": COMMAND_LINE} | ({} if self.by is None else {"by": self.by})
        audit_of(place).record(self.actor, action, subject, **facts)


# Whoever runs a command where access is not set up, or that asks nobody.
NOBODY = Doer()
