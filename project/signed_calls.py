"""Who may call the HTTP API (A1): whoever signs, for the one person whom the signature names, once, and now.

What can be told without the secret comes last: until the signature fits, every refusal is the same, nothing is looked
up, and no nonce is used up.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django_redis.exceptions import ConnectionInterrupted
from ninja.security.base import AuthBase
from redis.exceptions import RedisError

from profiles import queries

from .problems import Problem, Refused, documented
from .signatures import Call

MAX_BODY_BYTES = 64 * 1024
MAX_SECONDS_OFF = 60
# A call is good from 60 seconds before its timestamp until 60 after; the rest is for clocks that differ.
_NONCE_KEPT = 2 * MAX_SECONDS_OFF + 60

NOT_SIGNED = Problem(401, "The call is not signed, or the signature does not fit it.", "not-signed")
CLOCK_OFF = Problem(401, "The timestamp is more than 60 seconds off our clock.", "clock-off")
USED_NONCE = Problem(401, "The nonce was used before; every call needs a new one.", "used-nonce")
SOMEBODY_ELSE = Problem(403, "The body or the query names somebody else than the signed user id.", "somebody-else")
UNKNOWN_PERSON = Problem(404, "Nobody with this user id has ever started the bot.", "unknown-person")
NO_LENGTH = Problem(411, "The body has to come with its Content-Length.")
TOO_LARGE = Problem(413, "The body is larger than 64 KiB.")
NOT_JSON = Problem(400, "The body is not JSON.")
NOT_CALLED_JSON = Problem(415, "A body has to be application/json.")
AWAY = Problem(503, "Something that is needed is away; sign the call anew and try again.", "away")

_COMMON = (
    NOT_JSON,
    NOT_SIGNED,
    CLOCK_OFF,
    USED_NONCE,
    SOMEBODY_ELSE,
    UNKNOWN_PERSON,
    NO_LENGTH,
    TOO_LARGE,
    NOT_CALLED_JSON,
    AWAY,
)

_HEADERS = {
    "X-Tg-User-Id": (re.compile(r"[1-9][0-9]{0,15}"), "The Telegram id of the person the call is for."),
    "X-Bot-Timestamp": (re.compile(r"[0-9]{1,12}"), "Now, in seconds since 1970; at most 60 seconds off."),
    "X-Bot-Nonce": (re.compile(r"[A-Za-z0-9_-]{16,64}"), "16 to 64 random characters, never used before."),
    "X-Bot-Signature": (re.compile(r"[A-Za-z0-9_-]{43}"), "See the security scheme."),
}
# How bodies and queries name the person they are about.
_NAMING = ("user_id", "from_user")


class SignedRequest(HttpRequest):
    """A request that has passed `SignedCall`: `auth` is the profile id of the person it is for."""

    auth: int


class SignedCall(AuthBase):
    """Lets a signed call in, once, and says for whom it is."""

    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = "X-Bot-Signature"
    openapi_description = (
        "URL-safe base64 without padding of HMAC-SHA256 under INTERNAL_BOT_SECRET over: timestamp, nonce, METHOD, "
        "path?query, user id (each followed by a line feed), body."
    )

    def __call__(self, request: HttpRequest) -> int:
        """The profile id of the person the call is for. Raises Refused."""
        _refuse_large(request)
        user_id = _verified(request).user_id
        named = [*_named_in_query(request), *_named_in_body(request)]
        if any(str(name) != user_id for name in named):
            raise Refused(SOMEBODY_ELSE)
        _use_up(request.headers["X-Bot-Nonce"])
        profile_id = queries.visitor(telegram_id=int(user_id), language_code=None).profile_id
        if profile_id is None:
            raise Refused(UNKNOWN_PERSON)
        return profile_id


def signed(*problems: Problem) -> dict[str, Any]:
    """`openapi_extra` of a signed operation: its headers, and how it may fail besides what all signed calls share."""
    parameters = [
        {
            "in": "header",
            "name": name,
            "required": True,
            "description": description,
            "schema": {"type": "string", "pattern": f"^{pattern.pattern}$"},
        }
        for name, (pattern, description) in _HEADERS.items()
        if name != SignedCall.openapi_name
    ]
    return {"parameters": parameters, "responses": documented(*_COMMON, *problems)}


def _refuse_large(request: HttpRequest) -> None:
    if "Transfer-Encoding" in request.headers:
        raise Refused(NO_LENGTH)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise Refused(TOO_LARGE)


def _verified(request: HttpRequest) -> Call:
    for name, (pattern, _) in _HEADERS.items():
        if not pattern.fullmatch(request.headers.get(name, "")):
            raise Refused(NOT_SIGNED)
    call = Call(
        timestamp=request.headers["X-Bot-Timestamp"],
        nonce=request.headers["X-Bot-Nonce"],
        method=str(request.method),
        target=_target(request),
        user_id=request.headers["X-Tg-User-Id"],
        body=request.body,
    )
    if not call.is_signed_with(request.headers["X-Bot-Signature"], settings.INTERNAL_BOT_SECRET):
        raise Refused(NOT_SIGNED)
    if abs(timezone.now().timestamp() - int(call.timestamp)) > MAX_SECONDS_OFF:
        raise Refused(CLOCK_OFF)
    return call


def _target(request: HttpRequest) -> str:
    """The path and the query as they were sent: another spelling of the same address is another call."""
    scope: dict[str, Any] = getattr(request, "scope", {})
    path = scope.get("raw_path") or request.path.encode()
    query = request.META.get("QUERY_STRING", "")
    return path.decode("latin-1") + (f"?{query}" if query else "")


def _named_in_query(request: HttpRequest) -> Iterator[object]:
    for field in _NAMING:
        yield from request.GET.getlist(field)


def _named_in_body(request: HttpRequest) -> Iterator[object]:
    if not request.body:
        return
    if request.content_type != "application/json":
        raise Refused(NOT_CALLED_JSON)
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused(NOT_JSON) from None
    if isinstance(body, dict):
        yield from (body[field] for field in _NAMING if field in body)


def _use_up(nonce: str) -> None:
    """Accept a nonce once. Where it can't be remembered, nothing is accepted."""
    try:
        is_new = cache.add(f"api:nonce:{nonce}", 1, timeout=_NONCE_KEPT)
    except (ConnectionInterrupted, RedisError):
        raise Refused(AWAY) from None
    if not is_new:
        raise Refused(USED_NONCE)
