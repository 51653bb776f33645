"""Short ways to the situations that tests of conversations begin with."""

import re
from datetime import datetime

from chat.models import ChatSession
from delivery.outgoing import Text
from profiles.models import Profile
from tests.base import person
from tests.safety.scenes import conversation, ended


def unnumbered(text: Text | None, session: ChatSession) -> str:
    """What is read, without the number of the conversation, which differs between any two of them."""
    return re.sub(rf"chat:(\w+):{session.pk}\b", r"chat:\1:…", str(text))


def just_over(ended_by: Profile, other: Profile, at: datetime) -> ChatSession:
    """A conversation of the two that began and ended at that moment."""
    session = conversation(ended_by, other, at)
    ended(session, ended_by, at)
    return session


def pair_just_over(number: int, at: datetime) -> tuple[Profile, Profile, ChatSession]:
    """Two new people, and their conversation that the first of them has ended at that moment."""
    mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
    return mira, oleh, just_over(mira, oleh, at)


def wrote(by: Profile, session: ChatSession, at: datetime) -> None:
    """The person has written to their partner, as far as the conversation itself knows."""
    ChatSession.objects.filter(pk=session.pk).update(last_message_at=at, last_message_by=by)


def buttons(text: Text | None) -> list[str]:
    """The callback data of the buttons, in order."""
    assert text is not None
    return [data for row in text.buttons for _, data in row]


def ticked(text: Text | None) -> list[str]:
    """The callback data of the buttons that are marked as chosen."""
    assert text is not None
    return [data for row in text.buttons for label, data in row if label.startswith("✓")]
