"""PostgreSQL and Redis of our own, from Python packages, for as long as they are needed."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from . import postgres, redis
from .console import Step, silent
from .errors import CannotStart
from .keeper import Keeper, Notice, unnoticed
from .placement import Places, choose
from .runfolder import Busy, RunFolder

_PATIENCE = 30.0  # seconds until a server must answer


class EmbeddedServers:
    """Starts the servers on entering, ends them on leaving; one that dies in between is started again.

        with EmbeddedServers(Path(".local")) as servers:
            connect(servers.database_url, servers.redis_url)

    What they hold stays in `directory` for the next time, unless they are `ephemeral`: then they are faster and leave
    nothing. `with_postgres` and `with_redis` say which are wanted.
    """

    def __init__(
        self,
        directory: Path,
        *,
        ephemeral: bool = False,
        with_postgres: bool = True,
        with_redis: bool = True,
        step: Step = silent,
        notice: Notice = unnoticed,
    ) -> None:
        self._directory = directory.absolute()
        self._ephemeral = ephemeral
        self._with_postgres = with_postgres
        self._with_redis = with_redis
        self._step = step
        self._exit = ExitStack()
        self._folder = RunFolder(self._directory / "run" / "servers")
        self._keeper = Keeper(logs=self._directory / "logs", records=self._folder.path, notice=notice)
        self.failure = self._keeper.failure
        self.database_url = ""
        self.redis_url = ""

    def __enter__(self) -> Self:
        """Start the servers and wait until they answer.

        Raises CannotStart when that fails or the folder's servers are already running.
        """
        if not (self._with_postgres or self._with_redis):
            return self
        with ExitStack() as exit_stack:
            try:
                exit_stack.enter_context(self._folder)
            except Busy:
                raise CannotStart(f"The servers in {self._directory} are already running.") from None
            places = choose(self._directory)
            exit_stack.callback(self._tidy, places)
            for folder in [places.sockets, places.redis]:
                places.make(folder)
            exit_stack.callback(self._keeper.stop_all)
            if self._with_postgres:
                self._start_postgres(places)
            if self._with_redis:
                self._start_redis(places)
            self._keeper.watch()
            self._exit = exit_stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the servers in good order."""
        self._exit.close()

    @property
    def trouble(self) -> CannotStart | None:
        """Why `failure` is set."""
        return self._keeper.trouble

    def pid(self, name: str) -> int | None:
        """The number of `postgres` or `redis`, or None when it does not run."""
        return self._keeper.pid(name)

    def kill(self, name: str) -> None:
        """Kill a server (SIGKILL); it is started again as after any crash."""
        self._keeper.kill(name)

    def wait_ready(self, name: str, *, within: float = _PATIENCE) -> None:
        """Wait until a server answers, for example after `kill`; raises CannotStart when it takes longer."""
        self._keeper.wait_ready(name, within=within)

    def _start_postgres(self, places: Places) -> None:
        with self._step("PostgreSQL"):
            postgres.prepare(places, ephemeral=self._ephemeral)
            self._keeper.start(postgres.program(places, ephemeral=self._ephemeral))
            self._keeper.wait_ready("postgres", within=_PATIENCE)
            self.database_url = postgres.url(places)
            postgres.create_database(self.database_url)

    def _start_redis(self, places: Places) -> None:
        with self._step("Redis"):
            self._keeper.start(redis.program(places, ephemeral=self._ephemeral))
            self._keeper.wait_ready("redis", within=_PATIENCE)
            self.redis_url = redis.url(places)

    def _tidy(self, places: Places) -> None:
        shutil.rmtree(places.sockets, ignore_errors=True)
        if self._ephemeral:
            for folder in [places.postgres, places.redis, *places.borrowed]:
                shutil.rmtree(folder, ignore_errors=True)
