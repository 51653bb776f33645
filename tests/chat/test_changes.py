"""Edits: what the partner's copy says afterwards, and what the writer is told where it can't say that."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from chat.models import ChatSession
from chat.relay import Relay
from delivery.models import OutboxMessage
from profiles import prompts
from profiles.models import Profile
from project.threads import in_thread
from tests.base import person
from tests.chat.changing import EDITS, Scene, file, scene

pytestmark = pytest.mark.django_db(transaction=True)

UNKNOWN = "этого сообщения у него нет"


@pytest.fixture
def two(settings: Settings) -> Iterator[Scene]:
    """Mira and Andrey, just connected."""
    with scene(settings) as opened:
        yield opened


@pytest.fixture
def shown(two: Scene) -> Scene:
    """They have agreed to see each other's pictures."""
    ChatSession.objects.update(media_a="shown", media_b="shown")
    return two


def test_a_text(two: Scene) -> None:
    """C2: the copy gets the new words with their formatting; what looks like a tag was typed so."""
    written = two.writes(two.mira, "Опечтка")
    bold = {"type": "bold", "offset": 0, "length": 8}
    assert two.corrects(two.mira, written, "Опечатка <3", entities=[bold]).status == 200
    (edit,) = two.telegram.to(two.andrey, *EDITS)
    assert (edit.method, edit.parameters["message_id"]) == ("editMessageText", two.twin_of(written))
    assert edit.parameters["text"] == "Опечатка <3"
    assert edit.parameters["entities"] == [bold]
    assert "parse_mode" not in edit.parameters
    # As every copy shows it, unlike the bot's own words.
    assert "link_preview_options" not in edit.parameters
    assert two.telegram.told(two.mira) == []


def test_how_a_link_is_previewed(two: Scene) -> None:
    """C2: below or above, large or not at all: as the writer has it, and not as the bot's own words have it."""
    written = two.writes(two.mira, "Смотри")
    above, none = {"show_above_text": True, "prefer_large_media": True}, {"is_disabled": True}
    two.corrects(two.mira, written, "Смотри!", link_preview_options=above)
    two.corrects(two.mira, written, "Смотри!!", link_preview_options=none)
    carried = [call.parameters["link_preview_options"] for call in two.telegram.to(two.andrey, *EDITS)]
    assert carried == [above | {"is_disabled": False}, none]


@pytest.mark.parametrize("kind", ["animation", "photo", "video"])
def test_what_is_seen_is_replaced_with_its_words(shown: Scene, kind: str) -> None:
    """C2: one call carries the file, the caption, the spoiler and the caption's place."""
    written = shown.writes(shown.mira, None, **file(kind, "1"), caption="Кот")
    italic = {"type": "italic", "offset": 0, "length": 4}
    look = {"caption": "Кот!", "caption_entities": [italic], "show_caption_above_media": True}
    shown.corrects(shown.mira, written, None, **file(kind, "2"), **look, has_media_spoiler=True)
    (edit,) = shown.telegram.to(shown.andrey, *EDITS)
    assert (edit.method, edit.parameters["message_id"]) == ("editMessageMedia", shown.twin_of(written))
    media = edit.parameters["media"]
    assert (media["type"], media["media"], media["has_spoiler"]) == (kind, "2", True)
    assert {name: media[name] for name in look} == look
    assert "parse_mode" not in media | edit.parameters


def test_what_is_listened_to_is_replaced_with_its_words(two: Scene) -> None:
    """C2: the same for what is no picture."""
    written = two.writes(two.mira, None, **file("audio", "1"))
    two.corrects(two.mira, written, None, **file("audio", "2"), caption="<Послушай>")
    (edit,) = two.telegram.to(two.andrey, *EDITS)
    media = edit.parameters["media"]
    assert (media["type"], media["media"], media["caption"]) == ("audio", "2", "<Послушай>")
    assert "parse_mode" not in media


def test_a_file_is_replaced_once_its_writer_has_agreed(shown: Scene) -> None:
    """C2, C9: the name of a file is always asked about; with the tap the partner gets the file and its words."""
    written, twin = shown.has_arrived(shown.mira)
    edit = shown.edit(shown.mira, written, None, **file("document", "2"), caption="<Прочти>")
    shown.brings(edit)
    assert shown.telegram.to(shown.andrey, *EDITS) == []
    shown.taps(shown.mira, shown.telegram.button(shown.mira, "chat:change"), under=edit["edited_message"])
    (carried,) = shown.telegram.to(shown.andrey, "editMessageMedia")
    media = carried.parameters["media"]
    assert (carried.parameters["message_id"], media["type"], media["media"]) == (twin, "document", "2")
    assert media["caption"] == "<Прочти>"
    assert "parse_mode" not in media


