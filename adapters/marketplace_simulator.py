"""The Marketplace simulator of `make run`, by its JSON API: what buyers do there, and AWS."""

from typing import Any

import requests

from adapters.errors import Refused, TryLater

_SECONDS = 10


class Simulator:
    def __init__(self, address: str) -> None:
        self._address = f"{address.rstrip('/')}/api"

    def buy(self, product_code: str, **terms: Any) -> dict[str, Any]:
        """Return the agreement: `id`, `account_id`, `dimensions` and more. Raises Refused."""
        return dict(self._post("agreements", product=product_code, **terms))

    def token(self, agreement_id: str) -> str:
        """Return what the buyer's browser would post to the seller."""
        return str(self._post(f"agreements/{agreement_id}/token")["token"])

    def change(self, agreement_id: str, verb: str, **how: Any) -> dict[str, Any]:
        """Let it happen: upgrade, renew, cancel …; return the agreement that holds from now on."""
        return dict(self._post(f"agreements/{agreement_id}/{verb}", **how))

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """Return the calls of the operation that were answered, the newest first."""
        return list(self._ask("GET", f"calls?operation={operation}"))

    def fault(self, kind: str, operation: str, *, times: int = 1, code: str = "") -> int:
        """Let the next calls of the operation go wrong; return the fault's number."""
        made = self._post("faults", kind=kind, operation=operation, times=times, code=code)
        return int(made["number"])

    def remove_fault(self, number: int) -> None:
        self._ask("DELETE", f"faults/{number}")

    def hold(self, holds: bool) -> None:
        """Let new notices wait, or be sent at once again."""
        self._post("notices", holds=holds)

    def waiting(self) -> list[dict[str, Any]]:
        """Return the notices that wait: `number`, `kind`, `body`; the oldest first."""
        notices = self._ask("GET", "notices")
        return [notice for notice in reversed(notices) if notice["is_waiting"]]

    def deliver(self, number: int, *, copies: int = 1) -> None:
        self._post(f"notices/{number}", copies=copies)

    def _post(self, path: str, **what: Any) -> Any:
        return self._ask("POST", path, what)

    def _ask(self, method: str, path: str, what: dict[str, Any] | None = None) -> Any:
        """Raises TryLater if nobody answers, and Refused with the simulator's own words."""
        try:
            answer = requests.request(
                method, f"{self._address}/{path}", json=what, timeout=_SECONDS
            )
        except requests.RequestException as error:
            raise TryLater("the Marketplace simulator does not answer") from error
        try:
            said = answer.json()
        except requests.JSONDecodeError as error:
            raise Refused(f"the simulator answered {answer.status_code} to {path}") from error
        if answer.status_code >= 400:
            raise Refused(f"the simulator says: {said['error']}")
        return said
