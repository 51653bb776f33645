"""What its writer lets go although it shows who they are, as far as the database goes."""

from datetime import timedelta
from functools import partial

import pytest

from chat import holding, taking_back
from chat.holding import Decision, KeptBack
from chat.models import ChatSession
from chat.services import NoSession
from chat.taking_back import Place
from delivery.models import OutboxMessage
from profiles.models import Profile
from safety import blocks
from tests.base import person
from tests.matching.racing import race
from tests.outbox import told
from tests.safety.scenes import NOON, conversation, ended

from .media import delivered, on_the_way_to, picture, quiet, refuses, shows, taken_by_the_sender, waiting_ids

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=5)
ROUNDS = 5


def sends(
    session: ChatSession, by: Profile, message_id: int = 11, kind: str = "text", reply_to: int | None = None
) -> Decision:
    """The writer taps "send it anyway"."""
    shown = kind != "text"
    kept = KeptBack(session.pk, by.pk, message_id, kind=kind, shown=shown, reply_to=reply_to)
    return holding.send_anyway(kept, now=LATER)


def keeps(session: ChatSession, by: Profile, message_id: int = 11) -> Decision:
    """The writer taps "don't send it"."""
    return holding.keep(session_id=session.pk, sender_id=by.pk, message_id=message_id)


def counted(session: ChatSession, by: Profile) -> int:
    """How many messages of this person were counted."""
    session.refresh_from_db()
    return session.msg_count_a if by.pk == session.a_id else session.msg_count_b


def test_it_goes_out_once_and_counts_once(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9, C4: a second tap, or the same one brought again, sends nothing more, before and after it has arrived."""
    assert sends(session, mira, reply_to=70) is Decision.SENT
    assert sends(session, mira, reply_to=70) is Decision.SENT
    assert on_the_way_to(oleh) == [11]
    (leased,) = taken_by_the_sender(LATER)
    delivered(leased, [81], LATER)
    assert sends(session, mira) is Decision.SENT
    assert on_the_way_to(oleh) == []
    assert counted(session, mira) == 1
    assert (session.last_message_at, session.last_message_by_id) == (LATER, mira.pk)


def test_what_it_answers_goes_along(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C2, C9: by its id in the reader's chat."""
    sends(session, mira, reply_to=70)
    assert OutboxMessage.objects.get(kind="chat.relay").params["reply_to"] == 70


def test_what_is_kept_is_not_sent(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: and not counted; a no that comes after a yes says what is true."""
    assert keeps(session, mira) is Decision.UNSENT
    assert told(oleh) == []
    assert counted(session, mira) == 0
    sends(session, mira)
    assert keeps(session, mira) is Decision.SENT


def test_nothing_goes_out_after_the_end(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: not even into the next conversation of the same two."""
    ended(session, oleh)
    quiet()
    again = conversation(mira, oleh, LATER)
    quiet()
    assert sends(session, mira) is Decision.OVER
    assert keeps(session, mira) is Decision.OVER
    assert told(oleh) == []
    assert counted(again, mira) == 0


def test_only_in_ones_own_conversation(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: a button says no more than where to look, and anybody can send one."""
    with pytest.raises(NoSession):
        sends(session, person("Ян"))
    with pytest.raises(NoSession):
        holding.keep(session_id=10**18, sender_id=mira.pk, message_id=11)
    assert told(oleh) == []


def test_a_file_then_waits_for_its_reader(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1, C9: first its writer agrees, then its reader, who is asked once."""
    assert sends(session, mira, kind="document") is Decision.WAITS
    assert sends(session, mira, kind="document") is Decision.WAITS
    assert keeps(session, mira) is Decision.WAITS
    assert waiting_ids() == [11]
    assert told(oleh) == ["chat.show_question"]
    shows(session, oleh)
    assert on_the_way_to(oleh) == [11]
    assert sends(session, mira, kind="document") is Decision.SENT
    assert on_the_way_to(oleh) == [11]
    assert counted(session, mira) == 1


def test_a_reader_who_wants_no_files_gets_none(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1, C9: whatever the writer agrees to."""
    sends(session, mira, 11, kind="photo")
    refuses(session, oleh)
    assert sends(session, mira, 12, kind="document") is Decision.UNWANTED
    assert on_the_way_to(oleh) == []
    assert counted(session, mira) == 1


def test_what_was_taken_back_for_its_new_form_can_be_let_go(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: an edit brought a contact in while it was on its way; it was counted before."""
    sends(session, mira)
    assert taking_back.take_back(picture(session, mira, 11, kind=""), now=LATER) is Place.WAITING
    assert on_the_way_to(oleh) == []
    assert sends(session, mira) is Decision.SENT
    assert sends(session, mira) is Decision.SENT
    assert on_the_way_to(oleh) == [11]
    assert counted(session, mira) == 1


@pytest.mark.django_db(transaction=True)
def test_many_taps_at_once() -> None:
    """C4, C9: on many screens, brought again, to many processes: one message, counted once."""
    for number in range(ROUNDS):
        mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
        session = conversation(mira, oleh)
        quiet()
        assert race([partial(sends, session, mira)] * 4) == [Decision.SENT] * 4
        assert on_the_way_to(oleh) == [11]
        assert counted(session, mira) == 1
        ended(session, mira)


@pytest.mark.django_db(transaction=True)
def test_letting_go_while_the_partner_leaves() -> None:
    """C9, S2: whichever is first, nothing is on its way afterwards, and who wrote it knows."""
    for number in range(ROUNDS):
        mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
        session = conversation(mira, oleh)
        quiet()
        block = partial(blocks.block, profile_id=oleh.pk, session_id=session.pk, now=LATER)
        decision, _ = race([partial(sends, session, mira), block])
        assert decision in (Decision.SENT, Decision.OVER)
        assert on_the_way_to(oleh) == []
        assert ("chat.unsent" in told(mira)) == (decision is Decision.SENT)
