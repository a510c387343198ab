"""Blocks of names for names alike, and triggers that know of records a source no longer lists."""

from django.db import migrations, models

from testamur.register.finding import tables


class Migration(migrations.Migration):

    dependencies = [("register", "0006_finding")]

    operations = [
        migrations.CreateModel(
            name="NameBlock",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "piece", "segment", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("piece", models.BigIntegerField()),
                ("segment", models.PositiveIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("names", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="NameSegment",
            fields=[
                ("segment", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("newest", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunPython(tables.reinstall, migrations.RunPython.noop),
    ]
