"""The ASGI application: the webhook as a plain view, the rest Django's, a lifespan that starts and stops the bot."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
os.environ.setdefault("DATABASE_POOL_SIZE", "10")

from django.core.asgi import get_asgi_application

from project.misconfiguration import ends_in_one_line

with ends_in_one_line():
    django = get_asgi_application()

from project.lifespan import Lifespan

WEBHOOK_PATH = "/telegram/webhook"

lifespan = Lifespan()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Route by type and path."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == WEBHOOK_PATH:
        await lifespan.webhook(scope, receive, send)
    else:
        await django(scope, receive, send)
