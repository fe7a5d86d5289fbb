"""`goodcall bank simulate`: the raw tables of a bank that is made up."""

from typing import Annotated

import typer

from banks import simulate, truth_folder, worlds
from cli.bank_report import report_bank
from cli.options import BankFolder, Json, Lang, Seed, show
from goodcall import Text


def simulate_command(
    bank: BankFolder,
    customers: Annotated[int, typer.Option(help="How many customers.")] = 5_000,
    months: Annotated[int, typer.Option(help="How many months of history, 7 or more.")] = 24,
    seed: Seed = 1,
    world: Annotated[
        str, typer.Option(help=f"The world's laws: {', '.join(worlds())}.")
    ] = "default",
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Make a bank up: customers, accounts, transactions, contacts and what came of them.

    Everything that stays hidden in a real bank (needs, effects of a contact, reasons to leave) is
    written to a folder of its own beside the bank, for measuring only.
    """
    speak = show(lang, as_json=as_json)
    with speak.progress(Text("simulating", "模拟中")) as step:
        simulate(bank, customers=customers, months=months, seed=seed, world=world, progress=step)
    report_bank(speak, bank)
    speak.say(Text(f"the hidden truth: {truth_folder(bank)}", f"隐藏真值:{truth_folder(bank)}"))
