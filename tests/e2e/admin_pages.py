"""The pages of the admin, as a superuser's browser finds them by following links; of each list the first few rows."""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin

import httpx
import psycopg

from project.supervisor import Stack

_LINKS = re.compile(r'href="([^"]+)"')
_ROW = re.compile(r"^(/admin/\w+/\w+/)[^/]+/change/$")
_ROWS = 4  # of a list, whose pages all have the same columns
# What ends the session, what asks for a deletion, and the same list narrowed down or in another order.
_LEFT_OUT = re.compile(r"/logout/|/delete/|/password|[?#]")


def pages(stack: Stack) -> Iterator[tuple[str, str]]:
    """The address and the text of the pages that can be reached from the admin's home page."""
    with httpx.Client(base_url=stack.web_url, timeout=30) as browser:
        _log_in(browser, stack)
        seen, waiting, rows = {"/admin/"}, ["/admin/"], Counter[str]()
        while waiting:
            address = waiting.pop()
            answer = browser.get(address, follow_redirects=True)
            assert answer.status_code == httpx.codes.OK, (address, answer.status_code)
            yield address, answer.text
            for link in map(unescape, _LINKS.findall(answer.text)):
                following = urljoin(address, link)
                if not following.startswith("/admin/") or following in seen or _LEFT_OUT.search(following):
                    continue
                seen.add(following)
                if row := _ROW.match(following):
                    rows[row[1]] += 1
                    if rows[row[1]] > _ROWS:
                        continue
                waiting.append(following)


def _log_in(browser: httpx.Client, stack: Stack) -> None:
    printed = dict(line.split(": ", 1) for line in stack.manage("create_demo_moderator").splitlines())
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        connection.execute("UPDATE auth_user SET is_superuser = true WHERE username = %s", [printed["name"]])
    browser.get("/admin/login/")
    form = {
        "username": printed["name"],
        "password": printed["password"],
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
    }
    answer = browser.post("/admin/login/", data=form, headers={"Referer": f"{stack.web_url}/admin/login/"})
    assert answer.status_code == httpx.codes.FOUND, "the superuser can't log in"
