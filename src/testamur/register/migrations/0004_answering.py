from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("register", "0003_sources")]

    operations = [
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(Upper("number"), name="edition_number_upper"),
        ),
    ]
