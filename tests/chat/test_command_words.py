"""Words behind a command: they reach nobody, and whoever talks with somebody is told so."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from matching.models import RecentContact
from profiles.models import Profile
from tests.base import person
from tests.chat.changing import Scene, scene

pytestmark = pytest.mark.django_db(transaction=True)

UNSENT = "никому не ушли"


@pytest.fixture
def two(settings: Settings) -> Iterator[Scene]:
    """Mira and Andrey, just connected."""
    with scene(settings) as opened:
        yield opened


def commands(two: Scene, by: Profile, text: str) -> int:
    """The person sends a command, perhaps with words behind it."""
    command = text.split(maxsplit=1)[0]
    return two.writes(by, text, entities=[{"type": "bot_command", "offset": 0, "length": len(command)}])


@pytest.mark.parametrize("text", ["/end прощай", "/end\nпрощай", "/END@tyneodin_bot прощай", "/del это", "/report он"])
def test_who_talks_is_told(two: Scene, text: str) -> None:
    """C4: the partner gets nothing of it; the command itself is obeyed, and its question comes last."""
    message_id = commands(two, two.mira, text)
    note, *more = two.telegram.to(two.mira, "sendMessage")
    command = text.split(maxsplit=1)[0].partition("@")[0].lower()
    assert UNSENT in note.parameters["text"]
    assert f"{command} " in note.parameters["text"]
    assert note.parameters["reply_parameters"]["message_id"] == message_id
    assert len(more) == 1
    assert UNSENT not in more[0].parameters["text"]
    assert two.telegram.to(two.andrey) == []


@pytest.mark.parametrize("text", ["/end", "/end ", "/start invited_by_a_friend"])
def test_without_words_nothing_is_said_of_them(two: Scene, text: str) -> None:
    """C7: nor of what a link has brought along."""
    commands(two, two.mira, text)
    assert not [said for said in two.telegram.told(two.mira) if UNSENT in said]


def test_who_talks_with_nobody_loses_nothing(two: Scene) -> None:
    """C5: there is no partner who could have read it."""
    two.ends()
    commands(two, two.mira, "/help мне")
    assert not [said for said in two.telegram.told(two.mira) if UNSENT in said]


def test_once_where_telegram_brings_it_again(two: Scene) -> None:
    """C4: the answer to Telegram was lost, or the command itself failed."""
    entities = [{"type": "bot_command", "offset": 0, "length": 4}]
    update = {"update_id": 719_000_001, "message": two.message(two.mira, "/end прощай", entities=entities)}
    for _ in range(2):
        two.brings(update)
        two.forgets(update)
    assert len([said for said in two.telegram.told(two.mira) if UNSENT in said]) == 1


def test_an_edit_of_what_was_written_before_the_conversation(two: Scene) -> None:
    """C2: the partner never had that message, which was for nobody or for somebody else; its writer reads just that."""
    before = int(two.session.started_at.timestamp()) - 60
    two.corrects(two.mira, 5, "Кто-нибудь здесь?", date=before)
    (said,) = two.telegram.told(two.mira)
    assert "до начала разговора" in said
    assert two.telegram.to(two.andrey) == []
    two.corrects(two.mira, 6, "Привет")
    assert "до начала разговора" not in two.telegram.told(two.mira)[-1]


def test_an_edit_of_what_the_partner_of_before_has(two: Scene) -> None:
    """C2, P8: the present one sees nothing of it, nor does the one of before."""
    written = two.writes(two.mira, "Привет")
    before = int(two.session.started_at.timestamp()) - 60
    two.ends()
    RecentContact.objects.all().delete()
    two.connects(two.mira, person("Остап"))
    two.telegram.calls.clear()
    two.corrects(two.mira, written, "Пока", date=before)
    assert [call.chat_id for call in two.telegram.calls] == [two.mira.recipient.telegram_id]
    assert "до начала разговора" in two.telegram.told(two.mira)[0]
