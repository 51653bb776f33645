"""Misconfigured matching as system checks."""

import math
from typing import Any

from django.conf import settings
from django.core.checks import Error, register


@register()
def weights_sum_to_one(**kwargs: Any) -> list[Error]:
    """The weights of the score are not negative and sum to 1, so that a score stays in [0, 1]."""
    weights = settings.MATCH_WEIGHTS.values()
    if min(weights) >= 0 and math.isclose(sum(weights), 1, abs_tol=1e-9):
        return []
    return [
        Error(
            f"MATCH_WEIGHT_TOPIC + MATCH_WEIGHT_TIME + MATCH_WEIGHT_HELPFULNESS = {sum(weights):g}.",
            hint="They must sum to 1, and none may be negative.",
            id="matching.E001",
        )
    ]
