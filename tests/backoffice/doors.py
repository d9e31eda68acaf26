"""The two doors of a staff verb, used as a browser uses them."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse


def list_url(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")


def page_url(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=(row.pk,))


def verb_url(row: Any, verb: str) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_verb"
    return reverse(name, args=(row.pk, verb))


def choose(client: Any, verb: str, *rows: Any, query: str = "") -> HttpResponse:
    """Tick rows on the list and choose the action."""
    form = {"action": verb, "_selected_action": [row.pk for row in rows], "index": 0}
    answer: HttpResponse = client.post(list_url(rows[0]) + query, form)
    return answer


def do_to_many(client: Any, verb: str, *rows: Any, reason: str = "asked", **answers: Any) -> str:
    """Confirm what `choose` shows; return the page that follows."""
    form = {"action": verb, "_selected_action": [row.pk for row in rows], "confirmed": "yes"}
    answer = client.post(list_url(rows[0]), {**form, "reason": reason, **answers}, follow=True)
    return str(answer.content.decode())


def do(client: Any, verb: str, row: Any, *, reason: str = "asked", **answers: Any) -> str:
    """Press the button on the row's page and confirm; return the page that follows."""
    form = {"confirmed": "yes", "reason": reason, **answers}
    return str(client.post(verb_url(row, verb), form, follow=True).content.decode())
