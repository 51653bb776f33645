"""Changing the key of the encrypted columns while everybody goes on reading and writing."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from delivery.models import Recipient
from profiles.models import Profile
from project.encryption import encrypted, new_key
from project.rotation import by_key, columns, rotate
from safety.models import Report

CHECKOUT = Path(__file__).resolve().parents[2]
OLD, NEW, LOST = new_key(), new_key(), new_key()


@pytest.fixture(autouse=True)
def _old_key(settings: Settings, transactional_db: None) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


def crowd(size: int) -> None:
    """People with bios under the newest key."""
    first = 7_000_000_000 + Recipient.objects.count()
    recipients = Recipient.objects.bulk_create(Recipient(telegram_id=first + number) for number in range(size))
    Profile.objects.bulk_create(Profile(recipient=recipient, bio=f"слова {recipient.pk}") for recipient in recipients)


def keys_of_bios() -> Counter[str]:
    """How many bios lie under which key."""
    (column,) = (column for column in columns() if column.model is Profile)
    return by_key(column)


def run(**options: object) -> str:
    """Run the command; returns what staff read last."""
    screen = StringIO()
    call_command("rotate_encryption", stdout=screen, **options)
    return screen.getvalue().splitlines()[-1]


def test_every_encrypted_column_is_rotated() -> None:
    """P5: no column is forgotten: bios, and what reports hold."""
    assert {(column.model, column.field.name) for column in columns()} == {
        (Profile, "bio"),
        (Report, "comment"),
        (Report, "evidence"),
    }


def test_all_values_move_to_the_newest_key(settings: Settings) -> None:
    """P5: after a rotation the old key is not needed any more, and the command says so."""
    crowd(250)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    old_id = encrypted("x")[:8]
    assert run(status=True) == "250 left"
    last = run(batch=100)
    assert last.startswith("0 left; the old key ")
    assert old_id not in last
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert all(profile.bio == f"слова {profile.pk}" for profile in Profile.objects.all())
    assert run() == "0 left; there is no old key"


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_an_interruption(settings: Settings, signum: signal.Signals) -> None:
    """P5: stopped in the middle nothing is lost or half written, everything is read meanwhile; the next run goes on."""
    crowd(2000)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    with _process(keys=f"{NEW},{OLD}") as process:
        deadline = time.monotonic() + 60
        while len(keys_of_bios()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert all(profile.bio == f"слова {profile.pk}" for profile in Profile.objects.all())
        process.send_signal(signum)
        said = process.communicate()[1].decode().strip()
    # In one line, where anything could be said at all.
    interrupted = "CommandError: Interrupted, and nothing is lost: run it again to go on."
    assert said == ("" if signum == signal.SIGKILL else interrupted)
    assert len(keys_of_bios()) == 2
    assert all(profile.bio == f"слова {profile.pk}" for profile in Profile.objects.all())
    assert run().startswith("0 left; the old key")
    assert len(keys_of_bios()) == 1
    assert all(profile.bio == f"слова {profile.pk}" for profile in Profile.objects.all())


def _process(*, keys: str) -> subprocess.Popen[bytes]:
    """The command as staff start it, at a pace that leaves time to kill it."""
    server, separator, options = os.environ["DATABASE_URL"].partition("?")
    url = f"{server.rpartition('/')[0]}/{connection.settings_dict['NAME']}{separator}{options}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_encryption", "--batch", "50", "--pause", "0.2"],
        cwd=CHECKOUT,
        env=os.environ | {"DATABASE_URL": url, "FIELD_ENCRYPTION_KEYS": keys},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # A shell lets what runs in its background ignore Ctrl-C, and so do all that come from there.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (no other thread runs)
    )


def test_what_a_person_writes_meanwhile_wins(settings: Settings) -> None:
    """P5: a bio that changes between reading and rewriting stays as its owner wrote it."""
    crowd(3)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    (column,) = (column for column in columns() if column.model is Profile)
    changed = Profile.objects.order_by("pk")[1]

    def write_first(execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:
        """The owner's change, made in the moment between reading and rewriting."""
        if "unnest" in statement:
            Profile.objects.filter(pk=changed.pk).update(bio="новые слова")
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(write_first):
        steps = list(rotate(column, batch=10))
    assert sum(step.rewritten for step in steps) == 2
    assert Profile.objects.get(pk=changed.pk).bio == "новые слова"
    assert len(keys_of_bios()) == 1


def test_who_is_being_dealt_with_comes_later(settings: Settings) -> None:
    """P5: a row that somebody holds is passed over, neither waited for nor forgotten."""
    crowd(3)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    held = Profile.objects.order_by("pk")[1]
    (column,) = (column for column in columns() if column.model is Profile)
    with _second_connection() as other:
        other.execute("SELECT 1 FROM profiles_profile WHERE recipient_id = %s FOR UPDATE", [held.pk])
        steps = rotate(column, batch=10)
        first = next(steps)
        assert (first.rewritten, first.passed_over) == (2, 1)
        other.rollback()
        assert sum(step.rewritten for step in steps) == 1
    assert len(keys_of_bios()) == 1


def _second_connection() -> psycopg.Connection[Any]:
    parameters = connection.get_connection_params()
    return psycopg.connect(
        **{name: parameters[name] for name in ("host", "port", "user", "dbname") if name in parameters}
    )


def test_a_lost_key_is_reported_and_left_alone(settings: Settings) -> None:
    """P5: values of an unknown key are counted, the others are rewritten, and the exit code says: not done."""
    crowd(5)
    settings.FIELD_ENCRYPTION_KEYS = [LOST]
    crowd(2)
    lost_id = encrypted("x")[:8]
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match=rf"^2 values are of keys that FIELD_ENCRYPTION_KEYS lacks \({lost_id}\)"):
        run(batch=3)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD, LOST]
    assert keys_of_bios()[encrypted("x")[:8]] == 5
    assert run().startswith("0 left; the old keys ")
    assert len(keys_of_bios()) == 1


def test_progress_is_shown_on_one_line(settings: Settings) -> None:
    """P5: rows, percent and rate, on a line that overwrites itself."""
    crowd(30)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    screen = StringIO()
    call_command("rotate_encryption", batch=10, stdout=screen)
    progress, *_ = screen.getvalue().split("\n")
    assert [line.split(",")[:2] for line in progress.split("\r")[1:]] == [
        [f"profiles.Profile.bio: {done} of 30", f" {share} %"] for done, share in ((10, 33), (20, 66), (30, 100))
    ]
