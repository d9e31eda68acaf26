"""The database itself keeps the audit trail: lines are added, and little else happens to them.

backoffice/audit.py says which two doors stay open. On SQLite a trigger goes with its table when a
later migration makes the table anew; such a migration has to run these statements again.
"""

from django.conf import settings
from django.db import migrations, models

# {same} compares with NULLs as values: IS on SQLite, IS NOT DISTINCT FROM on PostgreSQL.
ALLOWED = """
    NEW.id {same} OLD.id AND NEW.at {same} OLD.at AND NEW.action {same} OLD.action
    AND NEW.target_type {same} OLD.target_type AND NEW.request_id {same} OLD.request_id
    AND (NEW.actor_id {same} OLD.actor_id OR NEW.actor_id IS NULL)
    AND (
        (
            NEW.actor_name {same} OLD.actor_name AND NEW.target_id {same} OLD.target_id
            AND NEW.target_name {same} OLD.target_name AND NEW.before {same} OLD.before
            AND NEW.after {same} OLD.after AND NEW.reason {same} OLD.reason
            AND NEW.erased_at {same} OLD.erased_at
        )
        OR (
            NEW.erased_at IS NOT NULL
            AND (NEW.actor_name {same} OLD.actor_name OR NEW.actor_name LIKE 'erased-____________')
            AND (NEW.target_id {same} OLD.target_id OR NEW.target_id LIKE 'erased-____________')
            AND (
                NEW.target_name {same} OLD.target_name OR NEW.target_name LIKE 'erased-____________'
            )
        )
    )
"""
TABLE = "backoffice_auditevent"
CHANGED = "An audit event is never changed."
DELETED = "An audit event of the last 365 days is never deleted."

SQLITE = (
    f"""CREATE TRIGGER auditevent_update BEFORE UPDATE ON {TABLE}
    WHEN NOT ({ALLOWED.format(same="IS")})
    BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END""",
    f"""CREATE TRIGGER auditevent_delete BEFORE DELETE ON {TABLE}
    WHEN OLD.at > datetime('now', '-365 days')
    BEGIN SELECT RAISE(ABORT, '{DELETED}'); END""",
    # INSERT OR REPLACE deletes without a word to the trigger above.
    f"""CREATE TRIGGER auditevent_replace BEFORE INSERT ON {TABLE}
    WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, '{CHANGED}'); END""",  # noqa: S608
)
POSTGRESQL = (
    f"""CREATE FUNCTION auditevent_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF {ALLOWED.format(same="IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
            RAISE EXCEPTION '{CHANGED}';
        END IF;
        IF TG_OP = 'DELETE' THEN
            IF OLD.at <= now() - interval '365 days' THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION '{DELETED}';
    END $guard$""",
    f"""CREATE TRIGGER auditevent_row BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION auditevent_guard()""",
    f"""CREATE TRIGGER auditevent_truncate BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION auditevent_guard()""",
)
AWAY = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS auditevent_{name}" for name in ("update", "delete", "replace")
    ],
    "postgresql": [
        f"DROP TRIGGER IF EXISTS auditevent_row ON {TABLE}",
        f"DROP TRIGGER IF EXISTS auditevent_truncate ON {TABLE}",
        "DROP FUNCTION IF EXISTS auditevent_guard",
    ],
}


def put_up(apps, schema_editor):
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def take_down(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in AWAY[schema_editor.connection.vendor]:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0003_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="request_id",
            field=models.CharField(blank=True, db_index=True, max_length=36),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["actor_name", "id"], name="backoffice__actor_n_dbd9da_idx"),
        ),
        migrations.RunPython(put_up, take_down),
    ]
