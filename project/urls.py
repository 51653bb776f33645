"""Routes of everything but the webhook (see asgi.py)."""

from django.contrib import admin
from django.urls import path

from . import health
from .api import api

urlpatterns = [
    path("", health.front_door),
    path("metrics", health.metrics),
    path("admin/", admin.site.urls),
    path("", api.urls),
]
