"""Pictures that wait for their reader's word wait in a small number: whoever agrees must not lose sight of the talk."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from chat import holding
from chat.holding import Decision, KeptBack
from chat.models import ChatSession
from chat.showing import MOST_HELD, Held
from profiles.models import Profile
from tests.safety.scenes import NOON

from .changing import Scene, file, scene
from .media import holds, on_the_way_to, refuses, shows, waiting_ids

pytestmark = pytest.mark.django_db(transaction=True)

FULL = range(1, MOST_HELD + 1)


@pytest.fixture
def two(settings: Settings) -> Iterator[Scene]:
    """Two people and the web process."""
    with scene(settings) as scene_:
        yield scene_


def test_ten_wait_and_no_more(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: of each of the two; whatever waits already is answered as before when Telegram brings it again."""
    holds(session, mira, *FULL)
    assert holds(session, mira, 50, 50, 1, 2) == [Held.FULL, Held.FULL, Held.FIRST, Held.MORE]
    assert holds(session, oleh, 70) == [Held.FIRST]
    shows(session, oleh)
    assert on_the_way_to(oleh) == list(FULL)
    assert holds(session, mira, 50) == [Held.SENT]


def test_an_album_that_has_begun_waits_as_a_whole(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: it is not torn apart; another one finds no room at all."""
    holds(session, mira, *FULL[:-1])
    assert Held.FULL not in holds(session, mira, 21, 22, 23, album="1357")
    assert set(holds(session, mira, 31, 32, album="2468")) == {Held.FULL}
    shows(session, oleh)
    assert on_the_way_to(oleh) == [*FULL[:-1], [21, 22, 23]]


def test_a_no_makes_room_for_nothing(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: the reason is then their no."""
    holds(session, mira, *FULL)
    refuses(session, oleh)
    assert holds(session, mira, 50) == [Held.REFUSED]


def test_what_waited_gets_into_the_outbox_at_once(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: nothing else may happen in the conversation meanwhile."""
    holds(session, mira, *FULL)
    with CaptureQueriesContext(connection) as asked:
        shows(session, oleh)
    assert sum("INSERT INTO" in query["sql"] for query in asked) == 1
    assert on_the_way_to(oleh) == list(FULL)


def test_what_was_kept_back_finds_no_room_either(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: it stays where it is, and may be let go once there is an answer."""
    holds(session, mira, *FULL)
    kept = KeptBack(session_id=session.pk, sender_id=mira.pk, message_id=50, kind="photo", shown=True)
    assert holding.send_anyway(kept, now=NOON) is Decision.FULL
    assert 50 not in waiting_ids()
    shows(session, oleh)
    assert holding.send_anyway(kept, now=NOON) is Decision.SENT
    assert on_the_way_to(oleh) == [*FULL, 50]


def test_the_writer_is_told_why_and_it_does_not_count(two: Scene) -> None:
    """C1: of an album once."""
    for number in FULL:
        two.writes(two.mira, None, **file("photo", str(number)))
    two.telegram.calls.clear()
    two.writes(two.mira, None, **file("photo", "a"))
    for part in "bc":
        two.writes(two.mira, None, media_group_id="1357", **file("photo", part))
    said = two.telegram.told(two.mira)
    assert len(said) == 2
    assert all("десять твоих" in each for each in said)
    two.session.refresh_from_db()
    assert two.session.msg_count_a + two.session.msg_count_b == MOST_HELD


def test_the_button_of_what_was_kept_back_says_so_and_stays(two: Scene) -> None:
    """C9: a tap later may find room."""
    for number in FULL:
        two.writes(two.mira, None, **file("photo", str(number)))
    shows_who = two.message(two.mira, None, caption="пиши мне @petya_kotov", **file("photo", "a"))
    two.posts(shows_who)
    send = two.telegram.button(two.mira, "chat:send")
    two.telegram.calls.clear()
    two.taps(two.mira, send, under=shows_who)
    (toast,) = [call for call in two.telegram.calls if call.method == "answerCallbackQuery"]
    assert "десять твоих" in toast.parameters["text"]
    assert not two.telegram.to(two.mira, "editMessageText")
