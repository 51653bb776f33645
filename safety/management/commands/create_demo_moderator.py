"""A moderator to try the dashboard with, outside production."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from safety.roles import MODERATOR

_PASSWORD_BYTES = 12


class Command(BaseCommand):
    """Creates the staff user "moderator", or gives it a new password, and prints both."""

    help = "Create the demo moderator (or reset the password) and print name and password."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Print the name and the new password, one line each; raises CommandError in production."""
        if settings.PRODUCTION:
            raise CommandError("There is no demo moderator in production; use `manage.py createsuperuser`.")
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        user, _ = User.objects.get_or_create(username="moderator")
        user.is_staff = user.is_active = True
        user.is_superuser = False
        user.set_password(password)
        user.save()
        user.groups.set([Group.objects.get(name=MODERATOR)])
        self.stdout.write(f"name: {user.get_username()}")
        self.stdout.write(f"password: {password}")
