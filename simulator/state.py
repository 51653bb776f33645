"""Everything the simulated Telegram knows, in memory: people, their chats with the bot, and the bot itself."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import BadRequestError, ForbiddenError, NobodyThereError, PersonError
from simulator.files import Files
from simulator.signals import Broadcast, Signals

JSON = dict[str, Any]

# Ids never restart from one: a bot that outlives the simulator must not meet an id again with another meaning.
IDS_COUNT_FROM = 1_767_225_600
UPDATE_IDS_A_SECOND = 10

MAX_TEXT = 4096
MAX_CAPTION = 1024
CALLBACK_ANSWER_SECONDS = 15.0

LAST_NAMES = ("Березина", "Гончар", "Дорошенко", "Ковальчук", "Лебедева", "Мельник", "Остапчук", "Соколова")
TEXT_AND_PLACES = ("text", "contact", "location", "venue", "poll", "dice")
FILE_FIELDS = ("live_photo", "photo", "video", "video_note", "voice", "audio", "animation", "sticker", "document")
# Of stories, games and checklists the Bot API does not say whether they can be copied: refusing is on the safe side.
COPYABLE = frozenset((*TEXT_AND_PLACES, *FILE_FIELDS, "rich_message"))
FORWARDABLE = COPYABLE | {"story", "game", "invoice", "paid_media", "giveaway", "giveaway_winners", "checklist"}


@dataclass(slots=True)
class Message:
    """One message of a private chat between a person and the bot.

    `content` holds the Bot API's own fields, `provenance` those that a copy loses: where it was forwarded from, through
    which bot it came, what it quotes. A `hidden` message the person has deleted for themselves only.
    """

    chat_id: int
    message_id: int
    date: int
    by_bot: bool
    content: JSON
    provenance: JSON = field(default_factory=dict)
    reply_markup: JSON | None = None
    reply_to: int | None = None
    edit_date: int | None = None
    media_group_id: str | None = None
    protected: bool = False
    reactions: dict[str, list[JSON]] = field(default_factory=lambda: {"bot": [], "person": []})
    taken: bool = True
    hidden: bool = False
    revision: int = 0

    @property
    def copyable(self) -> bool:
        """Whether Telegram lets a bot copy it: a quiz only if the bot knows the answer, nothing that others protect."""
        poll = self.content.get("poll", {})
        secret = poll.get("type") == "quiz" and "correct_option_ids" not in poll
        return not secret and (self.by_bot or not self.protected) and not COPYABLE.isdisjoint(self.content)

    @property
    def forwardable(self) -> bool:
        """Whether Telegram lets a bot forward it: no service message, nothing protected."""
        return not self.protected and not FORWARDABLE.isdisjoint(self.content)


@dataclass(slots=True)
class CallbackQuery:
    """A tap on an inline button, waiting for the bot's answer."""

    query_id: str
    person_id: int
    message_id: int
    created: float
    answer: JSON | None = None


@dataclass(slots=True)
class Person:
    """Somebody with a Telegram account, and their chat with the bot.

    Whoever pays for Telegram (`premium`) may react with custom emoji, and keep voice and video messages away
    (`refuses_voice`).
    """

    person_id: int
    first_name: str
    last_name: str
    username: str
    language: str
    started: bool = False
    blocked: bool = False
    premium: bool = False
    refuses_voice: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)

    def user(self) -> JSON:
        """Return the Bot API's User."""
        return {
            "id": self.person_id,
            "is_bot": False,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language,
            **({"is_premium": True} if self.premium else {}),
        }

    def chat(self) -> JSON:
        """Return the Bot API's Chat: a private chat has the id of the person."""
        return {
            "id": self.person_id,
            "type": "private",
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
        }

    def described(self) -> JSON:
        """Return what the page and the client need to know."""
        own = {"started": self.started, "blocked": self.blocked, "refuses_voice": self.refuses_voice}
        return {**self.user(), **own}


