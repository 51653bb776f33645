"""Edits as a way round what a message is held back for: by its place in the queue, its speed, its kind, its preview."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone
from pytest_django import Settings

from chat.models import ChatSession, HeldMedia
from delivery import queue
from delivery.models import OutboxMessage
from tests.chat.changing import EDITS, Scene, file, scene

pytestmark = pytest.mark.django_db(transaction=True)

TOO_FAST = mock.patch("chat.flood.FloodLimit.wait", mock.AsyncMock(return_value=30))
NUMBER = "+380501234567"
MAY_BE_SEEN = "мог увидеть эту правку"


@pytest.fixture
def two(settings: Settings) -> Iterator[Scene]:
    """Mira and Andrey, just connected."""
    with scene(settings) as opened:
        yield opened


def keeps_busy(two: Scene) -> None:
    """Andrey has not read yet that he is connected: all that is written to him waits."""
    OutboxMessage.objects.filter(kind="chat.connected", recipient=two.andrey.pk).update(state="pending", closed_at=None)


def leaves(two: Scene) -> list[Any]:
    """What goes out to Andrey once he has read that he is connected."""
    OutboxMessage.objects.filter(kind="chat.connected").update(state="sent", closed_at=timezone.now())
    return [leased.outgoing for leased in queue.lease(limit=5, now=timezone.now())]


def mention(two: Scene) -> dict[str, Any]:
    """Mira's account, to be tapped."""
    user = {"id": two.mira.recipient.telegram_id, "is_bot": False, "first_name": "Anna"}
    return {"entities": [{"type": "text_mention", "offset": 0, "length": 4, "user": user}]}


def test_a_page_that_only_the_preview_shows(two: Scene) -> None:
    """C9: the words say nothing of it, the partner sees and taps it all the same."""
    preview = {"url": "https://t.me/mira_real", "is_disabled": False}
    two.writes(two.mira, "привет", link_preview_options=preview)
    assert two.telegram.to(two.andrey, "copyMessage") == []
    (asked,) = two.telegram.told(two.mira)
    assert "ссылк" in asked


def test_an_edit_of_nothing_but_the_preview(two: Scene) -> None:
    """C9, C2: no other way in."""
    written = two.writes(two.mira, "привет")
    two.corrects(two.mira, written, "привет", link_preview_options={"url": "https://t.me/mira_real"})
    assert two.telegram.to(two.andrey, *EDITS) == []
    (asked,) = two.telegram.told(two.mira)
    assert "ссылк" in asked


@pytest.mark.parametrize("preview", [{"is_disabled": True, "url": "https://t.me/mira_real"}, {"show_above_text": True}])
def test_a_preview_that_shows_nothing(two: Scene, preview: dict[str, Any]) -> None:
    """C9: nobody is asked about a page that is not shown."""
    two.writes(two.mira, "привет", link_preview_options=preview)
    assert len(two.telegram.to(two.andrey, "copyMessage")) == 1


@pytest.mark.parametrize("answer", ["", "asked"])
def test_music_that_becomes_a_picture_while_it_waits(two: Scene, answer: str) -> None:
    """C1, C2: the queue is no way round the reader's consent, and the writer hears that it does not go out."""
    ChatSession.objects.update(media_a=answer, media_b=answer)
    keeps_busy(two)
    written = two.writes(two.mira, None, **file("audio", "1"))
    two.corrects(two.mira, written, None, **file("photo", "2"))
    (said,) = two.telegram.told(two.mira)
    assert "не получит" in said
    assert leaves(two) == []


def test_a_picture_that_was_music_is_dropped_where_its_reader_wants_none(two: Scene) -> None:
    """C1, C2: what waits is judged by what it is now."""
    ChatSession.objects.update(media_a="shown", media_b="shown")
    keeps_busy(two)
    written = two.writes(two.mira, None, **file("audio", "1"))
    two.corrects(two.mira, written, None, **file("photo", "2"))
    assert two.telegram.told(two.mira) == []
    ChatSession.objects.update(media_a="refused", media_b="refused")
    assert leaves(two) == []


def test_a_picture_that_its_reader_agreed_to_goes_out(two: Scene) -> None:
    """C1, C2: nothing stands against it."""
    ChatSession.objects.update(media_a="shown", media_b="shown")
    keeps_busy(two)
    written = two.writes(two.mira, "Смотри")
    two.corrects(two.mira, written, None, **file("photo", "2"))
    assert [copy.message_id for copy in leaves(two)] == [written]


def test_a_held_picture_may_be_replaced(two: Scene) -> None:
    """C1, C2: it waits for its reader's word as before."""
    written = two.writes(two.mira, None, **file("photo", "1"))
    two.telegram.calls.clear()
    two.corrects(two.mira, written, None, **file("video", "2"))
    assert two.telegram.calls == []
    assert [held.kind for held in HeldMedia.objects.all()] == ["video"]