def test_a_voice_message_keeps_its_voice(two: Scene) -> None:
    """C2: Telegram lets bots replace no voice: its caption is changed, or taken away."""
    written = two.writes(two.mira, None, **file("voice", "1"), caption="Послушай")
    two.corrects(two.mira, written, None, **file("voice", "1"), caption="<Послушай>")
    two.corrects(two.mira, written, None, **file("voice", "1"))
    with_words, without = two.telegram.to(two.andrey, *EDITS)
    assert (with_words.method, with_words.parameters["caption"]) == ("editMessageCaption", "<Послушай>")
    assert "parse_mode" not in with_words.parameters
    assert "caption" not in without.parameters


@pytest.mark.parametrize("kind", ["sticker", "video_note"])
def test_what_has_no_words_has_nothing_to_change(shown: Scene, kind: str) -> None:
    """C2: Telegram brings such updates for reasons of its own; nobody is bothered with them."""
    written = shown.writes(shown.mira, None, **file(kind, "1"))
    assert shown.corrects(shown.mira, written, None, **file(kind, "1")).status == 200
    assert shown.telegram.to(shown.andrey, *EDITS) == []
    assert shown.telegram.told(shown.mira) == []


def test_a_place_that_moves_says_nothing(two: Scene) -> None:
    """C2: whoever shares their live location elsewhere is not told about it every few seconds."""
    location = {"latitude": 50.0, "longitude": 30.0, "live_period": 600}
    assert two.corrects(two.mira, 77, None, location=location).status == 200
    assert two.telegram.calls == []


@pytest.mark.parametrize("answer", ["", "asked", "refused"])
def test_a_text_that_became_a_picture_nobody_agreed_to_see(two: Scene, answer: str) -> None:
    """C1, C2: an edit is no way round the question."""
    written = two.writes(two.mira, "Смотри")
    ChatSession.objects.update(media_a=answer, media_b=answer)
    two.corrects(two.mira, written, None, **file("photo", "1"))
    assert two.telegram.to(two.andrey, *EDITS) == []
    (said,) = two.telegram.told(two.mira)
    assert "согласия пока нет" in said


def test_the_same_once_more(two: Scene) -> None:
    """C2: the copy says so already: as it should be."""
    written = two.writes(two.mira)
    two.telegram.refuses("editMessageText", 400, "Bad Request: message is not modified: specified new message…")
    assert two.corrects(two.mira, written, "Привет!").status == 200
    assert two.telegram.told(two.mira) == []


def test_a_message_that_the_partner_does_not_have_is_never_sent_by_an_edit(two: Scene) -> None:
    """C2: what was refused, or written to somebody else: said to its writer, once a burst."""
    refused = two.writes(two.mira, None, contact={"phone_number": "1", "first_name": "x"})
    two.telegram.calls.clear()
    for message_id in (refused, 12, 13):
        assert two.corrects(two.mira, message_id, "А так?").status == 200
    assert two.telegram.to(two.andrey) == []
    (said,) = two.telegram.told(two.mira)
    assert UNKNOWN in said


def test_after_the_end_no_edit_reaches_anybody(two: Scene) -> None:
    """C2: neither the former partner nor the next one; the writer is told once that nobody sees it."""
    written = two.writes(two.mira)
    two.ends()
    assert two.corrects(two.mira, written, "Прости").status == 200
    assert two.corrects(two.mira, written, "Прости меня").status == 200
    (said,) = two.telegram.told(two.mira)
    assert "не в разговоре" in said
    olga = person("Ольга")
    two.connects(two.mira, olga)
    assert two.corrects(two.mira, written, "Прости ещё раз").status == 200
    assert UNKNOWN in two.telegram.told(two.mira)[-1]
    assert two.telegram.to(olga) == []
    assert two.telegram.to(two.andrey, *EDITS) == []


def test_a_mention_does_not_slip_in(two: Scene) -> None:
    """C9, P8: somebody's account is as little passed on by an edit as by a message."""
    written = two.writes(two.mira)
    two.corrects(two.mira, written, "Анна", entities=[_mention(two.mira)])
    assert two.telegram.to(two.andrey, *EDITS) == []
    (said,) = two.telegram.told(two.mira)
    assert "аккаунт" in said


def test_a_mention_does_not_slip_into_what_waits(two: Scene) -> None:
    """C9, P8: the copy that is made later would have the form of then; so none is made."""
    written = _waits(two, two.mira)
    assert two.corrects(two.mira, written, "Анна", entities=[_mention(two.mira)]).status == 200
    assert OutboxMessage.objects.get(kind="chat.relay").state == "dropped"
    (said,) = two.telegram.told(two.mira)
    assert "не получит" in said


