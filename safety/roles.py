"""The roles of staff, as Django groups: synced after every migrate, because permissions exist only then."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

MODERATOR = "moderator"
_WHAT_A_MODERATOR_SEES = ("delivery", "profiles", "matching", "chat", "safety")
_WHAT_A_MODERATOR_DOES = ("judge_case", "lift_sanction")


def sync_after_migrate(sender: AppConfig, **kwargs: Any) -> None:
    """Receive `post_migrate`: an app whose permissions a role has was migrated."""
    if sender.label in _WHAT_A_MODERATOR_SEES:
        sync_roles()


def sync_roles() -> None:
    """Give the group "moderator" exactly the view permissions on the product's models, and those to act on cases."""
    group, _ = Group.objects.get_or_create(name=MODERATOR)
    seen = Q(content_type__app_label__in=_WHAT_A_MODERATOR_SEES, codename__startswith="view_")
    done = Q(content_type__app_label="safety", codename__in=_WHAT_A_MODERATOR_DOES)
    group.permissions.set(Permission.objects.filter(seen | done))
