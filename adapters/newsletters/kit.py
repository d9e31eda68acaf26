"""Kit, API v4: the account has one audience, and tags tell its people apart."""

from adapters.errors import NotThere, Refused
from adapters.newsletters.platforms import Account, Found, Person, Standing
from adapters.newsletters.speaking import Answer, Line

ADDRESS = "https://api.kit.com"
_STANDINGS = {
    "active": Standing.SUBSCRIBED,
    "inactive": Standing.PENDING,
    "cancelled": Standing.UNSUBSCRIBED,
    "complained": Standing.UNSUBSCRIBED,
    "bounced": Standing.INVALID,
}


class Kit:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.line = Line(
            "kit",
            account.address or ADDRESS,
            account.before_call,
            headers={"X-Kit-Api-Key": account.key},
        )

    def status(self, email: str) -> Found:
        """Without `status` Kit answers with active people alone, and who opted out looks absent."""
        query = {"email_address": email, "status": "all"}
        answer = self.line.ask("GET", "/v4/subscribers", "status", query=query)
        people = answer.body.get("subscribers")
        if not isinstance(people, list):
            raise Refused("kit answers without a list of people")
        return _found(people[0]) if people else Found(Standing.ABSENT)

    def subscribe(self, person: Person) -> Found:
        """Kit takes the call for who opted out, too, and leaves them as they are."""
        body = {
            "email_address": person.email,
            "first_name": person.first_name,
            "state": "active",
        }
        answer = self.line.ask("POST", "/v4/subscribers", "subscribe", body=body, expected=(422,))
        if answer.status == 422:
            return _not_taken(answer)
        return _found(answer.body.get("subscriber"))

    def unsubscribe(self, email: str) -> Found:
        found = self.status(email)
        if found.standing in (Standing.ABSENT, Standing.UNSUBSCRIBED):
            return found
        path = f"/v4/subscribers/{found.remote_id}/unsubscribe"
        try:
            self.line.ask("POST", path, "unsubscribe", body={})
        except NotThere:
            return Found(Standing.ABSENT)
        return Found(Standing.UNSUBSCRIBED, found.remote_id)

    def erase(self, email: str) -> bool:
        """Version 4 of the API deletes nobody."""
        return self.unsubscribe(email).standing is Standing.ABSENT

    def tag(self, email: str, tag: str) -> None:
        """`tag` is the number of a tag that was made at Kit."""
        path = f"/v4/tags/{tag}/subscribers/{self.status(email).remote_id}"
        self.line.ask("POST", path, "tag", body={})

    def name_audience(self) -> str:
        answer = self.line.ask("GET", "/v4/account", "audience")
        account = answer.body.get("account")
        return str(account.get("name", "")) if isinstance(account, dict) else ""


def _not_taken(answer: Answer) -> Found:
    if "email" in str(answer.body.get("errors")).lower():
        return Found(Standing.INVALID)
    raise Refused("kit, subscribe: status 422")


def _found(subscriber: object) -> Found:
    person = subscriber if isinstance(subscriber, dict) else {}
    state = str(person.get("state", ""))
    if state not in _STANDINGS or not person.get("id"):
        raise Refused("kit answers with a state of a person that we do not know")
    return Found(_STANDINGS[state], str(person["id"]))
