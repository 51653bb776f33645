"""The one base of errors that a person caused or must know about."""

from typing import Any, ClassVar


class DomainError(Exception):
    """Something the person should read, in their language, with what to do next.

    A subclass stands beside the service that raises it and names a template (`<app>/<message>.html`); keyword arguments
    become the template's context. `status` is the HTTP status of the same error in the API. `offers_search`: the way on
    is to look for somebody, by a button.
    """

    template: ClassVar[str]
    status: ClassVar[int] = 409
    offers_search: bool = False

    def __init__(self, **context: Any) -> None:
        super().__init__(type(self).__name__)
        self.context = context
