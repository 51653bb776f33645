"""For a bot without HTTPS: updates are fetched with getUpdates and brought to our own webhook. One way through.

Telegram's queue stays the durable inbox: nothing is confirmed before the webhook has answered 2xx, so a poller that is
killed loses nothing, and what comes twice is recognised by the ledger.
"""

from .courier import Courier
from .poller import Poller

__all__ = ["Courier", "Poller"]
