"""What the simulated Telegram answers when it refuses a call."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal, told to the bot as `{"ok": false, "error_code": code, "description": description}`."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """Return the JSON document that Telegram would answer."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            answer["parameters"] = {"retry_after": self.retry_after}
        return answer


class BadRequestError(ApiError):
    """400: the call is wrong or can't be carried out."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, f"Bad Request: {reason}")


class ForbiddenError(ApiError):
    """403: the person does not want, or never wanted, to hear from the bot."""

    def __init__(self, reason: str) -> None:
        super().__init__(403, f"Forbidden: {reason}")


class ConflictError(ApiError):
    """409: updates are asked for in two ways at once."""

    def __init__(self, reason: str) -> None:
        super().__init__(409, f"Conflict: {reason}")


class UnreachableError(Exception):
    """Telegram went away in the middle of a call; the bot hears nothing."""


class PersonError(Exception):
    """A person tried what no Telegram client would let them do."""


class NobodyThereError(PersonError):
    """No person has this id."""
