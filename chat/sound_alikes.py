"""When two words are the same name, in whichever alphabet and by whichever rules it is written."""

from collections.abc import Iterable

from anyascii import anyascii

# What one Cyrillic letter is written as: г is g or h, й is i, j or y, and е also ye, je and ie.
_ONE_FOR_MANY = str.maketrans({"y": "i", "j": "i", "e": "i", "g": "h", "w": "v", "q": "k", "x": "ks"})
_UNHEARD = "'’ʼ`"
# In this order.
_PAIRS = (
    *(("kh", "h"), ("hh", "h"), ("shch", "š"), ("sch", "š"), ("sh", "š"), ("ch", "č"), ("zh", "ž"), ("ph", "f")),
    *(("c", "k"), ("ii", "i"), ("ii", "i"), ("io", "i"), ("ia", "a"), ("iu", "u")),
)
# With what may follow, the same letter: х is kh or h, ч is ch, щ is shch, ю is yu, iu or u.
_ONE_INITIAL = str.maketrans("eiouyjghcqxzfw", "aaaaaakkkkkspv")


class _Letters(dict[int, str]):
    """What each character becomes; found when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = "" if chr(code) in _UNHEARD else _in_latin(chr(code)).translate(_ONE_FOR_MANY)
        return self[code]


class _Initials(dict[int, str]):
    """What each first character of a word becomes; found when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _in_latin(chr(code))[:1].translate(_ONE_INITIAL)
        return self[code]


_letters, _initials = _Letters(), _Initials()


def key(text: str) -> str:
    """The text with every word so written that its spellings are equal: Юлія, Iuliia, Yulia and Julia are "ula"."""
    alike = text.lower().translate(_letters)
    for pair, one in _PAIRS:
        alike = alike.replace(pair, one)
    return alike


def initials(words: Iterable[str]) -> str:
    """With what the words begin, the same for all whose keys are equal."""
    return "".join([word[0] for word in words]).translate(_initials)


def _in_latin(character: str) -> str:
    """In small letters; signs as they are, and as many as there are."""
    return anyascii(character).lower().replace("'", "") if character.isalpha() else character
