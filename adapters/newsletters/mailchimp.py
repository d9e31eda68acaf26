"""Mailchimp, Marketing API 3.0: an audience is a list, a person its member."""

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from adapters.errors import NotThere, Refused, TryLater
from adapters.newsletters.platforms import Account, Found, NotLetIn, Person, Standing
from adapters.newsletters.speaking import Answer, Line

# A key ends in the name of its data centre, and that is the host we speak to.
_KEY = re.compile(r"[0-9a-zA-Z]+-([a-z]{2,4}[0-9]{1,3})")
_STANDINGS = {
    "subscribed": Standing.SUBSCRIBED,
    "pending": Standing.PENDING,
    "unsubscribed": Standing.UNSUBSCRIBED,
    # Mail to the address came back until Mailchimp gave it up.
    "cleaned": Standing.INVALID,
}
_OPTED_OUT = ("Member In Compliance State", "Forgotten Email Not Subscribed")
_NO_ADDRESS = ("valid email address", "looks fake or invalid")


class Mailchimp:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.line = Line(
            "mailchimp", _address(account), account.before_call, auth=("gatehouse", account.key)
        )

    def status(self, email: str) -> Found:
        try:
            answer = self._ask("GET", self._member(email), "status", query={"fields": "id,status"})
        except NotThere:
            return Found(Standing.ABSENT)
        return _found(answer)

    def subscribe(self, person: Person) -> Found:
        """`status` is left out, so whoever unsubscribed meanwhile stays unsubscribed."""
        body = {
            "email_address": person.email,
            "status_if_new": "pending" if self.account.confirms else "subscribed",
            "merge_fields": {"FNAME": person.first_name},
        }
        path = self._member(person.email)
        answer = self._ask("PUT", path, "subscribe", body=body, expected=(400,))
        return _not_subscribed(answer) if answer.status == 400 else _found(answer)

    def unsubscribe(self, email: str) -> Found:
        try:
            body = {"status": "unsubscribed"}
            answer = self._ask(
                "PATCH", self._member(email), "unsubscribe", body=body, expected=(400,)
            )
        except NotThere:
            return Found(Standing.ABSENT)
        return _not_subscribed(answer) if answer.status == 400 else _found(answer)

    def erase(self, email: str) -> bool:
        """Mailchimp never lets us subscribe the address again: only the person can."""
        with suppress(NotThere):
            self._ask("POST", f"{self._member(email)}/actions/delete-permanent", "erase")
        return True

    def tag(self, email: str, tag: str) -> None:
        body = {"tags": [{"name": tag, "status": "active"}]}
        self._ask("POST", f"{self._member(email)}/tags", "tag", body=body)

    def name_audience(self) -> str:
        answer = self._ask("GET", self._list, "audience", query={"fields": "name"})
        return str(answer.body.get("name", ""))

    def _ask(
        self,
        method: str,
        path: str,
        what: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        expected: tuple[int, ...] = (),
    ) -> Answer:
        """More than ten requests at once may be answered by a bare 403 of something before it."""
        answer = self.line.ask(
            method, path, what, body=body, query=query, expected=(403, *expected)
        )
        if answer.status == 403 and not answer.is_json:
            raise TryLater("mailchimp is overloaded by us: status 403 without words")
        if answer.status == 403:
            raise self.line.meaning(answer, what)
        return answer

    @property
    def _list(self) -> str:
        return f"/3.0/lists/{self.account.audience}"

    def _member(self, email: str) -> str:
        # Not for secrecy: it is how Mailchimp names a member.
        name = hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()
        return f"{self._list}/members/{name}"


def _address(account: Account) -> str:
    if account.address:
        return account.address
    key = _KEY.fullmatch(account.key)
    if key is None:
        raise NotLetIn("mailchimp: the key does not end in a data centre, such as -us21")
    return f"https://{key[1]}.api.mailchimp.com"


def _found(answer: Answer) -> Found:
    """Who is archived, or there for receipts alone, is for marketing to look at: no opt-out, and
    nobody whom a call without `status` would subscribe."""
    status = str(answer.body.get("status", ""))
    if status not in _STANDINGS:
        kept = status if status in ("archived", "transactional") else "unknown"
        raise Refused(f"mailchimp has the address as {kept}: look at the contact there")
    return Found(_STANDINGS[status], str(answer.body.get("id", "")))


def _not_subscribed(answer: Answer) -> Found:
    if answer.body.get("title") in _OPTED_OUT:
        return Found(Standing.UNSUBSCRIBED)
    detail = str(answer.body.get("detail", ""))
    if any(words in detail for words in _NO_ADDRESS):
        return Found(Standing.INVALID)
    raise Refused("mailchimp, subscribe: status 400, perhaps a merge field that the list requires")
