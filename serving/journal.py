"""The service's log: one JSON line an event, facts as fields, nothing about any person."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

# The id of the request that is being answered, in every line that is written meanwhile.
REQUEST: ContextVar[str] = ContextVar("request", default="")
_LOGGER = logging.getLogger("goodcall.serving")


class JsonLines(logging.Formatter):
    """Writes an event and its facts as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one event."""
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **({"request_id": found} if (found := REQUEST.get()) else {}),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


def start_journal(stream: TextIO) -> None:
    """From now on events go to `stream`, and nowhere else."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    _LOGGER.handlers = [handler]
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False


def note(event: str, **facts: object) -> None:
    """Write an event that is as it should be."""
    _LOGGER.info(event, extra={"facts": facts})


def warn(event: str, **facts: object) -> None:
    """Write an event that someone should look at."""
    _LOGGER.warning(event, extra={"facts": facts})


def defect(event: str, error: BaseException) -> None:
    """Write an error that nobody foresaw, with its traceback."""
    _LOGGER.error(event, exc_info=error)
