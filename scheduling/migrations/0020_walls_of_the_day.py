"""The clinic books what follows a walk-in, walk-ins are in the history, and answers note confirmations only."""

from django.db import migrations

from sites.tracking import track

# To book for somebody one locks the client's row, which this lets nobody write.
LOCK = """
CREATE POLICY client_walked_in_locked ON scheduling_client FOR UPDATE TO pia_web
    USING ((SELECT pia_clinic_sites()) <> '{}' AND EXISTS (
        SELECT FROM scheduling_walkin walk_in
        JOIN scheduling_consultationhour hour ON hour.id = walk_in.hour_id
        WHERE walk_in.client_id = scheduling_client.id
          AND hour.site_id = ANY ((SELECT pia_clinic_sites())::bigint[])
        OFFSET 0
    ))
    WITH CHECK (false);
"""

NO_LOCK = "DROP POLICY client_walked_in_locked ON scheduling_client"

# The log holds keys and codes: everybody reads it who may, and writes what the commands write. The machine
# that takes in answers from the network adds that somebody confirmed, and nothing of which anybody is told.
CHANGES = """
ALTER TABLE scheduling_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY change_of_commands ON scheduling_change TO pia_web, pia_worker, pia_planner, pia_keeper
    USING (true) WITH CHECK (true);
CREATE POLICY change_read_for_answer ON scheduling_change FOR SELECT TO pia_sms USING (true);
CREATE POLICY change_by_answer ON scheduling_change FOR INSERT TO pia_sms
    WITH CHECK (kind = 'confirmed' AND appointment_id IS NOT NULL AND planned_at IS NOT NULL);
"""

NO_CHANGES = """
DROP POLICY change_by_answer ON scheduling_change;
DROP POLICY change_read_for_answer ON scheduling_change;
DROP POLICY change_of_commands ON scheduling_change;
ALTER TABLE scheduling_change DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0019_what_follows_a_walk_in"), ("pia_sites", "0010_history_of_the_day")]

    operations = [
        migrations.RunSQL(LOCK, NO_LOCK),
        migrations.RunSQL(CHANGES, NO_CHANGES),
        track("scheduling_walkin"),
    ]
