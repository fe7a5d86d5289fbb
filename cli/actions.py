"""Which action of the access file a command is for: whoever runs it must be somebody who may.

Before access is set up anybody runs them; from then on they ask who it is, as the API does.
"""

# By the place of the command's function. These are about every customer, or about the bank.
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
# And these are of the day's work: they are for whoever may do it for some customers.
DESK = {
    "cli.day:close_command": "contact.outcome",
    "cli.day:summary_command": "list.read",
    "cli.desk:dial_command": "contact.outcome",
    "cli.desk:keep_command": "contact.reserve",
    "cli.desk:open_command": "list.read",
    "cli.desk:outcome_command": "contact.outcome",
    "cli.desk:reserve_command": "contact.reserve",
    "cli.desk:skip_command": "contact.outcome",
    "cli.desk:snooze_command": "contact.outcome",
    "cli.outreach:list_command": "list.read",
    "cli.outreach:why_command": "list.read",
    "cli.wish:wish_command": "consent.write",
}
