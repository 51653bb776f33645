"""What in a message could show who its writer is."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.anonymity import Attached, Author, Clue, Finding, Marked, Writing, look_through

from .disguised_contacts import DISGUISED_CONTACTS
from .ordinary_talk import ORDINARY_TALK

PETYA = Author(username="petya_k90", first_name="Пётр", last_name="Кузнецов")
# What nobody sees: spaces without width, joiners, a soft hyphen, marks of direction.
UNSEEN = "\u200b\u200c\u200d\u2060\u00ad\ufeff\u200e"
# Of an address in Latin letters or in digits.
WRITTEN_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
# What stands out only where nothing else is said.
ALONE = {"annasmith1990", "собака annasmith"}
PLAIN_CONTACTS = (
    ("@petya_k90", Clue.ACCOUNT),
    ("petya_k90", Clue.ACCOUNT),
    ("petya@gmail.com", Clue.EMAIL),
    ("https://example.com/petya", Clue.LINK),
    ("t.me/petya", Clue.LINK),
    ("+380501234567", Clue.PHONE),
    ("89123456789", Clue.PHONE),
)


def clues(text: str, author: Author = PETYA) -> tuple[Clue, ...]:
    """What is found in a text."""
    finding = look_through(Writing(author=author, text=text))
    return () if finding is None else finding.clues


def of_file(attached: Attached) -> Finding | None:
    """What is found in a file without words."""
    return look_through(Writing(author=PETYA, attached=attached))


def test_there_is_enough_to_judge_by() -> None:
    """C9: a few sentences would prove nothing."""
    assert len(set(ORDINARY_TALK)) >= 200
    assert len(set(DISGUISED_CONTACTS)) >= 150


@pytest.mark.parametrize("text", ORDINARY_TALK)
def test_ordinary_talk_is_not_kept_back(text: str) -> None:
    """C9: doses, dates, sums, pets and full stops say nothing of anybody."""
    assert clues(text) == ()


def test_ordinary_talk_in_one_message_is_not_kept_back() -> None:
    """C9: nothing arises between the lines either."""
    for begin in range(0, len(ORDINARY_TALK), 12):
        assert clues("\n".join(ORDINARY_TALK[begin : begin + 12])) == ()


@pytest.mark.parametrize(("text", "clue"), DISGUISED_CONTACTS)
def test_contacts_are_found_however_they_are_written(text: str, clue: Clue) -> None:
    """C9: spelled out, spaced, in other letters."""
    assert clue in clues(text)


@pytest.mark.parametrize(("text", "clue"), DISGUISED_CONTACTS)
def test_contacts_are_found_in_the_middle_of_a_message(text: str, clue: Clue) -> None:
    """C9: with words around them, except where a name only stands out by standing alone."""
    if text in ALONE:
        return
    assert clues(f"слушай, давай так\n{text}\nбуду ждать, правда")


@given(st.sampled_from(PLAIN_CONTACTS), st.data())
def test_what_nobody_sees_hides_nothing(contact: tuple[str, Clue], data: st.DataObject) -> None:
    """C9: signs without a shape between any two characters."""
    text, clue = contact
    gaps = data.draw(st.lists(st.text(UNSEEN, max_size=2), min_size=len(text), max_size=len(text)))
    assert clue in clues("".join(gap + character for gap, character in zip(gaps, text, strict=True)))


@given(st.sampled_from(PLAIN_CONTACTS), st.sampled_from(["wide", "capitals", "wide capitals"]))
def test_other_forms_of_the_same_letters_hide_nothing(contact: tuple[str, Clue], form: str) -> None:
    """C9: full width, capitals."""
    text, clue = contact
    if "capitals" in form:
        text = text.upper()
    if "wide" in form:
        text = text.translate(WRITTEN_WIDE)
    assert clue in clues(text)


@given(
    st.from_regex(r"\+?(380|7|49)[1-9]\d{8,9}", fullmatch=True).filter(lambda each: "800" not in each[:7]),
    st.lists(
        st.sampled_from(["", "", " ", "-", " - ", ".", ")", " (", "\u00a0", "—", "_", "*"]), min_size=13, max_size=13
    ),
)
def test_the_digits_of_a_number_may_be_spaced_in_any_way(number: str, gaps: list[str]) -> None:
    """C9: whoever begins with a plus, a country or one digit after another is asked."""
    if not number.startswith("+"):
        number = f"+{number}"
    text = number[0] + "".join(digit + gap for digit, gap in zip(number[1:], gaps, strict=False))
    assert Clue.PHONE in clues(text)


@given(
    st.from_regex(r"[a-z]{3,8}_[a-z0-9]{2,8}[a-z]", fullmatch=True), st.sampled_from([" ", ".", "-", " . ", "*", "  "])
)
def test_ones_own_account_name_is_known_letter_by_letter(username: str, gap: str) -> None:
    """C9: with or without its @."""
    author = Author(username=username)
    assert Clue.ACCOUNT in clues(gap.join(username), author)
    assert Clue.ACCOUNT in clues(f"это {username.upper()}", author)


@given(st.text(max_size=300))
def test_any_text_can_be_looked_through(text: str) -> None:
    """C9: nothing that people can send breaks it."""
    look_through(Writing(author=Author(text[:20], text[:10], text[10:20]), text=text, attached=Attached(name=text)))


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("Пётр", PETYA),
        ("мой брат Кузнецов, ты его не знаешь", PETYA),
        ("Петр и Мария Кузнецовы", PETYA),
        ("просто хорошо", Author(first_name="хорошо")),
        ("ничего. совсем", Author(first_name="🙂", last_name=".")),
        ("я и ты", Author(first_name="Я", last_name="И")),
        ("k and 90 petya", PETYA),
        ("Петрович, Кузнецову позвони", PETYA),
        ("Petra is a city, Kuznetsk too", PETYA),
        ("доброму волку и зайцы друзья", Author(first_name="Добрый", last_name="Волк")),
        ("помоги просто человеку", Author(first_name="Просто", last_name="Человек")),
        ("тебе только одному скажу", Author(first_name="Только", last_name="Один")),
        ("та на кухне", Author(first_name="Та", last_name="Ня")),
        ("аня, но не та", Author(first_name="Аня", last_name="Не")),
        ("", PETYA),
    ],
)
def test_half_a_name_is_no_name(text: str, author: Author) -> None:
    """C9: a first name is what people call each other by."""
    assert clues(text, author) == ()


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("Anna Maria Smith", Author(first_name="Anna Maria", last_name="Smith")),
        ("я Петя Иванов", Author(first_name="Петя Иванов")),
        ("Ім'я моє Оля Дем'яненко", Author(first_name="Оля", last_name="Дем'яненко")),
        ("я 𝐏𝐞𝐭𝐲𝐚 Kim", Author(first_name="Petya", last_name="𝐊𝐢𝐦")),
        ("я Оля Ли", Author(first_name="Оля", last_name="Ли")),
        ("ІванПетренко", Author(first_name="Іван", last_name="Петренко")),
    ],
)
def test_whole_names_are_known_as_the_account_shows_them(text: str, author: Author) -> None:
    """C9: in the alphabet of the account."""
    assert clues(text, author) == (Clue.NAME,)


@pytest.mark.parametrize(
    ("first_name", "last_name", "spellings"),
    [
        ("Іван", "Петренко", ["Ivan Petrenko", "petrenko ivan"]),
        ("Ivan", "Petrenko", ["Іван Петренко", "Иван Петренко"]),
        (
            "Юлія",
            "Шевченко",
            ["Yuliya Shevchenko", "Юлия_Шевченко", "Iuliia Shevchenko", "Julia Shevchenko", "Юлия Шевченко"],
        ),
        ("Юрий", "Соловьёв", ["Yuri Solovyov", "Yury Soloviev", "Iurii Solovev", "Jurij Solov'ev"]),
        ("Сергій", "Щербак", ["Serhii Shcherbak", "Sergey Scherbak", "Сергей Щербак"]),
        ("Ганна", "Дем'яненко", ["Hanna Demianenko", "Ганна Дем’яненко", "Hanna Demyanenko"]),
        ("Виктория", "Хоменко", ["Victoria Khomenko", "Viktoriia Homenko"]),
        ("Yuliya", "Shcherba", ["Юлія_Щерба"]),
        ("Xenia", "Zhukova", ["Ксения Жукова", "Ksenia Zhukova"]),
        ("Łukasz", "Müller", ["Lukasz Muller"]),
    ],
)
def test_names_are_known_in_the_other_alphabet(first_name: str, last_name: str, spellings: list[str]) -> None:
    """C9: by whichever rules they are written in it."""
    author = Author(first_name=first_name, last_name=last_name)
    assert {text: clues(f"пиши, я {text}, ладно", author) for text in spellings} == dict.fromkeys(
        spellings, (Clue.NAME,)
    )


@pytest.mark.parametrize(
    ("first_name", "last_name", "cases"),
    [
        ("Іван", "Петренко", ["Івана Петренка", "Іванові Петренкові", "з Іваном Петренком", "Ивану Петренко"]),
        ("Анна", "Иванова", ["Анны Ивановой", "Анну Иванову", "Анной Ивановою", "Anny Ivanovoy"]),
        ("Andrey", "Dostoevsky", ["Андрея Достоевского", "Достоевскому Андрею", "Андреем Достоевским"]),
        ("Мария", "Достоевская", ["Марии Достоевской", "Марию Достоевскую", "Mariyu Dostoevskuyu"]),
        ("Павел", "Савин", ["Павлу Савину", "Павла Савина"]),
        ("Федір", "Ковальчук", ["Федора Ковальчука", "Ковальчукові Федору"]),
    ],
)
def test_names_are_known_in_every_case(first_name: str, last_name: str, cases: list[str]) -> None:
    """C9: where the last name is one that reads as a family name."""
    author = Author(first_name=first_name, last_name=last_name)
    assert {text: clues(f"напиши {text}, и всё", author) for text in cases} == dict.fromkeys(cases, (Clue.NAME,))


@pytest.mark.parametrize(
    ("kind", "covered", "clue"),
    [
        ("mention", "@mira", Clue.ACCOUNT),
        ("phone_number", "+12025550123", Clue.PHONE),
        ("email", "a@b.example", Clue.EMAIL),
        ("url", "example.museum", Clue.LINK),
        ("text_link", "здесь", Clue.LINK),
    ],
)
def test_what_telegram_marks_is_found(kind: str, covered: str, clue: Clue) -> None:
    """C9: a hidden link is one, whatever its words say."""
    finding = look_through(Writing(author=PETYA, text="смотри здесь", marked=[Marked(kind, covered)]))
    assert finding == Finding((clue,))


@pytest.mark.parametrize(
    ("kind", "covered"),
    [
        ("url", "tired.So"),
        ("phone_number", "+78002000122"),
        ("bold", "петя"),
        ("hashtag", "#грусть"),
        ("custom_emoji", "💙"),
        ("spoiler", "тайна"),
    ],
)
def test_formatting_and_mistakes_of_telegrams_are_not(kind: str, covered: str) -> None:
    """C9: it takes two sentences without a space for a link; hotlines are nobody's own."""
    assert look_through(Writing(author=PETYA, text=covered, marked=[Marked(kind, covered)])) is None


