"""Becomes another program, as another user if asked, that is told when the process which started it dies.

Run as a script with nothing but the standard library: `python -I -S launch.py SIGNAL PARENT USER program argument…`
(USER `-` keeps the present one). Doing this between fork and exec inside a program with threads could block for ever.
"""

import ctypes
import os
import pwd
import sys

_PR_SET_PDEATHSIG = 1


def _become(user: str) -> None:
    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def end_with(parent: int, signal_number: int) -> None:
    """Have the kernel send `signal_number` to this process when `parent` dies; where it can't, nothing happens."""
    if not sys.platform.startswith("linux"):
        return
    # After the change of user, which would clear it.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        sys.exit(1)


def main() -> None:
    """Drop privileges, tie this process to its parent, and become the program."""
    signal_number, parent, user, *command = sys.argv[1:]
    if user != "-":
        _become(user)
    end_with(int(parent), int(signal_number))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
