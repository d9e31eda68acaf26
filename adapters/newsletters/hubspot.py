"""HubSpot: an audience is a subscription type, a person a contact.

Statuses are read where "never asked" and "opted out" are told apart (2026-03), and written where
HubSpot itself refuses whoever opted out (v3): later versions subscribe them again.
"""

from contextlib import suppress
from urllib.parse import quote

from adapters.errors import NotThere, Refused
from adapters.newsletters.platforms import Account, Found, Person, Standing
from adapters.newsletters.speaking import Answer, Line

ADDRESS = "https://api.hubapi.com"
UPSERT = "/crm/objects/2026-03/contacts/batch/upsert"
ERASE = "/crm/v3/objects/contacts/gdpr-delete"
STATUSES = "/communication-preferences/2026-03/statuses"
V3 = "/communication-preferences/v3"
EXPLANATION = "Ticked the box for product news in the portal, or chose it in the account"
_STANDINGS = {
    "SUBSCRIBED": Standing.SUBSCRIBED,
    "UNSUBSCRIBED": Standing.UNSUBSCRIBED,
    "NOT_SPECIFIED": Standing.ABSENT,
}


class HubSpot:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.line = Line(
            "hubspot",
            account.address or ADDRESS,
            account.before_call,
            headers={"Authorization": f"Bearer {account.key}"},
        )

    def status(self, email: str) -> Found:
        path = f"{STATUSES}/{quote(email, safe='')}"
        try:
            answer = self.line.ask("GET", path, "status", query={"channel": "EMAIL"})
        except NotThere:
            return Found(Standing.ABSENT)
        return self._found(answer)

    def subscribe(self, person: Person) -> Found:
        contact_id = self._upsert(person.email, {"firstname": person.first_name})
        if not contact_id:
            return Found(Standing.INVALID)
        answer = self._change("subscribe", person.email)
        if answer.status < 300:
            return Found(Standing.SUBSCRIBED, contact_id)
        # Refused: because they opted out meanwhile, or because they are subscribed already?
        found = self.status(person.email)
        if found.standing is Standing.ABSENT:
            raise Refused(f"hubspot, subscribe: status {answer.status}")
        return Found(found.standing, contact_id)

    def unsubscribe(self, email: str) -> Found:
        found = self.status(email)
        if found.standing is not Standing.SUBSCRIBED:
            return found
        answer = self._change("unsubscribe", email)
        if answer.status >= 300 and self.status(email).standing is Standing.SUBSCRIBED:
            raise Refused(f"hubspot, unsubscribe: status {answer.status}")
        return Found(Standing.UNSUBSCRIBED)

    def erase(self, email: str) -> bool:
        """HubSpot blocks the address, too, so that nobody imports it again."""
        body = {"objectId": email, "idProperty": "email"}
        with suppress(NotThere):
            self.line.ask("POST", ERASE, "erase", body=body)
        return True

    def tag(self, email: str, tag: str) -> None:
        """HubSpot has properties in place of tags: `promo_campaigns=launch-2026`."""
        name, _, value = tag.partition("=")
        if not self._upsert(email, {name: value}):
            raise Refused("hubspot, tag: the contact could not be written")

    def name_audience(self) -> str:
        answer = self.line.ask("GET", f"{V3}/definitions", "audience")
        known = answer.body.get("subscriptionDefinitions")
        for each in known if isinstance(known, list) else []:
            if str(each.get("id")) == self.account.audience:
                return str(each.get("name", ""))
        raise NotThere("hubspot, audience: no subscription type has this number")

    def _upsert(self, email: str, properties: dict[str, str]) -> str:
        """Return the id of the contact, empty if HubSpot does not take the address."""
        body = {"inputs": [{"id": email, "idProperty": "email", "properties": properties}]}
        answer = self.line.ask("POST", UPSERT, "contact", body=body, expected=(400,))
        results = answer.body.get("results")
        if answer.status < 300 and isinstance(results, list) and results:
            return str(results[0].get("id", ""))
        if "INVALID_EMAIL" in str(answer.body):
            return ""
        raise Refused(f"hubspot, contact: status {answer.status}")

    def _change(self, verb: str, email: str) -> Answer:
        body = {
            "emailAddress": email,
            "subscriptionId": self.account.audience,
            "legalBasis": "CONSENT_WITH_NOTICE",
            "legalBasisExplanation": EXPLANATION,
        }
        return self.line.ask("POST", f"{V3}/{verb}", verb, body=body, expected=(400,))

    def _found(self, answer: Answer) -> Found:
        results = answer.body.get("results")
        for each in results if isinstance(results, list) else []:
            if str(each.get("subscriptionId")) != self.account.audience:
                continue
            if each.get("status") not in _STANDINGS:
                raise Refused("hubspot answers with a status that we do not know")
            return Found(_STANDINGS[each["status"]])
        return Found(Standing.ABSENT)
