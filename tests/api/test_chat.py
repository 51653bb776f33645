"""Talking and parting through the HTTP API."""

import json
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis.exceptions import ConnectionError as RedisConnectionError

from chat import flood
from chat.models import ChatSession
from delivery.models import OutboxMessage
from matching.models import RecentContact
from profiles.models import Profile
from tests.api.caller import END, RELAY, Signing, end, problem, relay, telegram_id
from tests.base import person
from tests.matching.scenes import is_seated
from tests.outbox import told
from tests.profiles.everything import tables_with
from tests.safety.scenes import conversation, ended

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira() -> Profile:
    """Who writes."""
    return person("Мира")


@pytest.fixture
def oleh() -> Profile:
    """Whom she writes to."""
    return person("Олег")


@pytest.fixture
def session(mira: Profile, oleh: Profile) -> ChatSession:
    """Their conversation, begun just now, of which both have been told."""
    session = conversation(mira, oleh, timezone.now())
    OutboxMessage.objects.filter(kind="chat.connected").delete()
    return session


def said(answer: HttpResponse) -> dict[str, object]:
    """The body of an answer."""
    assert answer.status_code == 200, answer.content
    return dict(json.loads(answer.content))


def counts(session: ChatSession) -> tuple[int, int]:
    """How many messages of each of the two were counted."""
    session.refresh_from_db()
    return session.msg_count_a, session.msg_count_b


def test_a_text_goes_to_the_partner(mira: Profile, oleh: Profile, session: ChatSession) -> None:
    """A1, C1: the answer is whom to send it to, and it is counted, each one."""
    for _ in range(3):
        assert said(relay(mira, "Не спится")) == {"peer_tg_id": oleh.recipient.telegram_id}
    assert said(relay(oleh, "Мне тоже")) == {"peer_tg_id": mira.recipient.telegram_id}
    assert counts(session) == (3, 1)
    assert session.last_message_by == oleh
    assert session.last_message_at is not None


def test_nothing_overtakes_what_waits(mira: Profile, oleh: Profile) -> None:
    """C4: while the partner has yet to read that they are connected, or an earlier message, nothing may be sent."""
    session = conversation(mira, oleh, timezone.now())
    assert problem(relay(mira, "Привет")) == (409, "not-yet-its-turn")
    assert counts(session) == (0, 0)
    OutboxMessage.objects.all().delete()
    assert said(relay(mira, "Привет")) == {"peer_tg_id": oleh.recipient.telegram_id}


def test_nothing_of_it_is_kept(mira: Profile, session: ChatSession, caplog: pytest.LogCaptureFixture) -> None:
    """C3: not a word, neither in the database nor in a log."""
    said(relay(mira, "зимородок над рекой"))
    assert tables_with(["зимородок"]) == set()
    assert "зимородок" not in caplog.text


def test_who_is_in_no_conversation_writes_to_nobody(mira: Profile, oleh: Profile) -> None:
    """C5: 409, before the conversation and from its end on."""
    assert problem(relay(mira, "Есть кто?")) == (409, "no-session")
    session = conversation(mira, oleh, timezone.now())
    ended(session, oleh, timezone.now())
    assert problem(relay(mira, "Ау")) == (409, "no-session")
    assert counts(session) == (0, 0)


