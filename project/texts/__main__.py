"""The command line of `python -m project.texts`."""

import argparse
import sys

from . import catalogues
from .extraction import extract
from .findings import findings


def main() -> int:
    """Run one of the three commands; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m project.texts", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, command, explanation in (
        ("extract", _extract, "collect the texts of code and templates into the catalogues, keeping translations"),
        ("check", _check, "list what is missing, out of date or broken; exit code 1 when there is anything"),
        ("compile", _compile, "write the .mo files that are older than their .po"),
    ):
        commands.add_parser(name, help=explanation, description=explanation).set_defaults(command=command)
    return int(parser.parse_args().command())


def _extract() -> int:
    wanted = extract()
    for language in catalogues.TRANSLATED:
        catalogue = catalogues.read(language)
        catalogue.update(wanted)
        print(catalogues.write(catalogue, language))
    return 0


def _check() -> int:
    wanted = extract()
    problems = [
        f"{language}: {finding}"
        for language in catalogues.TRANSLATED
        for finding in findings(catalogues.read(language), wanted)
    ]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def _compile() -> int:
    for path in catalogues.compile_newer():
        print(path)
    return 0


sys.exit(main())
