"""Mail through Amazon SES, with the one client that this process has for it."""

from typing import Any

from anymail.backends import amazon_ses

from adapters import aws


class EmailBackend(amazon_ses.EmailBackend):  # type: ignore[misc]
    """Anymail's, which would make a session and a client for each mail: longer than sending it.

    SES has no idempotency, so a call whose answer was lost is not repeated by itself.
    """

    client: Any

    def open(self) -> bool:
        if self.client:
            return False
        self.client = aws.client("sesv2", repeats=False)
        return True

    def close(self) -> None:
        """Let go of the client, but leave it open: the next mail uses it."""
        self.client = None
