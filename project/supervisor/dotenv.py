"""The `.env` file: read strictly, and completed with the secrets that every installation needs of its own."""

import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv.parser import Binding, parse_stream

from .errors import CannotStart

SECRETS = (
    "SECRET_KEY",
    "TELEGRAM_WEBHOOK_SECRET",
    "FIELD_ENCRYPTION_KEYS",
    "TELEGRAM_ID_HASH_KEY",
    "INTERNAL_BOT_SECRET",
)


def read(path: Path) -> dict[str, str]:
    """The values in the file, none when there is no file; raises CannotStart naming the line that can't be read."""
    values = {}
    for binding in _bindings(path):
        if binding.error or (binding.key is not None and binding.value is None):
            raise CannotStart(f"{path.name}, line {binding.original.line} can't be read: write it as NAME=value.")
        if binding.key is not None:
            values[binding.key] = binding.value or ""
    return values


def add_missing_secrets(path: Path) -> list[str]:
    """Write a random value for each secret that the file lacks or leaves empty; returns their names.

    The file is readable by its owner only, and changes as a whole or not at all.
    """
    present = read(path)
    missing = [name for name in SECRETS if not present.get(name)]
    if missing:
        kept = "".join(binding.original.string for binding in _bindings(path) if binding.key not in missing)
        added = "".join(f"{name}={new_secret(name)}\n" for name in missing)
        _replace(path, kept + ("\n" if kept and not kept.endswith("\n") else "") + added)
    return missing


def new_secret(name: str) -> str:
    """A random value for one of SECRETS, strong enough for production."""
    # A Fernet key is 32 bytes in URL-safe base64, padded.
    return Fernet.generate_key().decode() if name == "FIELD_ENCRYPTION_KEYS" else secrets.token_urlsafe(48)


def _bindings(path: Path) -> list[Binding]:
    try:
        with path.open(encoding="utf-8") as file:
            return list(parse_stream(file))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not a text in UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise CannotStart(f"{path.name} can't be read ({reason}): repair or remove it.") from None


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
