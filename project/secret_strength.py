"""Whether somebody could guess a secret."""

import zlib

_SHORTEST = 32
_FEWEST_CHARACTERS = 8
_LEAST_COMPRESSED = 22  # bytes; random ones stay well above, repetitions of up to 16 characters below
_PLACEHOLDERS = (
    "changeme", "change-me", "change_me", "django-insecure", "insecure", "password", "placeholder", "replace-me",
    "replace_me", "replaceme", "example", "default", "your-secret", "your_secret", "yoursecret", "secret-key",
    "secret_key", "secretkey", "12345678", "qwerty", "abcdefgh",
)  # fmt: skip


def weakness(secret: str) -> str:
    """What makes a secret guessable, to follow its name in a sentence; "" for one that is strong."""
    if len(secret) < _SHORTEST:
        return f"is shorter than {_SHORTEST} characters"
    if any(placeholder in secret.lower() for placeholder in _PLACEHOLDERS):
        return "is a placeholder or contains one"
    packed = len(zlib.compress(secret.encode(), 9)) - len(zlib.compress(b"", 9))
    if len(set(secret)) < _FEWEST_CHARACTERS or packed < _LEAST_COMPRESSED:
        return "repeats itself too much"
    return ""
