"""What can't work is told in one line that says what to do, before anything starts."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.supervisor import CannotStart, dotenv
from project.supervisor.configuration import Configuration, simulator_token
from project.supervisor.ports import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def free() -> str:
    """A port on which nobody listens."""
    return str(free_port("127.0.0.1"))


def test_a_taken_port_is_named(taken: int) -> None:
    """With another that is free."""
    with pytest.raises(CannotStart, match=rf"Port {taken} of 127.0.0.1 is taken: stop .* make run PORT=\d+"):
        Configuration.read({"PORT": str(taken)})


@pytest.mark.parametrize("host", ["300.1.1.1", "203.0.113.7", "no such host", "x" * 70])
def test_a_host_that_is_not_ours_is_named(free: str, host: str) -> None:
    """It is no taken port."""
    with pytest.raises(CannotStart, match=f"^HOST={host} is no address of this machine \\(.+\\): use 127.0.0.1"):
        Configuration.read({"PORT": free, "HOST": host})


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "٣"])
def test_a_port_must_be_one(port: str) -> None:
    """Anything else is named with what it should be."""
    with pytest.raises(CannotStart, match=f"PORT={port} is not a port: set it to a number"):
        Configuration.read({"PORT": port})


def test_the_simulator_moves_aside_unless_told_where(taken: int, free: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its usual port may be taken; one that was asked for may not."""
    monkeypatch.setattr("project.supervisor.configuration._SIMULATOR_PORT", str(taken))
    assert Configuration.read({"PORT": free}).simulator_port not in {None, taken}
    with pytest.raises(CannotStart, match="SIMULATOR_PORT"):
        Configuration.read({"PORT": free, "SIMULATOR_PORT": str(taken)})


def test_a_token_means_the_real_telegram(free: str) -> None:
    """No simulator beside a real bot."""
    assert not Configuration.read({"PORT": free, "TELEGRAM_BOT_TOKEN": "1:a"}).simulator


def test_production_never_gets_the_simulator(free: str) -> None:
    """Without a token it is an error."""
    with pytest.raises(CannotStart, match="TELEGRAM_BOT_TOKEN is not set"):
        Configuration.read({"PORT": free, "ENVIRONMENT": "production"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://someone:s3cret@127.0.0.1:9/nothing"),
        ("DATABASE_URL", "postgres://%zz"),
        ("REDIS_URL", "redis://:s3cret@127.0.0.1:9/0"),
        ("REDIS_URL", "s3cret"),
    ],
)
def test_a_server_that_does_not_answer_is_named_without_its_password(free: str, name: str, value: str) -> None:
    """One line, no secret."""
    with pytest.raises(CannotStart, match=rf"{name} can't be reached \(.*\): correct or remove it") as caught:
        Configuration.read({"PORT": free, name: value})
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_secrets_are_written_once_for_the_owner_only(tmp_path: Path) -> None:
    """Strong, different from each other, and kept; what a person wrote stays as it is."""
    path = tmp_path / ".env"
    path.write_text("# mine\nPORT=8005\nSECRET_KEY=\nNAME='a # b'")
    assert dotenv.add_missing_secrets(path) == list(dotenv.SECRETS)
    first = dotenv.read(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("# mine\nPORT=8005\nNAME='a # b'\n")
    assert all(len(first[name]) >= 44 for name in dotenv.SECRETS)
    assert len({first[name] for name in dotenv.SECRETS}) == len(dotenv.SECRETS)
    assert dotenv.add_missing_secrets(path) == []
    assert dotenv.read(path) == first


@pytest.mark.parametrize("line", ["PORT 8000", "= 5", "SECRET_KEY='unfinished"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    """By its number, without its content, which may be secret; the file stays as it is."""
    path = tmp_path / ".env"
    path.write_text(f"HOST=localhost\n{line}\n")
    with pytest.raises(CannotStart, match=r"\.env, line 2 can't be read: write it as NAME=value\.$"):
        dotenv.add_missing_secrets(path)
    assert path.read_text() == f"HOST=localhost\n{line}\n"


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / ".env").write_bytes("NAME=Ы".encode("cp1251"))
    with pytest.raises(CannotStart, match="not a text in UTF-8"):
        dotenv.read(tmp_path / ".env")


def test_the_simulated_bot_keeps_its_token(tmp_path: Path) -> None:
    """A page that was open before finds its bot again; nobody else reads the token."""
    token = simulator_token(tmp_path / "token")
    assert simulator_token(tmp_path / "token") == token
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
