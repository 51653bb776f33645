"""What people are told through the outbox, as tests look at it."""

from django.utils import translation

from delivery.kinds import KINDS
from delivery.models import OutboxMessage
from delivery.outgoing import Text
from profiles.models import Profile


def told(profile: Profile) -> list[str]:
    """The kinds of notification that the person gets, in order."""
    return list(OutboxMessage.objects.filter(recipient=profile.pk).order_by("pk").values_list("kind", flat=True))


def rendered(profile: Profile, kind: str) -> Text | None:
    """What the sender would send of this kind to the person."""
    message = OutboxMessage.objects.select_related("recipient").filter(recipient=profile.pk, kind=kind).latest("pk")
    with translation.override(message.recipient.language):
        outgoing = KINDS[kind].render(message)
    assert outgoing is None or isinstance(outgoing, Text)
    return outgoing
