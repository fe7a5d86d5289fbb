"""The front door: `goodcall` and what it can do."""

import sys

import typer

from cli import audit, bank, features, models, outreach, policy
from cli.demo import demo_command
from cli.dictionary import dictionary_command
from cli.night_command import night_command
from cli.score import score_command
from cli.serve import bento_command, serve_command
from cli.show import say_error
from goodcall import GoodcallError

app = typer.Typer(
    name="goodcall",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Whom to call today, why, with what, through which channel, and whom to leave alone.\n\n"
    "Begin with `goodcall demo`. State lives in a workspace: GOODCALL_HOME, else ./var.",
)
app.add_typer(bank.app, name="bank")
app.add_typer(features.app, name="features")
app.command("train")(models.train_command)
app.add_typer(models.app, name="models")
app.command("score")(score_command)
app.add_typer(outreach.app, name="outreach")
app.add_typer(policy.app, name="policy")
app.add_typer(audit.app, name="audit")
app.command("dictionary")(dictionary_command)
app.command("night")(night_command)
app.command("serve")(serve_command)
app.command("bento")(bento_command)
app.command("demo")(demo_command)


def main() -> None:
    """Run the command line; an error that was foreseen is told in words and exits with 1."""
    try:
        app()
    except GoodcallError as error:
        say_error(str(error))
        sys.exit(1)
