"""Pictures and albums, from one person's hands to the other's eyes."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from project.supervisor import Stack
from simulator.client import Message, Person, Simulator
from tests.e2e.journey import connect
from tests.e2e.traces import in_database, in_logs, in_redis, metric

ALBUM_WITHIN = 8.0  # seconds: it waits for its last message, and where it answers something a little longer


@pytest.fixture
def pair(sim: Simulator) -> tuple[Person, Person]:
    """Two people in a conversation in which nothing was shown yet."""
    return connect(sim)


@pytest.fixture
def shown(pair: tuple[Person, Person]) -> tuple[Person, Person]:
    """Two people in a conversation, the second of whom has agreed to see what the first sends."""
    mira, andrey = pair
    mira.sends_media("photo", "первая")
    andrey.taps("Показать")
    andrey.sees("первая")
    for person in pair:
        person.catches_up()
    return mira, andrey


def pictures(person: Person) -> list[Message]:
    """The pictures, videos and files that the bot has brought."""
    return [message for message in person.chat() if message.by_bot and message.file is not None]


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that nobody's chat announces."""
    deadline = time.monotonic() + ALBUM_WITHIN
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def album_of(person: Person, caption: str) -> list[Message]:
    """The messages of the album with this caption, once it has arrived."""
    seen = person.sees(caption, within=ALBUM_WITHIN)
    group = seen.raw["media_group_id"]
    return [message for message in person.chat() if message.raw.get("media_group_id") == group]


def test_the_first_picture_waits_for_show(pair: tuple[Person, Person]) -> None:
    """C1: nothing is seen before "show", words go on, and afterwards everything follows in its order."""
    mira, andrey = pair
    mira.sends_media("photo", "мой кот", spoiler=True)
    mira.sees("подождёт")
    andrey.sees("показать тебе картинку")
    mira.sends_media("video", "и как он бегает")
    mira.sees("тоже подождёт")
    mira.sends("пока просто словами")
    andrey.sees("пока просто словами")
    assert not pictures(andrey)

    andrey.taps("Показать")
    first = andrey.sees("мой кот")
    assert first.raw["has_media_spoiler"]
    andrey.sees("и как он бегает")
    assert [message.kind for message in pictures(andrey)] == ["photo", "video"]
    assert "✓ Показываю" in andrey.buttons
    andrey.taps("✓ Показываю")
    mira.sends_media("animation", "а это смешно")
    andrey.sees("а это смешно")
    assert len(pictures(andrey)) == 3


def test_no_is_said_kindly_and_can_be_taken_back(pair: tuple[Person, Person]) -> None:
    """C1: what waited is dropped; what follows is refused at once, an album once; after all is possible."""
    mira, andrey = pair
    mira.sends_media("photo", "мой кот")
    andrey.taps("Без картинок")
    mira.sees("1 твоё сообщение")
    mira.sends_media("photo", "а вот так?")
    mira.sees("не хочет видеть")
    mira.catches_up()
    mira.sends_album("photo", "photo", "photo", caption="а все вместе?")
    mira.sees("не хочет видеть")
    mira.sees_nothing(0.5, edits=False)
    mira.sends_media("voice")
    until(lambda: any(message.kind == "voice" for message in pictures(andrey)), "no voice message")
    andrey.taps("Всё-таки")
    andrey.sees("не сохранилось")
    mira.sees("всё-таки хочет видеть")
    mira.sends_media("photo", "новая")
    andrey.sees("новая")
    assert [message.text for message in pictures(andrey) if message.kind == "photo"] == ["новая"]


def test_a_yes_can_be_taken_back(shown: tuple[Person, Person]) -> None:
    """C1: "no more pictures" holds from then on."""
    mira, andrey = shown
    andrey.taps("Больше не показывать")
    andrey.sees("не будет")
    mira.sends_media("photo", "ещё одна")
    mira.sees("не хочет видеть")
    andrey.sees_nothing(0.5, edits=False)


def test_the_buttons_are_dead_after_the_end(pair: tuple[Person, Person]) -> None:
    """C1, C4: what waited is gone and its writer knows; the next conversation asks anew."""
    mira, andrey = pair
    mira.sends_media("photo", "мой кот")
    question = andrey.sees("показать тебе картинку")
    mira.sends("/end")
    mira.taps("Завершить")
    mira.sees("Твоё сообщение не дошло")
    andrey.taps("Показать", message=question)
    andrey.sees("уже закончился")
    assert not pictures(andrey)


