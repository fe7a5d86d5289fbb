"""`goodcall report managers`: minutes, contacts and sales of each manager, and own judgement."""

from cli.options import BankFolder, Home, Json, Lang, show
from cli.policies import policy_of
from cli.report_span import given
from cli.reporting import From, Html, To, Xlsx, exported, give
from outreach import load_offers
from reports import managers_page, managers_report


def managers_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Minutes a contact, contacts a sale, contacts from the list, and rows set aside with reasons.

    By manager, or by branch where lists are made for branches. Setting a row aside was right where
    the customer bought nothing of its family within the attribution window.
    """
    speak = show(lang, as_json=as_json)
    found = given(home, bank, (first, last), "managers", exported(html, xlsx))
    currency = found.bank.manifest.currency
    policy = policy_of(found.place, currency=currency)
    report = managers_report(
        *(found.span, found.credits, found.bought, found.settings, found.until),
        unit=policy.lists_by,
        minutes={channel.id: channel.minutes for channel in policy.channels},
        families={offer.code: offer.family for offer in load_offers(found.place.offers)},
    )
    give(speak, managers_page(report, currency), html, xlsx)
