"""`goodcall report incentive`: results that count for each manager, with evidence."""

from cli.options import BankFolder, Home, Json, Lang, show
from cli.report_span import given
from cli.reporting import From, Html, To, Xlsx, exported, give
from reports import due_of, incentive_page, incentive_report

# Evidence is for files and programs.
_BRIEF = ("managers", "due_to_contact")


def incentive_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Purchases and saves that count for each manager, each with the contact that proves it.

    A purchase counts once, for the manager whose contact it was: a colleague's where one stood in.
    Beside them stands how many of the days' purchases contacting brought about, by the hold-out.
    """
    speak = show(lang, as_json=as_json)
    found = given(home, bank, (first, last), "incentive", exported(html, xlsx))
    report = incentive_report(
        *(found.span, found.credits, found.settings, found.until),
        due=due_of(found.base, found.purchases_effect(), found.credits_within()),
        missing=found.missing,
    )
    give(speak, incentive_page(report, found.bank.manifest.currency), html, xlsx, brief=_BRIEF)
