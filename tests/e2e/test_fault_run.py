"""Show: while Telegram fails, processes are killed and servers die, every message is accounted for.

A small run; `make bench ONLY=faults` is the large one.
"""

import secrets

import pytest

from tests.load.faults.run import SMALL, run
from tests.servers import FOLDERS

# Were the others held up by the one slow chat, half of them would wait for half of its time or longer.
_UNDISTURBED_MS = 250 * SMALL.slow_seconds


@pytest.mark.timeout(240)
def test_every_message_is_accounted_for(capsys: pytest.CaptureFixture[str]) -> None:
    """C4, C6: exactly once, or at most doubled and counted; in order; to nobody else; or its writer knows."""
    result = run(SMALL, FOLDERS / f"faults-{secrets.token_hex(4)}")
    with capsys.disabled():
        print(f"\n{result.report()}")
    assert not result.broken
    assert result.verdict.written > SMALL.messages
    assert result.verdict.arrived > 0.8 * SMALL.messages
    assert all(result.hits.values())
    assert result.verdict.percentile("beside", 50) < result.verdict.percentile("calm", 50) + _UNDISTURBED_MS
