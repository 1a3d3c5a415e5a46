"""Who told a client in person, and who tried to, is in the history."""

from django.db import migrations

from sites.tracking import track


class Migration(migrations.Migration):
    dependencies = [("notifications", "0010_months_without_drafts"), ("pia_sites", "0010_history_of_the_day")]

    operations = [track("notifications_personalnotice")]
