"""The admin's pages of matching."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from delivery.models import Recipient
from matching.cooldowns import keep_apart
from matching.models import Match, PoolEntry, RecentContact, Seat
from tests.base import person

from .scenes import NOON, find, proposal_of

pytestmark = pytest.mark.django_db

NAMES = {PoolEntry: "poolentry", Match: "match", Seat: "seat", RecentContact: "recentcontact"}


@pytest.mark.parametrize("model", NAMES)
def test_the_pages_open_and_nobody_changes_anything(admin_client: Client, model: type[Model]) -> None:
    """D1, D4: lists and pages open, find by the beginning of a nickname, show no Telegram id, change nothing."""
    mira, oleh, ada = person("Мира"), person("Олег"), person("Ада", speaks=["en"])
    proposal_of(mira, oleh)
    find(ada)
    keep_apart(one=mira.pk, other=ada.pk, until=NOON)
    list_url = f"/admin/matching/{NAMES[model]}/"
    pages = [list_url, f"{list_url}{model._default_manager.get_queryset()[0].pk}/change/"]
    for url in pages:
        answer = admin_client.get(url)
        assert answer.status_code == 200
        for telegram_id in Recipient.objects.values_list("telegram_id", flat=True):
            assert str(telegram_id) not in answer.content.decode()
    assert _found(admin_client, list_url, "нет") == 0
    assert _found(admin_client, list_url, "ада" if model is PoolEntry else "мИр") > 0
    assert admin_client.get(f"{list_url}add/").status_code == 403
    assert admin_client.post(pages[1], {}).status_code == 403
    assert not admin.site.get_model_admin(model).has_delete_permission(answer.wsgi_request)


def _found(client: Client, url: str, beginning: str) -> int:
    answer = client.get(url, {"q": beginning})
    assert answer.context is not None
    count: int = answer.context["cl"].result_count
    return count