def test_each_clue_is_named_once() -> None:
    """C9: the writer is told everything that is in it."""
    assert clues("petya@gmail.com, +380501234567, +380501234568, t.me/petya, Пётр Кузнецов") == (
        Clue.EMAIL,
        Clue.LINK,
        Clue.NAME,
        Clue.PHONE,
    )


def test_a_document_always_shows_its_name() -> None:
    """C9: whatever it is called."""
    assert of_file(Attached(document=True, name="scan.pdf")) == Finding((Clue.FILE,), "scan.pdf")
    assert of_file(Attached(document=True)) == Finding((Clue.FILE,), "")


@pytest.mark.parametrize(
    "attached",
    [
        Attached(name="petya_k90.mp4"),
        Attached(name="Кузнецов Пётр.mp3"),
        Attached(name="example.com.mp4"),
        Attached(title="Песня", performer="Пётр Кузнецов"),
        Attached(title="@petya", performer=""),
        Attached(name="голос.mp3", title="example.com"),
        Attached(name="+380501234567.mp4"),
        Attached(name="Видео_Кузнецов_2024.mp4"),
        Attached(name="kuznetsov_2024.mp4"),
    ],
)
def test_other_files_are_asked_about_when_their_names_say_something(attached: Attached) -> None:
    """C9: the partner sees the name of a video, and title and performer of music."""
    finding = of_file(attached)
    assert finding is not None
    assert finding.clues == (Clue.FILE,)


