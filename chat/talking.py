"""What people write to each other: step by step, whether it reaches the partner, and what its writer is told."""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.utils import timezone
from telegram import Message, MessageEntity, ReplyParameters, Update
from telegram.error import BadRequest
from telegram.ext import ApplicationHandlerStop, filters

from delivery.telegram import reply_to
from profiles import answering
from profiles.context import Context
from project.threads import in_thread

from . import albums as gathering
from . import kept_albums, messages, metrics, showing, showing_messages
from .anonymity import Finding
from .answering_albums import AnsweringAlbums
from .bursts import QUIET_SECONDS, Bursts
from .flood import FloodLimit
from .keeping_back import ask_to_send, finding_in
from .kinds import BY_NAME, Kind, Treatment, kind_of
from .message_map import Side
from .models import ChatSession
from .relay import DIRECT_SECONDS, Fate, Relay, Written
from .routing import Route
from .showing import Held
from .waiting import Waiting

WRITTEN = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & ~filters.COMMAND
_LOOK_AGAIN_SECONDS = 0.1
_PAYMENTS = frozenset({"successful_payment", "refunded_payment"})
# Why a picture, video or file neither goes out nor waits, as chat/refused.html knows it.
_UNSENT_FOR = {Held.REFUSED: "unwanted", Held.FULL: "full"}
# Those of which their writer knows why the partner does not get to see them.
_refused_albums: deque[tuple[int, str]] = deque(maxlen=100)


async def relay_message(update: Update, context: Context) -> None:
    """Pass a message on to the partner; where its writer is in no conversation, the other handlers have it."""
    message = message_of(update)
    kind = kind_of(message)
    if kind.treatment is Treatment.SERVICE:
        if kind.name in _PAYMENTS:
            return
        # Nobody wrote anything: it is no answer to a question either.
        raise ApplicationHandlerStop
    relay: Relay = context.bot_data["relay"]
    written = Written(
        telegram_id=context.telegram_id,
        message_id=message.message_id,
        update_id=update.update_id,
        sent_at=message.date,
        kind=kind.name,
    )
    if (reason := refusal(message, kind)) is not None:
        if (route := await relay.locate(written)) is not None:
            await refuse(message, reason=reason, language=route.language)
            raise ApplicationHandlerStop
        return
    route = await relay.route(written) or await _answer_to_partner(message, context, written)
    if route is None:
        return
    if wait := await _wait(message, context, route=route, update_id=update.update_id):
        if not route.resent:
            await relay.uncount(route, written, forget=False)
        await hold_up(message, context, wait=wait, language=route.language)
    # Looked through only now: that takes a moment, and not everything that is written may take it.
    elif (finding := finding_in(message, kind)) is not None:
        await relay.uncount(route, written)
        await _keep_back(message, context, finding, route=route, written=written)
    else:
        await hand_over(message, context, route=route, written=written)
    raise ApplicationHandlerStop


async def _answer_to_partner(message: Message, context: Context, written: Written) -> Route | None:
    """Where a message goes that answers the partner while the bot asks its writer about themselves; None otherwise.

    It is no answer to the bot, and must not end up in a profile. A comment on the partner is another matter: that never
    goes to them, whatever it answers.
    """
    relay: Relay = context.bot_data["relay"]
    answered = message.reply_to_message
    if answered is None:
        return None
    conversation = await relay.conversation(telegram_id=context.telegram_id)
    if conversation is None or not conversation.asked:
        return None
    side = Side(conversation.profile_id, answered.message_id)
    if await relay.map.twin(session_id=conversation.session_id, of=side) is None:
        return None
    if not await in_thread(answering.drop_question, profile_id=conversation.profile_id, now=context.now):
        return None
    answer = messages.went_to_partner(language=conversation.language)
    await message.reply_html(answer.html, do_quote=True, allow_sending_without_reply=True)
    return await relay.route(written)


async def _wait(message: Message, context: Context, *, route: Route, update_id: int) -> int:
    """Take a token for a message (C6); returns 0, or after how many seconds there will be one.

    What is brought again was judged the first time. Answers to questions of ours have not come here, and cost nothing.
    """
    flood: FloodLimit = context.bot_data["flood"]
    if route.resent:
        return await flood.remembered(update_id)
    wait = await flood.wait(context.telegram_id, album=message.media_group_id)
    if wait:
        await flood.remember(update_id, wait)
    return wait


async def _keep_back(message: Message, context: Context, finding: Finding, *, route: Route, written: Written) -> None:
    """Ask its writer first (C9). Of an album nothing goes out meanwhile, unless that has left before."""
    # Where its writer has let it go already, the answer to Telegram was lost after the question.
    if route.left_to_the_outbox:
        return
    if message.media_group_id is not None:
        relay: Relay = context.bot_data["relay"]
        waits = _as_waiting(message, route, written, await _reply(relay, route, message))
        if await in_thread(kept_albums.keep_back, waits, clues=finding.clues, now=context.now):
            return
    kind = BY_NAME[written.kind]
    await ask_to_send(message, kind, finding, session_id=route.session_id, language=route.language)


async def complete_albums(update: Update, context: Context) -> None:
    """A command: no more messages come for an album that its writer has sent before."""
    albums: AnsweringAlbums = context.bot_data["albums"]
    albums.let_go(telegram_id=context.telegram_id)
    await in_thread(gathering.complete, telegram_id=context.telegram_id, now=context.now)


