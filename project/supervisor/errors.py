"""What the supervisor tells the person who started it."""


class CannotStart(Exception):
    """Something is missing or in the way; the message is one line that says what to do, `details` may follow it."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details
