"""Starts everything that the product consists of on one machine and ends it again: for `make run` and for the tests.

Knows the product only from outside: its commands, its environment variables and its addresses.
"""

from .errors import CannotStart
from .servers import EmbeddedServers
from .stack import Stack

__all__ = ["CannotStart", "EmbeddedServers", "Stack"]
