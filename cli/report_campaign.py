"""`goodcall report campaign`: what came of offers and channels, and of the whole base."""

from cli.options import BankFolder, Home, Json, Lang, show
from cli.report_span import given
from cli.reporting import From, Html, To, Xlsx, exported, give
from reports import campaign_page, campaign_report


def campaign_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """By offer and channel: rows, contacts, answers, purchases within the window, persistence.

    Conversions a contact flatter, so purchases and leaving of the whole base stand beside them,
    against the hold-out. How long a purchase counts for a contact stands in reports.toml of the
    workspace, else in the shipped settings.
    """
    speak = show(lang, as_json=as_json)
    found = given(home, bank, (first, last), "campaign", exported(html, xlsx))
    left, unknown = found.leaving()
    effects = [found.purchases_effect()]
    if found.base is not None:
        effects.append(found.base.among(left.keys()).effect("left", left))
    report = campaign_report(
        *(found.span, found.credits, found.settings, found.until),
        effects=[each for each in effects if each is not None],
        missing=(*found.missing, *unknown),
    )
    give(speak, campaign_page(report, found.bank.manifest.currency), html, xlsx)
