"""A rest from listening: offered after a long conversation, taken, shown, over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone

from chat.models import ChatSession
from delivery.models import OutboxMessage
from delivery.outgoing import Text
from matching import listeners
from profiles import availability
from profiles import personal_data as profiles_data
from profiles.models import Profile
from safety import blocks
from tests.base import person
from tests.outbox import rendered, told
from tests.profiles.newcomers import NOW, complete, fresh
from tests.profiles.phone import Phone
from tests.profiles.test_journey import JOURNEY, act
from tests.safety.scenes import conversation, ended, erased

OFFER = "profiles.rest_offer"
LONG = timedelta(minutes=60)
TOMORROW = NOW + timedelta(hours=24)
CHOICES = ["profiles:rest:on", "profiles:rest:none", "safety:sos"]


@pytest.fixture
def mira(db: None) -> Profile:
    """Ready to listen."""
    mira = person("Мира", language="en")
    listens(mira)
    return mira


@pytest.fixture
def oleh(db: None) -> Profile:
    """Only searches."""
    return person("Олег", language="en")


@pytest.fixture
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is rendered looks at the clock on the wall."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def listens(profile: Profile) -> None:
    """The person is ready to listen, at any hour."""
    availability.set_listening(profile_id=profile.pk, on=True, now=NOW)
    availability.set_quiet(profile_id=profile.pk, on=False, now=NOW)


def talk(one: Profile, other: Profile, *, long: timedelta) -> ChatSession:
    """They have talked for so long until now."""
    session = conversation(one, other, NOW - long)
    ChatSession.objects.filter(pk=session.pk).update(last_message_at=NOW)
    return session


def may_be_asked(profile: Profile, now: datetime) -> bool:
    """Whether the person is among those who could be asked to listen."""
    Profile.objects.filter(pk=profile.pk).update(seen_at=now)
    return listeners.available(now=now).filter(pk=profile.pk).exists()


@pytest.mark.usefixtures("_at_now")
def test_offered_after_a_long_conversation(mira: Profile, oleh: Profile) -> None:
    """P9: to who listens, whoever ended it, once, after the goodbye; not to who doesn't listen."""
    ended(talk(mira, oleh, long=LONG), oleh, NOW)
    assert told(mira)[-2:] == ["chat.ended", OFFER]
    assert OFFER not in told(oleh)
    text = rendered(mira, OFFER)
    assert text is not None
    assert "24 hours" in text.html
    assert [data for row in text.buttons for _, data in row] == CHOICES
    ended(talk(mira, oleh, long=LONG), mira, NOW)
    assert told(mira).count(OFFER) == 2


def test_not_after_a_short_one(mira: Profile, oleh: Profile) -> None:
    """P9: what counts is how long they wrote, not how long they forgot to say goodbye."""
    ended(talk(mira, oleh, long=LONG - timedelta(seconds=1)), mira, NOW)
    silent = conversation(mira, oleh, NOW)
    ended(silent, mira, NOW + timedelta(hours=5))
    brief = talk(mira, oleh, long=timedelta(minutes=5))
    ended(brief, mira, NOW + timedelta(hours=5))
    assert OFFER not in told(mira)


def test_a_block_offers_the_same(mira: Profile, oleh: Profile) -> None:
    """S2, P9: a rest tells nobody how the conversation ended."""
    seen = []
    for act_of_oleh in (ended, None):
        session = talk(mira, oleh, long=LONG)
        before = len(told(mira))
        if act_of_oleh is not None:
            act_of_oleh(session, oleh, NOW)
        else:
            blocks.block(profile_id=oleh.pk, session_id=session.pk, now=NOW)
        seen.append(told(mira)[before:])
    assert seen[0] == seen[1] == ["chat.ended", OFFER]


def test_the_offer_outlives_the_partner(mira: Profile, oleh: Profile) -> None:
    """P7, P9: who erases themselves leaves nobody without it."""
    talk(mira, oleh, long=LONG)
    erased(oleh, NOW)
    assert told(mira)[-1] == OFFER


