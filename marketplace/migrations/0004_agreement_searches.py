from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0003_desk"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="agreementsearch",
            options={
                "ordering": ["product_code"],
                "verbose_name": "search for agreements",
                "verbose_name_plural": "searches for agreements",
            },
        ),
        migrations.AddField(
            model_name="agreementsearch",
            name="found",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="agreementsearch",
            name="search_from",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="agreementsearch",
            name="searched_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="agreementsearch",
            name="trouble",
            field=models.CharField(blank=True, max_length=500),
        ),
    ]
