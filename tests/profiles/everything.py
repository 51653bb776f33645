"""A person about whom there is something in every table, and a search for what is left of them."""

from collections.abc import Iterable
from datetime import timedelta

import pgtrigger
from django.apps import apps
from django.db import connection, models, transaction

from chat import services as chat
from chat.models import HeldMedia, Rating
from delivery.models import Recipient
from matching.models import PoolEntry, ReunionWish, SearchMessage
from profiles import prompts
from profiles.models import Profile
from project.encryption import decrypted
from project.rotation import columns
from safety import blocks, sanctions
from tests.base import person
from tests.matching.scenes import proposal_of
from tests.safety.scenes import NOON, claimed_case, conversation, moderator, report

BIO = "люблю тишину и старые карты"
COMMENT = "писал мне гадости весь вечер"
# Found nowhere by chance.
FIRST_ID = 815_000_001


def someone(nickname: str = "Мирослава") -> Profile:
    """Somebody complete, with a bio and an id that nothing else looks like."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE delivery_recipient_id_seq RESTART WITH {FIRST_ID}")
    profile = person(nickname)
    profile.bio = BIO
    profile.save(update_fields=["bio"])
    return profile


def everything_about(profile: Profile) -> tuple[Profile, Profile]:
    """They talked, reported, blocked, were reported and warned, and are in the middle of a proposal.

    Returns whom they talked with and whom they are proposed to.
    """
    partner, candidate = person("Богдан"), person("Орест")
    session = conversation(profile, partner)
    for sender, peer in ((partner, profile), (profile, partner)):
        chat.queue_relay(
            session_id=session.pk,
            sender_id=sender.pk,
            peer_id=peer.pk,
            message_id=41,
            kind="text",
            reply_to=None,
            after=timedelta(0),
            possibly_doubled=False,
            now=NOON,
        )
        report(sender, session, "abuse", comment=COMMENT)
        blocks.block(profile_id=sender.pk, session_id=session.pk, now=NOON)
    staff = moderator()
    case = claimed_case(profile, staff)
    sanctions.warn(case_id=case.pk, by=staff.pk, reason="первый раз", now=NOON)
    proposal_of(profile, candidate)
    with transaction.atomic():
        prompts.ask(profile_id=profile.pk, kind="bio", now=NOON)
    ReunionWish.objects.create(wisher=profile, other=partner, created_at=NOON)
    for rater in (profile, partner):
        Rating.objects.create(session=session, rater=rater, score=Rating.Score.HELPED, created_at=NOON)
        HeldMedia.objects.create(session=session, sender=rater, message_id=42, kind="photo", created_at=NOON)
    SearchMessage.objects.create(profile=profile, message_id=41, refresh_at=NOON)
    # The database refuses to have them in both places; here every table is to have a row.
    with pgtrigger.ignore("matching.PoolEntry:no_seat_beside_the_pool"):
        PoolEntry.objects.create(
            profile=profile,
            since=NOON,
            topic_mask=profile.topic_mask,
            language_mask=1,
            utc_offset=120,
            helpfulness=0.5,
        )
    return partner, candidate


def models_that_name_people() -> set[type[models.Model]]:
    """Every model from which a foreign key, or a chain of them, leads to a person, or that has a column for one."""
    named: set[type[models.Model]] = {Recipient, Profile}
    while found := {model for model in apps.get_models() if model not in named and _names(model, named)}:
        named |= found
    return named


def _names(model: type[models.Model], people: set[type[models.Model]]) -> bool:
    return any(
        field.related_model in people
        or field.name.endswith(("subject", "_hash", "telegram_id"))
        or isinstance(field, models.UUIDField)
        for field in model._meta.concrete_fields
    )


def tables_with(needles: Iterable[object]) -> set[str]:
    """The tables in which any column of any row contains one of `needles`."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for needle in needles:
                cursor.execute(f'SELECT count(*) FROM "{table}" AS r WHERE strpos(r::text, %s) > 0', [str(needle)])
                if cursor.fetchone()[0]:
                    found.add(table)
    return found


def plain_texts() -> set[str]:
    """What stands in all encrypted columns."""
    return {decrypted(value) for column in columns() for value in column.stored().values_list("stored", flat=True)}
