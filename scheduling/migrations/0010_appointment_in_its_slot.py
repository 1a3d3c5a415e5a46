"""What spans several rows: a slot is busy if and only if it has a live appointment, which is at the slot's times
and of a client of the facility. Asked when the transaction ends, so that rows may be changed in any order.
"""

from django.db import migrations

# The functions run as the tables' owner: row-level security must not hide what decides. The slot's row is locked
# first and looked at by a statement of its own, so that of two transactions that each change one side the second
# sees the first. Whoever changed the slot holds it already: no command waits here.
RULES = """
CREATE FUNCTION pia_check_slot(checked bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found_broken text;
BEGIN
    PERFORM FROM scheduling_slot slot WHERE slot.id = checked FOR SHARE;
    SELECT CASE
        WHEN (slot.state = 'busy') <> (live.id IS NOT NULL) THEN 'slot_busy_with_appointment'
        WHEN live.starts_at <> slot.starts_at OR live.ends_at <> slot.ends_at THEN 'appointment_at_times_of_slot'
        WHEN client.facility_id <> site.facility_id THEN 'appointment_in_facility_of_client'
    END INTO found_broken
    FROM scheduling_slot slot
    JOIN pia_sites_site site ON site.id = slot.site_id
    LEFT JOIN scheduling_appointment live ON live.slot_id = slot.id AND live.status <> 'cancelled'
    LEFT JOIN scheduling_client client ON client.id = live.client_id
    WHERE slot.id = checked;
    IF found_broken IS NOT NULL THEN
        RAISE EXCEPTION 'slot % breaks %', checked, found_broken
            USING ERRCODE = 'check_violation', CONSTRAINT = found_broken;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION pia_check_slot(bigint) FROM PUBLIC;

CREATE FUNCTION scheduling_slot_of_appointment() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM pia_check_slot(OLD.slot_id);
    END IF;
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.slot_id <> OLD.slot_id THEN
        PERFORM pia_check_slot(NEW.slot_id);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION scheduling_appointment_of_slot() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pia_check_slot(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION scheduling_slots_of_client() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pia_check_slot(live.slot_id)
    FROM scheduling_appointment live WHERE live.client_id = NEW.id AND live.status <> 'cancelled';
    RETURN NULL;
END $$;

CREATE FUNCTION scheduling_slots_of_site() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pia_check_slot(slot.id) FROM scheduling_slot slot WHERE slot.site_id = NEW.id AND slot.state = 'busy';
    RETURN NULL;
END $$;

-- What can't break a rule, such as the free slots of a drafted month, is not looked at.
CREATE CONSTRAINT TRIGGER appointment_fits_when_added AFTER INSERT ON scheduling_appointment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status <> 'cancelled')
    EXECUTE FUNCTION scheduling_slot_of_appointment();
CREATE CONSTRAINT TRIGGER appointment_fits_when_changed
    AFTER UPDATE OF slot_id, client_id, starts_at, ends_at, status ON scheduling_appointment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.slot_id, OLD.client_id, OLD.starts_at, OLD.ends_at, OLD.status = 'cancelled')
          IS DISTINCT FROM (NEW.slot_id, NEW.client_id, NEW.starts_at, NEW.ends_at, NEW.status = 'cancelled'))
    EXECUTE FUNCTION scheduling_slot_of_appointment();
CREATE CONSTRAINT TRIGGER appointment_fits_when_gone AFTER DELETE ON scheduling_appointment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status <> 'cancelled')
    EXECUTE FUNCTION scheduling_slot_of_appointment();
CREATE CONSTRAINT TRIGGER slot_fits_when_added AFTER INSERT ON scheduling_slot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'busy')
    EXECUTE FUNCTION scheduling_appointment_of_slot();
CREATE CONSTRAINT TRIGGER slot_fits_when_changed AFTER UPDATE OF state, starts_at, ends_at, site_id ON scheduling_slot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.state = 'busy' OR NEW.state = 'busy')
          AND (OLD.state, OLD.starts_at, OLD.ends_at, OLD.site_id)
          IS DISTINCT FROM (NEW.state, NEW.starts_at, NEW.ends_at, NEW.site_id))
    EXECUTE FUNCTION scheduling_appointment_of_slot();
CREATE CONSTRAINT TRIGGER client_fits_when_changed AFTER UPDATE OF facility_id ON scheduling_client
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.facility_id <> NEW.facility_id)
    EXECUTE FUNCTION scheduling_slots_of_client();
CREATE CONSTRAINT TRIGGER site_fits_when_changed AFTER UPDATE OF facility_id ON pia_sites_site
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.facility_id <> NEW.facility_id)
    EXECUTE FUNCTION scheduling_slots_of_site();
"""

NO_RULES = """
DROP TRIGGER site_fits_when_changed ON pia_sites_site;
DROP TRIGGER client_fits_when_changed ON scheduling_client;
DROP TRIGGER slot_fits_when_changed ON scheduling_slot;
DROP TRIGGER slot_fits_when_added ON scheduling_slot;
DROP TRIGGER appointment_fits_when_gone ON scheduling_appointment;
DROP TRIGGER appointment_fits_when_changed ON scheduling_appointment;
DROP TRIGGER appointment_fits_when_added ON scheduling_appointment;
DROP FUNCTION scheduling_slots_of_site();
DROP FUNCTION scheduling_slots_of_client();
DROP FUNCTION scheduling_appointment_of_slot();
DROP FUNCTION scheduling_slot_of_appointment();
DROP FUNCTION pia_check_slot(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0009_changes_of_clients"), ("pia_sites", "0004_database_roles")]

    operations = [migrations.RunSQL(RULES, NO_RULES)]
