"""The database is migrated and proved; a rollback stops where the code before cannot read it."""

import pytest

from infra.deploying import portal, schema
from infra.deploying.stopping import Stopped


@pytest.fixture
def answers(monkeypatch):
    """What the portal's function answers; what it was asked is kept."""
    told = {"asked": [], "schema": {"applied": ["a.0001", "a.0002"], "missing": []}}

    def ask(stage, event):
        told["asked"].append(event)
        if isinstance(told["schema"], Exception):
            raise told["schema"]
        return told["schema"] if "ask" in event else {}

    monkeypatch.setattr(portal, "ask", ask)
    return told


def test_a_migration_is_proved_by_the_table_and_not_by_an_ok(stage, answers):
    answers["schema"] = {"applied": ["a.0001"], "missing": ["a.0002"]}

    with pytest.raises(Stopped, match="did not run: a.0002"):
        schema.migrate(stage)


def test_a_migrated_database_is_good_and_staff_have_their_groups(stage, answers):
    assert schema.migrate(stage).startswith("2 migrations")
    assert {"manage": "ensure_roles"} in answers["asked"]


@pytest.fixture
def releases_of(make_release):
    def make(reason):
        earlier = make_release("one", migrations={"a.0001": ""})
        later = make_release("two", migrations={"a.0001": "", "a.0002": reason})
        return later, earlier

    return make


def test_a_database_that_only_grew_is_no_obstacle(stage, answers, releases_of):
    schema.refuse_unreadable(stage, *releases_of(""))


def test_a_database_that_lost_something_stops_the_rollback_with_the_reason(
    stage, answers, releases_of
):
    with pytest.raises(Stopped, match=r"a\.0002: Remove field x(.|\n)*forwards"):
        schema.refuse_unreadable(stage, *releases_of("Remove field x"))


def test_a_migration_that_never_ran_is_no_obstacle(stage, answers, releases_of):
    answers["schema"] = {"applied": ["a.0001"], "missing": ["a.0002"]}

    schema.refuse_unreadable(stage, *releases_of("Remove field x"))


def test_a_portal_that_cannot_answer_counts_as_migrated(stage, answers, releases_of):
    answers["schema"] = Stopped("it does not start")

    with pytest.raises(Stopped, match="Remove field x"):
        schema.refuse_unreadable(stage, *releases_of("Remove field x"))


def test_the_migrations_of_this_checkout_are_read():
    found = schema.narrowings()

    assert found["tenants.0001_initial"] == ""
    assert "Add field" in found["tenants.0002_identity"]
