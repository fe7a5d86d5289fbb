"""`goodcall features`: snapshots of what was known, and the catalogue of what can be."""

import typer

from cli.absorb import absorb_command
from cli.catalog import catalog_command
from cli.drift import drift_command
from cli.skew import skew_command
from cli.snapshots import build_command

app = typer.Typer(
    no_args_is_help=True,
    help="Features: what the bank knew about each customer as of a date.",
)


app.command("build")(build_command)
app.command("absorb")(absorb_command)
app.command("skew")(skew_command)
app.command("catalog")(catalog_command)
app.command("drift")(drift_command)
