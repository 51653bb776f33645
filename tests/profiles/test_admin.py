"""People and topics as staff see them."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from profiles.models import Topic
from tests.profiles.newcomers import complete

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    """Somebody with every right."""
    client.force_login(User.objects.create_superuser("anna"))
    return client


def test_people_are_found_by_the_beginning_of_their_name(staff: Client) -> None:
    """D1, D4: in any case, by look-alikes too; and nowhere stands a Telegram id."""
    mira, lina = complete("Мира"), complete("Лина")
    page = staff.get("/admin/profiles/profile/", {"q": "МИ"}).content.decode()
    assert "Мира" in page
    assert "Лина" not in page
    page = staff.get(f"/admin/profiles/profile/{mira.pk}/change/").content.decode()
    assert "Anxiety, Loss" in page
    for person in (mira, lina):
        assert str(person.recipient.telegram_id) not in page


def test_people_are_not_edited_here(staff: Client) -> None:
    """D2: services write, the admin looks."""
    mira = complete()
    assert staff.get("/admin/profiles/profile/add/").status_code == 403
    assert staff.post(f"/admin/profiles/profile/{mira.pk}/change/", {"nickname": "Х"}).status_code == 403
    assert staff.post(f"/admin/profiles/profile/{mira.pk}/delete/", {"post": "yes"}).status_code == 403


def test_topics_are_edited_and_never_deleted(staff: Client) -> None:
    """P4: titles, position and being active; the bit is given once."""
    titles = {"title_ru": "Учёба", "title_uk": "Навчання", "title_en": "Studies"}
    form = {"slug": "study", "position": 12, "active": "on", **titles}
    assert staff.post("/admin/profiles/topic/add/", form).status_code == 302
    study = Topic.objects.get(slug="study")
    assert study.bit == 12
    staff.post(f"/admin/profiles/topic/{study.pk}/change/", {**form, "title_en": "School", "bit": 40})
    study.refresh_from_db()
    assert (study.title_en, study.bit) == ("School", 12)
    assert staff.post(f"/admin/profiles/topic/{study.pk}/delete/", {"post": "yes"}).status_code == 403