@pytest.mark.usefixtures("_at_now")
@pytest.mark.parametrize(
    "changed",
    [{"listens": False}, {"resting_until": TOMORROW}, {"suspended_until": TOMORROW}],
    ids=lambda changed: next(iter(changed)),
)
def test_not_to_who_is_not_asked_anyway(mira: Profile, oleh: Profile, changed: dict[str, object]) -> None:
    """P9: what changed before it went out counts."""
    ended(talk(mira, oleh, long=LONG), oleh, NOW)
    assert isinstance(rendered(mira, OFFER), Text)
    Profile.objects.filter(pk=mira.pk).update(**changed)
    assert rendered(mira, OFFER) is None


def test_who_rests_is_not_asked(mira: Profile) -> None:
    """P9: for as long as set, a day; a second tap does not prolong it, nor is anything lost by it."""
    assert may_be_asked(mira, NOW)
    availability.rest(profile_id=mira.pk, now=NOW)
    availability.rest(profile_id=mira.pk, now=NOW + timedelta(hours=1))
    assert fresh(mira).resting_until == TOMORROW == NOW + settings.LISTENER_RESTS
    assert not may_be_asked(mira, TOMORROW - timedelta(seconds=1))
    assert may_be_asked(mira, TOMORROW)
    assert fresh(mira).listens


@pytest.mark.parametrize("way", ["rested", "on", "off"])
def test_a_rest_ends(mira: Profile, way: str) -> None:
    """P9: by its button, and by switching listening on or off."""
    availability.rest(profile_id=mira.pk, now=NOW)
    if way == "rested":
        availability.end_rest(profile_id=mira.pk, now=NOW)
    else:
        availability.set_listening(profile_id=mira.pk, on=way == "on", now=NOW)
    assert fresh(mira).resting_until is None
    assert may_be_asked(mira, NOW) is (way != "off")


@pytest.mark.django_db
def test_who_does_not_listen_has_nothing_to_rest_from() -> None:
    """P9: an old button does not leave a rest behind for later."""
    mira = complete()
    availability.rest(profile_id=mira.pk, now=NOW)
    assert fresh(mira).resting_until is None


def test_the_rest_is_in_the_file(mira: Profile) -> None:
    """P7: it is stored, so it is handed out."""
    availability.rest(profile_id=mira.pk, now=NOW)
    assert profiles_data.export(mira)["profile"]["resting_until"] == TOMORROW


@pytest.fixture
def phone(phones: Callable[..., Phone]) -> Phone:
    """The phone of somebody who is ready to listen."""
    its = phones()
    for step in JOURNEY:
        act(its, step)
    its.sends("/available")
    its.taps_data("profiles:listen:on")
    return its


def test_on_the_phone(phone: Phone) -> None:
    """P9: a tap on the offer, until when by one's own clock, the way to end it sooner."""
    awake = phone.last
    phone.taps_data("profiles:rest:on")
    until = _until()
    assert until in phone.last.text
    assert list(phone.last.buttons.values()) == ["safety:sos"], "a tap too many must not end the rest"
    phone.sends("/profile")
    assert until in phone.last.text
    phone.sends("/available")
    assert until in phone.last.text
    phone.taps_data("profiles:rest:off")
    assert phone.last == awake


def test_no_rest_needed(phone: Phone) -> None:
    """P9: "I'm fine" changes nothing."""
    phone.taps_data("profiles:rest:none")
    assert "/available" in phone.last.text
    assert Profile.objects.get().resting_until is None
    assert not OutboxMessage.objects.exists()


def test_an_old_offer_after_listening_was_switched_off(phone: Phone) -> None:
    """P9: it shows how things are."""
    phone.taps_data("profiles:listen:off")
    off = phone.last
    phone.taps_data("profiles:rest:on")
    assert phone.last == off


def _until() -> str:
    clock = TOMORROW.astimezone(ZoneInfo(Profile.objects.get().timezone))
    return f"{clock:%d.%m.%Y %H:%M}"
