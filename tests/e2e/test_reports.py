"""Reporting and blocking, as people see it; and a suspension, as it is felt."""

import json
import re
from collections.abc import Callable

import pytest
from redis import Redis

from project.supervisor import Stack
from simulator.client import Message, Person, Simulator
from tests.e2e.journey import connect, onboard
from tests.e2e.traces import count_of, in_database, in_logs, in_redis, metric, rows_of

CANARY = "канарейка9c1e"
END_AND_BLOCK = "Завершить и заблокировать"


def reports_for(person: Person, *choices: str) -> None:
    """/report, and a tap on each of the choices."""
    person.sends("/report")
    for choice in choices:
        person.taps(choice)


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        (["Спам"], "spam"),
        (["Оскорбления"], "abuse"),
        (["в опасности", "Мне угрожают"], "danger"),
        (["18 лет"], "other"),
        (["Что-то другое"], "other"),
    ],
)
def test_each_reason_takes_a_few_taps_and_the_talk_goes_on(
    sim: Simulator, stack: Stack, choices: list[str], reason: str
) -> None:
    """S1, O1: reason, skip, stay: the report is counted, the partner sees nothing, both go on talking."""
    before = metric(stack, f'reports_total{{reason="{reason}"}}')
    mira, andrey = connect(sim)
    reports_for(mira, *choices)
    mira.sees("Жалоба принята")
    assert count_of(stack, "safety_report") == 1
    mira.taps("Пропустить")
    asked = mira.sees("Спасибо, что рассказываешь")
    # An impatient finger that taps on where "Skip" stood ends nothing.
    assert "Продолжить разговор" in asked.buttons[0].text
    mira.taps("Продолжить разговор")
    mira.sees("Разговор продолжается")
    mira.sends("Ты ещё здесь?")
    assert andrey.sees("").text == "Ты ещё здесь?"
    assert metric(stack, f'reports_total{{reason="{reason}"}}') == before + 1


def test_who_fears_for_the_other_reads_how_to_help(sim: Simulator) -> None:
    """S1: what helps, and hotlines to pass on, before anything else is asked."""
    mira, andrey = connect(sim)
    reports_for(mira, "в опасности", "Я боюсь")
    helped = mira.sees("спасать кого-то в одиночку не нужно")
    assert "📞" in helped.text
    # The next words go to the moderators: that has to be read last.
    question = mira.sees("Жалоба принята")
    assert question.message_id == mira.last_message.message_id
    mira.taps("Пропустить")
    mira.sees("Спасибо, что рассказываешь")
    # What was read stays to be read.
    assert any("спасать кого-то" in message.text for message in mira.chat())
    andrey.sees_nothing(0.5)


def test_the_comment_is_for_the_moderators_only(sim: Simulator, stack: Stack) -> None:
    """S1, C3: too long is said and nothing lost; what is taken stands encrypted in one table and nowhere else."""
    mira, andrey = connect(sim)
    reports_for(mira, "Оскорбления")
    mira.sees("Твоё следующее сообщение получат модераторы")
    mira.sends_media("photo", CANARY)
    mira.sees("только новое сообщение словами")
    mira.sends(f"{CANARY} " + "ы" * 1000)
    mira.sees("помещается 1000")
    mira.sends(f"{CANARY} и прочее")
    mira.sees("Спасибо, что рассказываешь")
    andrey.sees_nothing(0.5)
    mira.sends("А это тебе")
    andrey.sees("А это тебе")

    for encoded in (CANARY, CANARY.encode("unicode_escape").decode()):
        assert in_database(stack, encoded) == []
        assert in_redis(stack, encoded) == []
        assert in_logs(stack, encoded) == []
    assert stored(stack, "comment") == [f"{CANARY} и прочее"]


def test_a_command_says_that_it_closes_the_comment(sim: Simulator) -> None:
    """S1: who turns to something else must know that their next words go to the partner again."""
    mira, andrey = connect(sim)
    reports_for(mira, "Оскорбления")
    mira.sees("получат модераторы")
    mira.sends("/help")
    mira.sees("комментарий к ней я больше не жду")
    mira.sees("/profile")
    mira.sends("Слышишь меня?")
    andrey.sees("Слышишь меня?")


def test_a_message_is_attached_only_with_consent(sim: Simulator, stack: Stack) -> None:
    """S1, C3: /report in reply to a message of the partner's offers to attach it; only a yes stores it, encrypted."""
    mira, andrey = connect(sim)
    insult = says(andrey, mira, f"{CANARY} и грубость")
    mira.sends("/report", reply_to=insult)
    mira.taps("Оскорбления")
    mira.sees("Приложить сообщение")
    assert stored(stack, "evidence") == [""]
    mira.taps("Приложить это сообщение")
    mira.sees("Твоё следующее сообщение получат модераторы")
    mira.taps("Пропустить")
    mira.sees("Спасибо, что рассказываешь")
    assert stored(stack, "evidence") == [insult.text]
    for encoded in (CANARY, CANARY.encode("unicode_escape").decode()):
        assert in_database(stack, encoded) == []
        assert in_redis(stack, encoded) == []
        assert in_logs(stack, encoded) == []


