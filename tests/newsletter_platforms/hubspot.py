"""HubSpot's contacts and communication preferences."""

from urllib.parse import unquote

from tests.newsletter_platforms.stand_in import Reply, Request, StandIn, require

UPSERT = "/crm/objects/2026-03/contacts/batch/upsert"
ERASE = "/crm/v3/objects/contacts/gdpr-delete"
STATUSES = "/communication-preferences/2026-03/statuses/"
V3 = "/communication-preferences/v3/"


class HubSpot(StandIn):
    key = "pat-eu1-01234567-89ab-cdef"
    audience = "123"
    active, pending, opted_out, invalid = "SUBSCRIBED", "NOT_SPECIFIED", "UNSUBSCRIBED", ""
    tag = "promo_campaigns=launch-2026"

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "INVALID_AUTHENTICATION")
        if request.path == UPSERT:
            return self._upsert(request)
        if request.path == ERASE:
            require(request.method == "POST", "no such method")
            require(set(request.body) == {"objectId", "idProperty"}, "other fields")
            require(request.body["idProperty"] == "email", "found by the address")
            self.people.pop(request.body["objectId"], None)
            return 204, ""
        if request.path.startswith(STATUSES):
            return self._statuses(request)
        if request.path == V3 + "definitions":
            require(request.method == "GET", "no such method")
            return 200, {"subscriptionDefinitions": [{"id": "123", "name": "Product news"}]}
        require(request.path in (V3 + "subscribe", V3 + "unsubscribe"), "no such path")
        return self._change(request)

    def _upsert(self, request: Request) -> Reply:
        require(request.method == "POST" and set(request.body) == {"inputs"}, "other fields")
        results = []
        for each in request.body["inputs"]:
            require(set(each) == {"id", "idProperty", "properties"}, "other fields")
            require(each["idProperty"] == "email", "found by the address")
            if each["id"] in self.no_addresses:
                return _error(
                    400, "VALIDATION_ERROR", "Property values were not valid: INVALID_EMAIL"
                )
            person = self.people.get(each["id"]) or self.add(each["id"], "NOT_SPECIFIED")
            for name, value in each["properties"].items():
                require(name in ("firstname", "promo_campaigns"), "no such property")
                if name == "firstname":
                    person.first_name = value
                else:
                    person.tags.add(f"{name}={value}")
            results.append({"id": person.id, "properties": each["properties"], "new": True})
        return 200, {"status": "COMPLETE", "results": results}

    def _statuses(self, request: Request) -> Reply:
        require(request.method == "GET" and request.query == {"channel": "EMAIL"}, "no such look")
        person = self.people.get(unquote(request.path.removeprefix(STATUSES)))
        state = person.state if person else "NOT_SPECIFIED"
        found = {"channel": "EMAIL", "subscriptionId": 123, "status": state}
        other = {"channel": "EMAIL", "subscriptionId": 9, "status": "SUBSCRIBED"}
        return 200, {"status": "COMPLETE", "results": [other, found]}

    def _change(self, request: Request) -> Reply:
        body = request.body
        known = {"emailAddress", "subscriptionId", "legalBasis", "legalBasisExplanation"}
        require(request.method == "POST" and set(body) == known, "other fields")
        require(body["subscriptionId"] == "123", "a number as text")
        require(body["legalBasis"] == "CONSENT_WITH_NOTICE", "no such basis")
        wanted = "SUBSCRIBED" if request.path.endswith("/subscribe") else "UNSUBSCRIBED"
        person = self.people.get(body["emailAddress"])
        require(person is not None, "no such contact")
        if person.state in ("UNSUBSCRIBED", wanted):
            # v3 subscribes nobody who opted out, and repeats nothing.
            return _error(400, "VALIDATION_ERROR")
        person.state = wanted
        status = wanted.replace("UNSUBSCRIBED", "NOT_SUBSCRIBED")
        return 200, {"id": "123", "name": "Product news", "status": status}


def _error(status: int, category: str, message: str = "") -> Reply:
    return status, {"status": "error", "category": category, "message": message}
