"""The admin's pages of matching."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from delivery.models import Recipient
from matching.cooldowns import keep_apart
from matching.models import Match, PoolEntry, RecentContact, Seat, Sweep
from tests.base import person

from .scenes import NOON, accept, delivered, find, live_match, proposal_of, skip, topics

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
NAMES = {PoolEntry: "poolentry", Match: "match", Seat: "seat", RecentContact: "recentcontact", Sweep: "sweep"}


@pytest.mark.parametrize("model", NAMES)
def test_the_pages_open_and_nobody_changes_anything(admin_client: Client, model: type[Model]) -> None:
    """D1, D4: lists and pages open, find by the beginning of a nickname, show no Telegram id, change nothing."""
    mira, oleh, ada = person("Мира"), person("Олег"), person("Ада", speaks=["en"])
    proposal_of(mira, oleh)
    find(ada)
    keep_apart(one=mira.pk, other=ada.pk, until=NOON, reason=RecentContact.Reason.DECLINE)
    Sweep.objects.create(began_at=NOON, ended_at=NOON, waiting=1, proposed=0, held_back=0)
    list_url = f"/admin/matching/{NAMES[model]}/"
    pages = [list_url, f"{list_url}{model._default_manager.get_queryset()[0].pk}/change/"]
    for url in pages:
        answer = admin_client.get(url)
        assert answer.status_code == 200
        for telegram_id in Recipient.objects.values_list("telegram_id", flat=True):
            assert str(telegram_id) not in answer.content.decode()
    if model is not Sweep:
        assert _found(admin_client, list_url, "нет") == 0
        assert _found(admin_client, list_url, "ада" if model is PoolEntry else "мИр") > 0
    assert admin_client.get(f"{list_url}add/").status_code == 403
    assert admin_client.post(pages[1], {}).status_code in (403, 405)
    assert not admin.site.get_model_admin(model).has_delete_permission(answer.wsgi_request)


def _page(client: Client, match: Match) -> str:
    """The words of a proposal's page, on one line."""
    page = client.get(f"/admin/matching/match/{match.pk}/change/").content.decode()
    _, _, content = page.partition('id="proposal"')
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())


def test_a_proposal_shows_the_parts_of_its_score(admin_client: Client) -> None:
    """M9, M3: three parts, each with its weight and what it brings; together they are the score."""
    mira = person("Мира", topics=topics("abc"), timezone="Europe/Kyiv")
    match = proposal_of(mira, person("Олег", topics=topics("bcd"), timezone="Europe/London"))
    page = _page(admin_client, match)
    assert "Score 0.560" in page
    assert "Topics in common 0.500 × 0.60 = 0.300" in page
    assert "Hours in common 0.800 × 0.20 = 0.160" in page
    assert "Helpfulness 0.500 × 0.20 = 0.100" in page
    assert "made with others" not in page
    Match.objects.update(score=0.7)
    assert "made with others" in _page(admin_client, match)


def test_a_proposal_tells_what_happened(admin_client: Client) -> None:
    """M9, M5: since when each searched, proposed, delivered, accepted, skipped by whom, in order; listener, again."""
    mira, oleh = person("Мира"), person("Олег")
    find(mira, NOON - MINUTE)
    find(oleh)
    match = live_match(mira)
    delivered(match, mira, NOON + MINUTE)
    delivered(match, oleh, NOON + MINUTE)
    accept(match, mira, NOON + 2 * MINUTE)
    assert "Expires 2026-06-01 12:06:00" in _page(admin_client, match)
    skip(match, oleh, NOON + 3 * MINUTE)
    page = _page(admin_client, match)
    events = [
        "11:59:00 Мира searches",
        "12:00:00 Олег searches",
        "12:00:00 Proposed to each other",
        "12:01:00 Мира gets the proposal",
        "12:01:00 Олег gets the proposal",
        "12:02:00 Мира accepts",
        "12:03:00 Олег skips",
    ]
    assert " 2026-06-01 ".join(events) in page
    assert "Skipped by Олег" in page
    assert "none: both searched" in page
    Match.objects.update(listener=oleh, again=True)
    page = _page(admin_client, match)
    assert "Олег is ready to listen" in page
    assert "both had asked to" in page


@pytest.mark.parametrize("number", ["0", "77", "9" * 40, "x", "²"])
def test_a_proposal_that_is_not_there(admin_client: Client, number: str) -> None:
    """D1: leads back to the list with a word."""
    answer = admin_client.get(f"/admin/matching/match/{number}/change/", follow=True)
    assert answer.status_code == 200
    assert "There is no such proposal." in answer.content.decode()


def test_lists_are_narrowed_down(admin_client: Client) -> None:
    """D1: the pool by language and on call, proposals by state, time and listener, cooldowns by reason and in force."""
    mira, oleh, ada, ida = (person(name, topics=topics("ab")) for name in ("Мира", "Олег", "Ада", "Ида"))
    lina = person("Лина", speaks=["uk", "en"])
    find(lina)
    find(person("Иван", topics=topics("kl")))
    PoolEntry.objects.filter(pk=lina.pk).update(on_call_until=NOON + MINUTE)
    skip(proposal_of(mira, oleh), mira)
    Match.objects.update(listener=mira)
    PoolEntry.objects.filter(pk=oleh.pk).delete()
    proposal_of(ada, ida)
    block = RecentContact.Reason.BLOCK
    keep_apart(one=ada.pk, other=mira.pk, until=NOON, reason=block)

    def shown(name: str, **parameters: str) -> int:
        answer = admin_client.get(f"/admin/matching/{name}/", parameters)
        assert answer.status_code == 200, parameters
        count: int = answer.context["cl"].result_count
        return count

    with time_machine.travel(NOON, tick=False):
        assert [shown("poolentry", language=language) for language in ("ru", "uk", "en", "xx")] == [1, 1, 1, 2]
        assert [shown("poolentry", on_call=on_call) for on_call in ("yes", "no")] == [1, 1]
        assert [shown("match", state__exact=state) for state in ("declined", "proposed", "active")] == [1, 1, 0]
        assert [shown("match", with_listener=there) for there in ("yes", "no")] == [1, 1]
        assert shown("match", created_at__gte="2026-06-02 00:00:00+00:00") == 0
        assert [shown("recentcontact", in_force=lasts) for lasts in ("yes", "no")] == [2, 2]
        assert shown("recentcontact", reason__exact="block") == 2
    number = Match.objects.order_by("pk").values_list("pk", flat=True)[0]
    assert shown("match", q=f"#{number}") == 1


@pytest.mark.parametrize("name", ["poolentry", "match", "seat", "recentcontact"])
def test_a_list_takes_the_same_number_of_queries_however_long(admin_client: Client, name: str) -> None:
    """D1: no query a row, and nothing is counted twice."""

    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(f"/admin/matching/{name}/").status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    queries()
    before = queries()
    for number in range(6):
        one, other = (person(f"Пара {number}{side}", topics=topics("ab")) for side in "ав")
        find(person(f"Один {number}", topics=topics("kl"[number % 2] + "cdefgh"[number])))
        proposal_of(one, other)
        keep_apart(one=one.pk, other=other.pk, until=NOON, reason=RecentContact.Reason.DECLINE)
    after = queries()
    assert len(after) == len(before)
    counts = [query for query in after if "COUNT(*)" in query and f"matching_{name}" in query]
    assert len(counts) == 1
    assert "JOIN" not in counts[0]


def _found(client: Client, url: str, beginning: str) -> int:
    answer = client.get(url, {"q": beginning})
    assert answer.context is not None
    count: int = answer.context["cl"].result_count
    return count
