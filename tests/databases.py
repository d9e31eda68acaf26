"""The test's own database, for a process that a test starts."""

from django.db import connection


def database_url() -> str:
    """Return the DATABASE_URL of the database that this test uses."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    host = facts.get("HOST") or facts.get("OPTIONS", {}).get("host", "")
    return f"postgres://{facts['USER']}@/{facts['NAME']}?host={host}"
