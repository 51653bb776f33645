"""Who talks with whom: the one statement of the relay, for whoever asks it (never cached, see relay.py)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

# Telegram gives whole seconds by its own clock.
CLOCK_TOLERANCE = timedelta(seconds=2)
_AT_ANY_TIME = datetime.max.replace(tzinfo=UTC)

_STANDING = "(p.suspended_until IS NULL OR p.suspended_until <= %(now)s)"
_ASKED = "EXISTS (SELECT 1 FROM profiles_prompt q WHERE q.profile_id = {} AND q.expires_at > %(now)s)"
_PERSON = "delivery_recipient r JOIN profiles_profile p ON p.recipient_id = r.id"
# Standing, the open question and the live seat. An update that answered a question is not passed on once the question
# is closed, nor what was written before the conversation began.
_MAY_WRITE = f"{_STANDING} AND p.last_update_id IS DISTINCT FROM {{}} AND NOT {_ASKED.format('r.id')}"
_ME = f"""
WITH me AS (
    SELECT r.id, r.language, %(message_id)s::bigint AS message_id, %(update_id)s::bigint AS update_id FROM {_PERSON}
    WHERE r.telegram_id = %(telegram_id)s AND {_MAY_WRITE.format("%(update_id)s")})
"""  # noqa: S608  (constants)
_PEER = "CASE WHEN s.a_id = {0} THEN s.b_id ELSE s.a_id END"
_TALKS = "s.match_id = seat.match_id AND s.ended_at IS NULL AND {0} IN (s.a_id, s.b_id) AND s.started_at <= {1}"
_LIVE = f"""
me JOIN matching_seat seat ON seat.profile_id = me.id, delivery_recipient peer
WHERE {_TALKS.format("me.id", "%(sent_at)s")} AND peer.id = {_PEER.format("me.id")}
"""
# `queued`: something the peer must read first is still on its way (a "you are connected", an earlier message).
_ROUTE = """
s.id, me.id, me.language, peer.id, peer.telegram_id,
    EXISTS (
        SELECT 1 FROM delivery_outboxmessage o WHERE o.recipient_id = peer.id AND o.state = 'pending'
          AND o.kind IN ('chat.relay', 'chat.album', 'chat.connected')),
    EXISTS (
        SELECT 1 FROM delivery_outboxmessage o
        WHERE o.dedupe_key = concat_ws(':', 'relay', s.id, me.id, me.message_id)),
    CASE WHEN s.a_id = me.id THEN s.media_b ELSE s.media_a END
"""

# What comes through the API has no update that could be brought again.
COUNTED_ONCE = f"""
{_ME}
UPDATE chat_chatsession s SET
    msg_count_a = msg_count_a + (s.a_id = me.id)::int,
    msg_count_b = msg_count_b + (s.b_id = me.id)::int,
    last_message_at = %(now)s,
    last_message_by_id = me.id
FROM {_LIVE}
RETURNING {_ROUTE}, false
"""  # noqa: S608  (constants)

LOCATED = f"{_ME} SELECT {_ROUTE}, false FROM chat_chatsession s, {_LIVE}"  # noqa: S608  (constants)

# The count in the same statement; a redelivered update is not counted twice.
_COUNT = """
    msg_count_a = msg_count_a + (s.a_id = me.id AND s.last_update_a IS DISTINCT FROM me.update_id)::int,
    msg_count_b = msg_count_b + (s.b_id = me.id AND s.last_update_b IS DISTINCT FROM me.update_id)::int,
    last_update_a = CASE WHEN s.a_id = me.id THEN me.update_id ELSE s.last_update_a END,
    last_update_b = CASE WHEN s.b_id = me.id THEN me.update_id ELSE s.last_update_b END,
    last_message_at = %(now)s,
    last_message_by_id = me.id
