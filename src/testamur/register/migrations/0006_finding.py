"""The index of the register, in the engine of each database."""

from django.db import migrations, models

from testamur.register.finding import tables


class Migration(migrations.Migration):

    dependencies = [("register", "0005_answering")]

    operations = [
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("attestation_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("before", models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Frequency",
            fields=[
                ("token", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("records", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="HolderName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=250, unique=True)),
                ("name", models.CharField(max_length=500)),
            ],
        ),
        migrations.RunPython(tables.install_forwards, tables.remove),
    ]
