"""Plain HTTP calls of the Bot API, so that a test sees exactly what is answered."""

from __future__ import annotations

from typing import Any

import httpx


class BotSide(httpx.Client):
    """Calls methods below `url`, which ends with the token."""

    def __init__(self, url: str) -> None:
        super().__init__(base_url=url, timeout=30, trust_env=False)

    def answer(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the whole answer to a call."""
        answer: dict[str, Any] = self.post(f"/{method}", json=params).json()
        return answer

    def result(self, method: str, **params: Any) -> Any:
        """Return the result of a call that must succeed."""
        answer = self.answer(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        """Return error code and description of a call that must be refused."""
        answer = self.answer(method, **params)
        assert not answer["ok"], answer
        return answer["error_code"], answer["description"]
