"""beehiiv's subscriptions, API v2."""

from urllib.parse import unquote

from tests.newsletter_platforms.stand_in import Reply, Request, StandIn, require

NOT_FOUND = (404, {"status": 404, "statusText": "not_found", "errors": []})


class Beehiiv(StandIn):
    key = "beehiiv-key-0123456789abcdef"
    audience = "pub_00000000-0000-0000-0000-000000000000"
    active, pending, opted_out, invalid = "active", "validating", "inactive", "invalid"

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return 401, {"status": 401, "statusText": "unauthorized", "errors": []}
        parts = request.path.strip("/").split("/")
        require(parts[:2] == ["v2", "publications"], "no such path")
        if parts[2] != self.audience:
            return NOT_FOUND
        if len(parts) == 3:
            require(request.method == "GET", "a publication is read")
            return 200, {"data": {"id": self.audience, "name": "Product news"}}
        require(parts[3] == "subscriptions", "no such path")
        if len(parts) == 4:
            return self._create(request)
        return self._one(request, parts[4:])

    def _one(self, request: Request, rest: list[str]) -> Reply:
        if rest[0] == "by_email":
            require(request.method == "GET" and len(rest) == 2, "no such path")
            person = self.people.get(unquote(rest[1]))
            return (200, self._shown(person)) if person else NOT_FOUND
        person = next((p for p in self.people.values() if f"sub_{p.id}" == rest[0]), None)
        if person is None:
            return NOT_FOUND
        if rest[1:] == ["tags"]:
            require(request.method == "POST" and set(request.body) == {"tags"}, "no such tag")
            person.tags.update(request.body["tags"])
            return 201, self._shown(person)
        if request.method == "DELETE":
            del self.people[person.email]
            return 204, ""
        require(request.method == "PUT" and request.body == {"unsubscribe": True}, "no such change")
        person.state = "inactive"
        return 200, self._shown(person)

    def _create(self, request: Request) -> Reply:
        body = request.body
        require(request.method == "POST", "no such method")
        known = {
            "email",
            "reactivate_existing",
            "send_welcome_email",
            "double_opt_override",
            "utm_source",
        }
        require(set(body) == known, "other fields")
        require(body["reactivate_existing"] is False, "would subscribe who unsubscribed")
        require(body["double_opt_override"] in ("on", "off", "not_set"), "no such choice")
        if body["email"] in self.no_addresses:
            self.add(body["email"], "invalid")
        elif body["email"] not in self.people:
            state = "validating" if body["double_opt_override"] == "on" else "active"
            self.add(body["email"], state)
        return 201, self._shown(self.people[body["email"]])

    def _shown(self, person) -> dict[str, object]:
        found = {"id": f"sub_{person.id}", "email": person.email, "status": person.state}
        return {"data": found}
