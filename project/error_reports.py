"""Errors reported to Sentry, if SENTRY_DSN names one: types and places, never what people write or who they are.

What is reported is put together here, field by field: whatever else the library gathers, now or in a later version,
does not leave this machine. An error's own message stays here too, it quotes what it stumbled over.
"""

from collections.abc import Callable, Mapping
from typing import Any

import sentry_sdk
import structlog
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.transport import Transport

_KEPT = ("event_id", "timestamp", "level", "platform", "environment", "release", "sdk")
_KEPT_OF_FRAMES = ("filename", "function", "module", "lineno", "in_app")
_PATIENCE_SECONDS = 2.0  # for what is not sent yet when a process ends
# What the lines of the log are joined by as well.
_IDS = ("update_id", "request_id", "outbox_id", "task_id", "task")


def start(*, dsn: str, environment: str, transport: Callable[..., Transport] | type[Transport] | None = None) -> None:
    """Report from here on, in this process and those it forks; with an empty `dsn` nothing is ever reported."""
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        transport=transport,  # type: ignore[arg-type]  # None is Sentry's own
        before_send=_without_content,
        # Those that hook into Django, Celery, asyncio or the log would report requests, arguments and lines.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[DedupeIntegration(), AtexitIntegration(callback=_say_nothing)],
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        server_name="",
        shutdown_timeout=_PATIENCE_SECONDS,
    )


def report(error: BaseException | None, *, event: str) -> None:
    """Report an error, or where there is none the `event`: words of ours, as the log has them."""
    if not sentry_sdk.is_initialized():
        return
    ids = {name: value for name, value in structlog.contextvars.get_contextvars().items() if name in _IDS}
    with sentry_sdk.new_scope() as scope:
        for name, value in ids.items():
            scope.set_tag(name, value)
        scope.set_tag("event", event)
        if error is None:
            scope.capture_message(event, level="error")
        else:
            scope.capture_exception(error)


def _say_nothing(pending: int, timeout: float) -> None:
    """What is still on its way when a process ends is nothing to print."""


def _without_content(event: Mapping[str, Any], hint: Mapping[str, Any]) -> Any:
    """Sentry's before_send: a new event of what may be known of the given one."""
    safe = {name: event[name] for name in _KEPT if name in event}
    safe["tags"] = dict(event.get("tags") or {})
    if "exception" in event:
        safe["exception"] = {"values": [_of_error(each) for each in event["exception"].get("values") or []]}
    else:
        safe["message"] = safe["tags"].get("event", "")
    return safe


def _of_error(error: Mapping[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames") or []
    return {
        "type": error.get("type"),
        "module": error.get("module"),
        "stacktrace": {"frames": [{name: frame.get(name) for name in _KEPT_OF_FRAMES} for frame in frames]},
    }