"""
_RESENT = (
    "(CASE WHEN s.a_id = me.id THEN old.last_update_a ELSE old.last_update_b END) IS NOT DISTINCT FROM me.update_id"
)
COUNTED = f"""
{_ME}
UPDATE chat_chatsession s SET {_COUNT} FROM {_LIVE} RETURNING {_ROUTE}, {_RESENT}
"""  # noqa: S608  (constants)

# Several messages at once. It waits for nobody: whoever is held by somebody else, or is the second of a conversation,
# is left out. The writer's profile is held as well, because the foreign key of `last_message_by` would wait for it.
COUNTED_TOGETHER = f"""
WITH me AS (
    SELECT r.id, r.language, w.message_id, w.update_id, w.place, s.id AS session_id, {_PEER.format("r.id")} AS peer_id
    FROM unnest(
            %(telegram_ids)s::bigint[], %(message_ids)s::bigint[], %(update_ids)s::bigint[], %(sent_by)s::timestamptz[])
        WITH ORDINALITY AS w (telegram_id, message_id, update_id, sent_by, place)
    JOIN ({_PERSON}) ON r.telegram_id = w.telegram_id
    JOIN matching_seat seat ON seat.profile_id = r.id
    JOIN chat_chatsession s ON {_TALKS.format("r.id", "w.sent_by")}
    WHERE {_MAY_WRITE.format("w.update_id")}
    FOR NO KEY UPDATE OF s SKIP LOCKED FOR KEY SHARE OF p SKIP LOCKED)
UPDATE chat_chatsession s SET {_COUNT}
FROM me JOIN delivery_recipient peer ON peer.id = me.peer_id
WHERE s.id = me.session_id
RETURNING me.place, {_ROUTE}, {_RESENT}
"""  # noqa: S608  (constants)

# What is done with messages of before is no answer to a question, whenever they were written.
TALKING = f"""
WITH me AS (SELECT r.id, r.language FROM {_PERSON} WHERE r.telegram_id = %(telegram_id)s AND {_STANDING})
SELECT s.id, me.id, me.language, peer.id, peer.telegram_id, CASE WHEN s.a_id = me.id THEN s.media_b ELSE s.media_a END,
    {_ASKED.format("me.id")}, s.started_at
FROM chat_chatsession s, {_LIVE}
"""  # noqa: S608  (constants)


UNCOUNTED = """
UPDATE chat_chatsession SET
    msg_count_a = msg_count_a - (a_id = %(sender_id)s)::int,
    msg_count_b = msg_count_b - (b_id = %(sender_id)s)::int,
    last_update_a = CASE WHEN a_id = %(sender_id)s AND %(forget)s THEN NULL ELSE last_update_a END,
    last_update_b = CASE WHEN b_id = %(sender_id)s AND %(forget)s THEN NULL ELSE last_update_b END
WHERE id = %(session_id)s
  AND %(update_id)s = CASE WHEN a_id = %(sender_id)s THEN last_update_a ELSE last_update_b END
"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The live conversation of a person, as changes of its messages need it. `media` is what the peer says to
    pictures (`ChatSession.Media`); `asked`: a question of ours is open for the person."""

    session_id: int
    profile_id: int
    language: str
    peer_id: int
    peer_telegram_id: int
    media: str
    asked: bool
    started_at: datetime

    def began_after(self, sent_at: datetime) -> bool:
        """Whether what was written at `sent_at` by Telegram's clock was written before, for somebody else."""
        return self.started_at > sent_at + CLOCK_TOLERANCE


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes. `media` is what the peer says to pictures (`ChatSession.Media`); `resent`: this update was
    routed before, and whoever did so may have sent it."""

    session_id: int
    sender_id: int
    language: str
    peer_id: int
    peer_telegram_id: int
    queued: bool
    left_to_the_outbox: bool
    media: str
    resent: bool


def parameters(
    *, telegram_id: int, message_id: int, update_id: int, sent_at: datetime, now: datetime
) -> dict[str, Any]:
    """What COUNTED and LOCATED need to know of a message."""
    return {
        "telegram_id": telegram_id,
        "message_id": message_id,
        "update_id": update_id,
        "sent_at": sent_at + CLOCK_TOLERANCE,
        "now": now,
    }


def talking(*, telegram_id: int, now: datetime) -> dict[str, Any]:
    """What TALKING needs to know."""
    return {"telegram_id": telegram_id, "sent_at": _AT_ANY_TIME, "now": now}
