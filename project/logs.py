"""What a log line may hold: our own words and ids, never what people write, who they are, or a secret.

Our own lines are safe by what we put into them. Lines of libraries quote whatever they stumbled over, and so do the
messages of exceptions, so of those only what can't hold content is kept: the words before the first value, the types
of the errors, and the places in the code.
"""

import logging
import re
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from project import error_reports

# Loggers that speak of processes and connections alone; their lines are kept as they are.
_OF_PROCESSES = (
    "celery.apps",
    "celery.beat",
    "celery.worker.consumer.connection",
    "kombu",
    "psycopg.pool",
    "uvicorn.error",
)
_WORDS = re.compile(r"[A-Za-z_][A-Za-z_ .,\-]*")
_ERRORS = ("error", "critical")
_FRAMES = 8
_CAUSES = 4


def configure() -> None:
    """Our own loggers, and the warnings of Python as lines like all others; the rest is `logging_configuration`."""
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            reported,
            without_messages,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_configuration(*, readable: bool) -> dict[str, Any]:
    """What Django and Celery hand to `logging.config.dictConfig`: JSON, or lines for a person where `readable`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _renderer(readable),
                ],
                "foreign_pre_chain": [
                    structlog.contextvars.merge_contextvars,
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    without_quotes,
                    reported,
                    without_messages,
                ],
                "use_get_message": False,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            # These write addresses (with the bot's token in them) or whole requests at INFO and DEBUG.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "aiohttp": {"level": "WARNING"},
            "telegram": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            # Bring handlers of their own, which are taken away here.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
            "uvicorn": {"handlers": [], "propagate": True, "level": "WARNING"},
            "uvicorn.access": {"handlers": [], "propagate": False},
            # Refused requests have their line from `project.requests`.
            "django.request": {"level": "ERROR"},
        },
    }


def is_readable(*, production: bool) -> bool:
    """Whether a person watches: a terminal, and not in production."""
    return not production and sys.stderr.isatty()


def without_quotes(logger: Any, name: str, event: EventDict) -> EventDict:
    """Replace the text of a library's line, which may quote people."""
    event["event"] = _words_of(event["_record"])
    return event


def reported(logger: Any, name: str, event: EventDict) -> EventDict:
    """Hand what is an error to whoever is told of errors, if anybody is."""
    if event["level"] in _ERRORS and not event["logger"].startswith("sentry_sdk"):
        error_reports.report(_error_in(event.get("exc_info")), event=event["event"])
    return event


def without_messages(logger: Any, name: str, event: EventDict) -> EventDict:
    """Replace an error by its type and places: its message may quote people."""
    error = _error_in(event.pop("exc_info", None))
    if error is not None:
        event["error"] = _types(error)
        event["at"] = places(error)
    event.pop("stack_info", None)
    return event


def places(error: BaseException) -> list[str]:
    """The places an error came through, without its message: that may quote what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def log_uncaught_errors() -> None:
    """Errors that end a process or a thread go the same way, instead of being printed with their messages."""
    log = logging.getLogger("project")

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("Uncaught error", exc_info=(kind, error, trace))

    sys.excepthook = uncaught
    threading.excepthook = lambda its: uncaught(its.exc_type, its.exc_value or its.exc_type(), its.exc_traceback)


def _words_of(record: logging.LogRecord) -> str:
    if record.name.startswith(_OF_PROCESSES):
        return record.getMessage().strip()
    words = _WORDS.match(str(record.msg).strip())
    return words.group().strip() if words else record.name


def _error_in(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _types(error: BaseException) -> str:
    """The types of an error and of what it came from, such as "OperationalError < ConnectionTimeout"."""
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < _CAUSES:
        chain.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return " < ".join(chain)


def _renderer(readable: bool) -> Processor:
    return structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(ensure_ascii=False)
