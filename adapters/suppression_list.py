"""SES's own list, for the whole account, of addresses that it sends nothing to."""

from contextlib import suppress

from adapters.aws import client, speaking_to
from adapters.errors import NotThere


def take_off(address: str) -> None:
    """Have SES send to the address again. Safe to repeat: who is not on the list is fine, too.

    Raises TryLater or Refused.
    """
    with suppress(NotThere), speaking_to("sesv2"):
        client("sesv2").delete_suppressed_destination(EmailAddress=address)
