"""What the relay is compared with has to be comparable."""

from project.supervisor.programs import CHECKOUT


def pins(name: str) -> dict[str, str]:
    """The packages of a requirement file with their versions."""
    lines = [line.split("#")[0].split(";")[0].strip() for line in (CHECKOUT / name).read_text().splitlines()]
    assert all("==" in line for line in lines if line and not line.startswith("-r"))
    return dict(line.lower().split("==") for line in lines if "==" in line)


def test_the_peers_run_on_what_the_product_runs_on() -> None:
    """Servers, clients and event loop of the same version: what differs is the stack."""
    theirs, ours = pins("requirements-bench.txt"), pins("requirements.txt")
    shared = {"aiohttp", "redis", "hiredis", "uvicorn", "uvloop", "httptools"}
    assert {name: theirs[name] for name in shared} == {name: ours[name] for name in shared}
