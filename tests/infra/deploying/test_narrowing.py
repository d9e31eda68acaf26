"""Which migrations the code before could live with: it still inserts the rows that it knows."""

from types import SimpleNamespace

import pytest
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Q

from infra import narrowing


def reason(*operations, **said):
    """Return why these operations narrow a schema that has one table."""
    state = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=9)),
    ]
    state.add_model(ModelState("shop", "Thing", fields))
    loader = SimpleNamespace(project_state=lambda key, at_end: state)
    migration = SimpleNamespace(operations=operations, **said)
    return narrowing._why(loader, ("shop", "0002"), migration)


def added(field):
    return migrations.AddField("thing", "colour", field)


def altered(field):
    return migrations.AlterField("thing", "name", field)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
        added(models.CharField(max_length=9, null=True)),
        added(models.CharField(max_length=9, db_default="")),
        altered(models.CharField(max_length=20)),
        altered(models.CharField(max_length=9, null=True)),
        migrations.AddIndex("thing", models.Index(fields=["name"], name="by_name")),
    ],
)
def test_what_the_code_before_need_not_know_of_is_no_obstacle(operation):
    assert reason(operation) == ""


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (added(models.CharField(max_length=9, default="")), "Add field colour"),
        (migrations.RemoveField("thing", "name"), "Remove field name"),
        (migrations.RenameField("thing", "name", "title"), "Rename field name"),
        (migrations.DeleteModel("Thing"), "Delete model Thing"),
        (altered(models.CharField(max_length=5)), "Alter field name"),
        (altered(models.CharField(max_length=9, unique=True)), "Alter field name"),
        (altered(models.IntegerField()), "Alter field name"),
        (
            migrations.AddConstraint(
                "thing", models.CheckConstraint(condition=Q(name="x"), name="is_x")
            ),
            "is_x",
        ),
        (migrations.RunPython(migrations.RunPython.noop), "Raw Python"),
        (migrations.RunSQL("SELECT 1"), "Raw SQL"),
    ],
)
def test_what_the_code_before_would_stumble_over_is_named(operation, words):
    assert words in reason(operation)


def test_a_table_that_is_made_here_may_be_built_in_several_operations():
    made = migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))])
    added_to_it = migrations.AddField("other", "name", models.CharField(max_length=9, default=""))

    assert reason(made, added_to_it) == ""


def test_an_author_who_looked_may_say_that_the_code_before_works():
    assert reason(migrations.RunPython(migrations.RunPython.noop), code_before_works=True) == ""
