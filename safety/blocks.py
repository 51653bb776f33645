"""One person does not want to meet another again (S2). The blocked person can't tell it from /end."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from chat import services as chat
from chat.models import ChatSession
from matching import proposals, reunions
from matching.cooldowns import keep_apart
from matching.locks import lock_people
from matching.models import Match, RecentContact
from profiles.models import Profile
from project.errors import DomainError

from . import metrics
from .models import Block
from .queries import is_recent


class NoSessionToBlock(DomainError):
    """There is no conversation of this person, going on or ended within 24 h, whose partner could be blocked."""

    template = "safety/nobody_to_block.html"


@transaction.atomic(durable=True)
def block(*, profile_id: int, session_id: int, now: datetime) -> Block:
    """Entry: block the partner of one's conversation, while it goes on or at most 24 h after its end.

    A conversation of the two ends as if by /end, an open proposal of the two is declined, and they are not introduced
    to each other for settings.BLOCK_LASTS. A wish to meet again is taken back. A second tap returns the same block.
    Raises NoSessionToBlock.
    """
    session = _blockable(session_id, profile_id, now)
    people = lock_people([session.a_id, session.b_id])
    # Until the locks were ours the partner may have been erased.
    session = _blockable(session_id, profile_id, now)
    blocked_id = session.peer_of(profile_id)
    _part(session, people, profile_id, now)
    reunions.take_back(profile_id=profile_id, other_id=blocked_id)
    in_force = Block.objects.filter(blocker=profile_id, blocked=blocked_id, until__gt=now).first()
    if in_force is not None:
        return in_force
    until = now + settings.BLOCK_LASTS
    keep_apart(one=profile_id, other=blocked_id, until=until, reason=RecentContact.Reason.BLOCK)
    transaction.on_commit(metrics.blocks.inc)
    return Block.objects.create(
        blocker_id=profile_id, blocked_id=blocked_id, session=session, created_at=now, until=until
    )


def _blockable(session_id: int, profile_id: int, now: datetime) -> ChatSession:
    session = ChatSession.objects.filter(pk=session_id).first()
    if session is None or profile_id not in (session.a_id, session.b_id) or not is_recent(session, now):
        raise NoSessionToBlock
    return session


def _part(session: ChatSession, people: dict[int, Profile], profile_id: int, now: datetime) -> None:
    """Whatever the two are in together right now is over."""
    together = Match.objects.filter(a=session.a_id, b=session.b_id)
    if together.filter(state=Match.State.ACTIVE).exists():
        chat.leave(profile_id=profile_id, now=now)
    if (proposal := together.filter(state=Match.State.PROPOSED).first()) is not None:
        proposals.decline(proposal, people, by=profile_id, now=now)