@pytest.mark.parametrize("new_form", ["mention", "number"])
def test_too_fast_to_be_looked_through(two: Scene, new_form: str) -> None:
    """C6, C9, P8: what waits would go out in its new form, so it is taken back, and nobody says otherwise."""
    keeps_busy(two)
    written = two.writes(two.mira, "привет")
    with TOO_FAST:
        if new_form == "mention":
            two.corrects(two.mira, written, "Анна", **mention(two))
        else:
            two.corrects(two.mira, written, NUMBER)
    (said,) = two.telegram.told(two.mira)
    assert "не получит" in said
    assert leaves(two) == []


def test_too_fast_under_a_picture_that_is_held(two: Scene) -> None:
    """C6, C9: its words are looked through as well."""
    written = two.writes(two.mira, None, **file("photo", "1"))
    with TOO_FAST:
        two.corrects(two.mira, written, None, **file("photo", "1"), caption=NUMBER)
    assert not HeldMedia.objects.exists()
    assert "не получит" in two.telegram.told(two.mira)[-1]


def test_too_fast_says_nothing_of_what_the_partner_does_not_have(two: Scene) -> None:
    """C6, C2: a harmless edit of what waits goes out with it; it costs Telegram nothing."""
    keeps_busy(two)
    written = two.writes(two.mira, "привет")
    with TOO_FAST:
        two.corrects(two.mira, written, "привет!")
    assert two.telegram.told(two.mira) == []
    assert [copy.message_id for copy in leaves(two)] == [written]


@pytest.mark.parametrize("fast", [False, True])
def test_an_edit_that_comes_late_may_be_in_the_copy(two: Scene, fast: bool) -> None:
    """C9, P8: after a pause of the bot both came at once, and the copy says what was corrected: it is deleted."""
    written = two.writes(two.mira)
    two.telegram.calls.clear()
    late = int(time.time()) - 60
    with TOO_FAST if fast else mock.MagicMock():
        two.corrects(two.mira, written, "Анна", edit_date=late, **mention(two))
    (deleted,) = two.telegram.to(two.andrey)
    assert (deleted.method, deleted.parameters["message_id"]) == ("deleteMessage", two.twin_of(written))
    (said,) = two.telegram.told(two.mira)
    assert MAY_BE_SEEN in said


def test_what_went_out_after_the_edit_may_say_so(two: Scene) -> None:
    """C9: the outbox knows when a message that waited has left."""
    keeps_busy(two)
    written = two.writes(two.mira, "привет")
    (row,) = OutboxMessage.objects.filter(kind="chat.relay")
    leaves(two)
    edit = two.edit(two.mira, written, f"звони {NUMBER}")
    two.is_sent(row, message_id=4321)
    two.brings(edit)
    (deleted,) = two.telegram.to(two.andrey)
    assert (deleted.method, deleted.parameters["message_id"]) == ("deleteMessage", 4321)
    (said,) = two.telegram.told(two.mira)
    assert MAY_BE_SEEN in said


def test_what_went_out_before_the_edit_says_nothing_of_it(two: Scene) -> None:
    """C9: its writer is asked; the old form stays with the partner."""
    keeps_busy(two)
    written = two.writes(two.mira, "привет")
    (row,) = OutboxMessage.objects.filter(kind="chat.relay")
    leaves(two)
    two.is_sent(row, message_id=4321)
    OutboxMessage.objects.filter(pk=row.pk).update(closed_at=timezone.now() - timedelta(minutes=5))
    two.corrects(two.mira, written, f"звони {NUMBER}")
    assert two.telegram.to(two.andrey) == []
    (asked,) = two.telegram.told(two.mira)
    assert "номер телефона" in asked


def test_what_its_writer_let_go_stays(two: Scene) -> None:
    """C9: they knew what it says; an update of an edit before that changes nothing about it."""
    asked_about = two.message(two.mira, f"звони {NUMBER}")
    written = two.posts(asked_about)
    two.taps(two.mira, two.telegram.button(two.mira, "chat:send"), under=asked_about)
    (row,) = OutboxMessage.objects.filter(kind="chat.relay")
    leaves(two)
    two.is_sent(row, message_id=4321)
    two.corrects(two.mira, written, f"звони {NUMBER}", edit_date=int(time.time()) - 60)
    assert two.telegram.to(two.andrey) == []


def test_what_bots_do_not_see_is_no_edit(two: Scene) -> None:
    """C2, C9: Telegram says that a message has changed, and not when: nobody wrote anything."""
    written = two.writes(two.mira)
    two.telegram.calls.clear()
    two.corrects(two.mira, written, "Анна", edit_date=None, **mention(two))
    assert two.telegram.calls == []


def test_a_copy_that_telegram_does_not_delete(two: Scene) -> None:
    """C9: said as it is."""
    written = two.writes(two.mira)
    two.telegram.refuses("deleteMessage", 400, "Bad Request: message can't be deleted for everyone")
    two.corrects(two.mira, written, "Анна", edit_date=int(time.time()) - 60, **mention(two))
    (said,) = two.telegram.told(two.mira)
    assert "уже может видеть" in said
