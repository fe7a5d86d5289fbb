"""What keeps the service from answering, or from starting.

ServingError
    Unanswered          a request gets no answer; carries the status and the words of its body
        UnknownCustomer     404: the snapshot holds no such customer
        ObjectsToProfiling  409: the customer objects, so no score is made
        UnknownLabel        404: no model predicts what is asked for
        UnknownChannel      404: the policy has no such channel
        BadFeatures         422: features that are given are unknown, or lack some
        BadOutcome          422: an outcome lacks what it needs
        BadConsent          422: a consent that cannot be
        NoAgent             422: it is not said for whom an app acts, or it is somebody else
        NoKey               422: a write that may be sent twice has no id
        NoSignOn            404: the access file names no sign-on of the bank
        RefusedFacts        422: new facts that the online store cannot take
        NotReady            503: something that the answer needs is missing, too old or broken
        Unproven            401: it is not proved who asks
        Refused             403: who asks may not do that
        TooLarge            413: a body is larger than the service takes
        TooMany             429: requests come faster than the key's limit
        TooSlow             504: the answer was not made in time
        Unguarded           500: an endpoint answered without asking the gate
    BadSetting          a setting in the environment does not read
    Unclassed           the access file leaves out a field of an answer, or names none of any
    Unreadable          a file of the workspace cannot be opened
    HostRefused         the service is asked to listen where strangers could listen in
    NobodyMayCall       there is neither a key nor a user by which anybody could call
    BentoFailed         BentoML could not pack the champion or build the Bento
"""

from http import HTTPStatus
from typing import ClassVar

from goodcall.errors import GoodcallError


class ServingError(GoodcallError):
    """Something about serving."""


class Unanswered(ServingError):
    """A request that gets no answer; the message says after its first semicolon what to do."""

    status: ClassVar[HTTPStatus]
    code: str


class UnknownCustomer(Unanswered):
    """The snapshot holds no such customer."""

    status = HTTPStatus.NOT_FOUND
    code = "unknown_customer"


class ObjectsToProfiling(Unanswered):
    """The customer objects to profiling, so no score is made."""

    status = HTTPStatus.CONFLICT
    code = "objects_to_profiling"


class UnknownLabel(Unanswered):
    """No model predicts what is asked for."""

    status = HTTPStatus.NOT_FOUND
    code = "unknown_label"


class UnknownChannel(Unanswered):
    """The policy has no such channel."""

    status = HTTPStatus.NOT_FOUND
    code = "unknown_channel"


class NotReady(Unanswered):
    """Something that the answer needs is missing or broken; `code` says what."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoSignOn(Unanswered):
    """The access file names no sign-on of the bank."""

    status = HTTPStatus.NOT_FOUND
    code = "no_sign_on"


class RefusedFacts(Unanswered):
    """New facts that the online store cannot take; nothing of the lot was taken."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "refused_facts"


class BadFeatures(Unanswered):
    """Features that are given are unknown, or lack some that the models read."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_features"


class BadOutcome(Unanswered):
    """An outcome lacks what it needs."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_outcome"


class BadConsent(Unanswered):
    """A consent that cannot be."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_consent"


class NoAgent(Unanswered):
    """It is not said for whom an app acts, or it is somebody else."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "no_agent"


class NoKey(Unanswered):
    """A write that may be sent twice has no id by which to know it again."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "no_key"


class Unproven(Unanswered):
    """It is not proved who asks."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unproven"


class Refused(Unanswered):
    """Who asks may not do that, or not for that customer."""

    status = HTTPStatus.FORBIDDEN
    code = "refused"


class TooLarge(Unanswered):
    """A body is larger than the service takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"


class TooMany(Unanswered):
    """Requests come faster than the key's limit; `after` seconds later one is let in."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many"

    def __init__(self, message: str, after: float) -> None:
        super().__init__(message)
        self.after = after


class TooSlow(Unanswered):
    """The request was not read, or the answer not made, in time."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "too_slow"


class Unguarded(Unanswered):
    """An endpoint answered without asking the gate; the answer was held back."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "defect"


class BadSetting(ServingError):
    """A setting in the environment does not read."""


class Unclassed(ServingError):
    """The access file leaves out a field of an answer, or names one that no answer has."""


class Unreadable(ServingError):
    """A file of the workspace cannot be opened."""


class HostRefused(ServingError):
    """The service is asked to listen where strangers could listen in."""


class NobodyMayCall(ServingError):
    """There is neither a key nor a user by which anybody could call."""


class BentoFailed(ServingError):
    """BentoML could not pack the champion or build the Bento."""
