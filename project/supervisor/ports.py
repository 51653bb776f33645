"""Ports of this machine."""

import contextlib
import socket


def free_port(host: str) -> int:
    """A port on which nobody listens at the moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def obstacle(host: str) -> str:
    """Why nobody can listen on `host` of this machine, in the system's words; "" when one can."""
    try:
        with socket.socket() as probe:
            probe.bind((host, 0))
    except (OSError, UnicodeError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""


def is_taken(host: str, port: int) -> bool:
    """Whether somebody listens there, or we may not."""
    with socket.socket() as probe:
        # As servers do: connections that are merely fading away do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((host, port))
            return False
    return True
