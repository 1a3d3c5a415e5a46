"""Series so far were matched with the file by site and person: so they are from now on, too."""

from django.db import migrations

# Fixed days can only be given in the program.
IMPORTED = """
UPDATE scheduling_consultationseries SET imported_for_id = psychiatrist_id WHERE fixed_dates = '{}';
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0017_series_of_files")]

    operations = [migrations.RunSQL(IMPORTED, migrations.RunSQL.noop)]
