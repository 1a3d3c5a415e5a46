"""What the day adds to the second wall: walk-ins, the waiting list, and what the clinic marks and books."""

from django.db import migrations

from sites.tracking import track

POLICIES = """
ALTER TABLE scheduling_walkin ENABLE ROW LEVEL SECURITY;
-- An hour has its own site; a client who is named must be one of that site's facility.
CREATE POLICY walk_in_of_site ON scheduling_walkin TO pia_web
    USING (
        (SELECT hour.site_id FROM scheduling_consultationhour hour WHERE hour.id = hour_id)
        = ANY ((SELECT pia_facility_sites() || pia_clinic_sites())::bigint[])
    )
    WITH CHECK (
        (SELECT hour.site_id FROM scheduling_consultationhour hour WHERE hour.id = hour_id)
        = ANY ((SELECT pia_facility_sites() || pia_clinic_sites())::bigint[])
        AND (client_id IS NULL OR pia_facility_of_client(client_id) = (
            SELECT site.facility_id FROM scheduling_consultationhour hour
            JOIN pia_sites_site site ON site.id = hour.site_id WHERE hour.id = hour_id
        ))
    );

ALTER TABLE scheduling_waitingentry ENABLE ROW LEVEL SECURITY;
CREATE POLICY waiting_at_site ON scheduling_waitingentry TO pia_web
    USING (site_id = ANY ((SELECT pia_facility_sites() || pia_clinic_sites())::bigint[]))
    WITH CHECK (
        site_id = ANY ((SELECT pia_facility_sites() || pia_clinic_sites())::bigint[])
        AND pia_facility_of_client(client_id)
            = (SELECT site.facility_id FROM pia_sites_site site WHERE site.id = site_id)
    );

-- Who walked in to its hours or waits for them is known to the clinic like who has an appointment.
CREATE POLICY client_expected_by_clinic ON scheduling_client FOR SELECT TO pia_web
    USING ((SELECT pia_clinic_sites()) <> '{}' AND (
        EXISTS (
            SELECT FROM scheduling_waitingentry waiting
            WHERE waiting.client_id = scheduling_client.id AND waiting.closed_at IS NULL
              AND waiting.site_id = ANY ((SELECT pia_clinic_sites())::bigint[])
            OFFSET 0
        ) OR EXISTS (
            SELECT FROM scheduling_walkin walk_in
            JOIN scheduling_consultationhour hour ON hour.id = walk_in.hour_id
            WHERE walk_in.client_id = scheduling_client.id
              AND hour.site_id = ANY ((SELECT pia_clinic_sites())::bigint[])
            OFFSET 0
        )
    ));

-- The psychiatrist books what follows.
CREATE POLICY appointment_booked_by_clinic ON scheduling_appointment FOR INSERT TO pia_web
    WITH CHECK (
        (SELECT slot.site_id FROM scheduling_slot slot WHERE slot.id = slot_id)
        = ANY ((SELECT pia_clinic_sites())::bigint[])
        AND pia_facility_of_client(client_id) = (
            SELECT site.facility_id FROM scheduling_slot slot
            JOIN pia_sites_site site ON site.id = slot.site_id WHERE slot.id = slot_id
        )
    );
"""

# What the keeper needs to tell how long somebody is kept, and to forget them.
KEEPER = """
GRANT SELECT ON scheduling_walkin TO pia_keeper;
GRANT SELECT, DELETE ON scheduling_waitingentry TO pia_keeper;
CREATE POLICY walk_in_kept ON scheduling_walkin FOR SELECT TO pia_keeper USING (true);
CREATE POLICY waiting_kept ON scheduling_waitingentry TO pia_keeper USING (true);
CREATE TRIGGER walk_in_of_somebody BEFORE INSERT OR UPDATE OF client_id ON scheduling_walkin
    FOR EACH ROW EXECUTE FUNCTION scheduling_client_is_somebody();
CREATE TRIGGER waiting_of_somebody BEFORE INSERT OR UPDATE OF client_id ON scheduling_waitingentry
    FOR EACH ROW EXECUTE FUNCTION scheduling_client_is_somebody();
"""

NO_KEEPER = """
DROP TRIGGER waiting_of_somebody ON scheduling_waitingentry;
DROP TRIGGER walk_in_of_somebody ON scheduling_walkin;
DROP POLICY waiting_kept ON scheduling_waitingentry;
DROP POLICY walk_in_kept ON scheduling_walkin;
REVOKE ALL ON scheduling_walkin, scheduling_waitingentry FROM pia_keeper;
"""

NO_POLICIES = """
DROP POLICY appointment_booked_by_clinic ON scheduling_appointment;
DROP POLICY client_expected_by_clinic ON scheduling_client;
DROP POLICY waiting_at_site ON scheduling_waitingentry;
ALTER TABLE scheduling_waitingentry DISABLE ROW LEVEL SECURITY;
DROP POLICY walk_in_of_site ON scheduling_walkin;
ALTER TABLE scheduling_walkin DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0014_the_day")]

    operations = [
        migrations.RunSQL(POLICIES, NO_POLICIES),
        migrations.RunSQL(KEEPER, NO_KEEPER),
        track("scheduling_waitingentry"),
    ]
