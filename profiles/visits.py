"""What every update of a person begins with: who is it, and is a question still open?"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from . import prompts, queries
from .models import Profile
from .queries import Visitor

# Who came last matters by the minute; writing it down at every tap would cost more than it tells.
_SEEN_EVERY = timedelta(minutes=1)


@transaction.atomic(durable=True)
def visit(*, telegram_id: int, language_code: str | None, closes_prompt: bool, now: datetime) -> Visitor:
    """Entry: load the visitor, note that they were here, and close the open question where the update is a command."""
    visitor = queries.visitor(telegram_id=telegram_id, language_code=language_code, now=now)
    if visitor.profile_id is None:
        return visitor
    Profile.objects.filter(pk=visitor.profile_id, seen_at__lt=now - _SEEN_EVERY).update(seen_at=now)
    if closes_prompt and visitor.prompt is not None:
        prompts.close(profile_id=visitor.profile_id)
        return replace(visitor, prompt=None, closed_prompt=visitor.prompt)
    return visitor
