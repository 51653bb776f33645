"""The signature of a call to the HTTP API (A1): what is signed, and whether it fits."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Call:
    """Everything about a call that its signature covers, as it travels.

    `timestamp` is in seconds since 1970; `target` is the path with "?" and the query where there is one; `user_id` is
    the Telegram id of the person the call is for. Only the body, which is last, may hold line breaks.
    """

    timestamp: str
    nonce: str
    method: str
    target: str
    user_id: str
    body: bytes

    def signature(self, secret: str) -> str:
        """HMAC-SHA256 in URL-safe base64 without padding."""
        head = f"{self.timestamp}\n{self.nonce}\n{self.method}\n{self.target}\n{self.user_id}\n"
        digest = hmac.new(secret.encode(), head.encode() + self.body, sha256).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")

    def is_signed_with(self, signature: str, secret: str) -> bool:
        """Whether the signature is this call's; takes as long whether it nearly is or not at all."""
        return hmac.compare_digest(signature.encode(), self.signature(secret).encode())
