"""What the waiting list adds to the second wall and to the rules across rows.

The machine that makes offers is the worker; the one that takes in answers by SMS books what was offered, and
nothing else.
"""

from django.db import migrations

SLOT = """
ALTER TABLE scheduling_offer ADD CONSTRAINT offer_slot_fk FOREIGN KEY (slot_id) REFERENCES scheduling_slot (id)
    ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
"""

# No slot is held by a dead offer, and no offer stands without holding its slot; asked when a transaction ends.
# That a hold has run out is no breach: it counts as free by the clock.
RULES = """
CREATE FUNCTION pia_check_offered_slot(checked bigint, offered boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_held boolean;
    stands boolean;
BEGIN
    PERFORM FROM scheduling_slot slot WHERE slot.id = checked FOR SHARE;
    SELECT slot.state = 'held' AND slot.held_by_id IS NULL INTO is_held
        FROM scheduling_slot slot WHERE slot.id = checked;
    SELECT EXISTS (SELECT FROM scheduling_offer offer WHERE offer.slot_id = checked AND offer.state = 'standing')
        INTO stands;
    IF is_held AND NOT stands THEN
        RAISE EXCEPTION 'slot % breaks held_slot_has_offer', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'held_slot_has_offer';
    END IF;
    IF offered AND stands AND NOT coalesce(is_held, false) THEN
        RAISE EXCEPTION 'slot % breaks offered_slot_is_held', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offered_slot_is_held';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION pia_check_offered_slot(bigint, boolean) FROM PUBLIC;

CREATE FUNCTION scheduling_offer_of_slot() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pia_check_offered_slot(NEW.id, false);
    RETURN NULL;
END $$;

CREATE FUNCTION scheduling_slot_of_offer() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM pia_check_offered_slot(NEW.slot_id, true);
    ELSE
        PERFORM pia_check_offered_slot(OLD.slot_id, false);
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER slot_held_by_offer AFTER INSERT OR UPDATE OF state, held_by_id ON scheduling_slot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'held' AND NEW.held_by_id IS NULL)
    EXECUTE FUNCTION scheduling_offer_of_slot();
CREATE CONSTRAINT TRIGGER offer_holds_when_added AFTER INSERT ON scheduling_offer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'standing')
    EXECUTE FUNCTION scheduling_slot_of_offer();
CREATE CONSTRAINT TRIGGER offer_holds_till_closed AFTER UPDATE OF state, slot_id ON scheduling_offer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state = 'standing' AND OLD.slot_id IS NOT NULL)
    EXECUTE FUNCTION scheduling_slot_of_offer();
CREATE CONSTRAINT TRIGGER offer_holds_till_gone AFTER DELETE ON scheduling_offer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state = 'standing' AND OLD.slot_id IS NOT NULL)
    EXECUTE FUNCTION scheduling_slot_of_offer();
"""

NO_RULES = """
DROP TRIGGER offer_holds_till_gone ON scheduling_offer;
DROP TRIGGER offer_holds_till_closed ON scheduling_offer;
DROP TRIGGER offer_holds_when_added ON scheduling_offer;
DROP TRIGGER slot_held_by_offer ON scheduling_slot;
DROP FUNCTION scheduling_slot_of_offer();
DROP FUNCTION scheduling_offer_of_slot();
DROP FUNCTION pia_check_offered_slot(bigint, boolean);
"""

# To lock a row one must be allowed to write one of its columns; that one no machine can make use of, since
# slots point to it.
GRANTS = """
GRANT SELECT ON scheduling_waitingentry, scheduling_waitingentry_also_at TO pia_worker, pia_sms, pia_keeper;
GRANT UPDATE (closed_at, closed_by_id, closed_reason, version) ON scheduling_waitingentry
    TO pia_worker, pia_sms;
GRANT SELECT, INSERT, UPDATE ON scheduling_offer TO pia_worker;
GRANT SELECT, INSERT ON scheduling_passedover TO pia_worker;
GRANT INSERT ON scheduling_change TO pia_worker;
GRANT UPDATE (state, held_until, held_by_id) ON scheduling_slot TO pia_worker, pia_sms;
GRANT UPDATE (id) ON scheduling_consultationhour TO pia_worker, pia_sms;
GRANT SELECT ON scheduling_slot, scheduling_consultationhour, pia_sites_site, pia_sites_facility TO pia_sms;
GRANT SELECT, UPDATE (state, closed_at, closed_by_id, appointment_id) ON scheduling_offer TO pia_sms;
-- What is added comes back with the columns that have defaults of the database.
GRANT INSERT, SELECT (next_step, handover) ON scheduling_appointment TO pia_sms;
GRANT SELECT ON scheduling_offer, scheduling_passedover TO pia_keeper;
GRANT UPDATE (state, closed_at, closed_by_id) ON scheduling_offer TO pia_keeper;
GRANT UPDATE (held_until) ON scheduling_slot TO pia_keeper;
GRANT UPDATE ON scheduling_waitingentry TO pia_keeper;
REVOKE DELETE ON scheduling_waitingentry FROM pia_keeper;
"""

NO_GRANTS = """
GRANT DELETE ON scheduling_waitingentry TO pia_keeper;
REVOKE UPDATE ON scheduling_waitingentry FROM pia_keeper;
REVOKE UPDATE (held_until) ON scheduling_slot FROM pia_keeper;
REVOKE ALL ON scheduling_offer, scheduling_passedover FROM pia_worker, pia_sms, pia_keeper;
REVOKE INSERT, SELECT (next_step, handover) ON scheduling_appointment FROM pia_sms;
REVOKE ALL ON scheduling_slot, scheduling_consultationhour, pia_sites_site, pia_sites_facility FROM pia_sms;
GRANT SELECT (id, site_id, hour_id) ON scheduling_slot TO pia_sms;
REVOKE UPDATE (id) ON scheduling_consultationhour FROM pia_worker;
REVOKE UPDATE (state, held_until, held_by_id) ON scheduling_slot FROM pia_worker;
REVOKE INSERT ON scheduling_change FROM pia_worker;
REVOKE ALL ON scheduling_waitingentry, scheduling_waitingentry_also_at FROM pia_worker, pia_sms;
REVOKE ALL ON scheduling_waitingentry_also_at FROM pia_keeper;
"""

