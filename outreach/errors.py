"""What can be wrong with a policy, a request, a plan or the ledger.

OutreachError
    PolicyError         a policy file says something that is unknown, missing or impossible
    RequestError        a request or its moment cannot be judged as it stands
    FactsError          a file of facts says something that is unknown, missing or impossible
    UnknownOffer        an offer code that neither the bank's tables nor the policy know
    OfferBookError      the file of offers is missing or does not read
    ExperimentError     a hold-out cannot be drawn as asked
    ActionsRefused      a table of actions that cannot be shared out as it stands
    FunnelBroken        the steps of a plan's funnel do not add up
    NotFound            a list, a row, a promise or a customer that is asked about is not there
    LedgerError         the ledger lacks what is asked for, or cannot be opened
        LedgerSealed        personal fields are encrypted, and the key for them is not given
        NotInLedger         a contact, a plan, a row or a decision that the ledger does not hold
        WordRefused         what is told does not fit: an unknown code, a moment that cannot be
        RequestReused       a request id that was used for another request
        LedgerBusy          others were in the way of a write for too long; nothing was written
        IllegalTransition   a contact cannot come from the state it is in to the one asked for
"""

from goodcall.errors import GoodcallError


class OutreachError(GoodcallError):
    """Something about whom to contact, or about what came of it."""


class PolicyError(OutreachError):
    """A policy file says something that is unknown, missing or impossible."""


class RequestError(OutreachError):
    """A request or its moment cannot be judged as it stands."""


class FactsError(OutreachError):
    """A file of facts says something that is unknown, missing or impossible."""


class UnknownOffer(OutreachError):
    """An offer code that neither the bank's tables nor the policy know."""


class OfferBookError(OutreachError):
    """The file of offers is missing or does not read."""


class ExperimentError(OutreachError):
    """A hold-out cannot be drawn as asked."""


class ActionsRefused(OutreachError):
    """A table of actions that cannot be shared out as it stands."""


class FunnelBroken(OutreachError):
    """The steps of a plan's funnel do not add up."""


class NotFound(OutreachError):
    """A list, a row, a promise or a customer that is asked about is not there."""


class LedgerError(OutreachError):
    """The ledger lacks what is asked for, or cannot be opened."""


class LedgerSealed(LedgerError):
    """Personal fields are encrypted, and the key for them is not given."""


class NotInLedger(LedgerError):
    """A contact, a plan, a row or a decision that the ledger does not hold."""


class WordRefused(LedgerError):
    """What is told does not fit: an unknown code, or a moment that cannot be."""


class RequestReused(LedgerError):
    """A request id that was used for another request."""


class LedgerBusy(LedgerError):
    """Others were in the way of a write for too long; nothing was written."""


class IllegalTransition(LedgerError):
    """A contact cannot come from the state it is in to the one asked for."""