async def hand_over(message: Message, context: Context, *, route: Route, written: Written) -> None:
    """Let go a message that nothing stands against any more: at once, with its album, or when its reader agrees.

    Its writer is told where it waits, or was not taken.
    """
    relay: Relay = context.bot_data["relay"]
    albums: AnsweringAlbums = context.bot_data["albums"]
    albums.let_go(telegram_id=written.telegram_id, unless=message.media_group_id)
    reply = await _reply(relay, route, message)
    waits = _as_waiting(message, route, written, reply)
    if route.left_to_the_outbox:
        # This process or its forerunner left it there and did not live to say so.
        return
    if message.media_group_id is not None and await in_thread(kept_albums.join, waits, now=context.now):
        await relay.uncount(route, written)
    elif BY_NAME[written.kind].shown and route.media != ChatSession.Media.SHOWN:
        if await _ask_first(message, waits, route=route, now=context.now) in _UNSENT_FOR:
            await relay.uncount(route, written)
    elif message.media_group_id is not None:
        outbox_id = await in_thread(gathering.collect, waits, now=context.now)
        if outbox_id is not None and reply is not None:
            albums.add(message, outbox_id=outbox_id, reply=reply)
    else:
        outcome = await relay.pass_on(route, written, reply=reply)
        if outcome.fate is Fate.REFUSED:
            await relay.uncount(route, written)
            await refuse(message, reason=outcome.reason, language=route.language)


def _as_waiting(message: Message, route: Route, written: Written, reply: ReplyParameters | None) -> Waiting:
    return Waiting(
        session_id=route.session_id,
        sender_id=route.sender_id,
        peer_id=route.peer_id,
        message_id=message.message_id,
        kind=written.kind,
        reply_to=None if reply is None else reply.message_id,
        album=message.media_group_id or "",
    )


async def _ask_first(message: Message, waits: Waiting, *, route: Route, now: datetime) -> Held:
    """Pictures, videos and files wait until their reader agrees to see them (C1)."""
    held = Held.REFUSED if route.media == ChatSession.Media.REFUSED else await in_thread(showing.hold, waits, now=now)
    if (reason := _UNSENT_FOR.get(held)) is not None:
        await _refuse_once(message, waits, reason=reason, language=route.language)
    elif held in (Held.FIRST, Held.MORE):
        answer = showing_messages.waits(first=held is Held.FIRST, language=route.language)
        await message.reply_html(answer.html, do_quote=True, allow_sending_without_reply=True)
    return held


async def _refuse_once(message: Message, waits: Waiting, *, reason: str, language: str) -> None:
    """Say why the partner does not get to see it; of an album once."""
    album = (waits.sender_id, waits.album)
    if waits.album and album in _refused_albums:
        return
    await refuse(message, reason=reason, language=language)
    _refused_albums.append(album)


def refusal(message: Message, kind: Kind) -> str | None:
    """Why this message may not go to the partner whatever its writer says; None where it may."""
    if kind.treatment is Treatment.REFUSED:
        return kind.reason
    entities = (*message.entities, *message.caption_entities)
    return "mention" if any(entity.type == MessageEntity.TEXT_MENTION for entity in entities) else None


async def _reply(relay: Relay, route: Route, message: Message) -> ReplyParameters | None:
    """What the message answers, as it is called in the partner's chat; None where it answers nothing they both see."""
    answered = message.reply_to_message
    if answered is None:
        return None
    twin = await _twin(relay, route, answered)
    if twin is None:
        return None
    quote = message.quote
    if quote is None or not quote.is_manual:
        return reply_to(twin)
    return ReplyParameters(
        twin,
        allow_sending_without_reply=True,
        quote=quote.text,
        # Not the bot's default: with a parse mode Telegram looks at no entities, and reads a "<" as a tag.
        quote_parse_mode=None,
        quote_entities=quote.entities,
        quote_position=quote.position,
    )


async def _twin(relay: Relay, route: Route, answered: Message) -> int | None:
    """The same message in the partner's chat. Of a copy that has only just arrived it may still have to be written."""
    side = Side(route.sender_id, answered.message_id)
    while True:
        twin = await relay.map.twin(session_id=route.session_id, of=side)
        # What has buttons is a screen of ours, and Telegram gives whole seconds.
        is_copy = answered.from_user is not None and answered.from_user.is_bot and answered.reply_markup is None
        age = (timezone.now() - answered.date).total_seconds()
        if twin is not None or not is_copy or not 0 <= age <= DIRECT_SECONDS + 1:
            return twin
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def hold_up(message: Message, context: Context, *, wait: int, language: str) -> None:
    """A message too many (C6): it is marked, and the first of a burst is told why and for how many seconds.

    Once those have passed there is something new to say, but not to somebody who writes on and on.
    """
    with suppress(BadRequest):
        # The message may have been deleted meanwhile.
        await message.set_reaction(messages.UNSENT_MARK)
    answer = messages.too_fast(seconds=wait, language=language)
    say = partial(message.reply_html, answer.html, do_quote=True, allow_sending_without_reply=True)
    bursts: Bursts = context.bot_data["bursts"]
    await bursts.once(context.telegram_id, "too_many", say, seconds=max(wait, QUIET_SECONDS))


async def refuse(message: Message, *, reason: str, language: str) -> None:
    """Say in answer to a message why it was not passed on."""
    metrics.relay_refused.labels(reason=reason).inc()
    answer = messages.refused(reason=reason, language=language)
    # The message may have been deleted meanwhile.
    await message.reply_html(answer.html, do_quote=True, allow_sending_without_reply=True)


def message_of(update: Update) -> Message:
    """The new message of an update that brings one."""
    assert update.message is not None
    return update.message
