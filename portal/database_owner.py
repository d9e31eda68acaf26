"""Migrations run as the owner of the tables; everything else works with rows alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def owning() -> Iterator[None]:
    """Sign in to the database as DATABASE_OWNER, if the stage has one, and go back afterwards."""
    user = connection.settings_dict["USER"]
    if not settings.DATABASE_OWNER:
        yield
        return
    connection.close()
    connection.settings_dict["USER"] = settings.DATABASE_OWNER
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"] = user
