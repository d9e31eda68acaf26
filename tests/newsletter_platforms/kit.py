"""Kit's subscribers and tags, API v4."""

from tests.newsletter_platforms.stand_in import Reply, Request, StandIn, require


class Kit(StandIn):
    key = "kit_0123456789abcdef"
    active, pending, opted_out, invalid = "active", "inactive", "cancelled", "bounced"
    tag = "4711"

    def answer(self, request: Request) -> Reply:
        if request.headers.get("x-kit-api-key") != self.key:
            return 401, {"errors": ["The access token is invalid"]}
        parts = request.path.strip("/").split("/")
        require(parts[0] == "v4", "no such path")
        if parts == ["v4", "account"]:
            return 200, {"user": {"email": "news@example.com"}, "account": {"name": "Product news"}}
        if parts[1] == "tags":
            return self._tag(request, parts)
        require(parts[1] == "subscribers", "no such path")
        if len(parts) == 2:
            return self._list(request) if request.method == "GET" else self._create(request)
        return self._unsubscribe(request, parts)

    def _list(self, request: Request) -> Reply:
        require(set(request.query) <= {"email_address", "status"}, "other parameters")
        # Who names no state is shown active people alone.
        wanted = request.query.get("status", "active")
        person = self.people.get(request.query["email_address"])
        is_shown = person and wanted in ("all", person.state)
        return 200, {"subscribers": [_shown(person)] if is_shown else [], "pagination": {}}

    def _create(self, request: Request) -> Reply:
        body = request.body
        require(request.method == "POST", "no such method")
        require(set(body) == {"email_address", "first_name", "state"}, "other fields")
        require(body["state"] == "active", "no such state")
        if body["email_address"] in self.no_addresses:
            return 422, {"errors": ["Email address is invalid"]}
        is_new = body["email_address"] not in self.people
        person = self.people.get(body["email_address"]) or self.add(body["email_address"], "active")
        # The name is taken over, the state is not.
        person.first_name = body["first_name"]
        return 201 if is_new else 200, {"subscriber": _shown(person)}

    def _unsubscribe(self, request: Request, parts: list[str]) -> Reply:
        require(len(parts) == 4 and parts[3] == "unsubscribe", "no such path")
        require(request.method == "POST" and request.body == {}, "an empty object is sent")
        person = self._numbered(parts[2])
        if person is None:
            return 404, {"errors": ["Not Found"]}
        person.state = "cancelled"
        return 204, ""

    def _tag(self, request: Request, parts: list[str]) -> Reply:
        require(request.method == "POST" and len(parts) == 5, "no such path")
        require(request.body == {}, "an empty object is sent")
        person = self._numbered(parts[4])
        if person is None or parts[2] != self.tag:
            return 404, {"errors": ["Not Found"]}
        person.tags.add(parts[2])
        return 201, {"subscriber": _shown(person)}

    def _numbered(self, number: str):
        return next((p for p in self.people.values() if p.id == number), None)


def _shown(person) -> dict[str, object]:
    return {
        "id": int(person.id),
        "first_name": person.first_name,
        "email_address": person.email,
        "state": person.state,
        "fields": {},
    }
