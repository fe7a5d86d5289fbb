"""A client of the service for programs in Python: typed, patient, and safe to send twice.

ClientError
    Unreachable         nobody answered, or not in time; the request may or may not have arrived
    Answered            the service answered with a problem; carries its status, code and words
        NotProved           401: the key or session is not, or no longer, valid
        NotAllowed          403: the caller may not do that
        NotThere            404: the customer, contact, list, label or channel is not known
        InConflict          409: it stands against what was done before
        NotUnderstood       4xx besides: the request is not what the service asks for
        TooFast             429: the key's limit is reached; carries after how many seconds to ask
        NotNow              5xx: the service cannot answer at present

Every answer is a model of `serving.schemas`. A field that the caller's role does not see is not in
it: reading it raises AttributeError. Nothing heavy is imported: httpx and pydantic alone.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar, Unpack
from uuid import uuid4

import httpx
from pydantic import BaseModel

from serving.client_errors import (
    Answered,
    ClientError,
    InConflict,
    NotAllowed,
    NotNow,
    NotProved,
    NotThere,
    NotUnderstood,
    TooFast,
    Unreachable,
    problem_in,
)
from serving.received import received
from serving.schemas.at_once import NextAnswer
from serving.schemas.consents import ConsentsAnswer
from serving.schemas.contacts import DecisionAnswer, ReserveAnswer, ToldAnswer
from serving.schemas.customers import ViewAnswer
from serving.schemas.events import EventsAnswer
from serving.schemas.health import HealthAnswer
from serving.schemas.lists import CardAnswer, ListAnswer, SkippedAnswer, TakenAnswer
from serving.schemas.offers import OffersAnswer
from serving.schemas.scores import (
    ExplainAnswer,
    Explained,
    FeaturesAnswer,
    ManyAnswer,
    PseudonymExplained,
    PseudonymScored,
    ScoreAnswer,
)
from serving.schemas.servings import Evidence, ServedAnswer, ServingAnswer
from serving.schemas.wishes import WishesAnswer

__all__ = [
    "Answered",
    "Client",
    "ClientError",
    "InConflict",
    "NotAllowed",
    "NotNow",
    "NotProved",
    "NotThere",
    "NotUnderstood",
    "TooFast",
    "Unreachable",
]

T = TypeVar("T", bound=BaseModel)
_LONGEST_PAUSE = 30.0


class About(TypedDict, total=False):
    """What a contact is about, beyond whom and how."""

    offer_code: str
    purpose: str
    category: str
    direction: str
    proactive: bool
    point_id: int


class Taking(About, total=False):
    """Who takes a contact, and whether it is being made this moment."""

    agent: int
    dial: bool


class Words(TypedDict, total=False):
    """What a customer's words are about, and where they were given."""

    channel: str
    purpose: str
    scope: str
    evidence_source: str
    text_version: str
    expires_on: date
    agent: int


