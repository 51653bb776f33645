"""A client of the HTTP API that signs as the specification says, and can be told to get any part of it wrong."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from profiles.models import Profile

FIND, CONFIRM, RELAY, END = "/match/find", "/match/confirm", "/chat/relay", "/chat/end"
USER_ID, TIMESTAMP, NONCE, SIGNATURE = "X-Tg-User-Id", "X-Bot-Timestamp", "X-Bot-Nonce", "X-Bot-Signature"


@dataclass(frozen=True)
class Request:
    """One request as it travels."""

    method: str
    target: str
    body: bytes
    headers: dict[str, str]
    content_type: str = "application/json"

    def with_header(self, name: str, value: str | None) -> "Request":
        """The same with another value in a header, or without it."""
        others = {key: kept for key, kept in self.headers.items() if key != name}
        return replace(self, headers=others if value is None else {**others, name: value})

    def sent(self) -> HttpResponse:
        """What the API answers."""
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        content_type = self.content_type if self.body else ""
        answer = client.generic(self.method, self.target, self.body, content_type, headers=self.headers)
        return cast("HttpResponse", answer)


@dataclass
class Signing:
    """How to sign; what is not said is right."""

    user_id: str
    secret: str = field(default_factory=lambda: str(settings.INTERNAL_BOT_SECRET))
    timestamp: str = field(default_factory=lambda: str(int(time.time())))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def request(self, target: str = FIND, body: Any = None, *, method: str = "POST") -> Request:
        """A signed request; a body that is not bytes goes as JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        said = f"{self.timestamp}\n{self.nonce}\n{method}\n{target}\n{self.user_id}\n".encode() + raw
        digest = hmac.new(self.secret.encode(), said, hashlib.sha256).digest()
        headers = {
            USER_ID: self.user_id,
            TIMESTAMP: self.timestamp,
            NONCE: self.nonce,
            SIGNATURE: base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        return Request(method, target, raw, headers)


def telegram_id(profile: Profile) -> str:
    """The person's Telegram id, as a header says it."""
    return str(profile.recipient.telegram_id)


def find(profile: Profile) -> HttpResponse:
    """The person searches."""
    return Signing(telegram_id(profile)).request(FIND).sent()


def confirm(profile: Profile, match_id: object, action: object = "accept") -> HttpResponse:
    """The person answers a proposal."""
    body = {"match_id": match_id, "action": action}
    return Signing(telegram_id(profile)).request(CONFIRM, body).sent()


def relay(profile: Profile, text: object, **more: object) -> HttpResponse:
    """The person writes to their partner."""
    body = {"from_user": profile.recipient.telegram_id, "text": text, **more}
    return Signing(telegram_id(profile)).request(RELAY, body).sent()


def end(profile: Profile) -> HttpResponse:
    """The person ends their conversation."""
    return Signing(telegram_id(profile)).request(END, {"user_id": profile.recipient.telegram_id}).sent()


def problem(answer: HttpResponse) -> tuple[int, str]:
    """The status and the type of a problem document, which has its four members and no other."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    document = json.loads(answer.content)
    assert set(document) == {"type", "title", "status", "detail"}
    assert document["status"] == answer.status_code
    assert document["title"]
    assert document["detail"].endswith(".")
    return answer.status_code, str(document["type"]).removeprefix("urn:ty-ne-odin:")
