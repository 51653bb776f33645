"""Whose calls the HTTP API takes: signed ones, for one person, once, and now."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from matching.models import PoolEntry
from project.signatures import Call
from tests.api.caller import CONFIRM, FIND, NONCE, SIGNATURE, TIMESTAMP, USER_ID, Request, Signing, problem, telegram_id
from tests.base import person

pytestmark = pytest.mark.django_db

NOBODY = "7999999999"
LET_IN = (404, "unknown-person")
NOT_SIGNED = (401, "not-signed")
HEADERS = (USER_ID, TIMESTAMP, NONCE, SIGNATURE)


def refused(request: Request) -> tuple[int, str]:
    """How the API refuses a request."""
    return problem(request.sent())


def test_the_signature_is_the_one_of_the_specification() -> None:
    """A1: known values give a known signature, in URL-safe base64 without padding."""
    call = Call("1790000000", "nonce-nonce-nonce", "POST", "/match/find?a=1", "7000000001", b'{"b": 2}')
    assert call.signature("secret") == "GUxovb0R_fQJfSUN_3VevZDIqKDIM17SfrSCv9Yu8Kk"


def test_a_signed_call_is_taken_for_the_person_it_names() -> None:
    """A1: the signed user id is who the call is for."""
    mira = person("Мира")
    assert Signing(telegram_id(mira)).request().sent().status_code == 202
    assert list(PoolEntry.objects.values_list("pk", flat=True)) == [mira.pk]


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [None, "", " ", "x", "0", "-1", "1,1", "№1", "1" * 5000])
def test_a_header_that_is_missing_or_wrong_is_refused(name: str, value: str | None) -> None:
    """A1: all four headers, as described; what is wrong with them is not said."""
    assert refused(Signing(NOBODY).request().with_header(name, value)) == NOT_SIGNED


@pytest.mark.parametrize(
    "change",
    [
        lambda request: request.with_header(USER_ID, "7999999998"),
        lambda request: request.with_header(TIMESTAMP, str(int(request.headers[TIMESTAMP]) + 1)),
        lambda request: request.with_header(NONCE, "another-nonce-of-mine"),
        lambda request: request.with_header(SIGNATURE, request.headers[SIGNATURE] + "="),
        lambda request: request.with_header(SIGNATURE, "A" * 43),
        lambda request: replace(request, target=f"{CONFIRM}?a=1&b=2"),
        lambda request: replace(request, target=FIND),
        lambda request: replace(request, target=f"{FIND}?a=1&b=3"),
        lambda request: replace(request, target=f"{FIND}?b=2&a=1"),
        lambda request: replace(request, target=f"{FIND}?a=1&b=2&"),
        lambda request: replace(request, body=b'{"a":1}'),
        lambda request: replace(request, body=b""),
    ],
)
def test_the_signature_covers_every_part(change: Callable[[Request], Request]) -> None:
    """A1: person, time, nonce, path, query and body; a signature for one call fits no other."""
    request = Signing(NOBODY).request(f"{FIND}?a=1&b=2", {"a": 1})
    assert refused(change(request)) == NOT_SIGNED
    assert refused(request) == LET_IN


def test_the_signature_covers_the_method() -> None:
    """A1: what was signed as a GET is no POST."""
    assert refused(replace(Signing(NOBODY).request(method="GET"), method="POST")) == NOT_SIGNED


def test_another_secret_signs_nothing() -> None:
    """A1: only INTERNAL_BOT_SECRET."""
    assert refused(Signing(NOBODY, secret="").request()) == NOT_SIGNED
    assert refused(Signing(NOBODY, secret="another").request()) == NOT_SIGNED


@pytest.mark.parametrize(("off", "answer"), [(-58, LET_IN), (58, LET_IN), (-62, "clock-off"), (62, "clock-off")])
def test_a_call_is_good_for_a_minute(off: int, answer: object) -> None:
    """A1: the timestamp may be 60 seconds off, to either side."""
    said = refused(Signing(NOBODY, timestamp=str(int(time.time()) + off)).request())
    assert said == (answer if answer == LET_IN else (401, answer))


def test_a_nonce_is_accepted_once() -> None:
    """A1: the same call again, or another call with its nonce, is refused, whoever it is for."""
    request = Signing(NOBODY).request()
    assert [refused(request), refused(request)] == [LET_IN, (401, "used-nonce")]
    other = Signing(telegram_id(person("Мира")), nonce=request.headers[NONCE]).request()
    assert refused(other) == (401, "used-nonce")
    assert not PoolEntry.objects.exists()


def test_a_nonce_is_remembered_longer_than_its_call_is_good() -> None:
    """A1: a call dated a minute ahead is good for two minutes, so its nonce must be known for longer."""
    request = Signing(NOBODY, timestamp=str(int(time.time()) + 58)).request()
    request.sent()
    assert cache.ttl(f"api:nonce:{request.headers[NONCE]}") > 120  # type: ignore[attr-defined]


def test_nobody_without_the_secret_uses_up_a_nonce() -> None:
    """A1: a nonce counts only when the signature fits, or a stranger could spoil other people's calls."""
    request = Signing(NOBODY).request()
    assert refused(request.with_header(SIGNATURE, "A" * 43)) == NOT_SIGNED
    assert refused(request) == LET_IN


