"""Every field of every table, and every table of DynamoDB, has somebody decided on."""

from django.apps import apps

from adapters.definitions import definition
from tenants.privacy import decisions
from tenants.privacy.decisions import Clear, Fate
from tenants.privacy.persons import Person

NOBODY = Person("nobody@example.com")


def test_every_field_of_every_table_is_decided_on():
    decided = {table.model: table.decided for table in decisions.tables()}

    there = {
        model._meta.label: {field.name for field in model._meta.local_concrete_fields}
        for model in apps.get_models(include_auto_created=True)
    }

    assert sorted(there) == sorted(decided)
    undecided = {name: sorted(fields ^ decided[name]) for name, fields in there.items()}
    assert {name: fields for name, fields in undecided.items() if fields} == {}


def test_no_field_is_decided_on_twice():
    for table in decisions.tables():
        words = [*table.plain.split(), *table.personal, *table.hidden.split()]
        assert len(words) == len(set(words)), table.model


def test_every_table_of_dynamodb_is_decided_on():
    assert set(decisions.ITEMS) == set(definition("tables"))


def test_where_something_is_personal_it_is_known_whose_it_is_and_can_be_asked(db):
    for table in decisions.tables():
        if table.personal:
            assert table.about, table.model
            assert not table.rows.filter(table.about(NOBODY)).exists(), table.model


def test_where_a_row_stays_with_what_is_personal_the_reason_is_said():
    for table in decisions.tables():
        stays = Clear.STAYS in table.personal.values() and table.fate is not Fate.DELETED
        keeps = table.fate is Fate.KEPT
        if keeps or stays:
            assert table.why_kept or set(table.personal) <= {"member", "attached_by", "sign_up"}, (
                table.model
            )


def test_no_secret_is_exported():
    exported = {f"{t.model}.{name}" for t in decisions.tables() for name in t.exported}

    secrets = {"auth.User.password", "tenants.ApiKey.sha256", "tenants.OneTimeLink.token_hash"}
    assert not exported & {*secrets, "sessions.Session.session_data"}
