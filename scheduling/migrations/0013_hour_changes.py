"""Published hours can be cancelled, moved and taken over, with their appointments, by the clinic."""

import django.db.models.deletion
from django.db import migrations, models

# The clinic changes the appointments in its own hours, and adds none. To keep others from changing a client's
# appointments meanwhile it locks the client's row, which the second policy lets nobody write.
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

    dependencies = [
        ('scheduling', '0012_series_on_fixed_days'),
    ]

    operations = [
        migrations.AddField(
            model_name='consultationhour',
            name='replaces',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replacement', to='scheduling.consultationhour'),
        ),
        migrations.RunSQL(POLICIES, NO_POLICIES),
    ]
