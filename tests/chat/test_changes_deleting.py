"""/del: gone on both sides, or a clear word on why not."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from chat.models import ChatSession, HeldMedia
from delivery import queue
from delivery.models import OutboxMessage
from profiles import prompts
from profiles.models import Profile
from tests.chat.changing import Scene, file, scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(settings: Settings) -> Iterator[Scene]:
    """Mira and Andrey, just connected."""
    with scene(settings) as opened:
        yield opened


def test_both_sides(two: Scene) -> None:
    """C2: the copy, then the message and the command; that it is gone says enough."""
    written = two.writes(two.mira)
    deletion = two.deletion(two.mira, written)
    assert two.brings(deletion).status == 200
    assert _deleted(two) == [[two.twin_of(written)], [written, deletion["message"]["message_id"]]]
    assert two.telegram.told(two.mira) == two.telegram.told(two.andrey) == []


@pytest.mark.parametrize("method", ["deleteMessage", "deleteMessages"])
def test_the_process_dies_in_the_middle(two: Scene, method: str) -> None:
    """C4: whoever gets the update next goes on; what is gone already is no reason to complain."""
    written = two.writes(two.mira)
    deletion = two.deletion(two.mira, written)
    two.dies_with(deletion, method)
    two.telegram.refuses("deleteMessage", 400, "Bad Request: message to delete not found")
    assert two.brings(deletion).status == 200
    assert _deleted(two)[-1] == [written, deletion["message"]["message_id"]]
    assert two.telegram.told(two.mira) == []


def test_the_partner_has_deleted_it_already(two: Scene) -> None:
    """C2: then it goes on this side."""
    written = two.writes(two.mira)
    two.telegram.refuses("deleteMessage", 400, "Bad Request: message to delete not found")
    assert two.deletes(two.mira, written).status == 200
    assert _deleted(two)[-1][0] == written
    assert two.telegram.told(two.mira) == []


def test_what_waits_is_never_sent(two: Scene) -> None:
    """C2, C4: its row is dropped, and the same /del once more finds that as it should be."""
    written = _waits(two)
    deletion = two.deletion(two.mira, written)
    for _ in range(2):
        two.forgets(deletion)
        assert two.brings(deletion).status == 200
    assert OutboxMessage.objects.get(kind="chat.relay").state == "dropped"
    assert [ids[0] for ids in _deleted(two)] == [written] * 2
    assert two.telegram.told(two.mira) == []
    assert not OutboxMessage.objects.filter(kind="chat.unsent").exists()


def test_a_picture_that_nobody_has_agreed_to_see(two: Scene) -> None:
    """C1, C2: taken back before "show", and for good."""
    written = two.writes(two.mira, None, **file("photo", "1"))
    kept = two.writes(two.mira, None, **file("photo", "2"))
    two.telegram.calls.clear()
    deletion = two.deletion(two.mira, written)
    for _ in range(2):
        two.forgets(deletion)
        assert two.brings(deletion).status == 200
    assert list(HeldMedia.objects.values_list("message_id", flat=True)) == [kept]
    assert [ids[0] for ids in _deleted(two)] == [written] * 2
    assert two.telegram.told(two.mira) == []


@pytest.mark.parametrize("answer", ["shown", ""])
def test_an_album_that_waits(two: Scene, answer: str) -> None:
    """C2, C1: whichever of it is answered, all of it is taken back: from the outbox, and before "show"."""
    ChatSession.objects.update(media_a=answer, media_b=answer)
    album = [two.writes(two.mira, None, **file("photo", str(n)), media_group_id="7") for n in range(3)]
    two.telegram.calls.clear()
    deletion = two.deletion(two.mira, album[1], album="7")
    assert two.brings(deletion).status == 200
    assert not OutboxMessage.objects.filter(state="pending", kind="chat.album").exists()
    assert not HeldMedia.objects.exists()
    assert _deleted(two) == [[*album, deletion["message"]["message_id"]]]
    assert two.telegram.told(two.mira) == []


def test_an_album_that_has_arrived(two: Scene) -> None:
    """C2: Telegram shows it as one, so all of it goes, on both sides; what is no part of it stays."""
    ChatSession.objects.update(media_a="shown", media_b="shown")
    album = [two.writes(two.mira, None, **file("photo", str(n)), media_group_id="7") for n in range(3)]
    row = OutboxMessage.objects.get(kind="chat.album")
    queue.record_sent(outbox_id=row.pk, message_ids=[81, 82, 83], now=timezone.now())
    deletion = two.deletion(two.mira, album[2], album="7")
    assert two.brings(deletion).status == 200
    assert _deleted(two) == [[81, 82, 83], [*album, deletion["message"]["message_id"]]]
    assert two.telegram.told(two.mira) == []


def test_one_of_an_album_that_is_known_no_more(two: Scene) -> None:
    """C2: then at least the one that was answered."""
    written, twin = two.has_arrived(two.mira)
    two.deletes(two.mira, written, album="7")
    assert _deleted(two)[0] == [twin]


def test_what_is_being_sent_comes_again(two: Scene) -> None:
    """C2: a moment later it is known under which id it arrived."""
    written = _waits(two)
    row = OutboxMessage.objects.filter(kind="chat.relay")
    row.update(due_at=timezone.now())
    (leased,) = queue.lease(limit=1, now=timezone.now())
    deletion = two.deletion(two.mira, written)
    assert two.brings(deletion).status == 503
    queue.record_sent(outbox_id=leased.id, message_ids=[4321], now=timezone.now())
    assert two.brings(deletion).status == 200
    assert _deleted(two)[0] == [4321]


def test_what_is_being_sent_for_too_long(two: Scene) -> None:
    """C2: whoever writes on is not held up."""
    written = _waits(two)
    OutboxMessage.objects.filter(kind="chat.relay").update(lease_until=timezone.now() + timedelta(minutes=1))
    assert two.deletes(two.mira, written, date=int(time.time()) - 60).status == 200
    _is_told(two, "ещё раз через минуту")


def test_in_answer_to_nothing(two: Scene) -> None:
    """C2: says how it is done."""
    two.deletes(two.mira, None)
    _is_told(two, "ответь на него")


def test_in_answer_to_the_partners_message(two: Scene) -> None:
    """C2: nobody takes back the words of another."""
    theirs = two.twin_of(two.writes(two.andrey))
    two.deletes(two.mira, theirs, by_bot=True)
    _is_told(two, "что пишешь ты")


def test_in_answer_to_a_screen_of_the_bot(two: Scene) -> None:
    """C2: the partner never saw it."""
    two.deletes(two.mira, 12, by_bot=True)
    _is_told(two, "сообщение от меня")


def test_what_never_reached_the_partner(two: Scene) -> None:
    """C2: what was refused, or written to somebody else."""
    two.deletes(two.mira, 12)
    _is_told(two, "не дошло")


def test_after_the_end(two: Scene) -> None:
    """C2: nothing reaches the former partner any more."""
    written = two.writes(two.mira)
    two.ends()
    two.deletes(two.mira, written)
    _is_told(two, "не в разговоре")


def test_too_late_for_telegram(two: Scene) -> None:
    """C2: after 48 hours it stays, on both sides."""
    written = two.writes(two.mira)
    two.telegram.refuses("deleteMessage", 400, "Bad Request: message can't be deleted for everyone")
    two.deletes(two.mira, written)
    assert not two.telegram.to(two.mira, "deleteMessages")
    assert "48 часов" in two.telegram.told(two.mira)[0]


def test_one_s_own_side_is_too_old(two: Scene) -> None:
    """C2: what matters is gone; on their own side people can delete for themselves."""
    written = two.writes(two.mira)
    two.telegram.refuses("deleteMessages", 400, "Bad Request: message can't be deleted")
    assert two.deletes(two.mira, written).status == 200
    assert two.telegram.told(two.mira) == []


@pytest.mark.parametrize("method", ["deleteMessage", "deleteMessages"])
@pytest.mark.parametrize(("status", "pause"), [(429, 2), (500, 1)])
def test_a_stumble_of_telegram(two: Scene, method: str, status: int, pause: int) -> None:
    """C4: Telegram brings the command again, and it is done to its end."""
    written = two.writes(two.mira)
    two.telegram.refuses(method, status, "…", **({"retry_after": pause} if status == 429 else {}))
    deletion = two.deletion(two.mira, written)
    again = two.brings(deletion)
    assert (again.status, again.retry_after) == (503, pause)
    assert two.brings(deletion).status == 200
    assert _deleted(two)[-2:] == [[two.twin_of(written)], [written, deletion["message"]["message_id"]]]
    assert two.telegram.told(two.mira) == []


def test_a_long_pause_holds_up_nothing_else(two: Scene) -> None:
    """C4: rather say that it did not work."""
    written = two.writes(two.mira)
    two.telegram.refuses("deleteMessage", 429, "Too Many Requests", retry_after=30)
    assert two.deletes(two.mira, written).status == 200
    assert "ещё раз через минуту" in two.telegram.told(two.mira)[0]
    assert not two.telegram.to(two.mira, "deleteMessages")


def test_the_partner_is_gone(two: Scene) -> None:
    """C5: a 403 ends the conversation; on this side the message goes."""
    written = two.writes(two.mira)
    two.telegram.refuses("deleteMessage", 403, "Forbidden: user is deactivated")
    assert two.deletes(two.mira, written).status == 200
    assert (ChatSession.objects.get().ending, ChatSession.objects.get().ended_by_id) == ("gone", two.andrey.pk)
    assert _deleted(two)[-1][0] == written


def test_while_a_question_is_open(two: Scene) -> None:
    """C2: a command closes it, and works."""
    written = two.writes(two.mira)
    with transaction.atomic():
        prompts.ask(profile_id=two.mira.pk, kind=prompts.Question.NICKNAME, now=timezone.now())
    two.deletes(two.mira, written)
    assert len(_deleted(two)) == 2
    assert prompts.current(profile_id=two.mira.pk, now=timezone.now()) is None


def test_who_is_paused_deletes_nothing(two: Scene) -> None:
    """S5: a pause holds for /del as well."""
    written = two.writes(two.mira)
    Profile.objects.filter(pk=two.mira.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    assert two.deletes(two.mira, written).status == 200
    assert _deleted(two) == []


def _waits(two: Scene) -> int:
    """A message of Mira's that has to wait in the outbox."""
    two.telegram.refuses("copyMessage", 429, "Too Many Requests", retry_after=30)
    written = two.writes(two.mira)
    assert OutboxMessage.objects.get(kind="chat.relay").state == "pending"
    two.telegram.calls.clear()
    return written


def _deleted(two: Scene) -> list[list[int]]:
    """What the bot deleted, in order."""
    calls = [call for call in two.telegram.calls if call.method in ("deleteMessage", "deleteMessages")]
    return [call.parameters.get("message_ids") or [call.parameters["message_id"]] for call in calls]


def _is_told(two: Scene, words: str) -> None:
    """Mira reads why nothing was deleted, in answer to her command; and nothing was."""
    (said,) = two.telegram.told(two.mira)
    assert words in said
    assert _deleted(two) == []
