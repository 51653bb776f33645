"""In which order tests run."""

import pytest

_STREET = frozenset({"stack", "sim"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that need the whole product come last: until then it does not have to run beside the others."""
    walked = {item.path for item in items if not _STREET.isdisjoint(getattr(item, "fixturenames", ()))}
    items.sort(key=lambda item: item.path in walked)
