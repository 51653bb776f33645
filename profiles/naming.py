"""How staff name a person on the command line: by nickname, subject or Telegram id."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from delivery.models import Recipient

from .look_alikes import key


def add_arguments(parser: ArgumentParser) -> None:
    """The three ways, of which exactly one is to be used."""
    ways = parser.add_mutually_exclusive_group(required=True)
    ways.add_argument("nickname", nargs="?", help="the name they chose, however it is spelled")
    ways.add_argument("--subject", type=UUID, help="the id that stands for them in moderation records")
    ways.add_argument("--telegram-id", type=int, help="the id of their Telegram account")


def named(*, nickname: str | None, subject: UUID | None, telegram_id: int | None, **options: Any) -> Recipient:
    """The person meant. Raises CommandError where there is none."""
    people = Recipient.objects.select_related("profile")
    if nickname is not None:
        person = people.filter(profile__nickname_key=key(nickname)).first()
    elif subject is not None:
        person = people.filter(profile__subject=subject).first()
    else:
        assert telegram_id is not None
        person = people.filter(telegram_id=telegram_id).first()
    if person is None:
        raise CommandError("Nobody is stored under that.")
    return person