@pytest.mark.parametrize("kinds", [("photo", "video", "photo"), ("audio", "audio")])
def test_an_album_arrives_as_an_album(shown: tuple[Person, Person], kinds: tuple[str, ...]) -> None:
    """C1: one album, in its order, with its caption; what is written next stands behind it."""
    mira, andrey = shown
    mira.sends_album(*kinds, caption="было дело")
    mira.sends("вот и всё")
    album = album_of(andrey, "было дело")
    assert [message.kind for message in album] == list(kinds)
    words = andrey.sees("вот и всё")
    assert words.message_id > album[-1].message_id


def test_an_album_of_first_pictures_waits_as_a_whole(pair: tuple[Person, Person]) -> None:
    """C1: one question, one notice, one album."""
    mira, andrey = pair
    mira.sends_album("photo", "photo", "photo", caption="три кота")
    mira.sees("подождёт")
    andrey.taps("Показать")
    assert len(album_of(andrey, "три кота")) == 3
    mira.sees_nothing(0.3, edits=False)


def test_an_album_that_answers_something_still_does(shown: tuple[Person, Person], sim: Simulator) -> None:
    """C2: it is sent anew, spoilers, captions and formatting included, under what it answers."""
    mira, andrey = shown
    question = andrey.sends("покажешь котов?")
    asked = mira.sees("покажешь котов?")
    album = "7701"
    bold = [{"type": "bold", "offset": 0, "length": 3}]
    mira.sends_media("photo", "вот <b>они</b>", album=album, reply_to=asked, spoiler=True, entities=bold, wait=False)
    mira.sends_media("video", album=album, reply_to=asked, wait=False)
    mira.sends("нравятся?")
    first, second = album_of(andrey, "вот <b>они</b>")
    assert andrey.sees("нравятся?").message_id > second.message_id
    assert first.entities == bold
    assert first.raw["has_media_spoiler"]
    assert (first.kind, second.kind) == ("photo", "video")
    assert first.raw["reply_to_message"]["message_id"] == question.message_id
    assert not [message for message in andrey.chat() if message.text == "↩️"]
    assert len(sim.calls("sendMediaGroup", andrey)) == 1


def test_replies_to_an_album_find_their_picture(shown: tuple[Person, Person], stack: Stack) -> None:
    """C2: each of its messages has its twin."""
    mira, andrey = shown
    sent = mira.sends_album("photo", "photo", "photo", caption="три кота")
    album = album_of(andrey, "три кота")
    until(lambda: bool(in_redis(stack, str(album[1].message_id))), "no twin is known")
    andrey.sends("этот мне нравится", reply_to=album[1])
    answer = mira.sees("этот мне нравится")
    assert answer.raw["reply_to_message"]["message_id"] == sent[1].message_id


@pytest.mark.parametrize("trouble", [{"status": 400}, {"status": 429, "retry_after": 1}])
def test_an_album_that_telegram_would_not_take_anew_goes_as_copies(
    shown: tuple[Person, Person], sim: Simulator, trouble: dict[str, Any]
) -> None:
    """C2, C4: once, before an arrow that keeps what it answers."""
    mira, andrey = shown
    andrey.sends("покажешь котов?")
    sim.breaks("sendMediaGroup", andrey, **trouble)
    mira.sends_album("photo", "photo", caption="вот они", reply_to=mira.sees("покажешь котов?"))
    assert len(album_of(andrey, "вот они")) == 2
    andrey.sees("↩️")
    assert [message.text for message in andrey.chat()].count("↩️") == 1
    mira.sees_nothing(0.3, edits=False)


def test_an_edit_of_an_album_that_is_about_to_leave_is_not_lost(shown: tuple[Person, Person]) -> None:
    """C2: what was in it is in somebody's memory, in its old form."""
    mira, andrey = shown
    andrey.sends("покажешь котов?")
    first, _ = mira.sends_album("photo", "photo", caption="вот ани", reply_to=mira.sees("покажешь котов?"))
    mira.edits(first, caption="вот они")
    andrey.sees("вот они", within=ALBUM_WITHIN)
    assert len(pictures(andrey)) == 3


def test_an_album_of_which_one_shows_who_somebody_is(shown: tuple[Person, Person]) -> None:
    """C9: also what came before it waits for its writer's word; then all of it arrives, in its order."""
    mira, andrey = shown
    mira.sends_media("photo", "кот", album="7703", wait=False)
    mira.sends_media("photo", "пиши мне @petya_kotov", album="7703", wait=False)
    mira.sends_media("photo", album="7703")
    andrey.sees_nothing(2)
    mira.taps("Всё равно отправить")
    assert [message.text for message in album_of(andrey, "кот")] == ["кот", "пиши мне @petya_kotov", ""]


