"""`goodcall report cross-sell`: what customers hold, who buys more, and what contacting adds."""

from cli.options import BankFolder, Home, Json, Lang, show
from cli.report_span import given
from cli.reporting import From, Html, To, Xlsx, exported, give
from reports import cross_sell_page, cross_sell_report, stock_of


def cross_sell_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Products a customer, cross-sell rate, conversion by offer, cannibalisation, persistence.

    Customers who bought of each family, and what was bought, ended and held in all, stand against
    the hold-out. How long a purchase counts for a contact stands in reports.toml of the workspace,
    else in the shipped settings.
    """
    speak = show(lang, as_json=as_json)
    found = given(home, bank, (first, last), "cross-sell", exported(html, xlsx))
    span, days = found.span, found.settings.attribution.days
    report = cross_sell_report(
        *(span, found.credits, stock_of(found.bank, span.first, span.last, after=days)),
        *(found.settings, found.until),
        base=found.base,
        missing=found.missing,
    )
    give(speak, cross_sell_page(report, found.bank.manifest.currency), html, xlsx)
