"""Whose clients and appointments a query sees, whatever it asks for (docs/architecture.md)."""

from django.db import migrations

GRANTS = """
GRANT SELECT ON scheduling_client, scheduling_appointment, scheduling_slot, scheduling_consultationhour,
    scheduling_change TO pia_worker;
GRANT UPDATE (planned_at) ON scheduling_change TO pia_worker;
-- To lock a row one must be allowed to write one of its columns; the policy below lets nothing be written.
GRANT SELECT, UPDATE (facility_id) ON scheduling_client TO pia_worker, pia_sms;

GRANT SELECT, INSERT, UPDATE, DELETE ON
    scheduling_consultationseries, scheduling_plannedslot, scheduling_consultationhour, scheduling_slot,
    schedule_calendar, schedule_calendarrelation, schedule_event, schedule_eventrelation,
    schedule_occurrence, schedule_rule TO pia_planner;
GRANT SELECT, INSERT ON scheduling_change TO pia_planner;
"""

NO_GRANTS = """
REVOKE ALL ON scheduling_client, scheduling_appointment, scheduling_slot, scheduling_consultationhour,
    scheduling_change, scheduling_consultationseries, scheduling_plannedslot, schedule_calendar,
    schedule_calendarrelation, schedule_event, schedule_eventrelation, schedule_occurrence, schedule_rule
    FROM pia_worker, pia_sms, pia_planner;
"""

# `(SELECT s.site_id …)` is one look into the slots' primary key for a row that the query found already.
# `OFFSET 0` keeps PostgreSQL from gathering all clients with appointments in advance.
POLICIES = """
-- For a policy on appointments, which can't ask the clients: their policy asks the appointments.
CREATE FUNCTION pia_facility_of_client(client bigint) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT facility_id FROM scheduling_client WHERE id = client
$$;
REVOKE EXECUTE ON FUNCTION pia_facility_of_client(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pia_facility_of_client(bigint) TO pia_web;

ALTER TABLE scheduling_client ENABLE ROW LEVEL SECURITY;
CREATE POLICY client_of_facility ON scheduling_client TO pia_web
    USING (facility_id = ANY ((SELECT pia_facilities())::bigint[]));
CREATE POLICY client_of_clinic ON scheduling_client FOR SELECT TO pia_web
    USING ((SELECT pia_clinic_sites()) <> '{}' AND EXISTS (
        SELECT FROM scheduling_appointment appointment
        JOIN scheduling_slot slot ON slot.id = appointment.slot_id
        WHERE appointment.client_id = scheduling_client.id
          AND slot.site_id = ANY ((SELECT pia_clinic_sites())::bigint[])
        OFFSET 0
    ));
CREATE POLICY client_read ON scheduling_client FOR SELECT TO pia_worker, pia_sms USING (true);
CREATE POLICY client_locked ON scheduling_client FOR UPDATE TO pia_worker, pia_sms
    USING (true) WITH CHECK (false);

ALTER TABLE scheduling_appointment ENABLE ROW LEVEL SECURITY;
CREATE POLICY appointment_of_facility ON scheduling_appointment TO pia_web
    USING (
        (SELECT slot.site_id FROM scheduling_slot slot WHERE slot.id = slot_id)
        = ANY ((SELECT pia_facility_sites())::bigint[])
    )
    WITH CHECK (
        (SELECT slot.site_id FROM scheduling_slot slot WHERE slot.id = slot_id)
        = ANY ((SELECT pia_facility_sites())::bigint[])
        AND pia_facility_of_client(client_id) = ANY ((SELECT pia_facilities())::bigint[])
    );
CREATE POLICY appointment_of_clinic ON scheduling_appointment FOR SELECT TO pia_web
    USING (
        (SELECT slot.site_id FROM scheduling_slot slot WHERE slot.id = slot_id)
        = ANY ((SELECT pia_clinic_sites())::bigint[])
    );
CREATE POLICY appointment_read ON scheduling_appointment FOR SELECT TO pia_worker USING (true);

ALTER TABLE scheduling_release ENABLE ROW LEVEL SECURITY;
CREATE POLICY release_of_facility ON scheduling_release TO pia_web
    USING (pia_facility_of_client(client_id) = ANY ((SELECT pia_facilities())::bigint[]));
-- The clinic has to know whose name it may see.
CREATE POLICY release_of_clinic ON scheduling_release FOR SELECT TO pia_web
    USING (clinic_id = ANY ((SELECT pia_clinics())::bigint[]));

ALTER TABLE scheduling_formercode ENABLE ROW LEVEL SECURITY;
CREATE POLICY former_code_of_facility ON scheduling_formercode TO pia_web
    USING (facility_id = ANY ((SELECT pia_facilities())::bigint[]));
"""

NO_POLICIES = """
DROP POLICY former_code_of_facility ON scheduling_formercode;
ALTER TABLE scheduling_formercode DISABLE ROW LEVEL SECURITY;
DROP POLICY release_of_clinic ON scheduling_release;
DROP POLICY release_of_facility ON scheduling_release;
ALTER TABLE scheduling_release DISABLE ROW LEVEL SECURITY;
DROP POLICY appointment_read ON scheduling_appointment;
DROP POLICY appointment_of_clinic ON scheduling_appointment;
DROP POLICY appointment_of_facility ON scheduling_appointment;
ALTER TABLE scheduling_appointment DISABLE ROW LEVEL SECURITY;
DROP POLICY client_locked ON scheduling_client;
DROP POLICY client_read ON scheduling_client;
DROP POLICY client_of_clinic ON scheduling_client;
DROP POLICY client_of_facility ON scheduling_client;
ALTER TABLE scheduling_client DISABLE ROW LEVEL SECURITY;
DROP FUNCTION pia_facility_of_client(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0004_index_names"), ("pia_sites", "0004_database_roles")]

    operations = [
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(POLICIES, NO_POLICIES),
    ]