@pytest.mark.timeout(120)
def test_an_album_survives_the_death_of_who_knew_what_was_in_it(
    shown: tuple[Person, Person], sim: Simulator, stack: Stack
) -> None:
    """C2, C4: kill -9 before it is complete: copies, once, and the arrow keeps what it answers."""
    mira, andrey = shown
    question = andrey.sends("покажешь котов?")
    asked = mira.sees("покажешь котов?")
    mira.sends_album("photo", "photo", caption="вот они", reply_to=asked)
    stack.kill("web")
    stack.wait_ready("web")
    sim.wait_idle()
    album = album_of(andrey, "вот они")
    assert len(album) == 2
    andrey.sees("↩️")
    (arrow,) = [message for message in andrey.chat() if message.text == "↩️"]
    assert arrow.raw["reply_to_message"]["message_id"] == question.message_id
    assert arrow.message_id > album[-1].message_id
    assert not sim.calls("sendMediaGroup", andrey)


def test_what_is_left_of_an_album_arrives_and_the_rest_is_said(shown: tuple[Person, Person], sim: Simulator) -> None:
    """C4: a picture that its writer deletes at once is missing; the writer knows how many are."""
    mira, andrey = shown
    sent = mira.sends_album("photo", "photo", "photo", caption="три кота")
    mira.deletes(sent[1])
    assert len(album_of(andrey, "три кота")) == 2
    said = mira.sees("1 сообщение из этого альбома")
    assert said.raw["reply_to_message"]["message_id"] == sent[0].message_id


def test_an_album_with_something_forbidden_loses_only_that(shown: tuple[Person, Person], sim: Simulator) -> None:
    """C1, P8: a mention in one caption; the other picture goes by itself."""
    mira, andrey = shown
    somebody = {"id": mira.person_id, "is_bot": False, "first_name": mira.first_name}
    mention = [{"type": "text_mention", "offset": 0, "length": 5, "user": somebody}]
    mira.sends_media("photo", "смотри", album="7702", entities=mention, wait=False)
    mira.sends_media("photo", "просто кот", album="7702", wait=False)
    mira.sees("упоминание")
    lone = andrey.sees("просто кот", within=ALBUM_WITHIN)
    assert "media_group_id" not in lone.raw


def test_a_picture_deleted_while_it_waits_is_said(pair: tuple[Person, Person]) -> None:
    """C4: there is nothing left to copy."""
    mira, andrey = pair
    picture = mira.sends_media("photo", "передумала")
    mira.deletes(picture)
    andrey.taps("Показать")
    mira.sees("удалили")
    assert not pictures(andrey)


def test_a_redelivered_picture_waits_once_and_is_shown_once(pair: tuple[Person, Person], sim: Simulator) -> None:
    """C4: before and after "show"."""
    mira, andrey = pair
    mira.sends_media("photo", "мой кот")
    update_id = sim.updates(mira)[-1]["update_id"]
    sim.redeliver(update_id)
    andrey.taps("Показать")
    andrey.sees("мой кот")
    sim.redeliver(update_id)
    andrey.sees_nothing(0.5, edits=False)
    assert len(pictures(andrey)) == 1


def test_nothing_of_a_picture_is_stored(pair: tuple[Person, Person], stack: Stack) -> None:
    """C3: its id waits, never its caption, its name or its file."""
    mira, andrey = pair
    picture = mira.sends_media("video", "секретное видео 471108")
    andrey.sees("показать тебе видео")
    mira.sends_album("photo", "photo", caption="канарейка-471108")
    assert picture.file is not None
    for needle in ("471108", picture.file["file_id"]):
        assert not in_database(stack, needle)
        assert not in_redis(stack, needle)
        assert not in_logs(stack, needle)


def test_pictures_are_counted_by_kind(shown: tuple[Person, Person], stack: Stack) -> None:
    """O1: an album counts for its messages."""
    mira, andrey = shown
    before = metric(stack, 'relayed_messages_total{kind="photo"}')
    mira.sends_album("photo", "photo", caption="два кота")
    album_of(andrey, "два кота")
    until(lambda: metric(stack, 'relayed_messages_total{kind="photo"}') == before + 2, "not counted")
