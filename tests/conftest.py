"""What all tests share: the running street, people in the simulator, a browser, a database that is empty again."""

from tests.browser import browser, pytest_collection_finish
from tests.emptying import django_db_setup
from tests.order import pytest_collection_modifyitems
from tests.stack import sim, stack

__all__ = ["browser", "django_db_setup", "pytest_collection_finish", "pytest_collection_modifyitems", "sim", "stack"]
