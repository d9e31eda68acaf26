"""The database is migrated and proved; a rollback stops where the code before cannot read it."""

import pytest

from infra.deploying import portal, schema
from infra.deploying.stopping import Stopped


class Database:
    """What the portal's function says of its database, which it migrates as far as it comes."""

    def __init__(self):
        self.applied = ["a.0001"]
        self.missing = []
        self.a_call_does = 9
        self.asked = []
        self.broken = None
        self.has_permissions = True

    def ask(self, stage, event):
        self.asked.append(event)
        if self.broken:
            raise self.broken
        if event == {"manage": "migrate"}:
            done = self.missing[: self.a_call_does]
            self.applied, self.missing = self.applied + done, self.missing[len(done) :]
            if self.missing:
                raise Stopped("Task timed out")
            self.has_permissions = True
        if event == {"manage": "ensure_roles"} and not self.has_permissions:
            raise Stopped("There is no permission")
        return {"applied": self.applied, "missing": self.missing}


@pytest.fixture
def database(monkeypatch):
    database = Database()
    monkeypatch.setattr(portal, "ask", database.ask)
    return database


def test_a_migration_is_proved_by_the_table_and_not_by_an_ok(stage, database):
    database.missing, database.a_call_does = ["a.0002"], 0

    with pytest.raises(Stopped, match="did not run: a.0002(.|\n)*timed out"):
        schema.migrate(stage)


def test_a_new_database_takes_as_many_calls_as_it_needs(stage, database):
    database.missing, database.a_call_does = ["a.0002", "a.0003", "a.0004"], 2

    assert schema.migrate(stage).startswith("4 migrations")
    assert database.asked.count({"manage": "migrate"}) == 2


def test_staff_get_their_groups_and_a_migrated_database_stays_alone(stage, database):
    schema.migrate(stage)

    assert {"manage": "ensure_roles"} in database.asked
    assert {"manage": "migrate"} not in database.asked


def test_permissions_that_a_migration_had_no_time_for_are_made_by_the_next(stage, database):
    database.has_permissions = False

    schema.migrate(stage)

    assert database.asked.count({"manage": "migrate"}) == 1
    assert database.asked[-2] == {"manage": "ensure_roles"}


@pytest.fixture
def releases_of(make_release):
    def make(reason):
        earlier = make_release("one", migrations={"a.0001": ""})
        later = make_release("two", migrations={"a.0001": "", "a.0002": reason})
        return later, earlier

    return make


def test_a_database_that_only_grew_is_no_obstacle(stage, database, releases_of):
    schema.refuse_unreadable(stage, *releases_of(""))


def test_a_database_that_lost_something_stops_the_rollback_with_the_reason(
    stage, database, releases_of
):
    database.applied = ["a.0001", "a.0002"]

    with pytest.raises(Stopped, match=r"a\.0002: Remove field x(.|\n)*forwards"):
        schema.refuse_unreadable(stage, *releases_of("Remove field x"))


def test_a_migration_that_never_ran_is_no_obstacle(stage, database, releases_of):
    database.missing = ["a.0002"]

    schema.refuse_unreadable(stage, *releases_of("Remove field x"))


def test_a_portal_that_cannot_answer_counts_as_migrated(stage, database, releases_of):
    database.broken = Stopped("it does not start")

    with pytest.raises(Stopped, match="Remove field x"):
        schema.refuse_unreadable(stage, *releases_of("Remove field x"))


def test_the_migrations_of_this_checkout_are_read():
    found = schema.narrowings()

    assert found["tenants.0001_initial"] == ""
    assert "Add field" in found["tenants.0002_identity"]