def test_without_redis_nothing_is_taken(settings: Settings) -> None:
    """A1: a nonce that can't be remembered is not accepted."""
    mira = person("Мира")
    settings.CACHES = {
        "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:9/0", "OPTIONS": {}}
    }
    answer = Signing(telegram_id(mira)).request().sent()
    assert problem(answer) == (503, "away")
    assert answer["Retry-After"] == "1"
    assert not PoolEntry.objects.exists()


@pytest.mark.parametrize("field", ["user_id", "from_user"])
@pytest.mark.parametrize("somebody", [7_000_000_000, "7000000000", None, True, [], {}, float(NOBODY)])
def test_a_call_is_for_nobody_but_the_signed_person(field: str, somebody: object) -> None:
    """A1: a body or a query that names someone else gets 403."""
    assert refused(Signing(NOBODY).request(FIND, {field: somebody})) == (403, "somebody-else")
    assert refused(Signing(NOBODY).request(f"{FIND}?{field}=7000000000")) == (403, "somebody-else")
    both = f"{FIND}?{field}={NOBODY}&{field}=7000000000"
    assert refused(Signing(NOBODY).request(both)) == (403, "somebody-else")


@pytest.mark.parametrize("named", [int(NOBODY), NOBODY])
def test_a_call_may_name_its_person(named: object) -> None:
    """A1: the signed person, as a number or as text."""
    assert refused(Signing(NOBODY).request(f"{FIND}?user_id={NOBODY}", {"from_user": named})) == LET_IN


_PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80)
# A decoded path is all that the test's client lets through, so nothing that is encoded (see test_client.py).
_ADDRESS = st.text("abcfimnrt/.-_~=&?0129", max_size=40).map(lambda rest: f"/match/{rest}")


def _changes() -> st.SearchStrategy[Callable[[Request], Request]]:
    return st.one_of(
        st.builds(lambda name, value: lambda r: r.with_header(name, value), st.sampled_from(HEADERS), _PRINTABLE),
        st.builds(lambda body: lambda r: replace(r, body=body), st.binary(max_size=80)),
        st.builds(
            lambda method: lambda r: replace(r, method=method), st.sampled_from(["GET", "PUT", "HEAD", "DELETE"])
        ),
        st.builds(lambda target: lambda r: replace(r, target=target), _ADDRESS),
        st.builds(lambda more: lambda r: replace(r, target=r.target + more), st.text("?&=abc01/", min_size=1)),
        st.builds(
            lambda one, other: lambda r: r.with_header(one, r.headers[other]).with_header(other, r.headers[one]),
            st.sampled_from(HEADERS),
            st.sampled_from(HEADERS),
        ),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(_changes(), min_size=1, max_size=3))
def test_no_changed_request_is_let_in(changes: list[Callable[[Request], Request]]) -> None:
    """A1: whatever is changed under way, the call is refused, and the one that was signed is still good."""
    request = Signing(NOBODY).request(f"{FIND}?a=1", {"a": 1})
    changed = request
    for change in changes:
        changed = change(changed)
    assume(changed != request)
    answer = changed.sent()
    assert answer.status_code in {401, 404, 405}
    assert b"unknown-person" not in answer.content
    assert refused(request) == LET_IN
