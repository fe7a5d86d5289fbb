"""Which action of the access file a command is for: whoever runs it must be somebody who may.

Before access is set up anybody runs them; from then on they ask who it is, as the API does.
"""

# By the place of the command's function. All of these are about every customer, or about the bank.
ACTIONS = {
    "cli.audit:show_command": "audit.read",
    "cli.audit:export_command": "audit.export",
    "cli.champions:promote_command": "model.promote",
    "cli.champions:rollback_command": "model.promote",
    "cli.rights:ask_command": "rights.view",
    "cli.rights:correct_command": "rights.correct",
    "cli.rights:delete_command": "rights.delete",
    "cli.rights:explain_command": "rights.explain",
    "cli.rights:list_command": "rights.view",
    "cli.rights:object_command": "rights.object",
    "cli.rights:scan_command": "rights.view",
    "cli.rights:view_command": "rights.view",
}
