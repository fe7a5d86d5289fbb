"""`goodcall report pressure`: how often customers are contacted, and what the rules held back."""

from collections.abc import Mapping
from datetime import timedelta

from cli.options import BankFolder, Home, Json, Lang, show
from cli.records import ledger_of
from cli.report_span import Given, given
from cli.reporting import From, Html, To, Xlsx, exported, give
from cli.words import rule_words
from features import profiles
from goodcall import Text
from goodcall.calendar import local_date, start_of_day
from outreach import Ledger, load_offers, parse_policy
from outreach.builtin import OWN_KINDS
from reports import BREACHES, pressure_page, pressure_report


def pressure_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Contacts by customer, what each rule held back, opt-outs, and contacts that broke a rule.

    Whom the days' plans dropped by a rule, and which requests a rule put off or refused at the
    moment of contact. Contacts that no decision allowed, that held-out customers had, or that what
    was heard later speaks against must be none.
    """
    speak = show(lang, as_json=as_json)
    found = given(home, bank, (first, last), "pressure", exported(html, xlsx))
    span, missing = found.span, [*found.missing]
    people = {who.customer_id for who in profiles(found.bank, span.last + timedelta(1))}
    with ledger_of(found.place) as ledger:
        plans = ledger.plans(span.first, span.last)
        ruled = ledger.ruled(span.first, span.last, span.zone)
        versions = {each.policy_version for each in plans} | {r.policy_version for r in ruled}
        kinds = {version: _kinds(ledger, version) for version in versions}
        late, why = _late(found, ledger)
    not_allowed = sum(each.contact_id is not None and each.verdict != "allow" for each in ruled)
    told = (not_allowed, _held_out(found), late)
    report = pressure_report(
        *(span, people, plans, ruled, kinds),
        breaches=dict(zip(BREACHES, told, strict=True)),
        missing=(*missing, *why),
    )
    give(speak, pressure_page(report, found.bank.manifest.currency, rule_words), html, xlsx)


def _kinds(ledger: Ledger, version: str) -> Mapping[str, str]:
    """The kind of each rule of a policy; a customer's own wishes have theirs."""
    policy = parse_policy(ledger.policy_text(version))
    return {rule.id: rule.kind for rule in policy.rules} | {kind: kind for kind in OWN_KINDS}


def _held_out(found: Given) -> int | None:
    """How many contacts were made with customers who were held out; None without a hold-out."""
    if found.base is None:
        return None
    return sum(found.base.held.get(each.customer_id, False) for each in found.span.made)


def _late(found: Given, ledger: Ledger) -> tuple[int | None, tuple[Text, ...]]:
    """How many contacts what was heard later speaks against; None where offers are gone."""
    span, offers = found.span, load_offers(found.place.offers)
    made = [each for each in found.span.contacts if each.day <= span.last]
    gone = sorted({each.offer_code for each in made if each.offer_code} - {o.code for o in offers})
    if gone:
        codes = ", ".join(gone)
        return None, (
            Text(
                f"offers are gone from the shelf, so that late facts are not asked: {codes}",
                f"部分产品已下架,无法按后来得知的情况复核:{codes}",
            ),
        )
    people = {each.customer_id for each in made}
    known = profiles(found.bank, found.until + timedelta(1), people)
    since = start_of_day(span.first, span.zone)
    late = ledger.violations(known, offers=offers, since=since)
    return sum(local_date(each.decided_at, span.zone) <= span.last for each in late), ()