def test_commands_stay_between_the_person_and_the_bot(two: Scene) -> None:
    """C2: the partner sees no command, and a corrected one is not given."""
    written = two.writes(two.mira)
    command = {"type": "bot_command", "offset": 0, "length": 4}
    two.corrects(two.mira, written, "/end", entities=[command])
    two.corrects(two.mira, 12, "/end", entities=[command])
    assert two.telegram.to(two.andrey, *EDITS) == []
    assert ["только новым сообщением" in said for said in two.telegram.told(two.mira)] == [True, True]
    assert ChatSession.objects.get().ended_at is None


def test_what_waits_is_copied_as_it_is_then(two: Scene) -> None:
    """C2: an edit of a queued message, or of one of an album that gathers, needs nothing more."""
    waiting = [_waits(two, two.mira), two.writes(two.mira, None, **file("audio", "1"), media_group_id="7")]
    two.telegram.calls.clear()
    for message_id in waiting:
        assert two.corrects(two.mira, message_id, "Так лучше").status == 200
    assert two.telegram.calls == []


def test_what_is_being_sent_comes_again(two: Scene) -> None:
    """C2: once its twin is known, the edit is carried over; after a while its writer is told instead."""
    written = _waits(two, two.mira)
    row = OutboxMessage.objects.filter(kind="chat.relay")
    row.update(lease_until=timezone.now() + timedelta(minutes=1))
    edit = two.edit(two.mira, written, "Так лучше")
    assert two.brings(edit).status == 503
    two.is_sent(row.get(), message_id=4321)
    assert two.brings(edit).status == 200
    assert [call.parameters["message_id"] for call in two.telegram.to(two.andrey, *EDITS)] == [4321]
    assert two.telegram.told(two.mira) == []


def test_what_is_being_sent_for_too_long(two: Scene) -> None:
    """C2: whoever writes on is not held up by an edit."""
    written = _waits(two, two.mira)
    OutboxMessage.objects.filter(kind="chat.relay").update(lease_until=timezone.now() + timedelta(minutes=1))
    assert two.corrects(two.mira, written, "Так лучше", edit_date=int(time.time()) - 60).status == 200
    (said,) = two.telegram.told(two.mira)
    assert "ещё раз через минуту" in said


def test_a_short_pause_is_waited_out(two: Scene) -> None:
    """C4: Telegram brings the edit again when it may be made."""
    written = two.writes(two.mira)
    two.telegram.refuses("editMessageText", 429, "Too Many Requests", retry_after=3)
    edit = two.edit(two.mira, written, "Привет!")
    again = two.brings(edit)
    assert (again.status, again.retry_after) == (503, 3)
    assert two.brings(edit).status == 200
    assert len(two.telegram.to(two.andrey, *EDITS)) == 2
    assert two.telegram.told(two.mira) == []


def test_a_long_pause_holds_up_nothing_else(two: Scene) -> None:
    """C4: the partner's trouble is not the writer's, who may need /sos next."""
    written = two.writes(two.mira)
    two.telegram.refuses("editMessageText", 429, "Too Many Requests", retry_after=30)
    assert two.corrects(two.mira, written, "Привет!").status == 200
    (said,) = two.telegram.told(two.mira)
    assert "ещё раз через минуту" in said


def test_it_ends_while_the_edit_waits_for_its_turn(two: Scene) -> None:
    """C2: whoever was left in the meantime sees no more of it."""
    written = two.writes(two.mira)

    async def after_the_end(_: Relay) -> bool:
        await in_thread(two.ends)
        return True

    with mock.patch.object(Relay, "has_turn", after_the_end):
        assert two.corrects(two.mira, written, "Прости").status == 200
    assert two.telegram.to(two.andrey, *EDITS) == []
    assert "не в разговоре" in two.telegram.told(two.mira)[-1]


def test_an_edit_whose_turn_does_not_come(two: Scene) -> None:
    """C4: it comes again, until its writer is told."""
    written = two.writes(two.mira)
    with mock.patch.object(Relay, "has_turn", mock.AsyncMock(return_value=False)):
        assert two.corrects(two.mira, written, "Привет!").status == 503
        assert two.corrects(two.mira, written, "Привет!", edit_date=int(time.time()) - 60).status == 200
    assert two.telegram.to(two.andrey, *EDITS) == []
    assert "ещё раз через минуту" in two.telegram.told(two.mira)[-1]


