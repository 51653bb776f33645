"""When to hold out for a better partner: only where new people come all the time (M4)."""

from django.conf import settings


def asked_for(*, waited: float, arrivals: float) -> float:
    """The least score, in [0, 1], that is proposed to somebody who has waited for `waited` seconds.

    `arrivals` is how many people begin to search a second. Below settings.MATCH_PATIENCE_FROM_PER_SECOND waiting buys
    nothing and nothing is asked for; else MATCH_PATIENCE_SCORE at first, falling ever faster to 0 after MATCH_PATIENCE.
    Nothing, either, of who seems to have come that far in the future: the clock was set back.
    """
    lasts = settings.MATCH_PATIENCE.total_seconds()
    if arrivals < settings.MATCH_PATIENCE_FROM_PER_SECOND or abs(waited) >= lasts:
        return 0.0
    share = max(waited, 0.0) / lasts
    return float(settings.MATCH_PATIENCE_SCORE * (1 - share * share))
