"""What all tests share: the running street, people in the simulator, a browser."""

from tests.browser import browser, pytest_collection_finish
from tests.stack import sim, stack

__all__ = ["browser", "pytest_collection_finish", "sim", "stack"]