@pytest.mark.parametrize("status", [500, 502])
def test_a_stumble_of_telegram(two: Scene, status: int) -> None:
    """C4: the same edit again does no harm."""
    written = two.writes(two.mira)
    two.telegram.refuses("editMessageText", status, "Internal Server Error")
    edit = two.edit(two.mira, written, "Привет!")
    assert two.brings(edit).status == 503
    assert two.brings(edit).status == 200
    assert two.telegram.told(two.mira) == []


def test_the_process_dies_while_it_edits(two: Scene) -> None:
    """C4: whoever gets the update next edits once more."""
    written = two.writes(two.mira)
    edit = two.edit(two.mira, written, "Привет!")
    two.dies_with(edit, "editMessageText")
    assert two.brings(edit).status == 200
    assert [call.parameters["text"] for call in two.telegram.to(two.andrey, *EDITS)] == ["Привет!"] * 2


def test_the_partner_is_gone(two: Scene) -> None:
    """C5: a 403 ends the conversation; the writer hears that, and nothing about the edit."""
    written = two.writes(two.mira)
    two.telegram.refuses("editMessageText", 403, "Forbidden: bot was blocked by the user")
    assert two.corrects(two.mira, written, "Привет!").status == 200
    assert ChatSession.objects.get().ending == "gone"
    assert OutboxMessage.objects.filter(kind="chat.ended", recipient=two.mira.pk).exists()
    assert two.telegram.told(two.mira) == []


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("Bad Request: message to edit not found", "больше нет"),
        ("Bad Request: MESSAGE_ID_INVALID", "больше нет"),
        ("Bad Request: message can't be edited", "новым сообщением"),
        ("Bad Request: MEDIA_CAPTION_TOO_LONG", "новым сообщением"),
    ],
)
def test_what_telegram_does_not_allow(two: Scene, description: str, said: str) -> None:
    """C4: its writer is told, once of each message."""
    written = two.writes(two.mira)
    two.telegram.refuses("editMessageText", 400, description, times=2)
    for text in ("Привет!", "Привет!!"):
        assert two.corrects(two.mira, written, text).status == 200
    (told,) = two.telegram.told(two.mira)
    assert said in told


def test_the_writer_is_told_in_answer_to_the_message(two: Scene) -> None:
    """C4: it is clear which change is meant, even where the message is gone by then."""
    two.corrects(two.mira, 12, "А так?")
    (told,) = two.telegram.to(two.mira, "sendMessage")
    assert told.parameters["reply_parameters"]["message_id"] == 12
    assert told.parameters["reply_parameters"]["allow_sending_without_reply"]


def test_too_many_edits(two: Scene) -> None:
    """C6: an edit costs what a message costs; the writer is told once, with the seconds to wait."""
    written = two.writes(two.mira)
    for number in range(17):
        assert two.corrects(two.mira, written, f"Привет {number}").status == 200
    assert len(two.telegram.to(two.andrey, *EDITS)) == 14
    (said,) = two.telegram.told(two.mira)
    assert "секунд" in said


def test_an_edit_is_no_answer_to_an_open_question(two: Scene) -> None:
    """C2: it reaches the partner as ever; one of something else is taken up by the question."""
    written = two.writes(two.mira)
    with transaction.atomic():
        prompts.ask(profile_id=two.mira.pk, kind=prompts.Question.NICKNAME, now=timezone.now())
    two.corrects(two.mira, written, "Привет!")
    assert len(two.telegram.to(two.andrey, *EDITS)) == 1
    assert two.telegram.told(two.mira) == []
    two.corrects(two.mira, 12, "Мирослава")
    (said,) = two.telegram.told(two.mira)
    assert UNKNOWN not in said
    assert Profile.objects.get(pk=two.mira.pk).nickname == "Мира"


def test_who_is_paused_changes_nothing(two: Scene) -> None:
    """S5: a pause holds for edits as well."""
    written = two.writes(two.mira)
    Profile.objects.filter(pk=two.mira.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    assert two.corrects(two.mira, written, "Привет!").status == 200
    assert two.telegram.to(two.andrey, *EDITS) == []


def _waits(two: Scene, author: Profile) -> int:
    """A message that has to wait in the outbox."""
    two.telegram.refuses("copyMessage", 429, "Too Many Requests", retry_after=30)
    written = two.writes(author)
    assert OutboxMessage.objects.get(kind="chat.relay").state == "pending"
    two.telegram.calls.clear()
    return written


def _mention(profile: Profile) -> dict[str, Any]:
    user = {"id": profile.recipient.telegram_id, "is_bot": False, "first_name": "Anna"}
    return {"type": "text_mention", "offset": 0, "length": 4, "user": user}
