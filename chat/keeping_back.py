"""Messages that show who their writer is: kept back, with a question to the writer in answer to them (C9)."""

from hashlib import blake2s

from telegram import Message

from delivery.outgoing import Text

from . import holding_messages
from .anonymity import Attached, Author, Finding, Marked, Writing, look_through
from .holding_messages import Asked
from .kinds import Kind

# Their receiver can see what these are called.
_NAMED_FILES = frozenset({"animation", "audio", "document", "video"})


def finding_in(message: Message, kind: Kind) -> Finding | None:
    """What in a message could show the partner who its writer is; None where nothing does."""
    return look_through(_writing(message, kind))


def digest(message: Message, kind: Kind) -> str:
    """Stands for what in a message was looked through: another one, and it has to be looked through again."""
    writing = _writing(message, kind)
    looked_at = repr((writing.text, writing.marked, writing.attached))
    return blake2s(looked_at.encode(errors="surrogatepass"), digest_size=4).hexdigest()


async def ask_to_send(message: Message, kind: Kind, finding: Finding, *, session_id: int, language: str) -> None:
    """Ask the writer whether the message, which the partner does not have, is to be sent anyway."""
    asked = asked_about(message, kind, session_id=session_id)
    await _ask(message, holding_messages.question(finding, asked=asked, language=language))


async def ask_to_change(message: Message, kind: Kind, finding: Finding, *, session_id: int, language: str) -> None:
    """Ask the writer whether the partner is to see the new form of a message."""
    asked = asked_about(message, kind, session_id=session_id)
    await _ask(message, holding_messages.question_of_edit(finding, asked=asked, language=language))


def asked_about(message: Message, kind: Kind, *, session_id: int, answers: int | None = None) -> Asked:
    """What a question about a message has to know of it; `answers` is what it answers, where it does not say so."""
    answered = message.reply_to_message
    return Asked(
        session_id=session_id,
        message_id=message.message_id,
        digest=digest(message, kind),
        answers=answers if answered is None else answered.message_id,
    )


async def _ask(message: Message, question: Text) -> None:
    # The message may have been deleted meanwhile; then there is nothing to ask about, and the tap says so.
    await message.reply_html(
        question.html, reply_markup=question.markup, do_quote=True, allow_sending_without_reply=True
    )


def _writing(message: Message, kind: Kind) -> Writing:
    return Writing(
        author=_author(message),
        text=message.text or message.caption or "",
        marked=_marked(message),
        attached=_attached(message, kind),
    )


def _author(message: Message) -> Author:
    account = message.from_user
    if account is None:
        return Author()
    return Author(account.username or "", account.first_name, account.last_name or "")


def _marked(message: Message) -> list[Marked]:
    preview = message.link_preview_options
    # It may be of a page that the text says nothing of.
    marked = [Marked("text_link", str(preview.url))] if preview and preview.url and not preview.is_disabled else []
    if message.entities or message.caption_entities:
        parts = message.parse_entities() if message.entities else message.parse_caption_entities()
        marked += [Marked(entity.type, words) for entity, words in parts.items()]
    return marked


def _attached(message: Message, kind: Kind) -> Attached | None:
    if message.sticker is not None:
        return Attached(sticker_set=message.sticker.set_name or "")
    if kind.name not in _NAMED_FILES:
        return None
    file = getattr(message, kind.name)
    return Attached(
        name=file.file_name or "",
        title=getattr(file, "title", None) or "",
        performer=getattr(file, "performer", None) or "",
        document=kind.name == "document",
    )
