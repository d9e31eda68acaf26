"""beehiiv, API v2: an audience is a publication, a person one of its subscriptions."""

from contextlib import suppress
from urllib.parse import quote

from adapters.errors import NotThere, Refused
from adapters.newsletters.platforms import Account, Found, Person, Standing
from adapters.newsletters.speaking import Answer, Line

ADDRESS = "https://api.beehiiv.com"
_STANDINGS = {
    "active": Standing.SUBSCRIBED,
    "validating": Standing.PENDING,
    "pending": Standing.PENDING,
    "needs_attention": Standing.PENDING,
    "inactive": Standing.UNSUBSCRIBED,
    "invalid": Standing.INVALID,
}


class Beehiiv:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.line = Line(
            "beehiiv",
            account.address or ADDRESS,
            account.before_call,
            headers={"Authorization": f"Bearer {account.key}"},
        )

    def status(self, email: str) -> Found:
        path = f"{self._publication}/subscriptions/by_email/{quote(email, safe='')}"
        try:
            return _found(self.line.ask("GET", path, "status"))
        except NotThere:
            return Found(Standing.ABSENT)

    def subscribe(self, person: Person) -> Found:
        """There is no field for a name. Who unsubscribed is answered as they are, not reactivated;
        a repeated call finds the subscription of the first."""
        body = {
            "email": person.email,
            "reactivate_existing": False,
            "send_welcome_email": False,
            "double_opt_override": "on" if self.account.confirms else "off",
            "utm_source": "portal",
        }
        path = f"{self._publication}/subscriptions"
        answer = self.line.ask("POST", path, "subscribe", body=body, expected=(400, 422))
        if answer.status < 300:
            return _found(answer)
        found = self.status(person.email)
        if found.standing is Standing.ABSENT:
            raise Refused(f"beehiiv, subscribe: status {answer.status}")
        return found

    def unsubscribe(self, email: str) -> Found:
        found = self.status(email)
        if found.standing in (Standing.ABSENT, Standing.UNSUBSCRIBED):
            return found
        path = f"{self._publication}/subscriptions/{found.remote_id}"
        try:
            self.line.ask("PUT", path, "unsubscribe", body={"unsubscribe": True})
        except NotThere:
            return Found(Standing.ABSENT)
        return Found(Standing.UNSUBSCRIBED, found.remote_id)

    def erase(self, email: str) -> bool:
        found = self.status(email)
        if found.standing is not Standing.ABSENT:
            path = f"{self._publication}/subscriptions/{found.remote_id}"
            with suppress(NotThere):
                self.line.ask("DELETE", path, "erase")
        return True

    def tag(self, email: str, tag: str) -> None:
        path = f"{self._publication}/subscriptions/{self.status(email).remote_id}/tags"
        self.line.ask("POST", path, "tag", body={"tags": [tag]})

    def name_audience(self) -> str:
        answer = self.line.ask("GET", self._publication, "audience")
        return str(_data(answer).get("name", ""))

    @property
    def _publication(self) -> str:
        return f"/v2/publications/{self.account.audience}"


def _found(answer: Answer) -> Found:
    data = _data(answer)
    status = str(data.get("status", ""))
    if status not in _STANDINGS or not data.get("id"):
        raise Refused("beehiiv answers with a state of a subscription that we do not know")
    return Found(_STANDINGS[status], str(data["id"]))


def _data(answer: Answer) -> dict[str, object]:
    data = answer.body.get("data")
    return data if isinstance(data, dict) else {}
