"""Messages that show who their writer is: kept back, with a question to the writer in answer to them (C9)."""

from telegram import Message

from delivery.outgoing import Text

from . import holding_messages
from .anonymity import Attached, Author, Finding, Marked, Writing, look_through
from .kinds import Kind

# Their receiver can see what these are called.
_NAMED_FILES = frozenset({"animation", "audio", "document", "video"})


def finding_in(message: Message, kind: Kind) -> Finding | None:
    """What in a message could show the partner who its writer is; None where nothing does."""
    return look_through(
        Writing(
            author=_author(message),
            text=message.text or message.caption or "",
            marked=_marked(message),
            attached=_attached(message, kind),
        )
    )


async def ask_to_send(message: Message, finding: Finding, *, session_id: int, language: str) -> None:
    """Ask the writer whether the message, which the partner does not have, is to be sent anyway."""
    answered = message.reply_to_message
    question = holding_messages.question(
        finding,
        session_id=session_id,
        message_id=message.message_id,
        answers=None if answered is None else answered.message_id,
        language=language,
    )
    await _ask(message, question)


async def ask_to_change(message: Message, finding: Finding, *, session_id: int, language: str) -> None:
    """Ask the writer whether the partner is to see the new form of a message."""
    question = holding_messages.question_of_edit(
        finding, session_id=session_id, message_id=message.message_id, language=language
    )
    await _ask(message, question)


async def _ask(message: Message, question: Text) -> None:
    # The message may have been deleted meanwhile; then there is nothing to ask about, and the tap says so.
    await message.reply_html(
        question.html, reply_markup=question.markup, do_quote=True, allow_sending_without_reply=True
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
    if kind.name not in _NAMED_FILES:
        return None
    file = getattr(message, kind.name)
    return Attached(
        name=file.file_name or "",
        title=getattr(file, "title", None) or "",
        performer=getattr(file, "performer", None) or "",
        document=kind.name == "document",
    )
