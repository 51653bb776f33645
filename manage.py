#!/usr/bin/env python
"""Django's command line for this project: `python manage.py help` lists what it can do."""

import os
import sys

from project.attachment import attach
from project.command_line import CommandLine
from project.misconfiguration import ends_in_one_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    attach()
    with ends_in_one_line():
        CommandLine(sys.argv).execute()
