"""What the safety app does not keep for ever (S1, O6)."""

from datetime import datetime

from django.conf import settings

from .models import Block, Report


def purge(now: datetime) -> dict[str, int]:
    """Delete the messages attached to reports that were closed settings.EVIDENCE_KEPT ago, and blocks that are over.

    Returns how many of each that was. Two purges at once do no harm.
    """
    closed = Report.objects.filter(closed_at__lte=now - settings.EVIDENCE_KEPT).exclude(evidence="")
    blocks, _ = Block.objects.filter(until__lte=now).delete()
    return {"evidence": closed.update(evidence=""), "blocks": blocks}
