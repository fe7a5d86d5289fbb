"""Consent: nobody is addressed for a purpose, topic and channel without the word that allows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, cast

from goodcall.calendar import local_date, start_of_day
from goodcall.profile import Consent, Merge
from goodcall.section import Section
from outreach.request import Facts, Request, Verdict
from outreach.rules.answers import Place, answer, local_zone

Mode = Literal["restrictive", "non_restrictive", "disabled"]


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """Whether silence means no, and which purposes a marketing consent also covers."""

    mode: Mode
    covers: tuple[str, ...]
    bank_zone: str


def read_consent(section: Section, place: Place) -> ConsentTerms:
    """The terms of a consent rule."""
    mode = section.text("mode", ("restrictive", "non_restrictive", "disabled"))
    covers = section.optional("marketing_covers", partial(section.texts, among=("retention",)))
    return ConsentTerms(cast("Mode", mode), covers or (), place.zone)


def consent(request: Request, facts: Facts, now: datetime, terms: ConsentTerms) -> Verdict:
    """Whether the latest words on this channel, purpose and topic are good grants.

    A grant is good with source, text version and a time not after `now`; an expired or unproven
    one is as no record; a revocation needs no evidence and wins a tie. A request with a topic
    needs the word for the topic and the word for the purpose. Where customers were merged the
    strictest of their words holds until the merged customer speaks.
    """
    if terms.mode == "disabled":
        return answer(now, (), lambda _: True)
    zone = local_zone(facts.profile, terms.bank_zone)
    merges = facts.profile.merges
    asked = _asked(request, facts, terms)

    def passes(at: datetime) -> bool:
        for records in asked:
            word = standing_word([r for r in records if _stands(r, zone, at)], merges, at)
            if word == "revoke" or (word is None and terms.mode == "restrictive"):
                return False
        return True

    records = [record for each in asked for record in each]
    edges = [record.happened_at for record in records] + [merge.happened_at for merge in merges]
    edges += [start_of_day(r.expires_on + timedelta(days=1), zone) for r in records if r.expires_on]
    because = "no_consent" if not any(r.action == "revoke" for r in records) else "revoked"
    return answer(now, edges, passes, because=because)


def standing_word(records: Iterable[Consent], merges: Iterable[Merge], at: datetime) -> str | None:
    """The word that stands at a moment: `grant`, `revoke`, or None where nobody has spoken.

    At a merge the strictest word of both customers stands until the merged customer speaks.
    """
    merged = sorted((m for m in merges if m.happened_at <= at), key=lambda m: m.happened_at)
    return _word([r for r in records if r.happened_at <= at], merged)


def _word(said: list[Consent], merged: list[Merge]) -> str | None:
    if not merged:
        return _latest(r for r in said if r.part is None)
    last = merged[-1]
    own = [r for r in said if r.part is None]
    since = _latest(r for r in own if r.happened_at > last.happened_at)
    if since is not None:
        return since
    before = [r for r in said if r.part != last.part and r.happened_at <= last.happened_at]
    words = {_word(before, merged[:-1]), _latest(r for r in said if r.part == last.part)}
    return next((word for word in ("revoke", "grant") if word in words), None)


def _latest(records: Iterable[Consent]) -> str | None:
    last = max(records, key=lambda r: (r.happened_at, r.action == "revoke"), default=None)
    return None if last is None else last.action


def _asked(request: Request, facts: Facts, terms: ConsentTerms) -> list[list[Consent]]:
    """The records that speak for the purpose asked for, and those for the topic if there is one."""
    purpose = request.purpose or "marketing"
    purposes = {purpose, "marketing"} if purpose in terms.covers else {purpose}
    spoken = [
        record
        for record in facts.profile.consents
        if record.action in {"grant", "revoke"}
        and record.channel in {None, request.channel}
        and record.topic in {None, request.topic}
    ]
    # A record that names only a topic says nothing about a purpose.
    by_purpose = [
        r for r in spoken if (r.purpose or ("marketing" if r.topic is None else None)) in purposes
    ]
    if request.topic is None:
        return [by_purpose]
    by_topic = [
        r
        for r in spoken
        if r.topic == request.topic and (r.purpose is None or r.purpose in purposes)
    ]
    return [by_purpose, by_topic]


def _stands(record: Consent, zone: str, at: datetime) -> bool:
    if record.action == "revoke":
        return True
    proven = bool(record.evidence_source) and bool(record.text_version)
    return proven and (record.expires_on is None or local_date(at, zone) <= record.expires_on)
