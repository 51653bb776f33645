"""Makes `.venv` with everything pinned in the requirement files, and compiles the translations.

Needs nothing but Python's standard library. Does nothing when all is up to date, so `make` calls it every time.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
OLDEST = (3, 11)

# What pip or venv say, and what that means for the person who waits. The first that fits is shown.
EXPLANATIONS = (
    (r"No space left on device", "The disk is full: make room (about 600 MB) and run it again."),
    (
        r"name resolution|NewConnectionError|Network is unreachable|ConnectTimeout|Max retries exceeded|ProxyError",
        "The package index can't be reached: check the network (or pip's settings) and run it again.",
    ),
    (
        r"No matching distribution found for (?P<package>\S+)",
        "There is no build of {package} for this machine ({machine}): use Python 3.11 on 64-bit Linux or macOS.",
    ),
    (r"Permission denied: '(?P<path>[^']+)'", "{path} can't be written: give this folder to the user who runs make."),
    (
        r"ensurepip is not available|No module named '?(ensurepip|venv)",
        "Python's venv module is missing: install it (Debian, Ubuntu: apt install python3-venv) and run it again.",
    ),
)


def main():
    # type: () -> int
    """Bring everything up to date; returns the exit code."""
    if sys.version_info < OLDEST:
        return fail("This is Python %d.%d: install Python 3.11 or newer." % sys.version_info[:2])
    try:
        if not is_installed():
            install()
        compile_translations()
    except Failure as failure:
        return fail(str(failure))
    except KeyboardInterrupt:
        return fail("Interrupted; the next run goes on from here.")
    return 0


class Failure(Exception):
    """The message is one line that says what to do."""


def is_installed():
    # type: () -> bool
    """Whether `.venv` holds exactly what the requirement files ask for."""
    try:
        with open(STAMP) as stamp:
            return stamp.read() == fingerprint()
    except OSError:
        return False


def fingerprint():
    # type: () -> str
    """Changes whenever the requirement files do."""
    digest = hashlib.sha256()
    for name in REQUIREMENTS:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def install():
    # type: () -> None
    """Make `.venv` if need be and install into it; raises Failure."""
    if not works(PYTHON):
        say("Making .venv with Python %d.%d" % sys.version_info[:2])
        shutil.rmtree(VENV, ignore_errors=True)
        done = subprocess.run(
            [sys.executable, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if done.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            raise explained("making .venv", done.stdout.decode(errors="replace"))
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    run_pip(pip + ["--only-binary", ":all:", "-r", os.path.join(ROOT, REQUIREMENTS[-1])])
    with open(STAMP, "w") as stamp:
        stamp.write(fingerprint())


def works(python):
    # type: (str) -> bool
    """Whether `python` is there and has pip; a `.venv` whose Python was removed, or half made, does not."""
    try:
        return subprocess.run([python, "-m", "pip", "--version"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0  # fmt: skip
    except OSError:
        return False


def run_pip(command):
    # type: (list[str]) -> None
    """Run pip and show how far it is; raises Failure."""
    began, output, total, seen = time.time(), [], pinned(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as pip:
        for raw in pip.stdout or ():
            line = raw.decode(errors="replace").strip()
            output.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                seen += 1
                progress("Fetching packages %d/%d" % (min(seen, total), total))
            elif line.startswith("Installing collected packages"):
                progress("Unpacking packages")
    if pip.returncode:
        progress("")
        raise explained("installing packages", "\n".join(output))
    progress("")
    say("Packages installed in %d s" % (time.time() - began))


def pinned():
    # type: () -> int
    """How many packages the requirement files name."""
    count = 0
    for name in REQUIREMENTS:
        with open(os.path.join(ROOT, name)) as file:
            count += sum("==" in line for line in file)
    return count


def explained(doing, output):
    # type: (str, str) -> Failure
    """The reason for a failure in the output of pip or venv, as one line that says what to do."""
    machine = "%s %s, Python %d.%d" % ((os.uname().sysname, os.uname().machine) + sys.version_info[:2])
    for pattern, explanation in EXPLANATIONS:
        found = re.search(pattern, output)
        if found:
            return Failure(explanation.format(machine=machine, **found.groupdict()))
    last = output.strip().splitlines()[-1:] or ["no reason was given"]
    return Failure("Trouble while %s: %s" % (doing, last[0]))


def compile_translations():
    # type: () -> None
    """Compile each translation that is newer than its compiled form; raises Failure."""
    for folder, _, files in os.walk(os.path.join(ROOT, "locale")):
        if "django.po" in files and is_outdated(os.path.join(folder, "django")):
            command = [PYTHON, "-m", "babel.messages.frontend", "compile", "-i", os.path.join(folder, "django.po"),
                       "-o", os.path.join(folder, "django.mo")]  # fmt: skip
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode:
                raise explained(
                    "compiling %s" % os.path.join(folder, "django.po"), done.stdout.decode(errors="replace")
                )


def is_outdated(catalogue):
    # type: (str) -> bool
    """Whether `catalogue`.mo is missing or older than `catalogue`.po."""
    compiled = catalogue + ".mo"
    return not os.path.exists(compiled) or os.path.getmtime(compiled) < os.path.getmtime(catalogue + ".po")


def progress(text):
    # type: (str) -> None
    """Show what is going on: over and over on one line in a terminal, nothing elsewhere."""
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K" + text)
        sys.stdout.flush()


def say(text):
    # type: (str) -> None
    """One line for whoever waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def fail(text):
    # type: (str) -> int
    """Say what is wrong; the exit code."""
    sys.stderr.write(text + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
