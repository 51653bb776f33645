"""Acting as people in the simulated Telegram, for tests and load runs.

    telegram = Simulator("http://127.0.0.1:8081")
    alice = telegram.person("Алиса", language="ru")
    alice.sends("/start")
    alice.sees("Привет")
    alice.taps("Принять")

What people expect and don't get is an AssertionError that shows their whole chat.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

# Longer than any wait that is asked of the server, so that the server's answer decides.
HTTP_TIMEOUT_SECONDS = 65.0

JSON = dict[str, Any]

# What is more special comes first: an animation is a document as well, a live photo a photo, a venue a location.
FILE_KINDS = ("live_photo", "photo", "video", "video_note", "voice", "audio", "animation", "sticker", "document")
OTHER_KINDS = (
    "contact", "venue", "location", "poll", "dice", "story", "game", "invoice", "checklist", "paid_media",
    "rich_message", "gift", "giveaway", "pinned_message",
)  # fmt: skip
KINDS = ("text", *FILE_KINDS, *OTHER_KINDS)


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button; `data` is what it calls back with, if it does."""

    text: str
    data: str | None
    url: str | None
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its chat's person sees it; `raw` is the Bot API's Message."""

    message_id: int
    by_bot: bool
    text: str
    edited: bool
    revision: int
    buttons: tuple[Button, ...]
    raw: JSON

    @classmethod
    def shown(cls, raw: JSON) -> Message:
        """Read a message of the control API."""
        rows = raw.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = tuple(
            Button(button["text"], button.get("callback_data"), button.get("url"), row, column)
            for row, line in enumerate(rows)
            for column, button in enumerate(line)
        )
        text = raw.get("text") or raw.get("caption") or ""
        return cls(raw["message_id"], raw["by_bot"], text, "edit_date" in raw, raw["revision"], buttons, raw)

    @property
    def entities(self) -> list[JSON]:
        """The formatting of the text or caption."""
        entities: list[JSON] = self.raw.get("entities") or self.raw.get("caption_entities") or []
        return entities

    @property
    def kind(self) -> str:
        """What it is: `text`, `photo`, `voice`, `contact`, `pinned_message`, …"""
        return next((name for name in KINDS if name in self.raw), "")

    @property
    def reactions(self) -> list[str]:
        """What the bot has reacted with."""
        return [reaction["emoji"] for reaction in self.raw["reactions"]["bot"]]

    @property
    def file(self) -> JSON | None:
        """The file in it, of a picture the largest size."""
        media = self.raw.get(self.kind) if self.kind in FILE_KINDS else None
        return media[-1] if isinstance(media, list) else media

    def __str__(self) -> str:
        kind = "" if self.kind == "text" else self.kind
        labels = "".join(f" [{button.text}]" for button in self.buttons)
        return f"{'bot' if self.by_bot else 'me '} {self.message_id}: {f'<{kind}> ' if kind else ''}{self.text}{labels}"


class RefusedError(Exception):
    """The simulator would not do it: no Telegram app would let a person do that."""


class Simulator:
    """A running simulator at `url`.

    `patience` is how many seconds people wait for what they expect to see; for an update to be taken, three times that.
    """

    def __init__(self, url: str, *, patience: float = 5.0) -> None:
        self.url = url.rstrip("/")
        self.patience = patience
        self._http = httpx.Client(base_url=self.url, timeout=HTTP_TIMEOUT_SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def person(self, name: str, language: str = "ru", **known: Any) -> Person:
        """Open a Telegram account; `known` may hold `id`, `last_name`, `username`, `started`, `premium`."""
        return Person(self, self.post("/control/people", name=name, language=language, **known))

    def people(self) -> list[Person]:
        """Return everybody who has an account."""
        return [Person(self, described) for described in self.get("/control/people")]

    def updates(self, person: Person | None = None) -> list[JSON]:
        """Return the updates that arose, oldest first, with `update_id`, `kind`, `update`, `stage`, `attempts`."""
        updates: list[JSON] = self.get("/control/updates", person=person and person.person_id)
        return updates

    def redeliver(self, update_id: int, *, wait: bool = True) -> None:
        """Send an update that the bot has taken once more; with `wait`, return when it has taken it again."""
        self.post(f"/control/updates/{update_id}/redeliver")
        if wait:
            self.wait_taken(update_id)

    def wait_taken(self, update_id: int, within: float | None = None) -> None:
        """Return when the webhook has answered the update with 2xx. Raises AssertionError after `within` seconds."""
        within = within or 3 * self.patience
        update = self.get(f"/control/updates/{update_id}", wait=within)
        if update["stage"] != "delivered":
            raise AssertionError(
                f"update {update_id} ({update['kind']}) is {update['stage']} after {within} s and"
                f" {update['attempts']} attempts: {update['trouble'] or 'no answer yet'}\n{update['update']}"
            )

    def pending(self) -> list[JSON]:
        """Return the updates that the bot has not taken yet."""
        pending: list[JSON] = self.get("/control/pending")
        return pending

    def wait_idle(self, within: float | None = None) -> None:
        """Return when no update waits or is in flight. Raises AssertionError after `within` seconds."""
        within = within or 3 * self.patience
        pending = self.get("/control/pending", wait=within)
        if pending:
            described = "\n".join(f"{update['update_id']} {update['kind']}: {update['trouble']}" for update in pending)
            raise AssertionError(f"{len(pending)} updates are not taken after {within} s:\n{described}")

    def calls(self, method: str | None = None, person: Person | None = None, *, after: int = 0) -> list[JSON]:
        """Return the bot's calls, oldest first: `number`, `time`, `method`, `chat_id`, `params`, `answer`, `answered`.

        Only those of a `method`, to a `person`'s chat, and numbered above `after`, where given.
        """
        calls: list[JSON] = self.get("/control/calls", method=method, person=person and person.person_id, after=after)
        return calls

    def breaks(
        self,
        method: str | None = None,
        person: Person | None = None,
        *,
        times: int | None = 1,
        status: int | None = None,
        retry_after: int | None = None,
        drop_answer: bool = False,
        latency_ms: int = 0,
        probability: float = 1.0,
        down: bool = False,
    ) -> int:
        """Let the next `times` calls (None: all) of a method and to a person's chat go wrong; return the fault's id.

        `status` refuses them (429 with `retry_after` seconds); `drop_answer` does the work and closes the connection;
        `latency_ms` does the work and answers late; `down` closes the connection unheard. `probability` is the share of
        the calls that are hit, between 0 and 1.
        """
        fault: JSON = self.post(
            "/control/faults",
            method=method,
            chat_id=person and person.person_id,
            times=times,
            status=status,
            retry_after=retry_after,
            drop_answer=drop_answer,
            latency_ms=latency_ms,
            probability=probability,
            down=down,
        )
        fault_id: int = fault["id"]
        return fault_id

    def heals(self, fault_id: int | None = None) -> None:
        """End one trouble made by `breaks`, or all of it."""
        self.request("DELETE", "/control/faults" if fault_id is None else f"/control/faults/{fault_id}")

    def faults(self) -> list[JSON]:
        """Return the trouble that is on, with `id`, `hits` and what `breaks` was told."""
        faults: list[JSON] = self.get("/control/faults")
        return faults

    def down(self) -> None:
        """Take Telegram away until `up`: the bot's calls break off unheard and no update comes."""
        self.breaks(times=None, down=True)

    def up(self) -> None:
        """Bring Telegram back."""
        self.request("DELETE", "/control/outage")

    def limits(self) -> JSON:
        """Return the flood limits: `enabled`, `per_chat` and `overall` with `per_second` and `burst`."""
        limits: JSON = self.get("/control/limits")
        return limits

    def limits_to(self, **limits: Any) -> None:
        """Set flood limits in the form of `limits()`; what is left out stays. Buckets are full again."""
        self.request("PUT", "/control/limits", json=limits)

    def webhook(self) -> JSON:
        """Return the bot's WebhookInfo."""
        info: JSON = self.get("/control/webhook")
        return info

    def webhook_is_set(self, within: float = 0.0) -> bool:
        """Return whether the bot has set a webhook, waiting for it up to `within` seconds."""
        return bool(self.get("/control/webhook", wait=within)["url"])

    def reset(self) -> None:
        """Forget people, chats, updates, calls and faults; the webhook and the bot's menus stay."""
        self.post("/control/reset")

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON at a path of the control API."""
        return self.request("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, **body: Any) -> Any:
        """Post a JSON object to a path of the control API; return the JSON it answers."""
        return self.request("POST", path, json=body)

    def request(self, verb: str, path: str, **options: Any) -> Any:
        """Call the control API; return the JSON it answers. Raises RefusedError when it refuses."""
        return self.answer(verb, path, **options).json()

    def answer(self, verb: str, path: str, **options: Any) -> httpx.Response:
        """Call the control API; return the whole answer. Raises RefusedError when it refuses."""
        response = self._http.request(verb, path, **options)
        if response.status_code in {404, 409, 422}:
            raise RefusedError(response.json()["error"])
        return response.raise_for_status()


class Person:
    """Somebody with a Telegram account, in front of their chat with the bot."""

    def __init__(self, telegram: Simulator, described: Mapping[str, Any]) -> None:
        self.telegram = telegram
        self.person_id: int = described["id"]
        self.first_name: str = described["first_name"]
        self.last_name: str = described["last_name"]
        self.username: str = described["username"]
        self._path = f"/control/people/{self.person_id}"
        self._seen = 0

    def __repr__(self) -> str:
        return f"<Person {self.first_name} {self.person_id}>"

    def sends(
        self,
        text: str,
        entities: Sequence[JSON] | None = None,
        *,
        reply_to: Message | None = None,
        wait: bool = True,
        **more: Any,
    ) -> Message:
        """Send a text; with `wait`, return when the bot has taken it.

        `more` are other fields of `simulator.control.messages.NewMessage`: `quote`, `forward_from`, `via_bot`, …
        """
        reply = reply_to and reply_to.message_id
        sent = self.telegram.post(f"{self._path}/messages", text=text, entities=entities, reply_to=reply, **more)
        return self._sent(sent, wait=wait)

    def sends_media(
        self,
        kind: str,
        caption: str = "",
        *,
        album: str | None = None,
        reply_to: Message | None = None,
        wait: bool = True,
        **more: Any,
    ) -> Message:
        """Send a `photo`, `video`, `voice`, `sticker`, `contact`, …; those of one `album` belong together.

        `more` are other fields of `simulator.control.messages.NewMessage`: `file_name`, `details`, `spoiler`, …
        """
        reply = reply_to and reply_to.message_id
        wanted = {"kind": kind, "text": caption, "album": album, "reply_to": reply, **more}
        return self._sent(self.telegram.post(f"{self._path}/messages", **wanted), wait=wait)

    def sends_album(
        self, *kinds: str, caption: str = "", reply_to: Message | None = None, wait: bool = True
    ) -> list[Message]:
        """Send several files as one album, the caption under the first; return its messages."""
        album = secrets.token_hex(8)
        captions = [caption, *("" for _ in kinds[1:])]
        sent = [
            self.sends_media(kind, text, album=album, reply_to=reply_to, wait=False)
            for kind, text in zip(kinds, captions, strict=True)
        ]
        if wait:
            self.telegram.wait_idle()
        return sent

    def forwards(self, message: Message, chat_of: Person, *, wait: bool = True, **more: Any) -> Message:
        """Forward a message of somebody's chat with the bot; `forward_from` in `more` shows another origin."""
        forward = {"person": chat_of.person_id, "message_id": message.message_id}
        return self._sent(self.telegram.post(f"{self._path}/messages", forward=forward, **more), wait=wait)

    def edits(
        self,
        message: Message,
        text: str | None = None,
        entities: Sequence[JSON] | None = None,
        *,
        wait: bool = True,
        **more: Any,
    ) -> Message:
        """Edit a message of one's own: its text, or in `more` its `caption`, or its file by another of a `kind`."""
        path = f"{self._path}/messages/{message.message_id}"
        change = {"text": text, "entities": entities, **more}
        return self._sent(self.telegram.request("PATCH", path, json=change), wait=wait)

    def deletes(self, message: Message, *, for_both: bool = True) -> None:
        """Delete a message on both sides, or on one's own screen only; the bot is not told."""
        query = {} if for_both else {"for": "me"}
        self.telegram.request("DELETE", f"{self._path}/messages/{message.message_id}", params=query)

    def votes(self, message: Message, *options: int, wait: bool = True) -> None:
        """Vote in a poll for options, counted from 0; for none, take the vote back."""
        voted = self.telegram.post(f"{self._path}/votes", message_id=message.message_id, options=list(options))
        self._wait_taken(voted, wait=wait)

    def pins(self, message: Message, *, wait: bool = True) -> Message:
        """Pin a message; the bot gets a service message, which can't be copied."""
        return self._sent(self.telegram.post(f"{self._path}/messages/{message.message_id}/pin"), wait=wait)

    def reacts(
        self, message: Message, emoji: str | None, *, custom_emoji_id: str | None = None, wait: bool = True
    ) -> None:
        """React to a message with an emoji or, who pays for Telegram, a custom one; None takes the reaction back."""
        reaction = {"message_id": message.message_id, "emoji": emoji, "custom_emoji_id": custom_emoji_id}
        self._wait_taken(self.telegram.post(f"{self._path}/reactions", **reaction), wait=wait)

    def taps(
        self, label: str, *, message: Message | None = None, within: float | None = None, wait: bool = True
    ) -> str | None:
        """Tap the newest button whose label contains `label`, of `message` if given, waiting for it if need be.

        With `wait`, return when the webhook has taken it, with the text the bot answered to the tap, if any.
        """
        found = self._button(label, message, within or self.telegram.patience)
        tapped = self.telegram.post(
            f"{self._path}/taps", message_id=found[0].message_id, row=found[1].row, column=found[1].column
        )
        self._wait_taken(tapped, wait=wait)
        answer: dict[str, str | None] | None = self.telegram.get(f"/control/queries/{tapped['query_id']}")["answer"]
        return None if answer is None else answer["text"]

    def sees(self, text: str, within: float | None = None) -> Message:
        """Return the first message of the bot, new or edited since the last one seen, that contains `text`.

        Waits for it up to `within` seconds; then raises AssertionError with the whole chat.
        """
        within = within or self.telegram.patience
        deadline = time.monotonic() + within
        after = self._seen
        while True:
            chat = self._chat(after=after, wait=max(deadline - time.monotonic(), 0.0))
            unseen = sorted((m for m in chat if m.by_bot and m.revision > self._seen), key=lambda m: m.revision)
            for message in unseen:
                if text in message.text:
                    self._seen = message.revision
                    return message
            after = max((message.revision for message in chat), default=after)
            if time.monotonic() >= deadline:
                raise AssertionError(f"{self.first_name} does not see “{text}” within {within} s\n{self._told(chat)}")

    def sees_nothing(self, within: float = 1.0, *, edits: bool = True) -> None:
        """Watch for `within` seconds that the bot says nothing unseen. Raises AssertionError if it does.

        Without `edits` what it changes in an earlier message does not count.
        """
        deadline = time.monotonic() + within
        after = self._seen
        while (left := deadline - time.monotonic()) > 0:
            chat = self._chat(after=after, wait=left)
            unseen = (message for message in chat if message.by_bot and message.revision > self._seen)
            if any(edits or not message.edited for message in unseen):
                raise AssertionError(f"{self.first_name} should see nothing new\n{self._told(chat)}")
            after = max((message.revision for message in chat), default=after)

    def catches_up(self) -> None:
        """Count everything that is in the chat now as seen."""
        self._seen = max((message.revision for message in self.chat()), default=0)

    def chat(self) -> list[Message]:
        """Return the whole chat, oldest message first."""
        return self._chat()

    @property
    def last_message(self) -> Message:
        """The newest message of the chat, whoever wrote it. Raises AssertionError in an empty chat."""
        chat = self.chat()
        if not chat:
            raise AssertionError(f"{self.first_name}'s chat is empty")
        return chat[-1]

    @property
    def buttons(self) -> list[str]:
        """The labels of the newest message that has buttons."""
        with_buttons = [message for message in self.chat() if message.buttons]
        return [button.text for button in with_buttons[-1].buttons] if with_buttons else []

    def commands(self) -> list[JSON]:
        """Return the menu that this person sees."""
        commands: list[JSON] = self.telegram.get(f"{self._path}/commands")
        return commands

    def downloads(self, message: Message) -> bytes:
        """Return the content of the file in a message, of a picture the largest size."""
        file = message.file
        if file is None:
            raise AssertionError(f"there is no file in {message}")
        return self.telegram.answer("GET", f"/control/files/{file['file_id']}").content

    def leaves_telegram(self) -> None:
        """Delete one's account; the bot is not told, but can't write any more."""
        self.telegram.request("DELETE", self._path)

    def speaks(self, language: str) -> None:
        """Switch the language of one's Telegram app."""
        self.telegram.request("PATCH", self._path, json={"language": language})

    def refuses_voice(self, refuses: bool = True) -> None:
        """Keep voice and video messages away, or let them come again."""
        self.telegram.request("PATCH", self._path, json={"refuses_voice": refuses})

    def blocks_bot(self, *, wait: bool = True) -> None:
        """Block the bot."""
        self._wait_taken(self.telegram.post(f"{self._path}/block"), wait=wait)

    def unblocks_bot(self, *, wait: bool = True) -> None:
        """Let the bot write again."""
        self._wait_taken(self.telegram.post(f"{self._path}/unblock"), wait=wait)

    def transcript(self) -> str:
        """Return the chat as text, to be read by a human."""
        return self._told(self.chat())

    def _chat(self, **query: Any) -> list[Message]:
        messages = self.telegram.get(f"{self._path}/chat", **query)["messages"]
        return [Message.shown(message) for message in messages]

    def _told(self, chat: list[Message]) -> str:
        lines = [f"{' ' if message.revision <= self._seen else '*'} {message}" for message in chat]
        return "\n".join([f"--- {self.first_name}'s chat (* not seen before) ---", *lines, "---"])

    def _button(self, label: str, message: Message | None, within: float) -> tuple[Message, Button]:
        deadline = time.monotonic() + within
        chat = self._chat()
        while True:
            for shown in reversed(chat):
                for button in shown.buttons if message is None or shown.message_id == message.message_id else ():
                    if label in button.text and button.data is not None:
                        return shown, button
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(
                    f"{self.first_name} finds no button “{label}” within {within} s\n{self._told(chat)}"
                )
            chat = self._chat(after=max((shown.revision for shown in chat), default=0), wait=left)

    def _sent(self, answer: JSON, *, wait: bool) -> Message:
        self._wait_taken(answer, wait=wait)
        return Message.shown(answer["message"])

    def _wait_taken(self, answer: JSON, *, wait: bool) -> None:
        # There is no update of a kind that the bot did not ask for.
        if wait and answer["update_id"] is not None:
            self.telegram.wait_taken(answer["update_id"])