@dataclass(slots=True)
class Bot:
    """The one bot of this Telegram; texts are kept per language, "" being the default."""

    token: str
    username: str = "ty_ne_odin_local_bot"
    names: dict[str, str] = field(default_factory=lambda: {"": "Ты не один"})
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[JSON]] = field(default_factory=dict)
    menu_buttons: dict[int | None, JSON] = field(default_factory=dict)

    @property
    def bot_id(self) -> int:
        """The number in front of the token's colon."""
        return int(self.token.partition(":")[0])

    def user(self) -> JSON:
        """Return the Bot API's User."""
        return {"id": self.bot_id, "is_bot": True, "first_name": self.names[""], "username": self.username}


class World:
    """The state and the few operations on it that both sides, the bot and the people, need."""

    def __init__(self, token: str, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.signals = Signals()
        self.broadcast = Broadcast()
        self.bot = Bot(token)
        self.people: dict[int, Person] = {}
        self.queries: dict[str, CallbackQuery] = {}
        self.files = Files()
        self._gone: set[int] = set()
        self.revision = 0
        seconds = int(clock()) - IDS_COUNT_FROM
        self._last_message_id = seconds
        self._last_update_id = seconds * UPDATE_IDS_A_SECOND

    def reset(self) -> None:
        """Forget all people, chats and files; the bot and the ids go on."""
        self.people.clear()
        self.queries.clear()
        self.files.clear()
        self._gone.clear()
        self.broadcast.publish(None, "reset")

    def close(self) -> None:
        """Let go of everybody who waits for something to happen."""
        self.signals.close()
        self.broadcast.close()

    def next_update_id(self) -> int:
        """Return an update id larger than any before."""
        self._last_update_id += 1
        return self._last_update_id

    def add_person(self, name: str, language: str, *, person_id: int | None = None, **known: Any) -> Person:
        """Open a Telegram account; `known` are fields of Person that are not left to chance.

        Ids exceed 32 bits, so that a bot that keeps too little of them is found out.
        """
        person_id = person_id or 2**32 + secrets.randbelow(2**32)
        if person_id in self.people:
            raise PersonError(f"there is somebody with id {person_id} already")
        # No two people share a name while there are enough, so that a name that leaks is seen to be somebody else's.
        taken = {person.last_name for person in self.people.values()}
        free = [name for name in LAST_NAMES if name not in taken]
        by_chance = {"last_name": secrets.choice(free or LAST_NAMES), "username": f"person_{secrets.token_hex(4)}"}
        person = Person(person_id=person_id, first_name=name, language=language, **{**by_chance, **known})
        self.people[person_id] = person
        self._gone.discard(person_id)
        return person

    def remove_person(self, person: Person) -> None:
        """Close a Telegram account; its chat with the bot is gone."""
        del self.people[person.person_id]
        self._gone.add(person.person_id)
        self.broadcast.publish(person.person_id, "gone")

    def person(self, person_id: int) -> Person:
        """Return who has this id. Raises NobodyThereError if nobody has."""
        try:
            return self.people[person_id]
        except KeyError:
            raise NobodyThereError(f"nobody has id {person_id}") from None

    def chat_for_bot(self, chat_id: int | str, *, writing: bool = True) -> Person:
        """Return whose chat it is, as far as the bot may use it. Raises ApiError if it may not."""
        person = self.people.get(chat_id) if isinstance(chat_id, int) else None
        if person is None:
            if writing and chat_id in self._gone:
                raise ForbiddenError("user is deactivated")
            raise BadRequestError("chat not found")
        if writing and not person.started:
            raise ForbiddenError("bot can't initiate conversation with a user")
        if writing and person.blocked:
            raise ForbiddenError("bot was blocked by the user")
        return person

    def add_message(self, person: Person, *, by_bot: bool, content: JSON, **fields: Any) -> Message:
        """Put a message into a person's chat; `fields` are those of Message."""
        self._last_message_id += 1
        message = Message(
            chat_id=person.person_id,
            message_id=self._last_message_id,
            date=int(self.clock()),
            by_bot=by_bot,
            content=content,
            **fields,
        )
        person.messages[message.message_id] = message
        self.touch(person, message)
        return message

    def touch(self, person: Person, message: Message) -> None:
        """Let everybody who looks at the chat know that `message` is new or changed."""
        self.revision += 1
        message.revision = self.revision
        if not message.hidden:
            self.broadcast.publish(person.person_id, "message", message=self.shown(message))
        self.signals.fire(("chat", person.person_id))

    def mark_taken(self, person_id: int, message_id: int) -> None:
        """Show that the bot has got a message, if it is still there."""
        person = self.people.get(person_id)
        if person is not None and message_id in person.messages:
            person.messages[message_id].taken = True
            self.broadcast.publish(person_id, "taken", message_id=message_id)

    def remove_message(self, person: Person, message_id: int) -> None:
        """Take a message out of a chat, on both sides."""
        del person.messages[message_id]
        if message_id in person.pinned:
            person.pinned.remove(message_id)
        self._vanished(person, message_id)

    def hide_message(self, person: Person, message: Message) -> None:
        """Take a message off the person's own screen."""
        message.hidden = True
        self._vanished(person, message.message_id)

    def _vanished(self, person: Person, message_id: int) -> None:
        self.revision += 1
        self.broadcast.publish(person.person_id, "deleted", message_id=message_id)
        self.signals.fire(("chat", person.person_id))

    def person_changed(self, person: Person) -> None:
        """Let everybody who looks at the chat know that the person is not as before."""
        self.broadcast.publish(person.person_id, "person", described=person.described())

    def rendered(self, message: Message, *, nested: bool = False) -> JSON:
        """Return the Bot API's Message; one that is replied to shows no reply of its own."""
        person = self.people[message.chat_id]
        body: JSON = {
            "message_id": message.message_id,
            "from": self.bot.user() if message.by_bot else person.user(),
            "chat": person.chat(),
            "date": message.date,
            **message.provenance,
            **message.content,
        }
        if message.edit_date is not None:
            body["edit_date"] = message.edit_date
        if message.media_group_id is not None:
            body["media_group_id"] = message.media_group_id
        if message.protected:
            body["has_protected_content"] = True
        if message.reply_markup is not None:
            body["reply_markup"] = message.reply_markup
        replied = person.messages.get(message.reply_to) if message.reply_to is not None and not nested else None
        if replied is not None:
            body["reply_to_message"] = self.rendered(replied, nested=True)
        return body

    def shown(self, message: Message) -> JSON:
        """Return the Message together with what only the person's own screen knows."""
        return {
            **self.rendered(message),
            "by_bot": message.by_bot,
            "taken": message.taken,
            "revision": message.revision,
            "reactions": message.reactions,
            "pinned": message.message_id in self.people[message.chat_id].pinned,
        }

    def commands_for(self, person: Person) -> list[JSON]:
        """Return the menu this person sees: the narrowest scope wins, and in it the person's language."""
        for scope in (f"chat:{person.person_id}", "all_private_chats", "default"):
            for language in (person.language, ""):
                if commands := self.bot.commands.get((scope, language)):
                    return commands
        return []

    def open_query(self, person: Person, message: Message) -> CallbackQuery:
        """Remember a tap that the bot has to answer."""
        query = CallbackQuery(str(secrets.randbits(63)), person.person_id, message.message_id, self.clock())
        self.queries[query.query_id] = query
        return query

    def unanswered_query(self, query_id: str) -> CallbackQuery:
        """Return a tap that may still be answered. Raises BadRequestError when it is too late or there was none."""
        query = self.queries.get(query_id)
        if query is None or query.answer is not None or self.clock() - query.created > CALLBACK_ANSWER_SECONDS:
            raise BadRequestError("query is too old and response timeout expired or query ID is invalid")
        return query

    def messages_of(self, person: Person) -> Iterator[JSON]:
        """Yield a chat as its person sees it, oldest first."""
        return (self.shown(message) for message in person.messages.values() if not message.hidden)
