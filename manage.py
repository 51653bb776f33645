#!/usr/bin/env python
"""Django's command line for this project: `python manage.py help` lists what it can do."""

import os
import sys

from django.core.management import execute_from_command_line
from environs import EnvValidationError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    try:
        execute_from_command_line(sys.argv)
    except EnvValidationError as error:
        sys.exit(f"{error} Correct it in .env or in the environment.")
