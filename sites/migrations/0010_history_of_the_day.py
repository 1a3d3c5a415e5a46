"""The history knows where a walk-in and a personal notice belong, which have no site and client of their own."""

from importlib import import_module

from django.db import migrations

WRITTEN: str = import_module("sites.migrations.0006_history_is_written").HISTORY.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1
)
END = """            ELSE NULL;
        END CASE;
"""
PLACES = """            WHEN 'scheduling_walkin' THEN
                SELECT site_id INTO at_site FROM scheduling_consultationhour
                WHERE id = (this ->> 'hour_id')::bigint;
            WHEN 'notifications_personalnotice' THEN
                SELECT client_id INTO of_client FROM scheduling_appointment
                WHERE id = (this ->> 'appointment_id')::bigint;
"""


class Migration(migrations.Migration):
    dependencies = [("pia_sites", "0009_short_notice")]

    operations = [migrations.RunSQL(WRITTEN.replace(END, PLACES + END), WRITTEN)]