def test_without_consent_nothing_is_attached(sim: Simulator, stack: Stack) -> None:
    """S1: "no" goes on to the comment."""
    mira, andrey = connect(sim)
    mira.sends("/report", reply_to=says(andrey, mira, "Грубость"))
    mira.taps("Оскорбления")
    mira.taps("Нет, без него")
    mira.sees("Твоё следующее сообщение получат модераторы")
    assert stored(stack, "evidence") == [""]


def test_a_message_that_was_deleted_is_not_attached(sim: Simulator, stack: Stack) -> None:
    """S1: the person hears so, and the report goes on without it."""
    mira, andrey = connect(sim)
    insult = says(andrey, mira, "Грубость")
    mira.sends("/report", reply_to=insult)
    mira.taps("Оскорбления")
    mira.sees("Приложить сообщение")
    mira.deletes(insult)
    assert "больше нет" in (mira.taps("Приложить это сообщение") or "")
    mira.sees("Твоё следующее сообщение получат модераторы")
    assert stored(stack, "evidence") == [""]


def test_words_of_ones_own_can_not_be_attached(sim: Simulator) -> None:
    """S1: neither one's own message, nor a card of the bot's that repeats one's own words, is offered as evidence."""
    mira, _ = connect(sim)
    mira.sends("/profile")
    card = mira.sees("Мира")
    mira.sends("/report", reply_to=card)
    mira.taps("Оскорбления")
    mira.sees("Твоё следующее сообщение получат модераторы")
    mira.taps("Пропустить")
    mine = mira.sends("Моё")
    mira.sends("/report", reply_to=mine)
    mira.taps("Спам")
    mira.sees("можно отправить через")


def test_reporting_twice(sim: Simulator) -> None:
    """S1: the seconds to wait for another reason; a delivery of the same tap shows the same question again."""
    mira, _ = connect(sim)
    reports_for(mira, "Спам")
    mira.sees("Жалоба принята")
    tap = [update for update in sim.updates(mira) if update["kind"] == "callback_query"][-1]
    sim.redeliver(tap["update_id"])
    reports_for(mira, "Оскорбления")
    assert "секунд" in mira.sees("можно отправить через").text


def test_a_delivery_of_the_comment_again_changes_nothing(sim: Simulator, stack: Stack) -> None:
    """S1, C4: the comment never reaches the partner, however often Telegram delivers it."""
    mira, andrey = connect(sim)
    reports_for(mira, "Спам")
    mira.sees("Жалоба принята")
    mira.sends(CANARY)
    mira.sees("Спасибо, что рассказываешь")
    comment = sim.updates(mira)[-1]["update_id"]
    before = rows_of(stack, "safety_report")
    _forget_updates(stack)
    sim.redeliver(comment)
    andrey.sees_nothing(0.5)
    assert rows_of(stack, "safety_report") == before


def test_block_reads_exactly_as_end(sim: Simulator, stack: Stack) -> None:
    """S2, O1: text and buttons are the same, byte for byte; the blocked person learns nothing."""
    before = metric(stack, "blocks_total")
    goodbyes = []
    pairs = [connect(sim), connect(sim, "Ада", "Борис")]
    for (mira, andrey), (command, button) in zip(
        pairs, [("/end", "Завершить"), ("/block", END_AND_BLOCK)], strict=True
    ):
        mira.sends(command)
        mira.taps(button)
        read = andrey.sees("Разговор закончился", within=2)
        shown = read.raw
        # Two conversations have two numbers.
        buttons = re.sub(r"chat:(again|rate):\d+", r"chat:\1:", json.dumps(shown["reply_markup"]))
        goodbyes.append((shown["text"], shown.get("entities"), buttons))
        andrey.sees_nothing(0.5)
        andrey.sends("Почему?")
        andrey.sees("/find")
    assert goodbyes[0] == goodbyes[1]
    assert metric(stack, "blocks_total") == before + 1


def test_end_and_block_in_the_report(sim: Simulator) -> None:
    """S1, S2: one tap after the report; the two are not introduced to each other again."""
    mira, andrey = connect(sim)
    reports_for(mira, "Спам")
    mira.taps("Пропустить")
    mira.taps(END_AND_BLOCK)
    mira.sees("30 дней вас не будут знакомить")
    andrey.sees("Разговор закончился")
    mira.sends("/block")
    mira.sees("30 дней вас не будут знакомить")
    for person in (mira, andrey):
        person.sends("/find")
        person.sees("Ищу")
    andrey.sees_nothing(0.5)


def test_after_the_end(sim: Simulator) -> None:
    """S1, S2: the last conversation can be reported, and its partner blocked; old buttons say how things are."""
    mira, andrey = connect(sim)
    mira.sends("/block")
    question = mira.sees("не встречаться с этим человеком")
    andrey.sends("/end")
    andrey.taps("Завершить разговор")
    assert "/report" in mira.sees("Разговор закончился").text
    mira.taps("Продолжить разговор", message=question)
    mira.sees("больше ничего не меняется")
    reports_for(mira, "Оскорбления")
    mira.taps("Пропустить")
    mira.sees("Ваш разговор закончен")
    mira.taps("Заблокировать")
    mira.sees("30 дней вас не будут знакомить")


