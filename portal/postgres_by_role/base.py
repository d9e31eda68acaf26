"""Django's PostgreSQL, to which each connection signs in by the role of this process at AWS."""

from typing import Any

from django.db.backends.postgresql import base

from adapters.database_logins import login_token

_USUAL_PORT = 5432


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        wanted: dict[str, Any] = super().get_connection_params()
        port = int(wanted.get("port") or _USUAL_PORT)
        token = login_token(host=wanted["host"], port=port, user=wanted["user"])
        return wanted | {"password": token}