POLICIES = """
CREATE POLICY waiting_read ON scheduling_waitingentry FOR SELECT TO pia_worker, pia_sms USING (true);
-- Machines take people off the list and put nobody on it.
CREATE POLICY waiting_ended ON scheduling_waitingentry FOR UPDATE TO pia_worker, pia_sms
    USING (closed_at IS NULL) WITH CHECK (closed_at IS NOT NULL);

ALTER TABLE scheduling_waitingentry_also_at ENABLE ROW LEVEL SECURITY;
CREATE POLICY also_waiting_at_site ON scheduling_waitingentry_also_at TO pia_web
    USING (site_id = ANY ((SELECT pia_facility_sites())::bigint[]));
CREATE POLICY also_waiting_read ON scheduling_waitingentry_also_at FOR SELECT
    TO pia_worker, pia_sms, pia_keeper USING (true);

ALTER TABLE scheduling_offer ENABLE ROW LEVEL SECURITY;
CREATE POLICY offer_of_facility ON scheduling_offer TO pia_web
    USING (site_id = ANY ((SELECT pia_facility_sites())::bigint[]));
CREATE POLICY offer_all ON scheduling_offer TO pia_worker USING (true);
CREATE POLICY offer_read ON scheduling_offer FOR SELECT TO pia_sms, pia_keeper USING (true);
CREATE POLICY offer_taken_back ON scheduling_offer FOR UPDATE TO pia_keeper
    USING (state = 'standing') WITH CHECK (state = 'gone');
CREATE POLICY offer_answered ON scheduling_offer FOR UPDATE TO pia_sms
    USING (state = 'standing') WITH CHECK (state IN ('accepted', 'declined'));

ALTER TABLE scheduling_passedover ENABLE ROW LEVEL SECURITY;
CREATE POLICY passed_over_of_facility ON scheduling_passedover TO pia_web
    USING (EXISTS (SELECT FROM scheduling_offer offer WHERE offer.id = offer_id));
CREATE POLICY passed_over_all ON scheduling_passedover TO pia_worker USING (true);
CREATE POLICY passed_over_kept ON scheduling_passedover FOR SELECT TO pia_keeper USING (true);

-- By SMS a client gets what they were offered, while the offer stands.
CREATE POLICY appointment_offered ON scheduling_appointment FOR INSERT TO pia_sms
    WITH CHECK (status = 'booked' AND EXISTS (
        SELECT FROM scheduling_offer offer JOIN scheduling_waitingentry entry ON entry.id = offer.entry_id
        WHERE offer.slot_id = scheduling_appointment.slot_id AND offer.state = 'standing'
          AND entry.client_id = scheduling_appointment.client_id
    ));
-- Of this, unlike of a confirmation, others are told.
CREATE POLICY change_by_answer_to_offer ON scheduling_change FOR INSERT TO pia_sms
    WITH CHECK (
        kind IN ('offer_closed', 'offer_missed') AND appointment_id IS NULL AND EXISTS (
            SELECT FROM scheduling_offer offer
            WHERE offer.id = (scheduling_change.data ->> 'offer')::bigint
              AND offer.hour_id = scheduling_change.hour_id
        )
        OR kind = 'booked' AND EXISTS (
            SELECT FROM scheduling_offer offer
            JOIN scheduling_appointment appointment ON appointment.slot_id = offer.slot_id
            WHERE appointment.id = scheduling_change.appointment_id
              AND offer.hour_id = scheduling_change.hour_id AND offer.state = 'standing'
        )
    );
"""

NO_POLICIES = """
DROP POLICY change_by_answer_to_offer ON scheduling_change;
DROP POLICY appointment_offered ON scheduling_appointment;
DROP POLICY passed_over_kept ON scheduling_passedover;
DROP POLICY passed_over_all ON scheduling_passedover;
DROP POLICY passed_over_of_facility ON scheduling_passedover;
ALTER TABLE scheduling_passedover DISABLE ROW LEVEL SECURITY;
DROP POLICY offer_answered ON scheduling_offer;
DROP POLICY offer_taken_back ON scheduling_offer;
DROP POLICY offer_read ON scheduling_offer;
DROP POLICY offer_all ON scheduling_offer;
DROP POLICY offer_of_facility ON scheduling_offer;
ALTER TABLE scheduling_offer DISABLE ROW LEVEL SECURITY;
DROP POLICY also_waiting_read ON scheduling_waitingentry_also_at;
DROP POLICY also_waiting_at_site ON scheduling_waitingentry_also_at;
ALTER TABLE scheduling_waitingentry_also_at DISABLE ROW LEVEL SECURITY;
DROP POLICY waiting_ended ON scheduling_waitingentry;
DROP POLICY waiting_read ON scheduling_waitingentry;
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0023_offers_to_who_waits")]

    operations = [
        migrations.RunSQL(SLOT, "ALTER TABLE scheduling_offer DROP CONSTRAINT offer_slot_fk"),
        migrations.RunSQL(RULES, NO_RULES),
        migrations.RunSQL(GRANTS, NO_GRANTS),
        migrations.RunSQL(POLICIES, NO_POLICIES),
    ]