def test_evidence_for_who_fears_for_the_other(sim: Simulator, stack: Stack) -> None:
    """S1: the message that the report answers can be attached below the help as well."""
    mira, andrey = connect(sim)
    mira.sends("/report", reply_to=says(andrey, mira, "Не хочу жить"))
    mira.taps("в опасности")
    mira.taps("Я боюсь")
    mira.sees("спасать кого-то")
    mira.taps("Приложить это сообщение")
    mira.sees("Твоё следующее сообщение получат модераторы")
    assert stored(stack, "evidence") == ["Не хочу жить"]


def test_help_is_at_hand_on_every_step(sim: Simulator) -> None:
    """S3: 🆘 stands under every question and every answer around a report, a block and an end, refusals included."""
    mira, _ = connect(sim)
    steps: list[Callable[[], object]] = [
        lambda: mira.sends("/report"),
        lambda: mira.taps("Отмена"),
        lambda: mira.sends("/report"),
        lambda: mira.taps("Спам"),
        lambda: mira.sends_media("photo"),
        lambda: mira.taps("Пропустить"),
        lambda: mira.taps("Продолжить"),
        lambda: mira.sends("/report"),
        lambda: mira.taps("Оскорбления"),
        lambda: mira.sends("/find"),
        lambda: mira.sends("/start"),
        lambda: mira.sends("/block"),
        lambda: mira.taps("Продолжить"),
        lambda: mira.sends("/end"),
        lambda: mira.taps("Продолжить"),
        lambda: mira.sends("/end"),
        lambda: mira.taps("Завершить"),
        lambda: mira.sends("/end"),
    ]
    for step in steps:
        step()
        said = max((message for message in mira.chat() if message.by_bot), key=lambda each: each.revision)
        assert any(button.data == "safety:sos" for button in said.buttons), f"no 🆘 under: {said}"


def test_nobody_to_report_or_block(sim: Simulator) -> None:
    """S1, S2: outside of everything the person hears kindly when it works, and cancelling leaves nothing behind."""
    mira = onboard(sim, "Мира")
    mira.sends("/report")
    mira.sees("Сейчас такого разговора нет")
    mira.sends("/block")
    mira.sees("Сейчас такого разговора нет")


def test_cancelling_a_report(sim: Simulator, stack: Stack) -> None:
    """S1: nothing is reported before a reason is chosen."""
    mira, _ = connect(sim)
    reports_for(mira, "Отмена")
    mira.sees("жалоба не отправлена")
    assert count_of(stack, "safety_report") == 0


def test_a_suspension_is_felt_at_once_and_lifted(sim: Simulator, stack: Stack) -> None:
    """S5, S1: session ended, told until when, gated; the partner reads an ordinary end; lifted, told, free again."""
    mira, andrey = connect(sim)
    reports_for(mira, "Оскорбления")
    mira.taps("Пропустить")
    mira.sees("Спасибо, что рассказываешь")
    mira.catches_up()
    decide(stack, "suspend", days=7)
    andrey.sees("твой доступ приостановлен до")
    mira.sees("Модератор посмотрел твою жалобу")
    mira.sees("Разговор закончился")
    andrey.sends("Эй!")
    andrey.sees("приостановлен")
    for command in ("/find", "/report", "/block"):
        andrey.sends(command)
        andrey.sees("до")
    andrey.sends("/sos")
    andrey.sees("📞")
    mira.sees_nothing(0.5, edits=False)

    decide(stack, "lift")
    andrey.sees("доступ снова открыт")
    andrey.sends("/find")
    andrey.sees("Ищу")


def says(one: Person, other: Person, text: str) -> Message:
    """One writes to the other, who sees it."""
    one.sends(text)
    return other.sees(text)


def decide(stack: Stack, action: str, **more: object) -> None:
    """A moderator takes the newest case, if it is to be taken, and decides."""
    _in_django(
        stack,
        f"""
from django.contrib.auth.models import User
from django.utils import timezone
from safety import cases, sanctions
from safety.models import Case
by, now, case = User.objects.get_or_create(username="mod")[0].pk, timezone.now(), Case.objects.latest("pk").pk
if {action!r} != "lift":
    cases.claim(case_id=case, by=by, now=now)
sanctions.{action}(case_id=case, by=by, reason="x", now=now, **{more!r})
""",
    )


def stored(stack: Stack, column: str) -> list[str]:
    """What the reports hold in an encrypted column, as a moderator reads it."""
    code = f"from safety.models import Report\nfor each in Report.objects.order_by('pk'): print('>' + each.{column})"
    lines = _in_django(stack, code).splitlines()
    return [line[1:] for line in lines if line.startswith(">")]


def _in_django(stack: Stack, code: str) -> str:
    return stack.manage("shell", "--no-imports", "-c", code)


def _forget_updates(stack: Stack) -> None:
    """Take the ledger's memory, as if the process had died before it could write down that an update was done."""
    with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        for key in redis.scan_iter(f"{stack.environment['REDIS_PREFIX']}:ledger:*"):
            redis.delete(key)
