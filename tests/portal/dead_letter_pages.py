"""The pages of dead letters, as staff open them and press their buttons."""

from typing import Any

from django.urls import reverse

LIST = "/admin/dead-letters/"


def discard_url(letter: Any, queue: str = "tasks") -> str:
    return reverse("dead_letter_discard", args=(queue, letter.message_id))


def confirm(client: Any, url: str, reason: str = "mended") -> str:
    return str(client.post(url, {"reason": reason}, follow=True).content.decode())


def see(client: Any) -> str:
    return str(client.get(LIST).content.decode())
