"""What this app has about a person: the profile, and the question that is open (P7)."""

from datetime import datetime
from typing import Any

from django.db import connection

from project.rows import columns_of

from .models import Profile, Prompt
from .queries import topics_of


def export(profile: Profile) -> dict[str, Any]:
    """The profile as it is kept, its topics by name as well; {} for somebody who only chose a language.

    Not how others rated them: of a single rating the sum would tell it.
    """
    stored = Profile.objects.filter(pk=profile.pk).first()
    if stored is None:
        return {}
    prompt = Prompt.objects.filter(pk=stored.pk).first()
    return {
        "profile": columns_of(stored, without=["recipient_id", "rating_sum", "rating_count"]),
        "topics": topics_of(mask=stored.topic_mask, language=stored.recipient.language),
        "open_question": prompt and columns_of(prompt, without=["profile_id"]),
    }


def erase(profile: Profile, now: datetime) -> None:
    """Step: delete the profile. The apps above have let go of it before."""
    assert connection.in_atomic_block
    # From here on nothing can point at the profile: who tries waits, and finds it gone.
    Profile.objects.select_for_update(of=("self",)).filter(pk=profile.pk).first()
    Prompt.objects.filter(pk=profile.pk).delete()
    Profile.objects.filter(pk=profile.pk).delete()
