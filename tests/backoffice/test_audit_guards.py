"""The database itself refuses to change or delete a line of the audit trail."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from backoffice import audit
from backoffice.audit import SYSTEM, Act
from backoffice.models import AuditEvent, Job

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES = {
    "at": "2020-01-01 00:00:00+00:00",
    "actor_name": "mallory",
    "action": "nothing",
    "target_type": "tenants.Tenant",
    "target_id": "another",
    "target_name": "another",
    "before": '{"colour": "blue"}',
    "after": '{"colour": "blue"}',
    "reason": "never mind",
    "request_id": "request-8",
}
# What stays as it was even when a person is erased from the line.
FIXED = ("at", "action", "target_type", "request_id")
NAMES = ("actor_name", "target_id", "target_name")


@pytest.fixture
def event(db):
    row = Job.objects.create(kind="paint", title="Gate")
    user = User.objects.create_user("alice")
    return audit.record(Act(user, "shabby"), "paint", row, after={"colour": "green"})


def run(statement: str, *values) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def change(columns: str, *values) -> int:
    return run(f"UPDATE backoffice_auditevent SET {columns}", *values)  # noqa: S608


@pytest.mark.parametrize("column", CHANGES)
def test_a_line_cannot_be_changed_by_hand(event, column):
    with pytest.raises(DatabaseError, match="never changed"):
        change(f"{column} = %s", CHANGES[column])


@pytest.mark.parametrize("column", FIXED)
def test_an_erasure_leaves_when_what_and_which_request(event, column):
    change_it = f"{column} = %s, erased_at = %s"

    with pytest.raises(DatabaseError, match="never changed"):
        change(change_it, CHANGES[column], datetime.now(UTC))


@pytest.mark.parametrize("column", NAMES)
def test_an_erasure_puts_no_other_name_into_a_line(event, column):
    change_it = f"{column} = %s, erased_at = %s"

    with pytest.raises(DatabaseError, match="never changed"):
        change(change_it, "mallory", datetime.now(UTC))

    assert change(change_it, "erased-0123456789ab", datetime.now(UTC)) == 1


def test_another_author_cannot_be_put_into_a_line(event):
    bob = User.objects.create_user("bob")

    with pytest.raises(DatabaseError, match="never changed"):
        change("actor_id = %s", bob.pk)


def test_a_line_cannot_be_deleted_by_hand(event):
    with pytest.raises(DatabaseError, match="never deleted"):
        run("DELETE FROM backoffice_auditevent")

    assert AuditEvent.objects.count() == 1


def test_the_whole_table_cannot_be_emptied(event):
    everything = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"

    with pytest.raises(DatabaseError, match="never deleted"):
        run(f"{everything} backoffice_auditevent")


COLUMNS = """at, action, target_type, target_id, target_name, before, after, reason, request_id,
    actor_id, erased_at"""
AGAIN = f"(id, actor_name, {COLUMNS}) SELECT id, 'mallory', {COLUMNS} FROM backoffice_auditevent"  # noqa: S608
REPLACE = {
    "sqlite": f"INSERT OR REPLACE INTO backoffice_auditevent {AGAIN}",
    "postgresql": f"INSERT INTO backoffice_auditevent {AGAIN} WHERE true "
    "ON CONFLICT (id) DO UPDATE SET actor_name = EXCLUDED.actor_name",
}


def test_a_line_cannot_be_replaced_by_another_of_its_id(event):
    with pytest.raises(DatabaseError, match="never changed"):
        run(REPLACE[connection.vendor])

    assert AuditEvent.objects.get().actor_name == "alice"


def test_lines_are_added_and_outlive_their_author(event):
    audit.record(SYSTEM, "paint", Job.objects.get())

    User.objects.all().delete()

    assert set(AuditEvent.objects.values_list("actor_name", "actor")) == {
        ("alice", None),
        ("gatehouse", None),
    }


def test_every_guard_stands_after_all_migrations(db):
    """A migration that makes the table anew takes SQLite's triggers with it."""
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'auditevent%'"
        expected = {"auditevent_row", "auditevent_truncate"}
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        expected = {"auditevent_update", "auditevent_delete", "auditevent_replace"}
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert {name for (name,) in cursor.fetchall()} == expected
