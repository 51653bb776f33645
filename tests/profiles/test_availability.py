"""Being ready to listen, and the quiet hours."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from profiles import availability
from profiles.models import Profile
from profiles.steps import AskTimezone, Listening
from tests.profiles.newcomers import NOW, at_timezone, complete, fresh
from tests.profiles.phone import Phone
from tests.profiles.test_journey import JOURNEY, act

CHANGES = [
    "profiles:listen:on",
    # One of each row.
    *(f"profiles:quiet:from:{hour}" for hour in (0, 5, 11, 14, 18, 23)),
    "profiles:quiet:until:9",
    "profiles:quiet:until:4",
    "profiles:rest:off",
    "profiles:quiet:none",
    "profiles:rest:off",
    "profiles:listen:off",
]
# Choosing hours again is none of them: only the next tap would.
HARMFUL = {"profiles:listen:on", "profiles:listen:off", "profiles:quiet:none", "profiles:rest:off"}


@pytest.fixture
def phone(phones: Callable[..., Phone]) -> Phone:
    """The phone of somebody whose profile is complete."""
    its = phones()
    for step in JOURNEY:
        act(its, step)
    return its


def test_on_and_off(phone: Phone) -> None:
    """P9: off at first; a tap switches it on, twice the same changes nothing; /profile shows it."""
    assert not Profile.objects.get().listens
    phone.sends("/profile")
    silent = phone.last
    assert "👂" not in silent.text
    phone.sends("/available")
    off = phone.last
    for _ in range(2):
        phone.taps_data("profiles:listen:on")
        assert Profile.objects.get().listens
        assert phone.last.text != off.text
    phone.sends("/profile")
    assert "23:00" in phone.last.text
    assert "08:00" in phone.last.text
    phone.taps_data("profiles:listen")
    phone.taps_data("profiles:listen:off")
    assert phone.last == off
    phone.sends("/profile")
    assert phone.last == silent


def test_quiet_hours(phone: Phone) -> None:
    """P9: from 23 until 8 at first; both ends are chosen by buttons, and may be none at all."""
    assert _quiet() == (23, 8)
    phone.sends("/available")
    phone.taps_data("profiles:quiet:from")
    assert "profiles:quiet:from:8" not in phone.last.buttons.values()
    assert len([data for data in phone.last.buttons.values() if data.startswith("profiles:quiet:from:")]) == 23
    phone.taps("21:00")
    phone.taps_data("profiles:quiet:until")
    phone.taps("07:00")
    assert _quiet() == (21, 7)
    assert "21:00" in phone.last.text
    assert "07:00" in phone.last.text
    phone.taps_data("profiles:quiet:none")
    assert _quiet() == (None, None)
    assert "21:00" not in phone.last.text
    phone.taps_data("profiles:quiet:usual")
    assert _quiet() == (23, 8)
    assert "safety:sos" in phone.last.buttons.values()


def test_a_tap_too_many_changes_nothing(phone: Phone) -> None:
    """P9: where a button stood that changes something, counted from the top or from the bottom, the next screen has
    none that changes anything else, or back again."""
    phone.sends("/available")
    screens: list[tuple[str, str]] = []
    for tapped in CHANGES:
        if tapped == "profiles:rest:off":
            availability.rest(profile_id=Profile.objects.get().pk, now=timezone.now())
        phone.taps_data("profiles:listen")
        if tapped.startswith(("profiles:quiet:from:", "profiles:quiet:until:", "profiles:quiet:none")):
            phone.taps_data("profiles:quiet:until" if "until" in tapped else "profiles:quiet:from")
        before = phone.last.rows
        phone.taps_data(tapped)
        screens += [(tapped, data) for data in _in_the_same_place(tapped, before, phone.last.rows)]
    assert len(screens) > len(CHANGES) / 2, "looked at no screens"
    assert [each for each in screens if each[1] in HARMFUL] == []


def _in_the_same_place(data: str, before: list[list[dict[str, str]]], after: list[list[dict[str, str]]]) -> set[str]:
    """What stands where the button stood: in a row of fewer buttons, each that lies below a part of it."""
    row = next(number for number, each in enumerate(before) if data in [button["callback_data"] for button in each])
    column = [button["callback_data"] for button in before[row]].index(data)
    begin, end = column / len(before[row]), (column + 1) / len(before[row])
    rows = [number for number in (row, row - len(before) + len(after)) if 0 <= number < len(after)]
    return {
        button["callback_data"]
        for number in rows
        for place, button in enumerate(after[number])
        if place / len(after[number]) < end and (place + 1) / len(after[number]) > begin
    }


@pytest.mark.django_db
def test_quiet_hours_have_a_length() -> None:
    """P9: a button of long ago can't make them end when they begin."""
    mira = complete()
    with pytest.raises(availability.NoQuietAtAll):
        availability.set_quiet_hour(profile_id=mira.pk, end=availability.End.FROM, hour=8, now=NOW)
    availability.set_quiet(profile_id=mira.pk, on=False, now=NOW)
    shown = availability.set_quiet_hour(profile_id=mira.pk, end=availability.End.UNTIL, hour=10, now=NOW)
    assert shown == Listening("ru", on=False, quiet=(23, 10), timezone="Europe/Kyiv")


@pytest.mark.django_db
def test_who_is_not_done_goes_on_with_onboarding() -> None:
    """P1, P9: only a complete profile can be introduced."""
    mira = at_timezone()
    for step in (
        availability.shown(profile_id=mira.pk, now=NOW),
        availability.set_listening(profile_id=mira.pk, on=True, now=NOW),
        availability.set_quiet(profile_id=mira.pk, on=False, now=NOW),
    ):
        assert isinstance(step, AskTimezone)
    assert not fresh(mira).listens


@pytest.mark.django_db
@pytest.mark.parametrize(
    "state",
    [
        {"quiet_from": None},
        {"quiet_until": None},
        {"quiet_from": 8},
        {"quiet_from": 24},
        {"quiet_until": 24},
    ],
)
def test_the_database_refuses_half_quiet_hours(state: dict[str, int | None]) -> None:
    """P9: two different hours of the day, or none."""
    complete()
    with pytest.raises(IntegrityError, match="profile_quiet_hours_begin_and_end"), transaction.atomic():
        Profile.objects.update(**state)


@pytest.mark.django_db
def test_the_database_refuses_an_unfinished_listener() -> None:
    """P9: nobody is introduced by half a profile."""
    at_timezone()
    with pytest.raises(IntegrityError, match="profile_complete_before_listening"), transaction.atomic():
        Profile.objects.update(listens=True)


def _quiet() -> tuple[int | None, int | None]:
    profile = Profile.objects.get()
    return profile.quiet_from, profile.quiet_until
