"""Giving and withdrawing consent is noted by the database."""

from django.db import migrations

from sites.tracking import track


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_row_security"), ("pia_sites", "0006_history_is_written")]

    operations = [track("notifications_consent")]