class Client:
    """The service at an address, asked with a key.

    A request that nobody answered, or that the service could not answer at present, is sent again
    up to `tries` times, after a pause that doubles or that the service names. What writes is sent
    under an id or a moment of its own, so that it counts once however often it is sent. `timeout`
    is in seconds, for each try.
    """

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        timeout: float = 10.0,
        tries: int = 4,
        pause: float = 0.2,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`transport`, `sleep` and `clock` are for tests."""
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        self._http = httpx.Client(
            base_url=address, headers=headers, timeout=timeout, transport=transport
        )
        self._tries, self._pause = max(1, tries), pause
        self._sleep, self._clock = sleep, clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def health(self) -> HealthAnswer:
        """What the service answers from; NotNow while it is not ready."""
        return self._get(HealthAnswer, "/v1/health")

    def score(self, customer_id: int, labels: Iterable[str] | None = None) -> ScoreAnswer:
        """A customer's probabilities now, of every label where none is named."""
        return self._post(ScoreAnswer, "/v1/score", customer_id=customer_id, labels=labels)

    def score_features(
        self, features: Mapping[str, float | None], labels: Iterable[str] | None = None
    ) -> FeaturesAnswer:
        """The probabilities that some features come to; None is not known."""
        return self._post(FeaturesAnswer, "/v1/score", features=dict(features), labels=labels)

    def score_pseudonym(
        self, pseudonym: str, labels: Iterable[str] | None = None
    ) -> PseudonymScored:
        """The probabilities of a customer by pseudonym, for who works under pseudonyms."""
        return self._post(PseudonymScored, "/v1/score", pseudonym=pseudonym, labels=labels)

    def scores(
        self, customer_ids: Iterable[int], labels: Iterable[str] | None = None
    ) -> ManyAnswer:
        """The probabilities of up to 10,000 customers, in order; of one not known a problem."""
        return self._post(ManyAnswer, "/v1/scores", customer_ids=list(customer_ids), labels=labels)

    def explain(self, customer_id: int, label: str) -> ExplainAnswer:
        """What a score is made of, why the customer was flagged and why a call helps."""
        return self._post(ExplainAnswer, "/v1/explain", customer_id=customer_id, label=label)

    def explain_features(self, features: Mapping[str, float | None], label: str) -> Explained:
        """What the score of some features is made of."""
        return self._post(Explained, "/v1/explain", features=dict(features), label=label)

    def explain_pseudonym(self, pseudonym: str, label: str) -> PseudonymExplained:
        """What a score of a customer by pseudonym is made of."""
        return self._post(PseudonymExplained, "/v1/explain", pseudonym=pseudonym, label=label)

    def next_best_offers(
        self, customer_id: int, *, channel: str | None = None, limit: int = 3
    ) -> OffersAnswer:
        """What to do for a customer now, best first; doing nothing is an action."""
        return self._post(
            *(OffersAnswer, "/v1/next_best_offers"),
            customer_id=customer_id,
            channel=channel,
            limit=limit,
        )

    def next(
        self, customer_id: int, *, budget_ms: int = 200, channel: str | None = None, limit: int = 3
    ) -> NextAnswer:
        """Scores, offers, reasons and channels at once, within so many milliseconds."""
        return self._post(
            *(NextAnswer, "/v1/next"),
            customer_id=customer_id,
            channel=channel,
            limit=limit,
            budget_ms=budget_ms,
        )

    def customer(self, customer_id: int) -> ViewAnswer:
        """A customer at a glance, each field with its source and day."""
        return self._get(ViewAnswer, f"/v1/customers/{customer_id}")

    def serve(self, customer_id: int, evidence: Evidence, *, minutes: int = 20) -> ServingAnswer:
        """A customer is served from now on, for so many minutes at most."""
        return self._post(
            *(ServingAnswer, "/v1/servings"),
            customer_id=customer_id,
            evidence=evidence,
            minutes=minutes,
        )

    def end_serving(self, customer_id: int) -> ServedAnswer:
        """The caller serves the customer no more; so it is where nobody was served."""
        path = f"/v1/servings/{customer_id}"
        return received(ServedAnswer, self._asked("DELETE", path, None))

    def check_contact(
        self, customer_id: int, channel: str, **more: Unpack[About]
    ) -> DecisionAnswer:
        """Whether a contact may be made now; `more` are further fields of the request."""
        return self._post(
            *(DecisionAnswer, "/v1/contacts/check"),
            customer_id=customer_id,
            channel=channel,
            **more,
        )

    def reserve_contact(
        self,
        customer_id: int,
        channel: str,
        *,
        request_id: str | None = None,
        **more: Unpack[Taking],
    ) -> ReserveAnswer:
        """A contact taken just before it is made, where the rules allow it.

        Without a `request_id` of the caller's own the client makes one up, the same for all tries.
        """
        return self._post(
            *(ReserveAnswer, "/v1/contacts/reserve"),
            customer_id=customer_id,
            channel=channel,
            request_id=request_id or uuid4().hex,
            **more,
        )

    def dial(self, contact_id: int, *, agent: int | None = None) -> ToldAnswer:
        """A reserved contact, noted as being made; InConflict where it ran out or was stopped."""
        return self._post(ToldAnswer, f"/v1/contacts/{contact_id}/dial", agent=agent)

    def outcome(
        self,
        contact_id: int,
        code: str,
        *,
        agent: int | None = None,
        due_at: datetime | None = None,
        happened_at: datetime | None = None,
        note: str | None = None,
    ) -> ToldAnswer:
        """What came of a contact; without `happened_at` it is of this second, in every try."""
        return self._post(
            *(ToldAnswer, f"/v1/contacts/{contact_id}/outcome"),
            code=code,
            agent=agent,
            due_at=due_at,
            happened_at=happened_at or self._clock().replace(microsecond=0),
            note=note,
        )

    def keep_promise(
        self, contact_id: int, *, agent: int | None = None, dial: bool = False
    ) -> TakenAnswer:
        """What was promised in a contact, taken up now where the rules allow it."""
        return self._post(TakenAnswer, f"/v1/contacts/{contact_id}/keep", agent=agent, dial=dial)

    def consents(self, customer_id: int) -> ConsentsAnswer:
        """All that a customer allowed and refused, the latest first."""
        return self._get(ConsentsAnswer, f"/v1/customers/{customer_id}/consents")

    def say_consent(
        self,
        customer_id: int,
        action: str,
        *,
        happened_at: datetime | None = None,
        **more: Unpack[Words],
    ) -> ConsentsAnswer:
        """What a customer allows or refuses now; it counts at once."""
        return self._post(
            *(ConsentsAnswer, "/v1/consents"),
            customer_id=customer_id,
            action=action,
            happened_at=happened_at or self._clock().replace(microsecond=0),
            **more,
        )

    def wishes(self, customer_id: int) -> WishesAnswer:
        """How a customer wishes to be contacted."""
        return self._get(WishesAnswer, f"/v1/customers/{customer_id}/wishes")

    def wish(self, customer_id: int, **wish: Any) -> WishesAnswer:  # noqa: ANN401 - the request's own fields
        """What a customer wishes from now on, by the fields of the request `/v1/wishes`."""
        return self._post(WishesAnswer, "/v1/wishes", customer_id=customer_id, **wish)

    def list(self, day: date, manager: int) -> ListAnswer:
        """A day's list of a manager, as it stands now."""
        return self._get(ListAnswer, f"/v1/lists/{day}/{manager}")

    def open_row(self, day: date, manager: int, rank: int) -> CardAnswer:
        """A row judged anew, with what matters for the talk; nothing is reserved."""
        return self._post(CardAnswer, f"/v1/lists/{day}/{manager}/{rank}/open")

    def reserve_row(
        self, day: date, manager: int, rank: int, *, agent: int | None = None, dial: bool = False
    ) -> TakenAnswer:
        """A row taken just before the contact; a standing reservation is given back as it is."""
        path = f"/v1/lists/{day}/{manager}/{rank}/reserve"
        return self._post(TakenAnswer, path, agent=agent, dial=dial)

    def skip_row(
        self,
        day: date,
        manager: int,
        rank: int,
        code: str,
        *,
        agent: int | None = None,
        reason: str | None = None,
    ) -> SkippedAnswer:
        """A row set aside without a contact."""
        path = f"/v1/lists/{day}/{manager}/{rank}/skip"
        return self._post(SkippedAnswer, path, code=code, agent=agent, reason=reason)

    def events(self, events: Iterable[Mapping[str, object]]) -> EventsAnswer:
        """What customers just did; the same event sent twice counts once."""
        return self._post(EventsAnswer, "/v1/events", events=[dict(each) for each in events])

    def _get(self, kind: type[T], path: str) -> T:
        return received(kind, self._asked("GET", path, None))

    def _post(self, kind: type[T], path: str, /, **said: object) -> T:
        body = {name: _sent(value) for name, value in said.items() if value is not None}
        return received(kind, self._asked("POST", path, body))

    def _asked(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - any JSON
        """The JSON of an answer, after as many tries as it took."""
        for left in reversed(range(self._tries)):
            error = self._tried(method, path, body)
            if not isinstance(error, ClientError):
                return error.json()
            if not left or not error.again:
                raise error
            self._sleep(self._pause_after(error, self._tries - 1 - left))
        raise AssertionError("the last try returns or raises")

    def _tried(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> httpx.Response | ClientError:
        try:
            response = self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            return Unreachable(
                f"{method} {path}: {type(error).__name__}: {error}; check the address, and whether "
                "the service runs"
            )
        return problem_in(response) if response.is_error else response

    def _pause_after(self, error: ClientError, tried: int) -> float:
        if error.after is not None:
            return min(error.after, _LONGEST_PAUSE)
        # Callers who failed together do not come back together.
        spread = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        return float(min(self._pause * 2**tried * spread, _LONGEST_PAUSE))


def _sent(value: object) -> object:
    """A value as JSON says it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _sent(each) for name, each in value.items()}
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Iterable):
        return [_sent(each) for each in value]
    raise TypeError(f"{value!r} cannot be sent; give text, numbers, dates, lists or dictionaries")