def test_who_was_paused_writes_to_nobody(mira: Profile, session: ChatSession) -> None:
    """S5: the same statement judges as in Telegram."""
    Profile.objects.filter(pk=mira.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    assert problem(relay(mira, "Ау")) == (409, "no-session")


def test_what_shows_its_writer_waits_for_their_word(mira: Profile, oleh: Profile, session: ChatSession) -> None:
    """C9: held back until they have confirmed it, and not counted before."""
    text = "Пиши мне на @mira_kyiv"
    assert problem(relay(mira, text)) == (409, "shows-its-writer")
    assert problem(relay(mira, text, confirmed=False)) == (409, "shows-its-writer")
    assert counts(session) == (0, 0)
    assert said(relay(mira, text, confirmed=True)) == {"peer_tg_id": oleh.recipient.telegram_id}
    assert counts(session) == (1, 0)


def test_no_flood(mira: Profile, oleh: Profile, session: ChatSession, settings: Settings) -> None:
    """C6, A2: too many in a minute get 429 with the seconds to wait, and do not count; others are not held up."""
    settings.RELAY_MESSAGES_PER_MINUTE = 2
    for _ in range(2):
        said(relay(mira, "раз"))
    answer = relay(mira, "три")
    assert problem(answer) == (429, "too-fast")
    assert 1 <= int(answer["Retry-After"]) <= 30
    assert counts(session) == (2, 0)
    said(relay(oleh, "тише"))


def test_one_bucket_with_telegram(mira: Profile, session: ChatSession, settings: Settings) -> None:
    """C6: what somebody writes in Telegram counts here as well."""
    settings.RELAY_MESSAGES_PER_MINUTE = 1
    assert flood.wait(mira.recipient.telegram_id) == 0
    assert problem(relay(mira, "и здесь")) == (429, "too-fast")


def test_without_redis_nothing_goes_out(mira: Profile, session: ChatSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """C6, A2: 503, and nothing is counted."""

    def away(telegram_id: int) -> int:
        raise RedisConnectionError

    monkeypatch.setattr(flood, "wait", away)
    answer = relay(mira, "Ау")
    assert problem(answer) == (503, "away")
    assert answer["Retry-After"] == "1"
    assert counts(session) == (0, 0)


def test_the_conversation_ends(mira: Profile, oleh: Profile, session: ChatSession) -> None:
    """C7, A1: whom it was with and the match it came from; the partner is told as by /end, the two rest."""
    answer = said(end(mira))
    assert answer == {"peer_tg_id": oleh.recipient.telegram_id, "match_id": session.match_id}
    session.refresh_from_db()
    assert (session.ending, session.ended_by) == ("ended", mira)
    assert told(oleh)[-1] == "chat.ended"
    assert not is_seated(mira)
    assert set(RecentContact.objects.values_list("reason", flat=True)) == {"conversation"}


def test_it_ends_once(mira: Profile, oleh: Profile, session: ChatSession) -> None:
    """C7, A2: 409 the second time, from either side, and where there was none."""
    assert problem(end(person("Чужой"))) == (409, "no-session")
    said(end(mira))
    for profile in (mira, oleh):
        assert problem(end(profile)) == (409, "no-session")
    assert told(oleh).count("chat.ended") == 1
    assert "chat.ended" not in told(mira)


@pytest.mark.parametrize(("path", "field"), [(RELAY, "from_user"), (END, "user_id")])
def test_nobody_acts_for_somebody_else(
    mira: Profile, oleh: Profile, session: ChatSession, path: str, field: str
) -> None:
    """A1: a body that names anybody but the signed person gets 403, and nothing happens."""
    body = {field: oleh.recipient.telegram_id, "text": "не я"}
    assert problem(Signing(telegram_id(mira)).request(path, body).sent()) == (403, "somebody-else")
    assert counts(session) == (0, 0)
    assert session.ended_at is None


@pytest.mark.parametrize("text", [None, 7, True, ["а"], {"text": "а"}, "", "я" * 4097, "\ud83d"])
def test_a_text_is_a_text(mira: Profile, session: ChatSession, text: object) -> None:
    """A2: 422, which quotes nothing."""
    assert problem(relay(mira, text)) == (422, "about:blank")
    assert counts(session) == (0, 0)


@pytest.mark.parametrize("text", ["я" * 4096, "\x00", "👩‍👩‍👧‍👦" * 300, " "])
def test_any_text_will_do(mira: Profile, session: ChatSession, text: str) -> None:
    """A2, C1: as long as a message may be, and whatever is in it."""
    said(relay(mira, text))


@pytest.mark.parametrize("confirmed", ["yes", 1, None])
def test_a_word_is_a_word(mira: Profile, session: ChatSession, confirmed: object) -> None:
    """A2, C9: what could be meant otherwise confirms nothing."""
    assert problem(relay(mira, "@mira_kyiv", confirmed=confirmed)) == (422, "about:blank")


@pytest.mark.parametrize("body", [{}, [], None, {"text": "а"}, {"from_user": "7000000001", "text": "а"}])
def test_a_body_of_another_shape_is_refused(mira: Profile, session: ChatSession, body: object) -> None:
    """A2: 422, or 403 where it names somebody else."""
    for path in (RELAY, END):
        status, _ = problem(Signing(telegram_id(mira)).request(path, body).sent())
        assert status in (403, 422)
    session.refresh_from_db()
    assert session.ended_at is None
