"""PostgreSQL and Redis of our own (O4)."""

import os
import subprocess
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from project.supervisor import CannotStart, EmbeddedServers, placement


def test_they_are_real_and_remember(folder: Path) -> None:
    """What was written is there after a restart; letters outside ASCII are understood; nobody evicts."""
    with EmbeddedServers(folder) as servers:
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT lower('ПРИВЕТ') AS word")
            assert connection.info.server_version // 10000 == 18
        with Redis.from_url(servers.redis_url, decode_responses=True) as redis:
            redis.set("kept", "слово")
            assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert redis.config_get("appendonly") == {"appendonly": "yes"}
    with EmbeddedServers(folder) as servers:
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("привет",)
        with Redis.from_url(servers.redis_url, decode_responses=True) as redis:
            assert redis.get("kept") == "слово"


def test_nothing_is_left_running(folder: Path) -> None:
    """No process, no socket, no lock."""
    with EmbeddedServers(folder, ephemeral=True) as servers:
        sockets = placement.choose(folder).sockets
        pids = [pid for pid in (servers.pid("postgres"), servers.pid("redis")) if pid]
        assert len(pids) == 2
        assert sorted(os.listdir(sockets)) == [".s.PGSQL.5432", ".s.PGSQL.5432.lock", "redis.sock"]
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not sockets.exists()
    assert not (folder / "run" / "servers").exists()


def test_a_crashed_server_comes_back(folder: Path) -> None:
    """PostgreSQL killed with its data open recovers by itself."""
    with EmbeddedServers(folder, ephemeral=True, with_redis=False) as servers:
        first = servers.pid("postgres")
        servers.kill("postgres")
        servers.wait_ready("postgres", within=15)
        assert servers.pid("postgres") not in {None, first}


def test_only_what_is_wanted_starts(folder: Path) -> None:
    """With both addresses given nothing of our own is started."""
    with EmbeddedServers(folder, with_postgres=False, with_redis=False):
        assert not folder.exists()


def test_a_second_start_in_the_same_folder_is_refused(folder: Path) -> None:
    """Two servers never share files."""
    first, second = (EmbeddedServers(folder, ephemeral=True, with_postgres=False) for _ in range(2))
    with first, pytest.raises(CannotStart, match="already running"), second:
        pytest.fail("both run")


def test_a_lock_of_a_dead_server_is_no_obstacle(folder: Path) -> None:
    """After a loss of power the number in PostgreSQL's lock may be that of any process of the same user."""
    with EmbeddedServers(folder, with_redis=False):
        places = placement.choose(folder)
    with subprocess.Popen(["sleep", "60"], user=places.user) as stranger:
        (places.postgres / "postmaster.pid").write_text(f"{stranger.pid}\n{places.postgres}\n")
        with EmbeddedServers(folder, with_redis=False) as servers:
            psycopg.connect(servers.database_url).close()
        assert stranger.poll() is None
        stranger.kill()


def test_a_long_path_gets_a_short_one_for_sockets(tmp_path: Path) -> None:
    """A unix socket's path is limited to about a hundred bytes."""
    deep = tmp_path / ("а" * 60) / ("б" * 60)
    try:
        with EmbeddedServers(deep, ephemeral=True) as servers:
            psycopg.connect(servers.database_url).close()
            assert len(os.fsencode(placement.choose(deep).sockets)) < 80
    finally:
        placement.discard(deep)


def test_root_gives_its_rights_away(folder: Path) -> None:
    """PostgreSQL never runs as root: started by root it runs as another user, who reaches its files (pytest's own
    folders are closed to others); started by somebody else it runs as that person."""
    with EmbeddedServers(folder, ephemeral=True) as servers:
        owners = {psutil.Process(servers.pid(name)).uids().real for name in ("postgres", "redis")}
        places = placement.choose(folder)
    if os.geteuid() == 0:
        assert owners.isdisjoint({0})
        assert places.borrowed
    else:
        assert owners == {os.geteuid()}
        assert places.postgres.is_relative_to(folder)
