"""The portal works with rows of tables that are not its own; migrations run as their owner."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.db import connection

from portal import database_owner, lambda_entry
from portal.postgres_by_role.base import DatabaseWrapper

ROOT = Path(__file__).resolve().parent.parent.parent
TRAIL = "CREATE TABLE trail (id serial PRIMARY KEY, said text)"
GUARD = """
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'never changed'; END $$;
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON trail FOR EACH ROW EXECUTE FUNCTION guard()
"""


@pytest.fixture(scope="module")
def database():
    """Return the folder of a PostgreSQL that was set up as docs/deployment.md says."""
    # A socket's path is short, and PostgreSQL's own user must come in.
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-roles-"))
    folder.chmod(0o755)
    subprocess.run([ROOT / ".ci/postgres", "start", folder], check=True, capture_output=True)
    try:
        with signed_in(folder, "gatehouse") as master:
            # Amazon's own, which makes it accept tokens.
            master.execute("CREATE ROLE rds_iam")
            master.execute((ROOT / "infra/database_roles.sql").read_text())
        with signed_in(folder, "gatehouse_owner") as owner:
            owner.execute(TRAIL)
            owner.execute(GUARD)
        yield folder
    finally:
        subprocess.run([ROOT / ".ci/postgres", "stop", folder], check=True)
        shutil.rmtree(folder)


def signed_in(folder, user):
    return psycopg.connect(host=str(folder), dbname="gatehouse", user=user, autocommit=True)


@pytest.mark.postgresql
def test_the_portal_works_with_rows(database):
    with signed_in(database, "gatehouse_portal") as portal:
        portal.execute("INSERT INTO trail (said) VALUES ('here')")

        assert portal.execute("SELECT said FROM trail").fetchall() == [("here",)]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE trail DISABLE TRIGGER USER",
        "DROP TRIGGER guard ON trail",
        "TRUNCATE trail",
        "DROP TABLE trail",
        "CREATE TABLE mine (id int)",
        "SET session_replication_role = replica",
        "SET ROLE gatehouse_owner",
    ],
)
def test_the_portal_cannot_get_round_the_guards(database, statement):
    with (
        signed_in(database, "gatehouse_portal") as portal,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        portal.execute(statement)


@pytest.mark.postgresql
def test_the_owner_may_change_tables(database):
    with signed_in(database, "gatehouse_owner") as owner:
        owner.execute("ALTER TABLE trail ADD COLUMN by text")


def test_each_connection_is_signed_in_by_a_token_that_is_good_for_a_quarter_of_an_hour():
    settings = {
        **connection.settings_dict,
        "ENGINE": "portal.postgres_by_role",
        "NAME": "gatehouse",
        "USER": "gatehouse_portal",
        "HOST": "database.example",
        "PORT": "",
        "OPTIONS": {"sslmode": "require"},
    }

    token = DatabaseWrapper(settings).get_connection_params()["password"]

    told = urlsplit(f"//{token}")
    asked = parse_qs(told.query)
    assert (told.hostname, told.port) == ("database.example", 5432)
    assert asked["DBUser"] == ["gatehouse_portal"]
    assert asked["X-Amz-Expires"] == ["900"]


@pytest.fixture
def users(monkeypatch):
    """Collect as whom Zappa's handler finds the database when it is asked."""
    seen = []
    named = connection.settings_dict
    monkeypatch.setattr(lambda_entry, "_ask_zappa", lambda *told: seen.append(named["USER"]))
    return seen


@pytest.mark.django_db(transaction=True)
def test_migrations_alone_run_as_the_owner(users, settings, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "USER", "gatehouse_portal")
    monkeypatch.setattr(connection, "close", lambda: None)
    settings.DATABASE_OWNER = "gatehouse_owner"

    for line in ("migrate", "ensure_roles"):
        lambda_entry.handler({"manage": line}, None)

    assert users == ["gatehouse_owner", "gatehouse_portal"]
    assert connection.settings_dict["USER"] == "gatehouse_portal"


def test_a_stage_without_an_owner_migrates_as_the_portal(settings):
    settings.DATABASE_OWNER = ""
    before = connection.settings_dict["USER"]

    with database_owner.owning():
        assert connection.settings_dict["USER"] == before
