#!/usr/bin/env python
"""Django's command line for this project: `python manage.py help` lists what it can do."""

import os
import sys

from environs import EnvValidationError

from project.command_line import CommandLine

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        CommandLine(sys.argv).execute()
    except EnvValidationError as error:
        sys.exit(f"{error} Correct it in .env or in the environment.")