@pytest.mark.parametrize(
    "attached",
    [
        Attached(),
        Attached(name="IMG_20231112_123456789.mp4"),
        Attached(name="VID-20240101-WA0001.mp4"),
        Attached(name="video_2024-01-01_12-00-00.mp4"),
        Attached(name="5231412412412312.mp4"),
        Attached(name="giphy.gif.mp4"),
        Attached(name="track_01_final.mp3", title="Надежда", performer="Анна Герман"),
        Attached(title="Пётр и волк", performer="Прокофьев"),
    ],
)
def test_what_cameras_call_files_says_nothing(attached: Attached) -> None:
    """C9: dates, counters and songs."""
    assert of_file(attached) is None


def test_an_ordinary_message_costs_next_to_nothing() -> None:
    """C10: far below a millisecond, also where somebody makes it as hard as they can."""
    ordinary = [text for text in ORDINARY_TALK if 40 <= len(text) <= 80]
    best = min(_seconds(ordinary) for _ in range(7)) / len(ordinary)
    assert best < 300e-6
    for nasty in ("@", "a", "1 ", "a.", " .", "a_", "тг ", "собака ", "один ", "t/", "ａ", "т \u200b", "aа"):
        text = (nasty * 4096)[:4096]
        assert _seconds([text]) < 0.5, nasty


def _seconds(texts: list[str]) -> float:
    """The processor's time."""
    began = time.process_time()
    for text in texts:
        clues(text)
    return time.process_time() - began


def test_wide_forms_are_what_they_are_taken_for() -> None:
    """C9: the translation that the tests above rely on."""
    assert unicodedata.normalize("NFKC", "a1@".translate(WRITTEN_WIDE)) == "a1@"
