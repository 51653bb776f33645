"""The street from end to end: two people who have never met, from /start to goodbye."""

from project.supervisor import Stack
from simulator.client import Person, Simulator
from tests.e2e.journey import ask_to_be_introduced, connect, onboard
from tests.e2e.traces import metric
from tests.supervisor.waiting import until

RELAYED = 'relayed_messages_total{kind="text"}'
LINES = [
    "Привет! Как ты сегодня?",
    "Честно? Так себе. 😔",
    "Понимаю. Я тоже третью ночь не сплю",
    "Спасибо, что ответил ❤️‍🩹",
    "Можно просто помолчать вместе",
    "Дякую, що ти тут 🇺🇦",
    "Ёлки, и правда легче стало",
    "a < b & c > d — это не разметка",
    "Две\nстроки\n\nи пустая между ними",
    "👩‍👩‍👧‍👦🏳️‍🌈",
]


def _talk(one: Person, other: Person) -> None:
    for line in LINES:
        one.sends(line)
        assert other.sees(line).text == line
        other.sends(f"{line} — взаимно")
        assert one.sees(f"{line} — взаимно").text == f"{line} — взаимно"


def test_two_people_meet_talk_and_say_goodbye(sim: Simulator) -> None:
    """C1, C7: twenty messages in both directions arrive as they were written; /end asks, ends and tells both."""
    mira, andrey = connect(sim)
    _talk(mira, andrey)

    mira.sends("/end")
    mira.sees("Завершить разговор?")
    mira.taps("Завершить")
    mira.sees("Разговор закончился")
    andrey.sees("Разговор закончился", within=2)

    andrey.sends("Ты ещё здесь?")
    andrey.sees("/find")
    mira.sees_nothing(edits=False)


def test_what_is_relayed_is_measured(sim: Simulator, stack: Stack) -> None:
    """O1, A4: the counters of all processes stand in one exposition."""
    before = metric(stack, RELAYED)
    mira, andrey = connect(sim)
    mira.sends("раз")
    andrey.sends("два")
    mira.sees("два")
    # What arrived is counted a moment after it can be read.
    until(lambda: metric(stack, RELAYED) >= before + 2)
    assert metric(stack, RELAYED) == before + 2


def test_formatting_survives(sim: Simulator) -> None:
    """C1: what is bold, hidden or quoted arrives so."""
    mira, andrey = connect(sim)
    text = "Тихо: это важно 🙏 и секрет"
    entities = [
        {"type": "bold", "offset": 6, "length": 3},
        {"type": "italic", "offset": 10, "length": 5},
        {"type": "spoiler", "offset": 21, "length": 6},
    ]
    mira.sends(text, entities=entities)
    received = andrey.sees("это важно")
    assert received.text == text
    assert received.entities == entities


def test_messages_are_copied_never_forwarded(sim: Simulator) -> None:
    """P8, C1: nothing of the sender but the nickname reaches the partner."""
    mira, andrey = connect(sim)
    mira.sends("Меня здесь не видно")
    andrey.sees("Меня здесь не видно")
    assert not sim.calls("forwardMessage")
    everything = str([message.raw for message in andrey.chat()]) + str(sim.calls(person=andrey))
    for secret in (mira.username, mira.last_name):
        assert secret not in everything
    shown = str([message.raw for message in andrey.chat()])
    assert str(mira.person_id) not in shown


def test_what_cannot_be_passed_on_is_refused_with_the_reason(sim: Simulator) -> None:
    """C1: a kind that is not relayed is said to its sender, and the partner sees nothing of it."""
    mira, andrey = connect(sim)
    mira.sends_media("contact")
    mira.sees("контакт показал бы")
    mira.sends_media("unsupported")
    mira.sees("пока не умею")
    mira.sends("/nonsense")
    mira.sees("/help")
    mira.sends("Смотри сюда", entities=[{"type": "text_mention", "offset": 0, "length": 6, "user": _somebody(mira)}])
    mira.sees("упоминание")
    andrey.sees_nothing()


def test_the_partner_who_blocks_the_bot_is_gone_and_the_other_is_told(sim: Simulator) -> None:
    """C5: a partner who blocked the bot ends the session; the other is told and can search again."""
    mira, andrey = connect(sim)
    andrey.blocks_bot()
    mira.sees("больше нет связи")
    mira.sends("Ау?")
    mira.sees("/find")


def test_a_block_that_is_noticed_only_when_writing(sim: Simulator) -> None:
    """C5, C4: Telegram's 403 ends the session, and the sender knows."""
    mira, andrey = connect(sim)
    sim.breaks("copyMessage", andrey, status=403)
    mira.sends("Ты тут?")
    mira.sees("больше нет связи")
    andrey.sees_nothing(0.5)


def test_a_hint_outside_a_conversation_says_what_to_do(sim: Simulator) -> None:
    """C5: outside a session a message gets a hint to /find; while searching, that I'm looking."""
    mira = onboard(sim, "Мира")
    mira.sends("Здесь кто-нибудь есть?")
    mira.sees("/find")
    ask_to_be_introduced(mira)
    mira.sends("Ну как там?")
    mira.sees("/cancel")
    mira.sends("/end")
    mira.sees("/find")


def _somebody(person: Person) -> dict[str, object]:
    return {"id": person.person_id, "is_bot": False, "first_name": person.first_name}
