"""A nickname that was refused, mended: what somebody may be content with, as a button (P2)."""

import unicodedata
from collections import Counter
from collections.abc import Iterator

from project.errors import DomainError

from .contacts import contact_in
from .look_alikes import in_script, scripts
from .nicknames import MAX_LENGTH, MIN_LENGTH, free_of, is_fine, validated

# What a button can carry besides its own name, in bytes of UTF-8.
MAX_BYTES = 46
_LONGEST_LOOKED_AT = 200
_LAST_NUMBER = 9


def mended(text: str) -> str | None:
    """A free nickname near to `text` that keeps all rules and fits into a button; None where there is none."""
    typed = unicodedata.normalize("NFKC", text[:_LONGEST_LOOKED_AT])
    nickname = _cleaned(typed)
    if contact_in(typed) is not None or len(nickname) < MIN_LENGTH or not any(each.isalnum() for each in nickname):
        return None
    return next(iter(free_of(each for each in _variants(nickname) if _is_good(each))), None)


def _cleaned(typed: str) -> str:
    """Without what is not allowed, each word in one alphabet."""
    allowed = "".join(
        each if is_fine(each) else " " if unicodedata.category(each)[0] in "PSZ" else "" for each in typed
    )
    return " ".join(_in_one_script(word) for word in allowed.split())


def _in_one_script(word: str) -> str:
    found = Counter(scripts(word)).most_common(1)
    return "".join(in_script(each, found[0][0]) for each in word) if found else word


def _variants(nickname: str) -> Iterator[str]:
    yield _shortened(nickname)
    for number in range(2, _LAST_NUMBER + 1):
        yield f"{_shortened(nickname, room=2)} {number}"


def _shortened(nickname: str, *, room: int = 0) -> str:
    """As much of it as fits, whole words where there are several; `room` more characters will follow."""
    kept = nickname[: MAX_LENGTH - room]
    while len(kept.encode(errors="ignore")) > MAX_BYTES - room:
        kept = kept[:-1]
    if kept != nickname and nickname[len(kept)] != " " and " " in kept:
        kept = kept.rpartition(" ")[0]
    return kept.strip()


def _is_good(nickname: str) -> bool:
    try:
        return validated(nickname) == nickname
    except DomainError:
        return False
