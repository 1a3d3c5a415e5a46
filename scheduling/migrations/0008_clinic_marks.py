"""The clinic writes to appointments in its hours: who came, and what follows."""

from django.db import migrations

POLICIES = """
CREATE POLICY appointment_changed_by_clinic ON scheduling_appointment FOR UPDATE TO pia_web
    USING (
        (SELECT slot.site_id FROM scheduling_slot slot WHERE slot.id = slot_id)
        = ANY ((SELECT pia_clinic_sites())::bigint[])
    )
    WITH CHECK (
        (SELECT slot.site_id FROM scheduling_slot slot WHERE slot.id = slot_id)
        = ANY ((SELECT pia_clinic_sites())::bigint[])
        AND pia_facility_of_client(client_id) = (
            SELECT site.facility_id FROM scheduling_slot slot
            JOIN pia_sites_site site ON site.id = slot.site_id WHERE slot.id = slot_id
        )
    );
-- To lock a client's row one must be allowed to write it; nothing that the clinic writes there passes.
CREATE POLICY client_locked_by_clinic ON scheduling_client FOR UPDATE TO pia_web
    USING ((SELECT pia_clinic_sites()) <> '{}' AND EXISTS (
        SELECT FROM scheduling_appointment appointment
        JOIN scheduling_slot slot ON slot.id = appointment.slot_id
        WHERE appointment.client_id = scheduling_client.id
          AND slot.site_id = ANY ((SELECT pia_clinic_sites())::bigint[])
        OFFSET 0
    ))
    WITH CHECK (false);
"""

NO_POLICIES = """
DROP POLICY client_locked_by_clinic ON scheduling_client;
DROP POLICY appointment_changed_by_clinic ON scheduling_appointment;
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0007_day_row_security")]

    operations = [migrations.RunSQL(POLICIES, NO_POLICIES)]
