"""Says once that somebody is away and once that they are back, however often it is noticed in between."""

import structlog

log = structlog.get_logger(__name__)


class Presence:
    """Whether `who`, Telegram or our own web process, answers."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._reason: str | None = None

    def away(self, reason: str) -> None:
        """No answer, or not one that can be used; a new reason is a new line."""
        if reason != self._reason:
            self._reason = reason
            log.warning("polling.away", who=self._who, reason=reason)

    def here(self) -> None:
        """An answer."""
        if self._reason is not None:
            self._reason = None
            log.info("polling.back", who=self._who)
