"""Mailchimp's list members, Marketing API 3.0."""

import base64
import hashlib

from tests.newsletter_platforms.stand_in import Reply, Request, StandIn, require

PROBLEM = "https://mailchimp.com/developer/marketing/docs/errors/"


class Mailchimp(StandIn):
    key = "0123456789abcdef0123456789abcdef-us21"
    audience = "a1b2c3d4e5"
    active, pending, opted_out, invalid = "subscribed", "pending", "unsubscribed", "cleaned"

    def answer(self, request: Request) -> Reply:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        require(kind == "Basic", "not HTTP Basic")
        _user, _, key = base64.b64decode(given).decode().partition(":")
        if key != self.key:
            return _problem(401, "API Key Invalid")
        parts = request.path.strip("/").split("/")
        require(parts[:2] == ["3.0", "lists"], "no such path")
        if parts[2] != self.audience:
            return _problem(404, "Resource Not Found")
        if len(parts) == 3:
            require(request.method == "GET", "a list is read")
            return 200, {"name": "Product news"}
        require(parts[3] == "members" and len(parts) in (5, 6, 7), "no such path")
        return self._member(request, parts)

    def _member(self, request: Request, parts: list[str]) -> Reply:
        person = next((p for p in self.people.values() if _hash(p.email) == parts[4]), None)
        if parts[5:] == ["actions", "delete-permanent"]:
            require(request.method == "POST" and request.body is None, "no such action")
            if person is None:
                return _problem(404, "Resource Not Found")
            del self.people[person.email]
            return 204, ""
        if len(parts) == 6:
            require(parts[5] == "tags" and request.method == "POST", "no such path")
            return self._tag(request, person)
        if request.method == "PUT":
            return self._put(request, parts[4], person)
        if person is None:
            return _problem(404, "Resource Not Found")
        if request.method == "PATCH":
            require(request.body == {"status": "unsubscribed"}, "no such change")
            person.state = "unsubscribed"
        else:
            require(request.method == "GET", "no such method")
        return 200, self._shown(person)

    def _put(self, request: Request, name: str, person) -> Reply:
        body = request.body
        require(set(body) == {"email_address", "status_if_new", "merge_fields"}, "other fields")
        require("status" not in body, "a status would subscribe who unsubscribed")
        require(_hash(body["email_address"]) == name, "the hash is not of this address")
        require(body["status_if_new"] in ("subscribed", "pending"), "no such state")
        require(set(body["merge_fields"]) == {"FNAME"}, "no such merge field")
        if body["email_address"] in self.no_addresses:
            detail = f"{body['email_address']} looks fake or invalid, please enter a real address."
            return _problem(400, "Invalid Resource", detail)
        if person is None:
            person = self.add(body["email_address"], body["status_if_new"])
            person.first_name = body["merge_fields"]["FNAME"]
        return 200, self._shown(person)

    def _tag(self, request: Request, person) -> Reply:
        if person is None:
            return _problem(404, "Resource Not Found")
        require(set(request.body) == {"tags"}, "other fields")
        for tag in request.body["tags"]:
            require(set(tag) == {"name", "status"} and tag["status"] == "active", "no such tag")
            person.tags.add(tag["name"])
        return 204, ""

    def _shown(self, person) -> dict[str, str]:
        return {"id": _hash(person.email), "status": person.state}


def _hash(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def _problem(status: int, title: str, detail: str = "") -> Reply:
    return status, {"type": PROBLEM, "title": title, "status": status, "detail": detail}
