"""Words, names and spellings as they are folded now, and identifiers among the words: only the rows that change."""

from django.db import migrations

from testamur.register.finding import refolding
from testamur.register.holders.refolding import refold_spellings


def refold(_apps, _editor):
    refolding.refold()
    refolding.refold_names()
    refolding.refold_frequencies()
    refold_spellings()


class Migration(migrations.Migration):

    # Millions of rows in one transaction would keep everybody waiting; each lot is one, and running it again goes on.
    atomic = False

    dependencies = [
        ("journal", "0002_marks"),
        ("parties", "0006_one_asked_by"),
        ("register", "0015_feeds"),
        ("schemes", "0001_initial"),
    ]

    operations = [migrations.RunPython(refold, migrations.RunPython.noop)]
